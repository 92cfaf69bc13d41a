"""The form of a finding: header, place, excerpt, carets, advice, count."""

from hypothesis import given
from hypothesis import strategies as st
from wcwidth import wcswidth

from svcctl.foundation.diagnostic import Diagnostic, Label, Severity, error, warning
from svcctl.foundation.source import Source, Span
from svcctl.report.diagnostics import diagnostics_json, print_diagnostics


def at(source: Source, word: str, number: int = 1) -> Span:
    """The place of the `number`th `word` in a source."""
    start = -1
    for _ in range(number):
        start = source.text.index(word, start + 1)
    return Span(source.name, start, start + len(word))


ESCALATION = Source(
    "rules/escalation.rules",
    "\n" * 7 + "  when age.business > 24h\n",
)
DISPATCH = Source("rules/dispatch.rules", "\n" * 11 + "  rule gold-any {\n" + "\n" * 18 + "  rule gold-noise {\n")
FILES = {source.name: source for source in (ESCALATION, DISPATCH)}


def shown(diagnostic: Diagnostic, *sources: Source) -> str:
    return print_diagnostics([diagnostic], {source.name: source for source in sources})


def test_two_places_on_one_line() -> None:
    finding = Diagnostic(
        Severity.ERROR,
        "clock-mismatch",
        "business time compared with elapsed time",
        Label(at(ESCALATION, "age.business"), "business time on calendar `cn-service`"),
        (Label(at(ESCALATION, "24h"), "elapsed time"),),
        ("write `24bh` (about 3 working days), or use `age.elapsed`",),
    )
    assert print_diagnostics([finding], FILES) == (
        """\
error[clock-mismatch]: business time compared with elapsed time
  --> rules/escalation.rules:8:8
   |
 8 |   when age.business > 24h
   |        ^^^^^^^^^^^^   --- elapsed time
   |        business time on calendar `cn-service`
   = help: write `24bh` (about 3 working days), or use `age.elapsed`

1 error
"""
    )


def test_two_lines_of_one_file_in_one_excerpt() -> None:
    finding = Diagnostic(
        Severity.WARNING,
        "unreachable-rule",
        "rule `gold-noise` can never match",
        Label(at(DISPATCH, "gold-noise")),
        (Label(at(DISPATCH, "gold-any"), "takes every ticket that it could take"),),
        ("move it above line 12",),
        example=("type abnormal_noise, customer.tier gold -> gold-any",),
    )
    assert print_diagnostics([finding], FILES) == (
        """\
warning[unreachable-rule]: rule `gold-noise` can never match
  --> rules/dispatch.rules:31:8
   |
12 |   rule gold-any {
   |        -------- takes every ticket that it could take
31 |   rule gold-noise {
   |        ^^^^^^^^^^
   = example: type abnormal_noise, customer.tier gold -> gold-any
   = help: move it above line 12

1 warning
"""
    )


def test_another_file_has_an_excerpt_of_its_own() -> None:
    finding = Diagnostic(
        Severity.ERROR,
        "duplicate-id",
        "there is a rule `gold-any` already",
        Label(at(ESCALATION, "when")),
        (Label(at(DISPATCH, "gold-any"), "first here"),),
    )
    assert print_diagnostics([finding], FILES) == (
        """\
error[duplicate-id]: there is a rule `gold-any` already
  --> rules/escalation.rules:8:3
   |
 8 |   when age.business > 24h
   |   ^^^^
  --> rules/dispatch.rules:12:8
   |
12 |   rule gold-any {
   |        -------- first here

1 error
"""
    )


def test_carets_line_up_under_chinese() -> None:
    source = Source("规则.rules", "当 产品线　== 门禁 时\n")
    assert shown(error("unknown-value", "there is no value `门禁`", at(source, "门禁"), "换一个词"), source) == (
        """\
error[unknown-value]: there is no value `门禁`
  --> 规则.rules:1:10
   |
 1 | 当 产品线　== 门禁 时
   |               ^^^^ 换一个词

1 error
"""
    )


def test_a_tab_is_four_cells_and_controls_cannot_reach_the_terminal() -> None:
    source = Source("a\x1b.rules", "\t\x1b[2Jwhen x\n")
    text = shown(error("bad", "say `\x1b[2J`", at(source, "when")), source)
    assert "\x1b" not in text
    assert "     \ufffd[2Jwhen x".lstrip() in text
    assert "\n   |         ^^^^\n" in text


def test_of_a_long_span_the_first_line_is_marked() -> None:
    source = Source("a.rules", "sla x {\n  pause\n}\n")
    assert "   | ^^^^^^^\n\n" in shown(error("empty", "nothing here", Span("a.rules", 0, 17)), source)


def test_the_end_of_a_file_can_be_pointed_at() -> None:
    source = Source("a.rules", "sla x {")
    assert "\n   |        ^ here\n" in shown(error("unclosed", "not closed", Span("a.rules", 7, 7), "here"), source)


def test_without_its_text_only_the_file_is_named() -> None:
    assert print_diagnostics([error("gone", "not there", Span("b.rules", 3, 4))], {}) == (
        "error[gone]: not there\n  --> b.rules\n\n1 error\n"
    )


def test_a_limit_shows_some_and_counts_all() -> None:
    span = Span("b.rules", 0, 0)
    many = [error("a", "one", span), error("b", "two", span), warning("c", "three", span)]
    text = print_diagnostics(many, {}, limit=1)
    assert text.endswith("\n\n2 errors, 1 warning; 2 more are shown with --all\n")
    assert "two" not in text


def test_nothing_found_prints_nothing() -> None:
    assert print_diagnostics([], {}) == ""


def test_colour_adds_nothing_but_colour() -> None:
    import re

    finding = error("a", "one", at(ESCALATION, "when"), "here", "do this")
    plain = print_diagnostics([finding], FILES)
    coloured = print_diagnostics([finding], FILES, colour=True)
    assert coloured != plain
    assert re.sub(r"\x1b\[[\d;]*m", "", coloured) == plain


def test_as_values_for_programs() -> None:
    finding = error("a", "one", at(ESCALATION, "24h"), "here", "do this").replace(
        related=(Label(at(DISPATCH, "gold-any"), "first"),)
    )
    assert diagnostics_json([finding], FILES) == [
        {
            "code": "a",
            "severity": "error",
            "message": "one",
            "file": "rules/escalation.rules",
            "line": 8,
            "column": 23,
            "end_line": 8,
            "end_column": 26,
            "help": ["do this"],
            "example": [],
            "related": [
                {
                    "message": "first",
                    "file": "rules/dispatch.rules",
                    "line": 12,
                    "column": 8,
                    "end_line": 12,
                    "end_column": 16,
                }
            ],
            "fix": None,
        }
    ]
    assert diagnostics_json([finding], {})[0]["line"] is None


@given(
    st.text(st.sampled_from("ab 黑屏\t，\u0301é"), max_size=30), st.text(st.sampled_from("x屏"), min_size=1, max_size=5)
)
def test_carets_stand_under_their_word(before: str, word: str) -> None:
    source = Source("a.rules", f"{before}|{word}")
    lines = shown(error("a", "one", Span("a.rules", len(before) + 1, len(source.text))), source).splitlines()
    excerpt, carets = lines[3], lines[4]
    assert wcswidth(carets[: carets.index("^")]) == wcswidth(excerpt[: -len(word)])
    assert carets.count("^") == wcswidth(word)
