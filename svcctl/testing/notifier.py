"""What every notifier must do. Subclass `NotifierContract` in a test module and give the fixture `notifier`."""

from hashlib import sha256
from pathlib import Path

import pytest

from svcctl.extension.config import read_config
from svcctl.extension.contract import NOTIFIER_CAPABILITIES, Attachment, Delivery, Health, Message, Notifier, Receipt
from svcctl.extension.contract import scrubbed as without_secrets
from svcctl.foundation.errors import Refusal
from svcctl.testing.messages import MESSAGES, PLAIN, rendering_faults


def deliver(notifier: Notifier, message: Message = PLAIN) -> Receipt:
    """What becomes of a message at its first attempt."""
    return notifier.deliver(Delivery(notifier.render(message), message.key))


class NotifierContract:
    """The fixture `notifier` is one that can deliver to something made for the test; `unreachable`, one whose other
    side is not there, adds what must become of a message then."""

    @pytest.fixture
    def notifier(self) -> Notifier:
        raise NotImplementedError("give a fixture `notifier`")

    @pytest.fixture
    def unreachable(self) -> Notifier:
        pytest.skip("no fixture `unreachable` is given")

    @pytest.mark.parametrize("message", MESSAGES, ids=range(len(MESSAGES)))
    def test_rendering_is_pure_within_limits_and_has_no_secrets(self, notifier: Notifier, message: Message) -> None:
        assert list(rendering_faults(notifier, message)) == []

    @pytest.mark.parametrize("message", MESSAGES, ids=range(len(MESSAGES)))
    def test_delivery_gives_a_receipt(self, notifier: Notifier, message: Message) -> None:
        receipt = deliver(notifier, message)
        assert isinstance(receipt, Receipt)
        assert receipt.outcome in ("delivered", "rejected")
        assert without_secrets(repr(receipt), notifier.config) == repr(receipt)

    def test_a_repeat_with_the_same_key_gives_a_receipt(self, notifier: Notifier) -> None:
        rendered = notifier.render(PLAIN)
        outcomes = [notifier.deliver(Delivery(rendered, PLAIN.key, attempt)).outcome for attempt in (1, 2)]
        assert outcomes == ["delivered", "delivered"]

    def test_what_is_urgent_looks_so(self, notifier: Notifier) -> None:
        if "urgent" not in notifier.capabilities:
            pytest.skip("the notifier does not declare urgent")
        assert notifier.render(PLAIN.replace(urgent=True)) != notifier.render(PLAIN)

    def test_a_file_may_be_there(self, notifier: Notifier, tmp_path: Path) -> None:
        content = b"a photo"
        (tmp_path / "photo").write_bytes(content)
        digest = sha256(content).hexdigest()
        photo = Attachment("photo", "黑屏.png", tmp_path / "photo", len(content), digest)
        message = PLAIN.replace(attachments=(photo,))
        assert list(rendering_faults(notifier, message)) == []
        assert deliver(notifier, message).outcome == "delivered"

    def test_another_side_that_is_not_there_is_said_and_tried_again(self, unreachable: Notifier) -> None:
        assert not unreachable.check().ok
        assert deliver(unreachable).outcome == "retry"

    def test_it_can_be_closed(self, notifier: Notifier) -> None:
        deliver(notifier)
        notifier.close()

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
