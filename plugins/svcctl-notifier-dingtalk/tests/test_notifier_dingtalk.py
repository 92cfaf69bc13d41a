"""The DingTalk robot against a server that checks signatures and answers as the real one does."""

import base64
import hashlib
import json
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from svcctl_notifier_dingtalk import DingTalkRobot, sign

from svcctl.extension.config import read_config
from svcctl.extension.registry import Registry
from svcctl.plugin_api import Notifier, Person
from svcctl.testing.http_notifier import PATIENT, HttpNotifierContract, NotifierAt
from svcctl.testing.messages import PLAIN
from svcctl.testing.notifier import deliver
from svcctl.testing.receiver import Receiver, answer

SECRET = "SEC0123"
MESSAGE = PLAIN.replace(to=Person("engineer", "wu", {"phone": "+86 138-0013-8000"}))


def hmac_sha256(key: bytes, text: bytes) -> bytes:
    """HMAC by its definition (RFC 2104), so that the signature is worked out a second way."""
    key = (hashlib.sha256(key).digest() if len(key) > 64 else key).ljust(64, b"\0")
    inner = hashlib.sha256(bytes(byte ^ 0x36 for byte in key) + text).digest()
    return hashlib.sha256(bytes(byte ^ 0x5C for byte in key) + inner).digest()


def as_dingtalk(receiver: Receiver) -> Callable[[BaseHTTPRequestHandler], None]:
    """Answers like the real server, for a robot with a secret: always HTTP 200."""

    def give(handler: BaseHTTPRequestHandler) -> None:
        path, _, body = receiver.got[-1]
        given = {name: values[0] for name, values in parse_qs(urlsplit(path).query).items()}
        at = given.get("timestamp", "")
        expected = base64.b64encode(hmac_sha256(SECRET.encode(), f"{at}\n{SECRET}".encode())).decode()
        refusal = '{"errcode": 310000, "errmsg": "sign not match"}'
        fine = '{"errcode": 0, "errmsg": "ok"}'
        is_valid = given.get("sign") == expected and json.loads(body)["msgtype"] == "markdown"
        answer(200, (fine if is_valid else refusal).encode())(handler)

    return give


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as receiver:
        receiver.answer = as_dingtalk(receiver)
        yield receiver


def robot(url: str, secret: str = SECRET, **config: Any) -> DingTalkRobot:
    values = {"url": "env:URL", "secret": "env:SECRET", "timeout_seconds": PATIENT, **config}
    environment = {"URL": url, "SECRET": secret}
    kind = DingTalkRobot.Config
    return DingTalkRobot(
        read_config(kind, values, place="channels.ding", home=Path(), environment=environment), lambda: 1793581200.25
    )


class TestContract(HttpNotifierContract):
    @pytest.fixture
    def notifier(self, receiver: Receiver) -> Notifier:
        return robot(receiver.url)

    @pytest.fixture
    def notifier_at(self) -> NotifierAt:
        return lambda url, seconds: robot(url, timeout_seconds=seconds)


def test_a_message_is_signed_and_posted_as_markdown_that_calls_the_person(receiver: Receiver) -> None:
    assert deliver(robot(receiver.url), MESSAGE).outcome == "delivered"
    [(path, _, body)] = receiver.got
    assert parse_qs(urlsplit(path).query)["timestamp"] == ["1793581200250"]
    assert json.loads(body) == {
        "msgtype": "markdown",
        "markdown": {
            "title": "[T-000042] 门禁黑屏",
            "text": "### [T-000042] 门禁黑屏\n\nthe screen is black  \nafter rain\n\n@13800138000",
        },
        "at": {"atUserIds": [], "atMobiles": ["13800138000"], "isAtAll": False},
    }


def test_the_signature_is_encoded_once(receiver: Receiver) -> None:
    deliver(robot(receiver.url), MESSAGE)
    assert "%25" not in receiver.got[0][0]


def test_the_signature_by_hand() -> None:
    expected = base64.b64encode(hmac_sha256(b"s" * 70, b"1\n" + b"s" * 70)).decode()
    assert sign("s" * 70, "1") == expected


def test_a_user_id_goes_before_a_number(receiver: Receiver) -> None:
    person = Person("engineer", "wu", {"dingtalk": "wu01", "phone": "13800138000"})
    body = json.loads(robot(receiver.url).render(MESSAGE.replace(to=person, urgent=True)).body)
    assert body["at"] == {"atUserIds": ["wu01"], "atMobiles": [], "isAtAll": False}
    assert body["markdown"]["text"].startswith("### ❗ [T-000042]")
    assert body["markdown"]["text"].endswith("@wu01")


@pytest.mark.parametrize(
    ("code", "outcome", "after"),
    [(310000, "rejected", None), (130101, "retry", 600), (410100, "retry", 600), (-1, "retry", 60)],
)
def test_the_code_in_the_body_decides(receiver: Receiver, code: int, outcome: str, after: int | None) -> None:
    receiver.answer = answer(200, json.dumps({"errcode": code, "errmsg": "no"}).encode())
    receipt = deliver(robot(receiver.url), MESSAGE)
    assert (receipt.outcome, receipt.code, receipt.after) == (outcome, str(code), after)


@pytest.mark.parametrize(
    ("status", "body", "outcome"),
    [
        (429, b"", "retry"),
        (500, b"", "unknown"),
        (404, b"", "rejected"),
        (302, b"", "rejected"),
        (200, b"<html>", "unknown"),
        (200, b"", "unknown"),
        (200, b'{"code": 0}', "unknown"),
    ],
)
def test_other_answers(receiver: Receiver, status: int, body: bytes, outcome: str) -> None:
    receiver.answer = answer(status, body)
    assert deliver(robot(receiver.url), MESSAGE).outcome == outcome


def test_a_wrong_secret_is_refused(receiver: Receiver) -> None:
    receipt = deliver(robot(receiver.url, secret="SEC9999"), MESSAGE)
    assert (receipt.outcome, receipt.code) == ("rejected", "310000")
    assert "sign not match" in receipt.text


def test_a_long_message_is_cut_between_characters(receiver: Receiver) -> None:
    family = "👩🏽\u200d👩🏽\u200d👧🏽"
    rendered = robot(receiver.url).render(MESSAGE.replace(text=family * 2000))
    assert rendered.shortened
    assert 19_900 < len(rendered.body.encode()) <= 20_000
    text = json.loads(rendered.body)["markdown"]["text"].split("\n\n")[1]
    assert text == family * text.count(family) + "…"


def test_the_rate_of_the_robot_is_declared(receiver: Receiver) -> None:
    assert robot(receiver.url).limits.per_minute == 20
    assert robot(receiver.url, per_minute=5).limits.per_minute == 5


def test_nothing_that_is_shown_has_a_secret(receiver: Receiver) -> None:
    notifier = robot(receiver.url)
    shown = repr([notifier.config, notifier.render(MESSAGE), notifier.check(), deliver(notifier, MESSAGE)])
    assert "hunter2" not in shown
    assert SECRET not in shown


def test_it_comes_in_by_its_entry_point(receiver: Receiver) -> None:
    receiver.answer = answer(200, b'{"errcode": 0}')
    notifier = Registry(Path(), {"URL": receiver.url}).notifier("dingtalk", {"url": "env:URL"}, "channels.ding")
    assert deliver(notifier, MESSAGE).outcome == "delivered"
    assert "sign=" not in receiver.got[0][0]
