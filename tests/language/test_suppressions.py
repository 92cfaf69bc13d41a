"""Doubts that a file allows with a reason, and what is wrong with doing so."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import svcctl
from svcctl.foundation.diagnostic import Diagnostic, error, warning
from svcctl.foundation.source import Source, Span
from svcctl.language.suppressions import BY_DATA, DOUBTS, allow

PACKAGE = Path(svcctl.__file__).parent
WORSE = [["Severity.WARNING"], ["Severity.NOTE"]]
ABOVE = "# svcctl: allow dead-clause because both are in the contract\n"


def left(marked: str, *codes: str, make: object = warning, looked_for: frozenset[str] = DOUBTS) -> list[str]:
    """The codes that are left of findings which stand at `«` in a text."""
    text = marked.replace("«", "")
    places = [index - nth for nth, index in enumerate(i for i, c in enumerate(marked) if c == "«")]
    assert callable(make)
    found: list[Diagnostic] = [
        make(code, "x", Span("t.rules", place, place + 1)) for place, code in zip(places, codes, strict=True)
    ]
    return [finding.code for finding in allow(found, {"t.rules": Source("t.rules", text)}, looked_for)[0]]


def test_above_a_clause_it_is_about_all_of_the_clause() -> None:
    text = f"dispatch d first {{ rule r {{\n {ABOVE} when a == 1\n and «b == 2\n set x «y }} }}"
    assert left(text, "dead-clause", "dead-clause") == ["dead-clause"]


def test_above_a_block_it_is_about_all_of_the_block_and_no_more() -> None:
    text = f"{ABOVE}sla a {{ respond within «1h\n resolve within «2h }}\nsla b {{ respond within «1h }}"
    assert left(text, "dead-clause", "dead-clause", "dead-clause") == ["dead-clause"]


def test_at_the_end_of_a_line_it_is_about_what_begins_there() -> None:
    text = f"sla a {{ respond within «1h {ABOVE} resolve within «2h }}"
    assert left(text, "dead-clause", "dead-clause") == ["dead-clause"]


def test_several_stand_above_each_other_each_for_its_code() -> None:
    text = f"{ABOVE}# svcctl: allow no-target because it is new\nsla a {{ respond «within «1h }}"
    assert left(text, "dead-clause", "no-target") == []
    assert left(text, "dead-clause", "never-fires") == ["unused-suppression", "never-fires"]


def test_full_width_marks_and_a_reason_in_any_script_are_understood() -> None:
    assert left("＃svcctl：allow dead-clause because 合同如此\nsla a { respond within «1h }", "dead-clause") == []


@pytest.mark.parametrize(
    ("comment", "code"),
    [
        ("svcctl: allow dead-clause", "bad-suppression"),
        ("svcctl: allow dead-clause because", "bad-suppression"),
        ("svcctl: ignore dead-clause because x", "bad-suppression"),
        ("svcctl:", "bad-suppression"),
        ("svcctl: allow dead-claus because x", "unknown-suppression"),
        ("svcctl: allow unknown-field because x", "unknown-suppression"),
        ("svcctl: allow dead-clause because x", "unused-suppression"),
    ],
)
def test_what_is_wrong_with_one_is_a_finding(comment: str, code: str) -> None:
    source = Source("t.rules", f"# {comment}  \nsla a {{ respond within 1h }}")
    ((finding,), used) = allow((), {"t.rules": source})
    assert (finding.code, used) == (code, ())
    assert source.text[finding.primary.span.start : finding.primary.span.end] == f"# {comment}"
    assert finding.is_error == (code != "unused-suppression")


def test_an_error_is_not_allowed_whatever_its_code() -> None:
    text = f"{ABOVE}sla a {{ respond within «1h }}"
    assert left(text, "dead-clause", make=error) == ["dead-clause"]


def test_what_was_not_looked_for_is_not_needless() -> None:
    text = "# svcctl: allow unknown-model because it comes in March\nsla a { respond within 1h }"
    assert left(text, looked_for=DOUBTS - BY_DATA) == []
    assert left(text) == ["unused-suppression"]


def doubts() -> Iterator[str]:
    """The code of every warning and note that is made anywhere."""
    files = [*(PACKAGE / "language").rglob("*.py"), *(PACKAGE / "decision").glob("*.py"), PACKAGE / "desk/rulenames.py"]
    for file in files:
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            name = ast.unparse(node.func)
            words = [ast.unparse(word) for word in node.args[:2]]
            made = words[:1] if name.endswith("warning") else words[1:] if words[0:1] in WORSE else []
            yield from (ast.literal_eval(word) for word in made if word.startswith("'"))


def test_every_doubt_can_be_allowed_and_nothing_else() -> None:
    assert set(doubts()) - {"unused-suppression"} == DOUBTS
