"""Apprise with a service that is a real HTTP server on this machine."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from svcctl_notifier_apprise import AppriseNotifier

from svcctl.extension.config import read_config
from svcctl.extension.registry import Registry
from svcctl.plugin_api import Notifier, Receipt, Refusal
from svcctl.testing.messages import PLAIN
from svcctl.testing.notifier import NotifierContract, deliver
from svcctl.testing.receiver import Receiver, answer

MESSAGE = PLAIN.replace(text="the screen is <black>", urgent=True)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as receiver:
        yield receiver


def notifier_of(url: str) -> AppriseNotifier:
    kind = AppriseNotifier.Config
    values = {"url": "env:URL", "timeout_seconds": 30}
    return AppriseNotifier(read_config(kind, values, place="channels.any", home=Path(), environment={"URL": url}))


def by_json(receiver: Receiver) -> AppriseNotifier:
    return notifier_of(receiver.url.replace("http://", "json://wu:hunter2@"))


class TestContract(NotifierContract):
    @pytest.fixture
    def notifier(self, receiver: Receiver) -> Notifier:
        return by_json(receiver)


def test_a_message_is_accepted_which_is_not_confirmed(receiver: Receiver) -> None:
    receipt = deliver(by_json(receiver), MESSAGE)
    assert receipt == Receipt.delivered(text="JSON: accepted, not confirmed")
    sent = json.loads(receiver.got[0][2])
    assert (sent["title"], sent["message"], sent["type"]) == ("[T-000042] 门禁黑屏", "the screen is <black>", "warning")


@pytest.mark.parametrize("status", [400, 429, 500])
def test_what_is_not_accepted_may_have_arrived(
    receiver: Receiver, status: int, capsys: pytest.CaptureFixture[str]
) -> None:
    receiver.answer = answer(status)
    receipt = deliver(by_json(receiver), MESSAGE)
    assert (receipt.outcome, receipt.code) == ("unknown", "not-accepted")
    assert capsys.readouterr() == ("", "")


def test_nothing_that_is_shown_has_a_secret(receiver: Receiver) -> None:
    notifier = by_json(receiver)
    receiver.answer = answer(400)
    assert "hunter2" not in repr(
        [notifier.config, notifier.render(MESSAGE), notifier.check(), deliver(notifier, MESSAGE)]
    )


def test_a_long_message_is_cut(receiver: Receiver) -> None:
    rendered = by_json(receiver).render(MESSAGE.replace(text="警报" * 40_000))
    assert rendered.shortened
    assert len(rendered.body) == 32768


@pytest.mark.parametrize("url", ["nothing://x", "hunter2", "json://"])
def test_an_address_that_apprise_does_not_know_is_refused(url: str) -> None:
    with pytest.raises(Refusal) as refused:
        notifier_of(url)
    assert refused.value.message.startswith("`channels.any.url`: ")
    assert "hunter2" not in refused.value.message + str(refused.value.details)


def test_it_comes_in_by_its_entry_point(receiver: Receiver) -> None:
    registry = Registry(Path(), {"URL": receiver.url.replace("http", "json")})
    assert deliver(registry.notifier("apprise", {"url": "env:URL"}, "channels.any")).outcome == "delivered"
