"""Tables of tests: their rows, what is wrong with them, and their form."""

import pickle

import pytest

from svcctl.actions.catalog import ACTIONS, SETTABLE
from svcctl.facts.vocabulary import fact_vocabulary
from svcctl.foundation.source import Source
from svcctl.language.blocks import Rules
from svcctl.language.checker import check_rules
from svcctl.language.formatting import formatted
from svcctl.language.packing import pack_rules, unpack_rules
from svcctl.language.parser import parse_rules
from svcctl.language.scenario_block import ExpectAccepted, ExpectField, ExpectRule

RULES = """
form fault { humidity percent }
dispatch d first {
  rule wet { when humidity > 80 %  queue wet }
  otherwise { queue triage }
}
"""


def checked(table: str) -> tuple[Rules, list[tuple[str, str]]]:
    source = Source("a.rules", f'{RULES}test "t" {{\n  at 2026-11-23T09:00+08:00\n  {table}\n}}\n')
    module, mistakes = parse_rules(source)
    rules, found = check_rules([module], fact_vocabulary(ACTIONS, SETTABLE))
    said = [*mistakes, *found]
    return rules, [(each.code, source.text[each.primary.span.start : each.primary.span.end]) for each in said]


def test_rows_are_fields_and_expectations() -> None:
    rules, found = checked(
        "table type, humidity -> rule, queue, accepted "
        "{ fault, 85 % -> wet, wet, no  missing, missing -> otherwise, missing, yes }"
    )
    assert found == []
    first, second = rules.tests[0].rows
    assert [words for words, _ in first.given.fields] == [("type",), ("humidity",)]
    assert [type(each) for each in first.expects] == [ExpectRule, ExpectField, ExpectAccepted]
    assert second.given.fields == ()
    assert [getattr(each, "accepted", None) for each in second.expects] == [None, None, True]
    played = rules.tests[0].played()
    assert [test.rows for test in played] == [(), ()]
    assert [len(test.moments) for test in played] == [1, 1]
    assert unpack_rules(pack_rules(rules)) == rules
    assert pickle.loads(pickle.dumps(rules)) == rules


@pytest.mark.parametrize(
    ("table", "found"),
    [
        ("table type, humidity -> rule { fault -> wet }", ("uneven-row", "fault -> wet")),
        ("table type -> rule, queue { fault -> wet }", ("uneven-row", "fault -> wet")),
        ("table type -> rule { fault -> wett }", ("unknown-rule", "wett")),
        ("table typ -> rule { fault -> wet }", ("unknown-field", "typ")),
        ("table type -> quue { fault -> missing }", ("unknown-field", "quue")),
        ("table humidity -> rule { 85 dB -> wet }", ("dimension-mismatch", "humidity")),
        ("table type -> rule { falt -> wet }", ("unknown-form", "falt")),
    ],
)
def test_what_is_wrong_in_a_table_is_told_at_its_cell(table: str, found: tuple[str, str]) -> None:
    _, said = checked(table)
    assert said == [found]


def test_the_columns_of_a_table_stand_under_each_other() -> None:
    text = """test "t" {
  at 2026-11-23T09:00+08:00
  table type, tags -> rule {
    fault, [a, b] -> wet
    missing, missing -> otherwise  # 都没有
    noise, "x, y" -> otherwise
  }
}
"""
    once = formatted(Source("a.rules", text))
    assert once.splitlines()[3:6] == [
        "    fault,   [a, b]  -> wet",
        "    missing, missing -> otherwise  # 都没有",
        '    noise,   "x, y"  -> otherwise',
    ]
    assert formatted(Source("a.rules", once)) == once
