"""What other languages and plain speech would write: understood, told once, and put right."""

import pytest

from svcctl.foundation.diagnostic import Diagnostic
from svcctl.foundation.source import Source
from svcctl.language.parser import parse_rules


def found_in(text: str) -> tuple[Diagnostic, ...]:
    return parse_rules(Source("t.rules", text))[1]


def fixed(text: str) -> str:
    fixes = [finding.fix for finding in found_in(text) if finding.fix is not None]
    for fix in sorted(fixes, key=lambda fix: -fix.span.start):
        text = text[: fix.span.start] + fix.text + text[fix.span.end :]
    return text


def rule(clauses: str) -> str:
    return f"dispatch d first {{\n  rule r {{ {clauses} }}\n}}\n"


def when(condition: str) -> str:
    return rule(f"when {condition}  tag x")


def calendar(clauses: str) -> str:
    return f'calendar c {{\n  zone "UTC"\n  {clauses}\n}}\n'


def escalation(clauses: str) -> str:
    return f"escalation e {{\n  {clauses}\n}}\n"


def acceptance(clauses: str) -> str:
    return f"acceptance a {{\n  {clauses}\n}}\n"


CONDITIONS = [
    ("type is fault", "type == fault"),
    ("type is not fault", "type != fault"),
    ("type is in [a, b]", "type in [a, b]"),
    ("type is not in [a, b]", "type not in [a, b]"),
    ("region is null", "region is missing"),
    ("region is not empty", "region is present"),
    ("type in (a, b)", "type in [a, b]"),
    ("type in {a, b}", "type in [a, b]"),
    ("type in a, b", "type in [a, b]"),
    ("cost between 1 CNY and 3 CNY", "cost >= 1 CNY and cost <= 3 CNY"),
    ("cost > 5,000 CNY", "cost > 5000 CNY"),
    ("cost > 1,234,567 CNY", "cost > 1234567 CNY"),
    ("cost > ￥5000", "cost > 5000 CNY"),
    ("cost > $500", "cost > 500 USD"),
    ("type equals fault", "type == fault"),
    ("优先级 等于 high", "优先级 == high"),
    ("cost 大于 3 CNY 且 type 不等于 b", "cost > 3 CNY and type != b"),
    ('title 包含 "x" 或者 a == b', 'title contains "x" or a == b'),
    ("tags containing x", "tags contains x"),
    ("a == b and and c == d", "a == b and c == d"),
    ("a == == b", "a == b"),
]
CLAUSES = [
    (rule("if a == b  tag x"), rule("when a == b  tag x")),
    (rule("当 a == b  通知 assignee"), rule("when a == b  notify assignee")),
    (rule("assign to team x"), rule("assign team x")),
    (rule("assign engineer with skill x"), rule("assign engineer having skill x")),
    (
        rule("assign engineer prefer least load nearest to site"),
        rule("assign engineer prefer fewest load, nearest to site"),
    ),
    (rule("when a == b then tag x and notify assignee"), rule("when a == b tag x notify assignee")),
    (rule("tag x").replace("rule r", "rule rule r"), rule("tag x")),
    (rule("tag x").replace("rule r", "规则 r"), rule("tag x")),
    (rule("tag x").replace("dispatch", "派单"), rule("tag x")),
    ("dispatch d first {\n  else { tag x }\n}\n", "dispatch d first {\n  otherwise { tag x }\n}\n"),
    (calendar("monday..friday 09:00-18:00"), calendar("mon..fri 09:00-18:00")),
    (calendar("周一..周五 09:00-18:00"), calendar("mon..fri 09:00-18:00")),
    (calendar("mon to fri 09:00~18:00"), calendar("mon..fri 09:00-18:00")),
    (calendar("mon..fri 09:00—12:00 13:00–18:00"), calendar("mon..fri 09:00-12:00, 13:00-18:00")),
    (calendar("daily 9:30am-6:00pm"), calendar("daily 09:30-18:00")),
    (calendar("daily 09:00-18:00，"), calendar("daily 09:00-18:00")),
    (calendar("closed 2027年2月5日 至 2027-02-11"), calendar("closed 2027-02-05..2027-02-11")),
    (calendar("closed 2027-02-05 - 2027-02-11"), calendar("closed 2027-02-05..2027-02-11")),
    ("sla s {\n  respond in 30 minutes\n}\n", "sla s {\n  respond within 30m\n}\n"),
    ("sla s {\n  resolve within 2 个工作日\n}\n", "sla s {\n  resolve within 2bd\n}\n"),
    ("sla s {\n  pause on x y\n}\n", "sla s {\n  pause in x, y\n}\n"),
    (escalation("after 1 hour { remind assignee }"), escalation("after 1h { remind assignee }")),
    (escalation("when resolve is breached { tag x }"), escalation("when resolve breached { tag x }")),
    (escalation("after 1h  tag x"), escalation("after 1h {  tag x }")),
    (acceptance("require r { max(a.b) < 4 dB over 24 hours }"), acceptance("require r { max(a.b) < 4 dB over 24h }")),
    (acceptance("require r { max(a.b) equals 0 }"), acceptance("require r { max(a.b) == 0 }")),
    (acceptance("require r { a.b == 0 in 100 times }"), acceptance("require r { a.b == 0 in 100 runs }")),
    (acceptance("approval by role x if a > 3"), acceptance("approval by role x when a > 3")),
    *(
        (block(f"{word} type == x  {rest}"), block(f"for type == x  {rest}"))
        for block, rest in ((escalation, "after 1h { tag x }"), (acceptance, "require q { a > 3 }"))
        for word in ("if", "when", "where", "如果")
    ),
    ('test "t" {\n  at 2026-11-23 09:00+08:00\n}\n', 'test "t" {\n  at 2026-11-23T09:00+08:00\n}\n'),
    ("form f {\n  a CNY\n  b string\n}\n", "form f {\n  a quantity CNY\n  b text\n}\n"),
    ("form f {\n  a choice (x, y)\n}\n", "form f {\n  a choice [x, y]\n}\n"),
]


@pytest.mark.parametrize(
    ("written", "meant"), [*((when(written), when(meant)) for written, meant in CONDITIONS), *CLAUSES]
)
def test_it_is_understood_and_put_right(written: str, meant: str) -> None:
    assert found_in(meant) == ()
    found = found_in(written)
    assert found
    assert all(finding.code != "syntax" for finding in found)
    once = fixed(written)
    assert fixed(once).split() == meant.split()
    assert parse_rules(Source("t.rules", written))[0].blocks == parse_rules(Source("t.rules", meant))[0].blocks


@pytest.mark.parametrize(
    ("written", "said"),
    [
        (rule("notify 张三"), "say which: `engineer 张三`, `team 张三` or `role 张三`"),
        (rule("tag x, y"), "expected the next clause"),
        (rule("assign team x yy"), "expected `or` or the next clause"),
        (when('title like "%x%"'), "did you mean `contains`?"),
        (rule("send mail to assignee"), "did you mean `notify`?"),
        (
            escalation("before resolve 1h { tag x }"),
            "a clause begins with a duration such as `30m` or `4bh`, `after`, ",
        ),
        (
            calendar("every morning"),
            "a clause begins with a day such as `mon`, `break`, `closed`, `daily`, `holidays`, ",
        ),
    ],
)
def test_what_is_not_certain_is_explained(written: str, said: str) -> None:
    found = found_in(written)
    assert len(found) == 1, found
    assert found[0].fix is None
    assert found[0].help[0].startswith(said), found[0].help


def test_a_name_may_be_a_word_for_an_operator_where_none_can_stand() -> None:
    assert found_in("form f {\n  等于 text\n  eq text\n}\n") == ()
    assert found_in(when("等于 == 3")) == ()


def test_what_begins_a_line_is_told_after_a_clause_that_is_wrong() -> None:
    text = "escalation e {\n  when resolve was breached { tag x }\n  befor resolve { tag x }\n  after 1h { tga x }\n}\n"
    assert [finding.code for finding in found_in(text)] == ["syntax", "unknown-clause", "unknown-clause"]
