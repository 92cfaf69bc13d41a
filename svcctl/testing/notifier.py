"""What every notifier must do. Subclass `NotifierContract` in a test module and give the fixture `notifier`."""

from pathlib import Path

import pytest

from svcctl.extension.config import read_config
from svcctl.extension.contract import NOTIFIER_CAPABILITIES, Delivery, Health, Message, Notifier, Receipt
from svcctl.extension.contract import scrubbed as without_secrets
from svcctl.foundation.errors import Refusal
from svcctl.testing.messages import MESSAGES, PLAIN, rendering_faults


class NotifierContract:
    """The fixture `notifier` is one that can deliver to something made for the test."""

    @pytest.fixture
    def notifier(self) -> Notifier:
        raise NotImplementedError("give a fixture `notifier`")

    @pytest.mark.parametrize("message", MESSAGES, ids=range(len(MESSAGES)))
    def test_rendering_is_pure_within_limits_and_has_no_secrets(self, notifier: Notifier, message: Message) -> None:
        assert list(rendering_faults(notifier, message)) == []

    @pytest.mark.parametrize("message", MESSAGES, ids=range(len(MESSAGES)))
    def test_delivery_gives_a_receipt(self, notifier: Notifier, message: Message) -> None:
        receipt = notifier.deliver(Delivery(notifier.render(message), message.key))
        assert isinstance(receipt, Receipt)
        assert receipt.outcome in ("delivered", "rejected")

    def test_a_repeat_with_the_same_key_gives_a_receipt(self, notifier: Notifier) -> None:
        rendered = notifier.render(PLAIN)
        outcomes = [notifier.deliver(Delivery(rendered, PLAIN.key, attempt)).outcome for attempt in (1, 2)]
        assert outcomes == ["delivered", "delivered"]

    def test_it_says_that_it_would_work(self, notifier: Notifier) -> None:
        health = notifier.check()
        assert isinstance(health, Health)
        assert health.ok, health.text

    def test_it_declares_what_there_is(self, notifier: Notifier) -> None:
        assert notifier.capabilities <= NOTIFIER_CAPABILITIES
        assert notifier.limits.attempt_seconds > 0

    def test_its_configuration_refuses_unknown_keys_and_hides_secrets(self, notifier: Notifier) -> None:
        with pytest.raises(Refusal) as refused:
            read_config(notifier.Config, {"no_such_key": 1}, place="channels.test", home=Path(), environment={})
        assert refused.value.code == "bad-configuration"
        assert "no_such_key" in str(refused.value.details)
        shown = repr(notifier.config) + repr(notifier)
        assert without_secrets(shown, notifier.config) == shown
