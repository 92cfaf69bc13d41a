"""Messages in the workspace's own words: which template is used, what it sees, and what happens when it is broken."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from svcctl.actions.applier import Notice
from svcctl.actions.wording import LANGUAGES, Due, word_notice
from svcctl.decision.decision import Person
from svcctl.desk.templates import Context, Templates, Worded
from svcctl.desk.work import assign
from svcctl.foundation.instant import parse_instant, zone_named
from svcctl.foundation.shipped import shipped
from svcctl.ticket.model import PRIORITIES, Ticket
from svcctl.ticket.people import Customer
from tests.desk.floor import Floor

NOW = parse_instant("2026-11-23T01:00:00Z")
ZONE = zone_named("Asia/Shanghai")
LI = Person("engineer", "li")
CONTEXT = Context(
    Notice("remind", LI, "please look"),
    Ticket("T-1", 1, "new", NOW, NOW, title="gate", priority="high"),
    NOW,
    Due("respond", "noon"),
    "night-shift",
    Customer("C-1", "North Tower"),
)


def templates(folder: Path, **texts: str) -> Templates:
    for name, text in texts.items():
        (folder / f"{name.replace('_', '.')}.txt").write_text(text, encoding="utf-8")
    return Templates(folder, ZONE)


def one(folder: Path, text: str) -> Worded:
    return templates(folder, message=text).word(CONTEXT, "en")


@pytest.mark.parametrize(
    ("names", "chosen"),
    [
        (("remind.zh", "remind", "message.zh", "message"), "remind.zh"),
        (("remind", "message.zh", "message"), "remind"),
        (("remind.en", "message.zh", "message"), "message.zh"),
        (("notify.zh", "message"), "message"),
        (("notify.zh",), None),
    ],
)
def test_the_most_particular_template_is_used(tmp_path: Path, names: tuple[str, ...], chosen: str | None) -> None:
    found = templates(tmp_path, **{name: f"{name}\n\ntext" for name in names})
    worded = found.word(CONTEXT, "zh")
    assert worded.template == (f"{chosen}.txt" if chosen else None)
    assert worded.subject == (chosen or "【催办】[T-1] gate")
    assert worded.problem is None


def test_a_template_sees_the_ticket_and_those_concerned(tmp_path: Path) -> None:
    text = (
        "{{ notice.kind }} {{ ticket.id }} {{ name }}\n\n"
        "{{ to.id }} {{ rule }} {{ customer.name }} {{ due.kind | words }} {{ ticket.reported_at | time }}\n"
        "{{ ticket.site }}{% if site %}never{% endif %}{{ notice.text }}\n"
    )
    worded = templates(tmp_path, message=text).word(CONTEXT, "zh")
    assert (worded.subject, worded.problem) == ("remind T-1 gate", None)
    assert worded.text == "li night-shift North Tower 响应 2026-11-23T09:00:00+08:00\nplease look"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("{{ tiket.id }}", "templates/message.txt, line 1: there is no `tiket`, did you mean `ticket`?"),
        ("x\n\n{{ ticket.titel }}", "templates/message.txt, line 3: there is no field `titel`, did you mean `title`?"),
        ("x\n\n{{ site.name }}", "templates/message.txt, line 3: there is nothing that could have `name`: ask"),
        ("{{ nobody }}", "templates/message.txt, line 1: there is no `nobody`"),
        ("{{ 'x' | upcase }}", "templates/message.txt, line 1: No filter named 'upcase'"),
        ("x\n{% if %}", "templates/message.txt, line 2: Expected an expression"),
        ("x\n\n{{ 1 / 0 }}", "templates/message.txt, line 3: division by zero"),
        ("x {{ ticket.__class__.__mro__ }}", "templates/message.txt, line 1: access to attribute '__class__'"),
        ("{{ ticket.__init__.__globals__ }}", "templates/message.txt, line 1: access to attribute '__init__'"),
        ("{% include 'secrets' %}", "templates/message.txt, line 1: no loader"),
        ("{% for x in range(999999999) %}{% endfor %}", "templates/message.txt, line 1: Range too big"),
        ("  \n\ntext", "templates/message.txt: its first line, the subject, is empty"),
        ("", "templates/message.txt: its first line, the subject, is empty"),
    ],
)
def test_a_broken_template_says_so_and_loses_no_message(tmp_path: Path, text: str, problem: str) -> None:
    worded = one(tmp_path, text)
    assert (worded.subject, worded.text) == word_notice(CONTEXT.notice, CONTEXT.ticket, CONTEXT.due)
    assert worded.template is None
    assert worded.problem is not None
    assert worded.problem.startswith(problem)


def test_a_file_that_is_no_text_is_a_broken_template(tmp_path: Path) -> None:
    (tmp_path / "message.txt").write_bytes(b"\xff\xfe\x00")
    problem = Templates(tmp_path, ZONE).word(CONTEXT, "en").problem
    assert problem is not None
    assert problem.startswith("templates/message.txt: ")


texts = st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), min_size=1, max_size=20).filter(
    lambda text: text == text.strip()
)
maybe = st.none() | texts


@given(
    language=st.sampled_from(sorted(LANGUAGES)),
    kind=st.sampled_from(["notify", "remind", "failed", "survey"]),
    to=st.sampled_from([LI, Person("customer", "C-1"), Person("role", "duty")]),
    text=maybe,
    due=st.none() | st.builds(Due, st.sampled_from(["respond", "resolve"]), texts),
    fields=st.fixed_dictionaries(
        {"title": texts},
        optional={
            **dict.fromkeys(("assignee", "team", "site", "asset"), maybe),
            "description": texts,
            "priority": st.sampled_from(PRIORITIES),
        },
    ),
)
def test_the_shipped_templates_say_what_svcctl_says_without(
    language: str, kind: str, to: Person, text: str | None, due: Due | None, fields: dict[str, Any]
) -> None:
    context = Context(Notice(kind, to, text), Ticket("T-1", 1, "new", NOW, NOW, **fields), NOW, due)
    worded = SHIPPED.word(context, language)
    assert (worded.problem, worded.template) == (None, f"message.{language}.txt")
    assert (worded.subject, worded.text) == word_notice(context.notice, context.ticket, due, language)


SHIPPED = Templates(shipped("templates"), ZONE)


def test_messages_are_worded_for_whoever_gets_them(tmp_path: Path) -> None:
    floor = Floor()
    floor.workspace.home = tmp_path
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "notify.zh.txt").write_text("请处理 {{ ticket.id }}\n\n{{ to.id }}", encoding="utf-8")
    floor.save("engineer", "li", address={"lang": "zh-CN"})
    floor.save("engineer", "wu")
    id = floor.new(title="gate")
    floor.on(id, assign, "li")
    floor.on(id, assign, "wu")
    first, second = floor.workspace.store.find("outbox")
    assert (first["subject"], first["text"], first["template"]) == (f"请处理 {id}", "li", "notify.zh.txt")
    assert second["subject"] == f"[{id}] gate"
    assert "template" not in second


def test_a_broken_template_is_recorded_with_the_message(tmp_path: Path) -> None:
    floor = Floor()
    floor.workspace.home = tmp_path
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "message.txt").write_text("{{ tiket.id }}", encoding="utf-8")
    floor.save("engineer", "wu")
    floor.on(floor.new(title="gate"), assign, "wu")
    [message] = floor.workspace.store.find("outbox")
    assert message["subject"] == "[T-000001] gate"
    assert message["template_problem"] == ("templates/message.txt, line 1: there is no `tiket`, did you mean `ticket`?")


def test_without_templates_jinja_is_not_imported(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path\n"
        "import svcctl.desk.notices\n"
        "from svcctl.desk.templates import *\n"
        "from svcctl.decision.decision import Person\n"
        "from svcctl.foundation.instant import parse_instant, zone_named\n"
        "now = parse_instant('2026-11-23T01:00:00Z')\n"
        "context = Context(Notice('notify', Person('engineer', 'li')), Ticket('T-1', 1, 'new', now, now), now)\n"
        f"Templates(Path({str(tmp_path)!r}), zone_named('UTC')).word(context, 'zh')\n"
        "print('jinja2' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
