"""The WeCom robot against a server that keeps the limits of the real one."""

import json
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest
from svcctl_notifier_wecom import WeComRobot

from svcctl.extension.config import read_config
from svcctl.extension.registry import Registry
from svcctl.plugin_api import Notifier, Person
from svcctl.testing.http_notifier import PATIENT, HttpNotifierContract, NotifierAt
from svcctl.testing.messages import PLAIN
from svcctl.testing.notifier import NotifierContract, deliver
from svcctl.testing.receiver import Receiver, answer

LIMITS = {"markdown": 4096, "text": 2048}
MESSAGE = PLAIN.replace(to=Person("engineer", "wu", {"wecom": "WuLi", "phone": "13800138000"}))


def as_wecom(receiver: Receiver) -> Callable[[BaseHTTPRequestHandler], None]:
    """Answers like the real server: always HTTP 200, and content within its size."""

    def give(handler: BaseHTTPRequestHandler) -> None:
        body = json.loads(receiver.got[-1][2])
        size = len(body[body["msgtype"]]["content"].encode())
        is_valid = 0 < size <= LIMITS[body["msgtype"]]
        result = {"errcode": 0, "errmsg": "ok"} if is_valid else {"errcode": 40058, "errmsg": "content exceed max"}
        answer(200, json.dumps(result).encode())(handler)

    return give


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as receiver:
        receiver.answer = as_wecom(receiver)
        yield receiver


def robot(url: str, **config: Any) -> WeComRobot:
    values = {"url": "env:URL", "timeout_seconds": PATIENT, **config}
    kind = WeComRobot.Config
    return WeComRobot(read_config(kind, values, place="channels.work", home=Path(), environment={"URL": url}))


class TestMarkdownContract(HttpNotifierContract):
    @pytest.fixture
    def notifier(self, receiver: Receiver) -> Notifier:
        return robot(receiver.url)

    @pytest.fixture
    def notifier_at(self) -> NotifierAt:
        return lambda url, seconds: robot(url, timeout_seconds=seconds)


class TestTextContract(NotifierContract):
    @pytest.fixture
    def notifier(self, receiver: Receiver) -> Notifier:
        return robot(receiver.url, format="text")


def test_markdown_calls_the_person_by_user_id(receiver: Receiver) -> None:
    assert deliver(robot(receiver.url), MESSAGE.replace(urgent=True)).outcome == "delivered"
    assert json.loads(receiver.got[0][2]) == {
        "msgtype": "markdown",
        "markdown": {"content": "**❗ [T-000042] 门禁黑屏**\nthe screen is black\nafter rain\n<@WuLi>"},
    }


@pytest.mark.parametrize(
    ("address", "users", "mobiles"),
    [
        ({"wecom": "WuLi", "phone": "13800138000"}, ["WuLi"], []),
        ({"phone": "+86 138 0013 8000"}, [], ["13800138000"]),
        ({}, [], []),
    ],
)
def test_text_calls_by_user_id_or_mobile(
    receiver: Receiver, address: dict[str, str], users: list[str], mobiles: list[str]
) -> None:
    message = MESSAGE.replace(to=Person("engineer", "wu", address))
    assert json.loads(robot(receiver.url, format="text").render(message).body) == {
        "msgtype": "text",
        "text": {
            "content": "[T-000042] 门禁黑屏\nthe screen is black\nafter rain",
            "mentioned_list": users,
            "mentioned_mobile_list": mobiles,
        },
    }


def test_a_customer_who_writes_a_mention_calls_nobody(receiver: Receiver) -> None:
    body = robot(receiver.url).render(MESSAGE.replace(text="<@all> fire", to=Person("role", "duty"))).body
    assert "<@" not in body
    assert "@all> fire" in body


@pytest.mark.parametrize("form", ["markdown", "text"])
@pytest.mark.parametrize("text", ["警报" * 5000, "e\u0301" * 5000, "🇨🇳" * 5000])
def test_a_long_message_is_cut_between_characters(receiver: Receiver, form: str, text: str) -> None:
    rendered = robot(receiver.url, format=form).render(MESSAGE.replace(text=text))
    content = json.loads(rendered.body)[form]["content"]
    assert rendered.shortened
    assert LIMITS[form] - 12 <= len(content.encode()) <= LIMITS[form]
    cut = content.split("\n")[1].removesuffix("…")
    assert len(cut) % 2 == 0 or text[0] == "警"
    assert text.startswith(cut)


@pytest.mark.parametrize(
    ("code", "outcome", "after"), [(93000, "rejected", None), (45009, "retry", 60), (-1, "retry", 60)]
)
def test_the_code_in_the_body_decides(receiver: Receiver, code: int, outcome: str, after: int | None) -> None:
    receiver.answer = answer(200, json.dumps({"errcode": code, "errmsg": "no"}).encode())
    receipt = deliver(robot(receiver.url), MESSAGE)
    assert (receipt.outcome, receipt.code, receipt.after) == (outcome, str(code), after)


def test_an_answer_that_is_late_or_garbage_is_unknown(receiver: Receiver) -> None:
    receiver.answer = answer(200, b"\x00\xff")
    assert deliver(robot(receiver.url), MESSAGE).outcome == "unknown"
    receiver.answer = answer(200, b'{"err', {"Content-Length": "500"})
    assert deliver(robot(receiver.url), MESSAGE).outcome == "unknown"


def test_it_comes_in_by_its_entry_point(receiver: Receiver) -> None:
    notifier = Registry(Path(), {"URL": receiver.url}).notifier("wecom", {"url": "env:URL"}, "channels.work")
    assert deliver(notifier, MESSAGE).outcome == "delivered"
