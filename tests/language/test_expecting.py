"""What could stand at a place of an unfinished text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from svcctl.foundation.source import Source
from svcctl.language.expecting import expected
from svcctl.language.outline import KINDS

RULE = "dispatch a first { rule b { "


def words(text: str) -> set[str]:
    return set(expected(Source("a", text), len(text)).words)


@pytest.mark.parametrize("text", ["", "# only a comment\n", 'import "x.rules"\n', "form a { }\n", "  }  "])
def test_between_blocks_a_block_begins(text: str) -> None:
    assert words(text) == {*KINDS, "import"}


@pytest.mark.parametrize(
    ("text", "among", "not_among"),
    [
        (RULE, {"when", "set", "assign", "delegate"}, {"zone", "respond", "or"}),
        (RULE + "when type", {"in", "is", "contains", "not", "and", "or default"}, {"from"}),
        (RULE + "when type is ", {"present", "missing"}, {"and"}),
        (RULE + "assign engineer ", {"from", "having", "where"}, {"present"}),
        ("sla s { respond ", {"within"}, {"on"}),
        ("sla s { respond within 4bh ", {"on", "resolve", "pause"}, {"within"}),
        ("escalation e { after 3h { remind ", {"assignee", "customer", "manager"}, {"after"}),
        ("care c { for ", {"asset", "ticket"}, {"where"}),
        ('test "t" { expect ', {"rule", "nothing", "accepted"}, {"given"}),
    ],
)
def test_the_words_that_the_grammar_allows(text: str, among: set[str], not_among: set[str]) -> None:
    assert among <= words(text)
    assert not not_among & words(text)


def test_what_cannot_be_read_is_passed_over() -> None:
    assert "when" in words("dispatch a first { rule b { § ) when when ] set priority high ")


def test_tokens_come_as_what_they_were_taken_for() -> None:
    text = RULE + "assign team team"
    assert [token.type for token in expected(Source("a", text), len(text)).before[-3:]] == ["ASSIGN", "TEAM", "NAME"]


@given(st.text(alphabet='{}[]()"#=a 1.\n噪🛠', max_size=30), st.integers(0, 30))
def test_any_text_has_an_answer(text: str, offset: int) -> None:
    assert expected(Source("a", text), min(offset, len(text))).terminals is not None
