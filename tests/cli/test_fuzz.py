"""Whatever a file holds, `rules check` answers with findings: no crash, no name of a token, and work in proportion."""

import re
import sys
from collections.abc import Callable
from pathlib import Path
from random import Random
from types import FrameType
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from svcctl.cli import boundary
from svcctl.desk.rulefiles import check_sources
from svcctl.foundation.errors import Refusal
from svcctl.foundation.shipped import shipped
from svcctl.foundation.source import Source
from svcctl.language.formatting import formatted
from svcctl.language.grammar import grammar
from svcctl.language.suppressions import allow
from svcctl.report.ci import CI_FORMATS, print_for_ci
from svcctl.report.diagnostics import print_diagnostics

EXAMPLE = Path(__file__).parent.parent / "language/example.rules"
FILES = [*sorted(shipped("rules").rglob("*.rules")), *sorted(shipped("samples").rglob("*.rules")), EXAMPLE]
TEXTS = [file.read_text("utf-8") for file in FILES]
TERMINALS = {
    name for row in grammar().table.values() for name in row if name.isupper() and name not in ("AT", "BY", "IN")
}
INTERNAL = re.compile(
    rf"\b(?:{'|'.join(sorted(TERMINALS))}|Token|Traceback|NoneType|lark)\b|\$END|<svcctl|object at 0x"
)
PIECES = re.compile(r"\s+|\w+|[^\w\s]+")
NOISE = [
    "{",
    "}",
    "(",
    ")",
    "[",
    "]",
    ",",
    "，",
    "“",
    '"',
    "'",
    "==",
    "=",
    "<->",
    "or",
    "and",
    "not",
    "30m",
    "45 db",
    "％",
]
NOISE += [
    "# svcctl: allow",
    "#",
    "//",
    "\\",
    "9" * 40,
    "99999-12-31",
    "25:61",
    "…",
    "\x00",
    "\u202e",
    "\ud800",
    "import",
    "test",
]


def said(text: str) -> str:
    """All that is said of a text, in every form."""
    sources = {"t.rules": Source("t.rules", text)}
    found, _ = allow(check_sources(sources.values()).diagnostics, sources)
    for finding in found:
        span = finding.primary.span
        assert 0 <= span.start <= span.end <= len(text)
    pages = [print_diagnostics(found, sources, limit=20)]
    pages += [print_for_ci(style, found[:20], sources) for style in CI_FORMATS]
    refused = None
    try:
        pages.append(formatted(sources["t.rules"]))
    except Refusal as refusal:
        refused = refusal.code
    assert refused in (None, "rules-broken")
    return "\n".join([*pages, *(finding.message for finding in found)])


def leaked(text: str) -> set[str]:
    """Names of ours in what is said of a text that are not in the text itself."""
    return set(INTERNAL.findall(said(text))) - set(INTERNAL.findall(text))


def mutated(text: str, random: Random) -> str:
    """A text with a few pieces left out, doubled, swapped or put in, or cut short."""
    pieces = PIECES.findall(text)
    start = random.randrange(len(pieces))
    pieces = pieces[start : start + random.choice([40, 200, 800])]
    for _ in range(random.randint(1, 6)):
        at, other = random.randrange(len(pieces)), random.randrange(len(pieces))
        match random.randrange(6):
            case 0:
                pieces[at] = ""
            case 1:
                pieces[at] *= 2
            case 2:
                pieces[at], pieces[other] = pieces[other], pieces[at]
            case 3:
                pieces[at] = random.choice(NOISE)
            case 4:
                pieces.insert(at, random.choice(NOISE))
            case _:
                pieces[at] = pieces[at].translate({ord(mark): chr(ord(mark) + 0xFEE0) for mark in ",()[]{}=<>-"})
    return "".join(pieces)


@pytest.mark.parametrize("seed", range(300))
def test_a_damaged_file_is_told_of_in_words(seed: int) -> None:
    random = Random(seed)
    text = mutated(random.choice(TEXTS), random)
    assert leaked(text) == set()


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
@given(content=st.binary(max_size=200) | st.text(max_size=200).map(lambda text: text.encode("utf-8", "surrogatepass")))
def test_any_bytes_get_an_answer(
    content: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "any.rules").write_bytes(content)
    monkeypatch.chdir(tmp_path)
    code = boundary.run(["rules", "check", "any.rules"])
    out, err = capsys.readouterr()
    assert code in (0, 1, 2), err
    assert "bug" not in err
    assert "Traceback" not in out + err


@settings(max_examples=100)
@given(
    st.lists(
        st.sampled_from([*NOISE, "sla a {", "rule x {", "dispatch d first {", "when a ==", "\n", "词"]), max_size=40
    )
)
def test_any_words_get_an_answer(words: list[str]) -> None:
    text = " ".join(words)
    assert leaked(text) == set()


UNITS = {
    "braces": "{",
    "closing braces": "}",
    "brackets": "(",
    "lists": "[",
    "paths": "a.",
    "not": "not ",
    "quotes": '"',
    "rules": "rule x { ",
    "and": "x == 1 and ",
    "words": "word ",
    "managers": "manager of ",
    "digits": "9",
    "hyphens": "a-",
    "defaults": "a or default ",
    "or": "or   ",
    "comments": "# x\n",
    "blocks": "sla a { respond within 1h }\n",
    "broken blocks": "sla { respond whithin 1h }\n",
    "open blocks": "dispatch d first { rule a { when priority = high\n",
    "kinds": "test ",
    "wide": "，",
    "suppressions": "# svcctl: allow x\n",
    "closed twice": "sla a { }}\n",
    "imports": 'import "a"\n',
    "open texts": "“abc\n",
}
AROUND = {"alone": ("", ""), "in a condition": ("sla s { for ", " respond within 1h }")}


def lines_run(work: Callable[[], Any]) -> int:
    """How many lines of Python some work takes."""
    count = 0

    def trace(frame: FrameType, event: str, argument: object) -> Any:
        nonlocal count
        count += 1
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        work()
    finally:
        sys.settrace(before)
    return count


def checked(text: str) -> str:
    sources = {"t.rules": Source("t.rules", text)}
    found, _ = allow(check_sources(sources.values()).diagnostics, sources)
    return print_diagnostics(found, sources, limit=20)


@pytest.mark.parametrize("around", AROUND)
@pytest.mark.parametrize("unit", UNITS)
def test_four_times_as_much_is_four_times_the_work(unit: str, around: str) -> None:
    before, after = AROUND[around]
    checked(before + after)
    one = lines_run(lambda: checked(before + UNITS[unit] * 150 + after))
    four = lines_run(lambda: checked(before + UNITS[unit] * 600 + after))
    assert four <= 5 * one + 5_000


@pytest.mark.parametrize("unit", ["words", "digits", "hyphens", "quotes", "paths", "brackets"])
def test_a_line_of_a_megabyte_is_read_and_shown_in_part(unit: str) -> None:
    text = UNITS[unit] * (1_000_000 // len(UNITS[unit]))
    for before, after in AROUND.values():
        assert len(checked(before + text + after)) < 50_000
