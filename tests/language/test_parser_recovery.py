"""Mistakes of form: each is one error, on its place, and what is right around it is read."""

import re
from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from svcctl.foundation.diagnostic import Diagnostic
from svcctl.foundation.source import Source
from svcctl.language.blocks import DispatchBlock, EscalationBlock, FormBlock, Module, SlaBlock
from svcctl.language.parser import parse_rules
from svcctl.report.diagnostics import print_diagnostics

EXAMPLE = Path(__file__).with_name("example.rules").read_text("utf-8")

#: Every mistake stands between «», and its code is in the comment that ends its line.
MISTAKES = """\
calendar cn {
  zone «Asia»/Shanghai                                             # syntax
  mon..fri 09:00-«25:00»                                           # bad-time
  «sat-sun» 09:00-12:00                                            # bad-days
  on «2026-02-30» 09:00-12:00                                      # bad-date
  closed «2027/2/5»                                                # bad-date
}
form fault {
  serial «txt» required                                            # unknown-kind
  batch  text «requird» "Batch"                                    # unknown-word
}
sla urgent {
  for priority in «[»urgent, high                                  # unclosed-bracket
  respond within «on» cn                                           # syntax
  arrive within «4 h»                                              # bad-duration
  «pause» pending_customer                                         # missing-word
  «pauze» in pending_parts                                         # unknown-clause
}
dispatch intake «frist» {                                          # unknown-hit-policy
  rule r1 { when type «=» fault  set priority high }               # single-equals
  rule r2 { set priority «=» high }                                # single-equals
  rule r3 { when type == fault «adn» region == north  tag x }      # unknown-word
  rule r4 { when type == fault «region» == north  tag x }          # missing-and
  «rule» { when type == fault  tag x }                             # missing-name
  rule r6 { when description contains «"»黑屏  tag x }             # unclosed-text
  rule r7 { when type == x «&&» region == south  tag x }           # wrong-operator
  rule r8 { when region «<>» south  tag x }                        # wrong-operator
  rule r9 { when type == «==» x  tag x }                           # stray-punctuation
  rule r10 «{» tag x                                               # unclosed-block
  rule «r11» tag x }                                               # missing-brace
  rule r12 { «WHEN» type == x  tag x }                             # wrong-case
  rule r13 { when type == «“故障”»  tag x }                        # wrong-quotes
  rule r14 { when type in [a «b», c]  tag x }                      # missing-comma
  otherwise { queue triage }
}
«tets» "x" {                                                       # unknown-block
  at «2026-11-23T09:00»                                            # bad-time
  given ticket { type«:» fault }                                   # stray-punctuation
  expect «rule»                                                    # syntax
}
care yearly { for asset  every 6 «months» }                        # syntax
escalation waiting {
  while state in [new«，»triaged]                                  # full-width
  after 30m { remind assignee«;» }                                 # stray-punctuation
  at «75» of resolve { remind assignee }                           # syntax
  after 1h { notify manager of assignee  repeat every «30m» }      # syntax
}
acceptance quiet {
  require q1 { max(measured.noise) < 45 dB  «covrage» >= 95% }     # unknown-word
  require «q2» { method "x" }                                      # missing-clause
  require q3 { «maxx»(measured.noise) < 45 dB }                    # unknown-function
}
"""


def marked(text: str) -> tuple[Source, list[tuple[str, int, int]]]:
    """The text without its marks, and what its comments say: code and place of each mistake."""
    plain, expected = "", []
    for line in text.splitlines(keepends=True):
        if "«" in line:
            start = len(plain) + line.index("«")
            expected.append((line.rpartition("# ")[2].strip(), start, start + line.index("»") - line.index("«") - 1))
        plain += line.replace("«", "").replace("»", "")
    return Source("rules/all.rules", plain), expected


def parse(text: str) -> tuple[Module, tuple[Diagnostic, ...]]:
    return parse_rules(Source("t.rules", text))


def codes(text: str) -> list[str]:
    return [finding.code for finding in parse(text)[1]]


def test_every_mistake_is_one_error_on_its_place(golden: Callable[[str, str], None]) -> None:
    source, expected = marked(MISTAKES)
    assert len(expected) == 39
    module, found = parse_rules(source)
    assert [(one.code, one.primary.span.start, one.primary.span.end) for one in found] == expected
    assert [block.id for block in module.blocks] == [
        "cn",
        "fault",
        "urgent",
        "intake",
        "x",
        "yearly",
        "waiting",
        "quiet",
    ]
    golden("diagnostics/form.txt", print_diagnostics(found, {source.name: source}))


def test_what_is_right_around_mistakes_is_read() -> None:
    module, _ = parse_rules(marked(MISTAKES)[0])
    fault, urgent, intake, waiting = (module.blocks[index] for index in (1, 2, 3, 6))
    assert isinstance(fault, FormBlock)
    assert [field.name for field in fault.fields] == ["serial", "batch"]
    assert isinstance(urgent, SlaBlock)
    assert urgent.condition is not None
    assert [target.kind for target in urgent.targets] == ["arrive"]
    assert urgent.pauses == ("pending_customer", "pending_parts")
    assert isinstance(intake, DispatchBlock)
    assert [rule.id for rule in intake.rules] == [f"r{number}" for number in range(1, 15) if number != 5]
    assert [rule.id for rule in intake.rules if rule.when is None] == ["r2", "r10", "r11"]
    assert all(rule.actions for rule in intake.rules if rule.id != "r6")
    assert isinstance(waiting, EscalationBlock)
    assert len(waiting.steps) == 2


def test_fixes_that_are_certain_leave_nothing_to_find() -> None:
    text = (
        "dispatch d first { rule a { WHEN type = x && y <> “z”，  set p = 1; } otherwise { queue q } } // done\n"
        'sla s { for a in [b c]  pause x }\ncalendar c { zone "UTC" mon-fri 09:00-12:00 closed 2027/2/5 }\n'
    )
    for _ in range(5):
        _, found = parse(text)
        fixes = [finding.fix for finding in found if finding.fix is not None]
        for fix in sorted(fixes, key=lambda fix: -fix.span.start):
            text = text[: fix.span.start] + fix.text + text[fix.span.end :]
    assert codes(text) == []
    assert 'when type == x and y != "z"' in text
    assert "[b, c]" in text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("# nothing\n  \n  ", []),
        ("\ufeffsla s { }", []),
        ("sla s {", ["unclosed-block"]),
        ("sla s { }}", ["unopened-brace"]),
        ("sla s", ["syntax"]),
        ("sla", ["syntax"]),
        ("import", ["syntax"]),
        ("foo bar { a { b } c }", ["unknown-block"]),
        ("sla { }", ["missing-name"]),
        ("slaa s { }", ["unknown-block"]),
        ("hello world", ["unknown-block"]),
        ('"text" sla s { }', ["syntax"]),
        ("sla s { for (a == b }", ["unclosed-bracket"]),
        ("sla s { for a == b) }", ["unclosed-bracket"]),
        ("sla s { for a == b for c == d }", ["repeated-clause"]),
        ("sla s { respond within 1bd2h }", ["bad-duration"]),
        ("sla s { respond within 3xd }", ["bad-duration"]),
        ("sla s { for a == @ }", ["stray-character"]),
        ('test no title: none" {\n  at 2026-11-23T09:00+08:00\n}\nsla s { }', ["unclosed-text"]),
        ('test "title {\n  at 2026-11-23T09:00+08:00\n}\nsla s { }', ["unclosed-text"]),
        ('care c {\n  for asset\n  open ticket t "due {due}\n}\nsla s { }', ["unclosed-text"]),
        ('sla s { for a in ["b", c"]  respond within 1h }', ["unclosed-text"]),
        ('dispatch d first { rule r { when a contains any ["b", c", "d", "e"]  tag x } }', ["unclosed-text"]),
        ('form f {\n  a text required What is wrong or not"\n  b texd\n}', ["unclosed-text", "unknown-kind"]),
        ("dispatch d first { rule r {\n when a ==\n set priority high\n tga x } }", ["syntax", "unknown-clause"]),
        ("acceptance a { require r { a.b present } }", ["syntax"]),
        ("acceptance a { require r { a.b > 3 or deafult 45 dB over 1h } }", ["syntax"]),
        ("sla s { for a IS Missing OR b == c }", ["wrong-case", "wrong-case", "wrong-case"]),
        ("flow f { for a IS missing  b -> c }", ["wrong-case"]),
        ('test "t" { at 2026-11-23T09:00+08:00  expect expect state b }', ["stray-punctuation"]),
        ('test "t" { at 2026-11-23T09:00+08:00  given full { capacity 3 } }', ["unknown-kind"]),
        ('test "t" { at 2026-11-23T09:00+:00 }', ["bad-time"]),
        ('calendar c { zone "UTC"  daily 9:00am-5:0x:00 }', ["bad-time", "bad-time"]),
        ("sla s { for median(a) > 3 }", ["unknown-function"]),
        ("dispatch d { }", ["missing-hit-policy"]),
        ("calendar c { daily 09:00-12:00 }", ["missing-clause"]),
        ('calendar c { zone "UTC" daily 09:00-09:00 }', ["bad-time"]),
        ('calendar c { zone "UTC" closed 2027-02-11..2027-02-05 }', ["bad-date"]),
        ("acceptance a { require r { a > 1 over 4bh } }", ["bad-duration"]),
        ("acceptance a { require r { a > 1 over 4h coverage < 5% } }", ["bad-coverage"]),
        ("acceptance a { require r { a > 1 over 4h over 5h } }", ["repeated-clause"]),
        ("acceptance a { require r { a > c  b > 2 } }", ["repeated-clause"]),
        ("acceptance a { require r { a > c  max(b) > 2 } }", ["repeated-clause"]),
        ("acceptance a { require r { a > 1 in 2.5 runs } }", ["bad-number"]),
        (f"sla s {{ for a == {'9' * 99} }}", ["bad-number"]),
        ("sla s { for a == b then  respond within 1h }", ["unknown-word"]),
        ("flow f { a => b  to b require plan }", ["wrong-operator"]),
        ("sla s { respond within 30 minutes }", ["bad-duration"]),
        (
            "dispatch d first { rule a { when b ==\n assign engineer from c\n notfy d } }",
            ["syntax", "missing-word", "unknown-clause"],
        ),
        ('sla "" { respond within 1h on " " }', ["missing-name", "missing-name"]),
        ('test "" { at 2026-11-23T09:00+08:00 }', ["missing-name"]),
        ('dispatch d first { rule "" { tag "" } }', ["missing-name", "missing-name"]),
        (f"sla s {{ for a == {' + '.join('b' * 99)} }}", ["too-long"]),
        (f"sla s {{ for {'(' * 500}a{')' * 500} }}", ["too-deep"]),
        ("escalation e { after 1h { notify " + "manager of " * 20 + "assignee } }", ["too-long"]),
    ],
)
def test_codes(text: str, expected: list[str]) -> None:
    assert codes(text) == expected


def test_an_early_brace_does_not_lose_the_rest() -> None:
    module, found = parse("dispatch d first {\n  rule a { } }\n  rule b { }\n  otherwise { }\n}\nsla s { }\n")
    assert [finding.code for finding in found] == ["unopened-brace"]
    dispatch, _ = module.blocks
    assert isinstance(dispatch, DispatchBlock)
    assert [rule.id for rule in dispatch.rules] == ["a", "b"]


def test_a_missing_brace_does_not_swallow_the_next_block() -> None:
    module, found = parse("escalation e {\n  after 30m {\n    remind assignee\n\nsla s { }\n")
    assert [finding.code for finding in found] == ["unclosed-block"]
    assert [block.id for block in module.blocks] == ["e", "s"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("dispatch d first {{\n  rule a { tag x }\n  otherwise { tag y }\n}\n", "unopened-brace"),
        ("dispatch d first {{\n  rule a {{ tag x }}\n  otherwise { tag y }\n}}\n", "unopened-brace"),
        ("dispatch d first\n  rule a { tag x }\n  otherwise { tag y }\n}\n", "missing-brace"),
        ("dispatch d first {\n  rule a\n    tag x\n  }\n}\n", "missing-brace"),
        ("dispatch d first {\n  rule a { tag x }\n  otherwise\n    tag y\n  }\n}\n", "missing-brace"),
        ('acceptance a {\n  require r "title"\n    max(measured.a) < 4 dB\n  }\n}\n', "missing-brace"),
        ("escalation e {\n  after 1h  remind assignee }\n  after 2h { remind assignee }\n}\n", "missing-brace"),
        ("escalation e {\n  at 75% of resolve\n    remind assignee\n  }\n}\n", "missing-brace"),
        ("escalation e {\n  1bh before resolve\n    remind assignee\n  }\n}\n", "missing-brace"),
        ("escalation e {\n  when resolve breached\n    remind assignee\n  }\n}\n", "missing-brace"),
        ('test "t"\n  at 2026-11-23T09:00+08:00\n  given ticket { type a }\n}\n', "missing-brace"),
        ('test "t" {\n  at 2026-11-23T09:00+08:00\n  given engineer li  team a }\n}\n', "missing-brace"),
        ('test "t" {\n  at 2026-11-23T09:00+08:00\n  given ticket  type a }\n}\n', "missing-brace"),
    ],
)
def test_a_brace_too_many_or_too_few_is_one_mistake(text: str, expected: str) -> None:
    found = set(codes(text))
    assert found == {expected}
    module, _ = parse(text)
    assert len(module.blocks) == 1
    fixes = [finding.fix for finding in parse(text)[1] if finding.fix is not None]
    for fix in sorted(fixes, key=lambda fix: -fix.span.start):
        text = text[: fix.span.start] + fix.text + text[fix.span.end :]
    assert codes(text) == []


@pytest.mark.parametrize("start", range(7))
def test_a_text_cut_short_is_one_mistake(start: int) -> None:
    for end in range(start, len(EXAMPLE), 49):
        found = [code for code in codes(EXAMPLE[:end]) if code != "unclosed-text"]
        assert len(found) <= 1, EXAMPLE[end - 60 : end]


# ------------------------------------------------------------------------ any text

_WORDS = re.findall(r"\S+|\n", EXAMPLE + marked(MISTAKES)[0].text)
_SIGNS = "{}[](),.:;\"“”「」=<>!&|+-*/%#\n 0159abx黑，：｛｝（）→\\\x00\u200b²'@$"
#: Names of terminals, of types and of exceptions, which no user should ever read.
_INNER = re.compile(
    r"\b(LBRACE|RBRACE|[LR]SQB|[LR]PAR|COMMA|COMPARE|NAME|PATH|DURATION|MEASURE|OR_ELSE|NoneType|Token)\b|\$END|__"
)


def assert_sane(text: str) -> None:
    source = Source("t.rules", text)
    _, found = parse_rules(source)
    for finding in found:
        assert 0 <= finding.primary.span.start <= finding.primary.span.end <= len(text)
        assert finding.message[0] in "`" or finding.message[0].islower()
        assert not finding.message.endswith(".")
        said = re.sub(r"`[^`]*`", "", " ".join((finding.message, finding.primary.text, *finding.help)))
        assert not _INNER.search(said), said
    print_diagnostics(found, {source.name: source})


@settings(max_examples=150)
@given(st.integers(0, 2**32), st.sampled_from([1, 3, 10, 40]))
def test_mutilated_examples_are_survived(seed: int, times: int) -> None:
    random = Random(seed)
    characters = list(EXAMPLE)
    for _ in range(times):
        place = random.randrange(len(characters))
        characters[place : place + random.choice([0, 1, 1, 5])] = random.choice(["", *_SIGNS])
    assert_sane("".join(characters))


@settings(max_examples=150)
@given(st.lists(st.sampled_from(_WORDS), max_size=300).map(" ".join) | st.text(_SIGNS, max_size=300) | st.text())
def test_any_text_is_survived(text: str) -> None:
    assert_sane(text)


@pytest.mark.parametrize(
    "piece",
    [
        "{\n",
        "}",
        "[",
        '"',
        "“\n",
        "form a {\n",
        "form a { } x ",
        "dispatch d first { rule r { when ] } }\n",
        "@ ",
        "a = ",
    ],
)
def test_long_broken_text_is_read_to_its_end(piece: str) -> None:
    _, found = parse(piece * (20_000 // len(piece)))
    assert found


def test_a_field_may_have_the_name_of_a_block_at_the_start_of_its_line() -> None:
    text = 'test "t" {\n at 2026-11-23T09:00+08:00\n given engineer li {\n team a\n calendar c }\n given team a { } }'
    module, findings = parse_rules(Source("t.rules", text))
    assert findings == ()
    assert len(module.blocks) == 1
