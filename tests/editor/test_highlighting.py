"""Colours: every rule file that we ship is understood to the last character, and any other text comes out whole."""

import tomllib
from importlib import import_module
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pygments.token import Comment, Error, Keyword, Name, Operator, String, _TokenType

from svcctl.editor.highlighting import RulesLexer

ROOT = Path(__file__).parents[2]
FILES = sorted(
    path
    for folder in ("rules", "samples", "tests/language", "plugins")
    for path in (ROOT / folder).rglob("*.rules")
    if "broken" not in path.parts
)
BITS = st.sampled_from(
    ['"', "#", "//", "{", "}", "噪音", "dispatch a first {", "when", "45 dB", "，", "\r\n", "\n", "“x”"]
)


def kinds(text: str) -> dict[str, _TokenType]:
    return {value: kind for kind, value in RulesLexer().get_tokens(text)}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_a_shipped_file_has_no_error_and_comes_out_whole(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    tokens = list(RulesLexer().get_tokens(text))
    assert "".join(value for _, value in tokens) == text
    assert [value for kind, value in tokens if kind is Error] == []


@given(st.lists(BITS | st.text(max_size=5), max_size=12).map("".join))
def test_any_text_comes_out_whole(text: str) -> None:
    stretches = list(RulesLexer().get_tokens_unprocessed(text))
    assert "".join(value for _, _, value in stretches) == text
    assert [start for start, _, _ in stretches] == sorted(start for start, _, _ in stretches)


def test_a_word_is_a_keyword_only_where_it_is_one() -> None:
    text = 'dispatch team first { rule queue { when team == team  queue team } }  # "x"\n'
    found = [(value, kind) for kind, value in RulesLexer().get_tokens(text) if value.strip()]
    assert found[:5] == [
        ("dispatch", Keyword.Declaration),
        ("team", Name.Class),
        ("first", Name),
        ("{", found[3][1]),
        ("rule", Keyword),
    ]
    assert [kind for value, kind in found if value == "queue"] == [Name.Class, Keyword]
    assert {kind for value, kind in found[6:] if value == "team"} == {Name}
    assert found[-1] == ('# "x"', Comment.Single)


def test_words_of_conditions_and_texts_have_their_own_colours() -> None:
    found = kinds('sla s { for not (title contains "a") and count(measured.noise) > 3  respond within 4bh }\n')
    assert (found["not"], found["contains"], found["and"]) == (Operator.Word,) * 3
    assert (found["count"], found["measured.noise"], found['"a"']) == (Name.Builtin, Name.Attribute, String.Double)


def test_a_stray_character_is_an_error() -> None:
    assert kinds("sla s { § }\n")["§"] is Error


def test_texts_of_rules_are_known_when_seen() -> None:
    assert RulesLexer.analyse_text('# hours\ncalendar c { zone "UTC" }') > 0.5
    assert RulesLexer.analyse_text("def calendar(): pass") == 0


def test_pygments_finds_it_by_its_entry_point() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    [place] = project["entry-points"]["pygments.lexers"].values()
    module, _, name = place.partition(":")
    assert getattr(import_module(module), name) is RulesLexer
