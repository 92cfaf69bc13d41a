"""Notices in plain words, in English and Chinese: what is said where the workspace has no template of its own.

The files in `templates/` say exactly the same as templates; they are where one's own begin.
"""

from collections.abc import Mapping
from typing import Any

from svcctl.actions.applier import Notice
from svcctl.foundation.record import Record
from svcctl.ticket.model import SATISFACTION, Ticket


class Due(Record):
    """A promise that is to be kept: its kind (`respond`), and until when, as people read it."""

    kind: str
    at: str


class Words(Record):
    """One language: what stands before a subject by the kind of notice, the names of facts, and words for values."""

    leads: Mapping[str, str]
    facts: Mapping[str, str]
    values: Mapping[str, str]
    colon: str
    due: str
    question: str


_ENGLISH = Words(
    {"remind": "Reminder: ", "failed": "Nobody found: "},
    {name: name for name in ("state", "priority", "assignee", "team", "site", "asset", "due")},
    {},
    ": ",
    "{kind} by {at}",
    "How satisfied are you with the work: {choices} or {last}?",
)
_CHINESE = Words(
    {"remind": "【催办】", "failed": "【无人可派】", "survey": "【回访】"},
    {
        "state": "状态",
        "priority": "优先级",
        "assignee": "负责人",
        "team": "班组",
        "site": "现场",
        "asset": "设备",
        "due": "期限",
    },
    {
        "low": "低",
        "normal": "普通",
        "high": "高",
        "urgent": "紧急",
        "respond": "响应",
        "arrive": "到场",
        "resolve": "解决",
        "update": "更新进展",
        "very satisfied": "非常满意",
        "satisfied": "满意",
        "neutral": "一般",
        "dissatisfied": "不满意",
        "very dissatisfied": "非常不满意",
    },
    "：",
    "{at} 前{kind}",
    "您对这次服务是否满意：{choices}，还是{last}？",
)
LANGUAGES: Mapping[str, Words] = {"en": _ENGLISH, "zh": _CHINESE}
#: What a customer is not told unless a template tells it.
_INTERNAL = ("priority", "assignee", "team")
_SEPARATORS = {"en": ", ", "zh": "、"}


def language_named(*wanted: str | None) -> str:
    """The first language named, without its region (`zh` for `zh-CN`); English where none is."""
    named = next((name for name in wanted if name), "en")
    return named.replace("_", "-").partition("-")[0].lower()


def name_of(ticket: Ticket) -> str:
    """What a ticket is called: its title, or else the beginning of its description, or its type."""
    return ticket.title or ticket.description.strip().split("\n")[0][:60] or (ticket.type or "")


def word_notice(notice: Notice, ticket: Ticket, due: Due | None, language: str = "en") -> tuple[str, str]:
    """Subject and text of a message; `due` is what is next due. A language that is not known is English."""
    words = LANGUAGES.get(language, _ENGLISH)
    what = name_of(ticket)
    subject = f"{words.leads.get(notice.kind, '')}[{ticket.id}] {what}".rstrip()
    text = notice.text or (question(language) if notice.kind == "survey" else None)
    lines = [text] if text else []
    lines += [f"{words.facts[name]}{words.colon}{value}" for name, value in _facts(notice, ticket, due, words)]
    if ticket.description and ticket.description != what:
        lines += ["", ticket.description]
    return subject, "\n".join(lines)


def question(language: str) -> str:
    """What a customer is asked when the work is done, with the answers that there are, the best first."""
    words = LANGUAGES.get(language, _ENGLISH)
    *choices, last = (in_words(value.replace("_", " "), language) for value in reversed(SATISFACTION))
    return words.question.format(choices=_SEPARATORS.get(language, ", ").join(choices), last=last)


def in_words(value: str, language: str) -> str:
    """A word of svcctl's own, such as `high` or `respond`, in a language; others are left as they are."""
    return LANGUAGES.get(language, _ENGLISH).values.get(value, value)


def _facts(notice: Notice, ticket: Ticket, due: Due | None, words: Words) -> list[tuple[str, Any]]:
    facts = [
        ("state", ticket.state),
        ("priority", words.values.get(ticket.priority or "", ticket.priority)),
        ("assignee", ticket.assignee),
        ("team", ticket.team),
        ("site", ticket.site),
        ("asset", ticket.asset),
        ("due", words.due.format(kind=words.values.get(due.kind, due.kind), at=due.at) if due else None),
    ]
    hidden = _INTERNAL if notice.to.kind == "customer" else ()
    return [(name, value) for name, value in facts if value and name not in hidden]
