"""What is given to other tools is valid by the schema of SARIF 2.1.0, and findings are known again."""

import json
from pathlib import Path
from typing import Any

import jsonschema
from hypothesis import given
from hypothesis import strategies as st

from svcctl.foundation.diagnostic import Diagnostic, Fix, Label, Severity
from svcctl.foundation.source import Source, Span
from svcctl.report.ci import sarif

SCHEMA = json.loads((Path(__file__).parent / "schemas/sarif-2.1.0-rtm.5.json").read_text("utf-8"))
VALIDATOR = jsonschema.Draft4Validator(SCHEMA)
SOURCES = {name: Source(name, "sla 金牌 {\n  respond 😀\r\n}\n") for name in ("a.rules", "规则/b c.rules")}

_words = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
_spans = st.builds(
    lambda name, start, length: Span(name, start, min(start + length, 24)),
    st.sampled_from([*SOURCES, "gone.rules"]),
    st.integers(0, 24),
    st.integers(0, 24),
)
_findings = st.builds(
    Diagnostic,
    st.sampled_from(Severity),
    st.sampled_from(["full-width", "unknown-unit", "contradiction"]),
    _words,
    st.builds(Label, _spans, _words),
    st.lists(st.builds(Label, _spans, _words), max_size=2).map(tuple),
    st.lists(_words, max_size=2).map(tuple),
    st.none() | st.builds(Fix, _spans, _words),
    st.lists(_words, max_size=1).map(tuple),
)


def log(*found: Diagnostic, sources: dict[str, Source] = SOURCES) -> Any:
    return json.loads(json.dumps(sarif(found, sources)))


@given(st.lists(_findings, max_size=4))
def test_whatever_is_found_the_log_is_valid(found: list[Diagnostic]) -> None:
    made = log(*found)
    VALIDATOR.validate(made)
    assert len(made["runs"][0]["results"]) == len(found)


def test_a_fix_is_a_replacement() -> None:
    span = Span("a.rules", 20, 21)
    finding = Diagnostic(Severity.ERROR, "full-width", "m", Label(span), fix=Fix(span, "}"))
    (change,) = log(finding)["runs"][0]["results"][0]["fixes"][0]["artifactChanges"]
    assert change["artifactLocation"] == {"uri": "a.rules"}
    (replacement,) = change["replacements"]
    assert replacement["insertedContent"] == {"text": "}"}
    assert replacement["deletedRegion"]["startLine"] == 2


def test_a_finding_is_known_again_wherever_its_line_moves() -> None:
    def prints(text: str, *starts: int) -> list[str]:
        found = [Diagnostic(Severity.ERROR, "x", "m", Label(Span("a", at, at + 1))) for at in starts]
        results = log(*found, sources={"a": Source("a", text)})["runs"][0]["results"]
        return [result["partialFingerprints"]["svcctl/v1"] for result in results]

    before = prints("one\ntwo\none\n", 0, 4, 8)
    assert len(set(before)) == 3
    assert prints("# new\n  one\ntwo\n\none\n", 8, 12, 17) == before
    assert prints("one\ntwo!\none\n", 0, 4, 9)[1] != before[1]
