"""What is posted, how it is signed, and that no secret is shown."""

import base64
import json

from svcctl_notifier_webhook.signature import signature_headers
from webhook_channel import MESSAGE, webhook

from svcctl.testing.messages import PLAIN
from svcctl.testing.notifier import deliver
from svcctl.testing.receiver import Receiver, answer


def test_a_message_is_posted_as_json_with_its_key_and_signature(receiver: Receiver) -> None:
    assert (
        deliver(webhook(receiver, headers={"Authorization": "env:TOKEN", "X-Plain": "yes"}), MESSAGE).outcome
        == "delivered"
    )
    [(path, headers, body)] = receiver.got
    assert path == "/hook?token=hunter2"
    assert json.loads(body) == {
        "id": "M-000042",
        "key": PLAIN.key,
        "ticket": "T-000042",
        "kind": "notify",
        "to": {"kind": "engineer", "id": "wu", "address": dict(PLAIN.to.address)},
        "channel": "ops",
        "subject": "[T-000042] 门禁黑屏",
        "text": "the screen is black\nafter rain",
        "urgent": True,
        "rule": None,
        "created_at": "2026-11-02T01:00:00Z",
    }
    assert headers["Content-Type"] == "application/json; charset=utf-8"
    assert headers["Idempotency-Key"] == headers["Webhook-Id"] == PLAIN.key
    assert headers["Authorization"] == "t0ken"
    assert headers["X-Plain"] == "yes"
    assert headers["Webhook-Timestamp"] == "1793581200"
    assert headers["Webhook-Signature"] == signature_headers("s3cret", PLAIN.key, 1793581200, body)["Webhook-Signature"]


def test_the_signature_is_that_of_the_standard() -> None:
    """The example of the Standard Webhooks reference libraries."""
    headers = signature_headers(
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        1614265330,
        b'{"test": 2432232314}',
    )
    assert headers["Webhook-Signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_a_secret_that_is_not_base64_is_the_key_itself() -> None:
    key = base64.b64encode(b"whsec_?").decode()
    plain, coded = (signature_headers(secret, "k", 1, b"") for secret in ("whsec_?", f"whsec_{key}"))
    assert plain == coded


def test_nothing_that_is_shown_has_a_secret(receiver: Receiver) -> None:
    receiver.answer = answer(400, b"bad token")
    for notifier in (webhook(receiver), webhook("http://no-such-host.invalid/hook?token=hunter2")):
        shown = [repr(notifier.config), notifier.render(MESSAGE), notifier.check(), deliver(notifier)]
        assert "hunter2" not in notifier.scrub(repr(shown))
        assert "s3cret" not in repr(shown)
