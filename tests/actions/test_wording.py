"""Notices in plain words: what is known, in the language of whoever reads it."""

from typing import Any

import pytest

from svcctl.actions.applier import Notice
from svcctl.actions.wording import LANGUAGES, Due, language_named, question, word_notice
from svcctl.decision.decision import Person
from svcctl.foundation.instant import parse_instant
from svcctl.ticket.model import Ticket

NOW = parse_instant("2026-11-23T01:00:00Z")
LI = Person("engineer", "li")
CUSTOMER = Person("customer", "C-1")
DUE = Due("respond", "noon")


def ticket(**fields: Any) -> Ticket:
    return Ticket("T-1", 1, "new", NOW, NOW, **fields)


KNOWN = ticket(title="gate", description="all black", priority="high", assignee="li", site="tower")


def test_a_notice_says_what_is_known() -> None:
    subject, text = word_notice(Notice("remind", LI, "please look"), KNOWN, DUE)
    assert subject == "Reminder: [T-1] gate"
    assert text.splitlines() == [
        "please look",
        "state: new",
        "priority: high",
        "assignee: li",
        "site: tower",
        "due: respond by noon",
        "",
        "all black",
    ]


def test_a_notice_in_chinese() -> None:
    subject, text = word_notice(Notice("remind", LI, "请看"), KNOWN, DUE, "zh")
    assert subject == "【催办】[T-1] gate"
    assert text.splitlines() == [
        "请看",
        "状态：new",
        "优先级：高",
        "负责人：li",
        "现场：tower",
        "期限：noon 前响应",
        "",
        "all black",
    ]


def test_a_customer_is_not_told_who_has_it_and_how_urgent_it_is() -> None:
    text = word_notice(Notice("notify", CUSTOMER), KNOWN, None)[1]
    assert text.splitlines() == ["state: new", "site: tower", "", "all black"]


def test_a_customer_is_asked_in_their_language() -> None:
    asked = {language: word_notice(Notice("survey", CUSTOMER), KNOWN, None, language)[1] for language in LANGUAGES}
    assert asked["en"].startswith(
        "How satisfied are you with the work: very satisfied, satisfied, neutral, dissatisfied or very dissatisfied?\n"
    )
    assert asked["zh"].startswith("您对这次服务是否满意：非常满意、满意、一般、不满意，还是非常不满意？\n")
    assert word_notice(Notice("survey", CUSTOMER, "well?"), KNOWN, None)[1].startswith("well?\n")
    assert question("de") == question("en")


@pytest.mark.parametrize(
    ("fields", "subject"),
    [
        ({"description": "all black\nsince noon"}, "Nobody found: [T-1] all black"),
        ({"description": "x" * 99}, f"Nobody found: [T-1] {'x' * 60}"),
        ({"type": "fault"}, "Nobody found: [T-1] fault"),
        ({}, "Nobody found: [T-1]"),
    ],
)
def test_a_ticket_without_a_title_is_named_by_what_there_is(fields: dict[str, Any], subject: str) -> None:
    assert word_notice(Notice("failed", LI), ticket(**fields), None)[0] == subject


@pytest.mark.parametrize(
    ("wanted", "language"),
    [((), "en"), ((None, "zh-CN"), "zh"), (("", "zh_TW"), "zh"), (("de", "zh"), "de"), (("ZH",), "zh")],
)
def test_the_first_language_that_is_named_counts(wanted: tuple[str | None, ...], language: str) -> None:
    assert language_named(*wanted) == language
