"""The conformance kit of svcctl, and what is particular to this plug."""

import json
from collections.abc import Iterator
from typing import ClassVar

import pytest
from svcctl_notifier_example import ExampleNotifier

from svcctl.plugin_api import SecretStr
from svcctl.testing.http_notifier import PATIENT, HttpNotifierContract, NotifierAt
from svcctl.testing.messages import PLAIN
from svcctl.testing.notifier import deliver
from svcctl.testing.receiver import Receiver


def notifier_at(url: str, seconds: float = PATIENT) -> ExampleNotifier:
    return ExampleNotifier(ExampleNotifier.Config(url=SecretStr(url), timeout_seconds=seconds))


class TestContract(HttpNotifierContract):
    #: True where an answer with status 200 may still say no.
    body_decides: ClassVar[bool] = False

    @pytest.fixture
    def notifier_at(self) -> NotifierAt:
        return notifier_at


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as receiver:
        yield receiver


def test_the_message_and_its_key_arrive(receiver: Receiver) -> None:
    assert deliver(notifier_at(receiver.url)).outcome == "delivered"
    [(_, headers, body)] = receiver.got
    assert headers["Idempotency-Key"] == PLAIN.key
    assert json.loads(body) == {"title": PLAIN.subject, "text": PLAIN.text, "urgent": False}
