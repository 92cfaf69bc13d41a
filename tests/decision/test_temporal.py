"""When steps fire, over a year of the real calendar: what can never be, what comes too early, what comes at once."""

from collections import Counter
from datetime import date
from itertools import pairwise

import pytest

from svcctl.clock.arithmetic import is_open
from svcctl.clock.calendar import Calendar
from svcctl.decision.starts import SLOT, start_slots
from svcctl.decision.temporal import temporal_findings
from svcctl.foundation.diagnostic import Diagnostic
from tests.decision.books import book

FIRST = date(2026, 11, 21)
FLOW = """
flow f { new -> assigned -> in_progress <-> pending_parts  in_progress -> resolved -> closed
         within 2bd in pending_parts }
"""


def doubts(text: str) -> tuple[Diagnostic, ...]:
    return temporal_findings(book(FLOW + text), FIRST)


def codes(text: str) -> list[str]:
    return [finding.code for finding in doubts(text)]


@pytest.mark.parametrize(
    "text",
    [
        "escalation e { while state == new  after 2bh { remind assignee }  after 4bh { notify team t } }",
        "escalation e { while state == new  after 30m { remind assignee urgent }  after 2h { notify team t urgent } }",
        'escalation e { after 3d { tag "old" } }',
        """sla s { resolve within 2bd }
           escalation e { at 75% of resolve { remind assignee }  1bh before resolve { notify team t }
                          when resolve breached { notify team t }  2h after resolve { set priority urgent } }""",
        """sla s { for priority == low  resolve within 1bh }
           escalation e { for priority == high  4bh before resolve { remind assignee } }""",
        "escalation e { while state == pending_parts  when limit breached { remind assignee } }",
        "escalation e { while age.elapsed <= 2h  after 2h { remind assignee } }",
    ],
)
def test_sound_rules_raise_no_doubt(text: str) -> None:
    assert codes(text) == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("while age.elapsed < 2h  after 2h { remind assignee }", "when `2h` have passed"),
        ("for 90m > age.elapsed  after 30m { remind assignee }  after 2bh { remind assignee }", "when `2bh` have"),
        ("while state == in_progress  when respond breached { remind assignee }", "the clock `respond` has stopped"),
        ("while state in [resolved, closed]  at 75% of resolve { remind assignee }", "only in `closed`, `resolved`"),
        ("while state == new  when limit breached { remind assignee }", "no flow limits the stay there"),
    ],
)
def test_steps_that_can_never_fire(text: str, said: str) -> None:
    [finding] = doubts(f"sla s {{ respond within 1h  resolve within 2bd }} escalation e {{ {text} }}")
    assert finding.code == "never-fires"
    assert said in finding.message


def test_repeats_that_outlive_the_rule() -> None:
    [finding] = doubts(
        "escalation e { while age.elapsed < 3h  after 1h { remind assignee urgent  repeat every 30m up to 9 times } }"
    )
    assert (finding.code, finding.help) == ("repeat-outlives", ("write `up to 3 times`",))


def test_a_lead_that_is_longer_than_the_target() -> None:
    [finding] = doubts("sla s { resolve within 2bh } escalation e { 4bh before resolve { remind assignee } }")
    assert finding.code == "lead-too-long"
    assert "`4bh` before resolve is never after the start of a target of `2bh`, as `s` has it" in finding.message


def test_a_lead_that_is_longer_only_for_some_starts_is_none() -> None:
    assert codes("sla s { resolve within 2bh } escalation e { 4h before resolve { remind assignee urgent } }") == []


def test_an_order_that_hangs_on_the_start() -> None:
    [finding] = doubts("escalation e { after 1bh { remind assignee }  after 2h { remind assignee urgent } }")
    assert finding.code == "step-order"
    # The first day is a Saturday: two hours pass in the night, one of open time only on Monday.
    assert finding.example == ("a ticket that comes in Sat 2026-11-21 00:00",)
    assert finding.primary.text == "fires Sat 2026-11-21 02:00"
    assert finding.related[0].text == "fires Mon 2026-11-23 10:00"


def test_an_order_that_is_wrong_for_one_target() -> None:
    text = "escalation e { at 75% of resolve { remind assignee }  1bh before resolve { remind assignee } }"
    [finding] = doubts("sla long { resolve within 8bh } sla short { resolve within 2bh }" + text)
    assert (finding.code, "as `short` has it" in finding.message) == ("step-order", True)


def test_steps_that_are_all_heard_at_an_opening() -> None:
    text = "escalation e { while state == new  after 30m { remind assignee }  after 2h { notify team t } }"
    [finding] = doubts(text)
    assert finding.code == "bunched-steps"
    assert finding.example == ("a ticket that comes in Sat 2026-11-21 00:00: all are heard Mon 2026-11-23 09:00",)
    assert codes(text.replace("remind assignee", "remind assignee urgent")) == []
    assert codes(text.replace("remind assignee", 'tag "x"')) == []


def test_repeats_that_are_all_heard_at_an_opening() -> None:
    [finding] = doubts("escalation e { after 1h { remind assignee  repeat every 1h up to 3 times } }")
    assert finding.code == "bunched-steps"
    assert finding.message.startswith("the repeats of this step are all heard")


def test_a_calendar_that_does_not_open_long_enough_raises_no_doubt_here() -> None:
    text = """calendar once { zone "UTC"  on 2026-12-01 09:00-10:00 }
              sla s { resolve within 2bh on once }
              escalation e { at 75% of resolve { remind assignee } }"""
    assert codes(text) == []


def test_the_slots_of_a_year_are_every_different_quarter_of_an_hour() -> None:
    office = Calendar("o", "Asia/Shanghai", {day: [(540, 720), (810, 1080)] for day in range(5)}, holidays=["CN"])
    slots = list(start_slots((office,), date(2026, 1, 1)))
    assert len(slots) < 366 * 96 / 2
    assert all(later - earlier >= SLOT for earlier, later in pairwise(slots))
    days = {slot.astimezone(office.zone_info).date() for slot in slots}
    assert {
        date(2026, 2, 14),
        date(2026, 2, 15),
    } <= days  # a weekend day worked, and the first of the holidays of spring
    assert any(is_open(office, slot) and slot.astimezone(office.zone_info).weekday() > 4 for slot in slots)


def test_slots_follow_the_clock_on_the_wall() -> None:
    berlin = Calendar("b", "Europe/Berlin", {day: [(0, 1440)] for day in range(7)})
    found = [slot.astimezone(berlin.zone_info) for slot in start_slots((berlin,), FIRST)]
    count = Counter(slot.date() for slot in found)
    assert (count[date(2027, 3, 28)], count[date(2027, 10, 31)], count[FIRST]) == (92, 100, 96)
