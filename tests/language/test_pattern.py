import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from svcctl.foundation.errors import Refusal
from svcctl.language.pattern import Pattern, compile_pattern, pattern_problem

_atoms = st.sampled_from(["a", "b", "黑", ".", "[ab]", "[^a]", r"\d", r"\s", "^", "$", r"\.", "[a-c黑]", "", r"[\d-]"])
_patterns = st.recursive(
    _atoms,
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3).map("".join),
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: f"(?:{'|'.join(parts)})"),
        st.builds(
            lambda part, sign: f"(?:{part}){sign}", inner, st.sampled_from(["*", "+", "?", "{2}", "{1,2}", "*?"])
        ),
    ),
    max_leaves=6,
)


@settings(max_examples=500)
@given(_patterns, st.text(alphabet="ab黑1. \n", max_size=8))
def test_finds_what_the_standard_library_finds(pattern: str, text: str) -> None:
    # `$` stands at the very end here; the standard library also takes the place before a last line break
    assert Pattern(pattern)(text) == (re.search(pattern.replace("$", r"\Z"), text) is not None)


@pytest.mark.parametrize("pattern", ["(a+)+$", "(a|a)*$", "(a|b|ab)*c", "a*" * 20 + "b"])
def test_what_makes_a_backtracking_search_hang_is_answered(pattern: str) -> None:
    found = compile_pattern(pattern)
    assert found("a" * 20_000 + "!") is (pattern == "(a|a)*$")


def test_plain_alternatives_are_known_as_such() -> None:
    assert Pattern("(漏水|E1.*fan)").alternatives == (("漏水",), ("E1", "fan"))
    assert Pattern("a+").alternatives is None


@pytest.mark.parametrize(
    ("pattern", "words"),
    [
        ("(a", "never closed"),
        ("a)", "has no"),
        ("[a", "never closed"),
        ("*a", "nothing before it"),
        ("a{2", "not followed"),
        ("a{3,2}", "not in order"),
        (r"(a)\1", "cannot be used"),
        ("(?=a)", "look-around"),
        ("a\\", "backslash"),
        ("[b-a]", "backwards"),
        ("((a{50}){50}){50}", "positions"),
        ("(" * 60 + ")" * 60, "nested"),
    ],
)
def test_what_cannot_be_used_is_refused(pattern: str, words: str) -> None:
    problem = pattern_problem(pattern)
    assert problem is not None
    assert words in problem
    with pytest.raises(Refusal, match="cannot be used"):
        compile_pattern(pattern)


def test_what_can_be_used_has_no_problem() -> None:
    assert pattern_problem(r"^E[0-9]{1,3}(?:\.\d+)?$") is None
