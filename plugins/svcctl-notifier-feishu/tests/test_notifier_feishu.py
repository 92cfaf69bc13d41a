"""The Feishu robot against a server that checks signatures and answers as the real one does."""

import base64
import hashlib
import json
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest
from svcctl_notifier_feishu import FeishuRobot, sign

from svcctl.extension.config import read_config
from svcctl.extension.registry import Registry
from svcctl.plugin_api import Notifier, Person
from svcctl.testing.http_notifier import PATIENT, HttpNotifierContract, NotifierAt
from svcctl.testing.messages import PLAIN
from svcctl.testing.notifier import deliver
from svcctl.testing.receiver import Receiver, answer

SECRET = "s3cret"
MESSAGE = PLAIN.replace(to=Person("engineer", "wu", {"feishu": "ou_8f0c"}))


def hmac_of_nothing(key: bytes) -> bytes:
    """HMAC-SHA256 by its definition (RFC 2104), so that the signature is worked out a second way."""
    key = (hashlib.sha256(key).digest() if len(key) > 64 else key).ljust(64, b"\0")
    inner = hashlib.sha256(bytes(byte ^ 0x36 for byte in key)).digest()
    return hashlib.sha256(bytes(byte ^ 0x5C for byte in key) + inner).digest()


def as_feishu(receiver: Receiver) -> Callable[[BaseHTTPRequestHandler], None]:
    """Answers like the real server, for a robot with a secret: always HTTP 200."""

    def give(handler: BaseHTTPRequestHandler) -> None:
        raw = receiver.got[-1][2]
        body = json.loads(raw)
        expected = base64.b64encode(hmac_of_nothing(f"{body.get('timestamp')}\n{SECRET}".encode())).decode()
        is_valid = body.get("sign") == expected and len(raw) <= 20 * 1024
        refusal = {"code": 19021, "msg": "sign match fail or timestamp is not within one hour from current time"}
        answer(200, json.dumps({"code": 0, "msg": "success"} if is_valid else refusal).encode())(handler)

    return give


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as receiver:
        receiver.answer = as_feishu(receiver)
        yield receiver


def robot(url: str, secret: str = SECRET, **config: Any) -> FeishuRobot:
    values = {"url": "env:URL", "secret": "env:SECRET", "timeout_seconds": PATIENT, **config}
    environment = {"URL": url, "SECRET": secret}
    kind = FeishuRobot.Config
    return FeishuRobot(
        read_config(kind, values, place="channels.lark", home=Path(), environment=environment), lambda: 1793581200.75
    )


class TestContract(HttpNotifierContract):
    @pytest.fixture
    def notifier(self, receiver: Receiver) -> Notifier:
        return robot(receiver.url)

    @pytest.fixture
    def notifier_at(self) -> NotifierAt:
        return lambda url, seconds: robot(url, timeout_seconds=seconds)


def test_a_message_is_a_signed_card_that_calls_the_person(receiver: Receiver) -> None:
    assert deliver(robot(receiver.url), MESSAGE.replace(urgent=True)).outcome == "delivered"
    body = json.loads(receiver.got[0][2])
    assert body.pop("timestamp") == "1793581200"
    assert body.pop("sign") == sign(SECRET, "1793581200")
    assert body == {
        "msg_type": "interactive",
        "card": {
            "config": {"wide_screen_mode": True},
            "header": {"title": {"tag": "plain_text", "content": "[T-000042] 门禁黑屏"}, "template": "red"},
            "elements": [
                {"tag": "markdown", "content": "the screen is black\nafter rain\n<at id=ou_8f0c></at>"},
            ],
        },
    }


def test_the_signature_by_hand() -> None:
    expected = base64.b64encode(hmac_of_nothing(b"1\n" + b"s" * 70)).decode()
    assert sign("s" * 70, "1") == expected


def test_a_customer_who_writes_a_mention_calls_nobody(receiver: Receiver) -> None:
    notifier = robot(receiver.url)
    body = notifier.render(MESSAGE.replace(text="<at id=all></at> fire", to=Person("role", "duty"))).body
    assert "<at" not in body
    strange = Person("engineer", "wu", {"feishu": "all></at><at id=x"})
    assert "<at" not in notifier.render(MESSAGE.replace(to=strange)).body


@pytest.mark.parametrize(
    ("body", "outcome", "after"),
    [
        ({"code": 0, "msg": "success"}, "delivered", None),
        ({"StatusCode": 0, "StatusMessage": "success"}, "delivered", None),
        ({"code": 19021, "msg": "sign match fail"}, "rejected", None),
        ({"code": 19024, "msg": "Key Words Not Found"}, "rejected", None),
        ({"code": 11232, "msg": "frequency limited"}, "retry", 60),
        ({"StatusCode": 19001}, "rejected", None),
        ({"msg": "?"}, "unknown", None),
    ],
)
def test_the_code_in_the_body_decides(
    receiver: Receiver, body: dict[str, Any], outcome: str, after: int | None
) -> None:
    receiver.answer = answer(200, json.dumps(body).encode())
    receipt = deliver(robot(receiver.url), MESSAGE)
    assert (receipt.outcome, receipt.after) == (outcome, after)


def test_a_wrong_secret_is_refused(receiver: Receiver) -> None:
    receipt = deliver(robot(receiver.url, secret="other"), MESSAGE)
    assert (receipt.outcome, receipt.code) == ("rejected", "19021")


def test_a_long_message_is_cut(receiver: Receiver) -> None:
    notifier = robot(receiver.url)
    long = MESSAGE.replace(text='"警报"\n' * 20_000)
    assert notifier.render(long).shortened
    assert deliver(notifier, long).outcome == "delivered"


def test_nothing_that_is_shown_has_a_secret(receiver: Receiver) -> None:
    notifier = robot(receiver.url)
    shown = repr([notifier.config, notifier.render(MESSAGE), notifier.check(), deliver(notifier, MESSAGE)])
    assert "hunter2" not in shown
    assert SECRET not in shown


def test_it_comes_in_by_its_entry_point(receiver: Receiver) -> None:
    receiver.answer = answer(200, b'{"code": 0}')
    notifier = Registry(Path(), {"URL": receiver.url}).notifier("feishu", {"url": "env:URL"}, "channels.lark")
    assert deliver(notifier, MESSAGE).outcome == "delivered"
    assert "sign" not in json.loads(receiver.got[0][2])
