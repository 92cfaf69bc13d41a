"""The conformance kit of svcctl, and what is particular to this plug."""

from collections.abc import Iterator

import pytest
from svcctl_notifier_example import ExampleNotifier

from svcctl.plugin_api import Delivery, Notifier, SecretStr
from svcctl.testing.messages import PLAIN
from svcctl.testing.notifier import NotifierContract
from svcctl.testing.receiver import Receiver, answer


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    receiver = Receiver()
    yield receiver
    receiver.close()


@pytest.fixture
def notifier(receiver: Receiver) -> ExampleNotifier:
    return ExampleNotifier(ExampleNotifier.Config(url=SecretStr(receiver.url), timeout_seconds=1))


class TestContract(NotifierContract):
    @pytest.fixture
    def notifier(self, notifier: ExampleNotifier) -> Notifier:
        return notifier


@pytest.mark.parametrize(
    ("status", "outcome"), [(200, "delivered"), (400, "rejected"), (429, "retry"), (500, "unknown")]
)
def test_the_status_decides(notifier: ExampleNotifier, receiver: Receiver, status: int, outcome: str) -> None:
    receiver.answer = answer(status)
    assert notifier.deliver(Delivery(notifier.render(PLAIN), PLAIN.key)).outcome == outcome
