"""What every notifier must do. Subclass `NotifierContract` in a test module and give the fixture `notifier`."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from svcctl.decision.decision import Person
from svcctl.extension.config import read_config
from svcctl.extension.contract import NOTIFIER_CAPABILITIES, Delivery, Health, Message, Notifier, Receipt, Rendered
from svcctl.extension.contract import scrubbed as without_secrets
from svcctl.foundation.errors import Refusal

_PLAIN = Message(
    "T-000042",
    "notify",
    Person("engineer", "wu", {"email": "wu@example.org", "phone": "+86 10 5555 0100"}),
    "ops",
    "[T-000042] 门禁黑屏",
    "the screen is black\nafter rain",
    datetime(2026, 11, 2, 1, 0, tzinfo=UTC),
    id="M-000042",
    key="0123456789abcdef0123456789abcdef",
)

#: Messages that a notifier must be able to render.
MESSAGES = (
    _PLAIN,
    _PLAIN.replace(urgent=True, rule="night-shift", kind="remind"),
    _PLAIN.replace(subject="", text=""),
    _PLAIN.replace(to=Person("role", "duty manager")),
    _PLAIN.replace(text="警报" * 20_000),
    _PLAIN.replace(
        text='"quotes" <b>markup</b> \x00\x1b[2J {{ braces }} %s \\ 👷🏽\u200d♀️ \u202e',
        subject="line\r\nBcc: x@example.org",
    ),
    _PLAIN.replace(text="half a pair \ud83d"),
)


class NotifierContract:
    """The fixture `notifier` is one that can deliver to something made for the test."""

    @pytest.fixture
    def notifier(self) -> Notifier:
        raise NotImplementedError("give a fixture `notifier`")

    @pytest.mark.parametrize("message", MESSAGES, ids=range(len(MESSAGES)))
    def test_rendering_is_pure_and_has_no_secrets(self, notifier: Notifier, message: Message) -> None:
        rendered = notifier.render(message)
        assert isinstance(rendered, Rendered)
        assert rendered == notifier.render(message)
        assert without_secrets(repr(rendered), notifier.config) == repr(rendered)

    def test_bodies_keep_the_limit_of_the_channel(self, notifier: Notifier) -> None:
        limit = notifier.limits.body_bytes
        for message in MESSAGES:
            size = len(notifier.render(message).body.encode("utf-8", "surrogatepass"))
            assert limit is None or size <= limit

    def test_headers_are_one_line_each(self, notifier: Notifier) -> None:
        for message in MESSAGES:
            for name, value in notifier.render(message).headers.items():
                assert not {"\r", "\n", "\0"} & {*name, *value}

    @pytest.mark.parametrize("message", MESSAGES, ids=range(len(MESSAGES)))
    def test_delivery_gives_a_receipt(self, notifier: Notifier, message: Message) -> None:
        receipt = notifier.deliver(Delivery(notifier.render(message), message.key))
        assert isinstance(receipt, Receipt)
        assert receipt.outcome in ("delivered", "rejected")

    def test_a_repeat_with_the_same_key_gives_a_receipt(self, notifier: Notifier) -> None:
        rendered = notifier.render(_PLAIN)
        outcomes = [notifier.deliver(Delivery(rendered, _PLAIN.key, attempt)).outcome for attempt in (1, 2)]
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
