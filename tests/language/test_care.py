"""Care blocks: what is read, what is wrong with them, and how they are written out."""

from collections.abc import Mapping
from datetime import date

import pytest

from svcctl.actions.catalog import ACTIONS, SETTABLE
from svcctl.facts.vocabulary import fact_vocabulary
from svcctl.foundation.diagnostic import Diagnostic
from svcctl.foundation.quantity import Elapsed
from svcctl.foundation.source import Source
from svcctl.language.block import After
from svcctl.language.blocks import Rules
from svcctl.language.care_block import BeforeDay, CareBlock, Every
from svcctl.language.checker import check_rules
from svcctl.language.parser import parse_rules
from svcctl.language.placeholder import placeholders
from svcctl.language.print_care import print_subject, print_timing
from svcctl.language.printer import print_action
from svcctl.language.scenario_block import TestBlock
from svcctl.language.tree import Notify, OpenTicket, Recipient, Repeat, SendSurvey

NAMES: Mapping[str, frozenset[str]] = {"team": frozenset({"north"})}
CALENDAR = 'calendar c { zone "UTC" mon..fri 09:00-17:00 }  form maintenance { }  form consumable { }\n'
#: As in the first example of the language.
EXAMPLES = """
care yearly-service {
  for asset where product.line == chiller and under_contract
  every 6 months from installed_at on workdays lead 14d
  open ticket maintenance "Half-yearly service of {asset.serial}"
}
care filter-due  { for asset when meter.filter_hours >= 0.9 * product.filter_life
                   open ticket consumable  notify customer }
care call-back   { for ticket in closed  after 24h  send survey csat }
"""


def checked(text: str) -> tuple[Rules, list[Diagnostic]]:
    module, unread = parse_rules(Source("t.rules", text))
    rules, found = check_rules([module], fact_vocabulary(ACTIONS, SETTABLE, NAMES))
    return rules, [*unread, *found]


def care(text: str) -> CareBlock:
    rules, found = checked(CALENDAR + text)
    assert [finding.message for finding in found] == []
    (block,) = rules.cares
    return block


def test_the_examples_have_no_finding() -> None:
    rules, found = checked(CALENDAR + EXAMPLES)
    assert found == []
    assert [block.id for block in rules.cares] == ["call-back", "filter-due", "yearly-service"]


def test_a_cadence() -> None:
    block = care(
        "care a { for asset  every 2 years from installed_at on workdays lead 14d until 2030-01-01"
        "  open ticket maintenance }"
    )
    assert block.subject == "asset"
    assert block.timing == Every(
        "installed_at", months=24, until=date(2030, 1, 1), workdays=True, lead=Elapsed(1209600)
    )
    assert block.actions == (OpenTicket("maintenance"),)
    assert care("care a { for asset every 1 week from 2026-10-13 notify customer }").timing == Every(
        date(2026, 10, 13), days=7
    )


def test_an_end_and_a_call_back() -> None:
    block = care('care a { for asset  30d before warranty_until  notify customer "{asset.serial}: {due}" }')
    assert block.timing == BeforeDay(Elapsed(30 * 86400), "warranty_until")
    assert block.actions == (Notify(Recipient("customer"), text="{asset.serial}: {due}"),)
    block = care("care a { for ticket in closed, resolved  after 24h  send survey csat again after 3d up to 2 times }")
    assert (block.states, block.timing) == (("closed", "resolved"), After(Elapsed(86400)))
    assert block.actions == (SendSurvey("csat", Repeat(Elapsed(3 * 86400), 2)),)


@pytest.mark.parametrize(
    ("text", "subject", "timing", "actions"),
    [
        (
            "for asset where under_contract every 6 months from installed_at until contract_until on workdays lead 2w "
            'open ticket maintenance "a \\"b\\""',
            "for asset where under_contract",
            "every 6 months from installed_at until contract_until on workdays lead 2w",
            ['open ticket maintenance "a \\"b\\""'],
        ),
        (
            "for asset every 1 day from 2026-10-13 notify customer",
            "for asset",
            "every 1 day from 2026-10-13",
            ["notify customer"],
        ),
        (
            "for asset when meter.h >= 3 open ticket maintenance remind assignee",
            "for asset when meter.h >= 3",
            "",
            ["open ticket maintenance", "remind assignee"],
        ),
        (
            "for asset 30d before contract_until notify team north",
            "for asset",
            "30d before contract_until",
            ["notify team north"],
        ),
        (
            'for ticket in "on hold", closed where priority == high after 4bh '
            "send survey csat again after 2bd up to 3 times",
            'for ticket in "on hold", closed where priority == high',
            "after 4bh",
            ["send survey csat again after 2bd up to 3 times"],
        ),
    ],
)
def test_what_is_written_out_reads_back(text: str, subject: str, timing: str, actions: list[str]) -> None:
    block = care(f"care a {{ {text} }}")
    printed = print_subject(block), print_timing(block), [print_action(action) for action in block.actions]
    assert printed == (subject, timing, actions)
    again = care(f"care a {{ {subject}  {timing}  {' '.join(actions)} }}")
    assert again == block


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("every 1 month from installed_at notify customer", "missing-clause"),
        ("for asset notify customer", "bad-care"),
        ("for asset every 1 month from installed_at", "bad-care"),
        ("for asset after 24h notify customer", "bad-care"),
        ("for ticket in closed notify customer", "bad-care"),
        ("for ticket in closed every 1 month from installed_at notify customer", "bad-care"),
        ("for asset when meter.h > 3 every 1 month from installed_at notify customer", "bad-care"),
        ("for asset every 1 month from installed_at 30d before warranty_until notify customer", "repeated-clause"),
        ("for asset every 1 month from installed_at lead 1d lead 2d notify customer", "repeated-clause"),
        ("for asset every 0 months from installed_at notify customer", "bad-repeat"),
        ("for asset every 1 month from instaled_at notify customer", "unknown-field"),
        ("for asset every 1 month from asset.batch notify customer", "type-mismatch"),
        ("for asset 30d before under_warranty notify customer", "type-mismatch"),
        ('for asset where description contains "x" 30d before warranty_until notify customer', "unknown-field"),
        ('for asset 30d before warranty_until notify customer "{asset.serail}"', "unknown-placeholder"),
        ('for ticket in closed after 1h notify customer "{meter.hours}"', "unknown-placeholder"),
        ("for asset 30d before warranty_until remind assignee", "bad-recipient"),
        ("for asset 30d before warranty_until notify manager of assignee", "bad-recipient"),
        ("for asset 30d before warranty_until notify team south", "unknown-team"),
        ("for asset 30d before warranty_until open ticket maintenence", "unknown-form"),
        ("for asset 30d before warranty_until send survey csat", "bad-care"),
        ("for ticket in closed after 1h send survey nps", "unknown-value"),
        ("for ticket in closed after 1h send survey csat again after 0h up to 2 times", "bad-repeat"),
        ("for asset 30d before warranty_until delegate intake", "verb-not-here"),
    ],
)
def test_one_mistake_is_one_error(text: str, code: str) -> None:
    _, found = checked(f"{CALENDAR}care a {{ {text} }}")
    assert [finding.code for finding in found] == [code], [finding.message for finding in found]
    assert found[0].help


def test_a_workday_needs_a_calendar() -> None:
    _, found = checked("care a { for asset every 1 month from installed_at on workdays notify customer }")
    assert [finding.code for finding in found] == ["no-calendar"]


def test_a_misspelt_placeholder_has_one_suggestion() -> None:
    _, found = checked('care a { for asset 30d before warranty_until notify customer "{asset.serail}" }')
    assert found[0].help == ("did you mean `asset.serial`?",)
    assert list(placeholders("of {a.b} and {c}, not { or }")) == ["a.b", "c", " or "]


def test_care_does_what_no_other_block_does() -> None:
    _, found = checked(CALENDAR + "dispatch d first { otherwise { open ticket maintenance } }")
    assert found


def test_expectations_and_readings_of_a_test() -> None:
    rules, found = checked(
        CALENDAR
        + """test "t" { at 2026-01-01T09:00+08:00  given asset a { installed_at 2026-01-01 }
      at +1d read meter.hours 380 h  expect open ticket maintenance
      at +2d expect send survey csat }"""
    )
    assert found == []
    (test,) = rules.tests
    assert isinstance(test, TestBlock)
    assert [[path for path, _ in moment.reads] for moment in test.moments] == [["meter.hours"], []]


def test_a_reading_is_of_a_meter() -> None:
    _, found = checked(
        'test "t" { at 2026-01-01T09:00+08:00  given asset a { batch x }  at +1d read hours 3  expect nothing }'
    )
    assert [finding.code for finding in found] == ["unknown-field"]
