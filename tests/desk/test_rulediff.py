"""What two sets of rules decide differently, and which recorded tickets that concerns."""

from typing import Any

import pytest

from svcctl.decision.dispatch import decide
from svcctl.decision.roster import Roster
from svcctl.desk import work
from svcctl.desk.acceptance import sign
from svcctl.desk.rulediff import Compared, compare_rules
from svcctl.facts.case import Case
from svcctl.facts.facts import collect_facts
from tests.desk.floor import Floor, rulebook

RULES = """
form fault { humidity percent }
form noise { }
flow work { new -> assigned -> resolved -> verified -> closed  to verified require acceptance }
sla high { for priority >= high  respond within 30m }
sla all { resolve within 2bd }
dispatch intake first {
  rule wet { when type == fault and humidity > 80 %  queue wet }
  rule urgent { when priority >= high  queue fast  tag "urgent" }
  rule noise { when type == noise  delegate second }
  otherwise { queue triage }
}
dispatch second collect {
  rule a { when description contains "bang"  tag "a" }
  rule b { when description contains "hiss"  tag "b" }
  otherwise { queue noise }
}
escalation slow { for priority >= high  while state == new  after 1h { notify team north } }
acceptance quiet { for type == noise  require low { max(measured.noise) < 45 dB }  verifier is not assignee }
care ask { for ticket in closed where priority >= high  after 24h  send survey csat }
"""
TICKETS: tuple[dict[str, Any], ...] = (
    {"type": "fault", "fields": {"humidity": 85}},
    {"type": "fault", "fields": {"humidity": 72}},
    {"type": "fault", "urgency": "high", "impact": "high"},
    {"type": "noise", "description": "bang and hiss"},
    {"type": "noise", "description": "hiss"},
    {},
)


@pytest.fixture(scope="module")
def floor() -> Floor:
    floor = Floor(RULES)
    floor.save("team", "north")
    ids = [floor.new(**values) for values in TICKETS]
    for state in ("assigned", "resolved"):
        floor.on(ids[3], work.move, state)
    reading = work.Reading("noise", "42 dB", floor.now)
    floor.on(ids[3], lambda desk, id: work.measure(desk, id, [reading]))
    floor.on(ids[3], sign, actor="wang")
    assert floor.ticket(ids[3]).state == "verified"
    return floor


def edited(*edits: tuple[str, str]) -> str:
    text = RULES
    for old, new in edits:
        assert old in text
        text = text.replace(old, new)
    return text


def compared(floor: Floor | None, *edits: tuple[str, str]) -> Compared:
    return compare_rules(rulebook(RULES), rulebook(edited(*edits)), floor.workspace if floor else None)


def told(found: Compared) -> list[tuple[str, str, str, str, Any]]:
    return [(each.kind, each.block, each.before, each.after, ids) for each, ids in found.differences]


def numbers(*found: int) -> tuple[str, ...]:
    return tuple(f"T-{number:06d}" for number in found)


def test_alike_rules_differ_in_nothing_whatever_their_titles(floor: Floor) -> None:
    found = compared(floor, ("sla high {", 'sla high "Urgent ones" {'), ("rule wet {", 'rule wet "Wet" {'))
    assert (found.differences, found.changed, found.tickets) == ((), (), len(TICKETS))


def test_a_threshold_that_moved_concerns_what_lies_between(floor: Floor) -> None:
    found = compared(floor, ("> 80 %", "> 70 %"))
    assert {row[:4] for row in told(found)} == {
        ("dispatch", "intake", "urgent", "wet"),
        ("dispatch", "intake", "otherwise", "wet"),
    }
    counted = {each.before: ids for each, ids in found.differences}
    assert counted == {"urgent": (), "otherwise": numbers(2)}
    assert found.changed == numbers(2)
    for each, _ in found.differences:
        assert each.proven
        assert all("humidity > 70 % and <= 80 %" in case and "type == fault" in case for case in each.cases)
        assert "humidity 71 %" in each.example


def test_dispatch_counts_those_that_other_actions_come_to(floor: Floor) -> None:
    """Each kind of edit, against deciding about every ticket by both."""
    for edits in (
        (("queue fast", "queue slow"),),
        (('rule urgent { when priority >= high  queue fast  tag "urgent" }', ""),),
        (("otherwise { queue triage }", "otherwise { queue desk }"),),
        (('contains "hiss"  tag "b"', 'contains "bang"  tag "b"'),),
        (("rule noise { when type == noise", "rule other { when type == noise"),),
    ):
        old, new = rulebook(RULES), rulebook(edited(*edits))
        found = compare_rules(old, new, floor.workspace)
        expected = set()
        for document in floor.workspace.store.find("tickets"):
            ticket = floor.ticket(document["id"])
            decided = [
                decide(book, collect_facts(Case(ticket, floor.now, form=book.form(ticket.type))), Roster(known=False))
                for book in (old, new)
            ]
            if decided[0].effects != decided[1].effects:
                expected.add(ticket.id)
        # A block to which others delegate counts every ticket that it would decide about otherwise.
        assert expected <= set(found.changed)
        assert found.changed == tuple(sorted(expected)) or "hiss" in edits[0][0]


def test_blocks_for_other_tickets_tell_whom_they_left_and_whom_they_took(floor: Floor) -> None:
    found = compared(floor, ("sla high { for priority >= high", "sla high { for type == fault"))
    assert told(found) == [
        ("sla", "high", "for it", "not for it", ()),
        ("sla", "high", "not for it", "for it", numbers(1, 2)),
    ]
    found = compared(floor, ("resolve within 2bd", "resolve within 1bd"))
    assert told(found) == [("sla", "all", "for it", "for it, otherwise", numbers(1, 2, 3, 4, 5, 6))]
    found = compared(floor, ("while state == new", "while state in [new, assigned]"), ("after 1h", "after 2h"))
    assert [row[3] for row in told(found)] == ["for it", "for it, otherwise"]
    assert told(found)[1][4] == numbers(3)
    found = compared(
        floor, ("care ask { for ticket in closed where priority >= high", "care ask { for ticket in closed")
    )
    assert [(row[0], row[3], len(row[4])) for row in told(found)] == [("care", "for it", 5)]


def test_requirements_tell_which_readings_are_good_enough_no_more(floor: Floor) -> None:
    found = compared(floor, ("< 45 dB", "< 40 dB"))
    assert told(found) == [("acceptance", "quiet.low", "good enough", "not good enough", numbers(4))]
    [(each, _)] = found.differences
    assert each.cases == ("max(measured.noise) >= 40 dB and < 45 dB",)
    found = compared(floor, ("< 45 dB }", '< 45 dB  method "by ear" }'))
    assert told(found) == [("acceptance", "quiet.low", "shown as it was", "shown as it is", None)]
    found = compared(floor, ("require low", "require silence"))
    assert [(row[1], row[3]) for row in told(found)] == [("quiet.low", "not asked"), ("quiet.silence", "asked")]


def test_forms_calendars_and_where_tickets_begin(floor: Floor) -> None:
    found = compared(floor, ("form noise { }", "form noise { where text }"))
    assert told(found) == [("form", "noise", "there", "changed", numbers(4, 5))]
    old, new = (
        rulebook(RULES),
        rulebook(RULES.replace("sla high", 'calendar night { zone "UTC" daily 20:00-24:00 }\nsla high')),
    )
    assert told(compare_rules(old, new, floor.workspace)) == [("calendar", "night", "not there", "there", None)]
    found = compared(
        None,
        ("rule noise { when type == noise  delegate second }", ""),
        ("otherwise { queue triage }", "otherwise { delegate second }"),
    )
    assert found.tickets is None
    assert all(ids is None for _, ids in found.differences)


def test_what_has_too_many_cases_is_not_proven() -> None:
    clauses = " or ".join(f'(description contains "w{number}" and title contains "t{number}")' for number in range(300))
    many = f"rule many {{ when {clauses}  queue many }}"
    found = compared(None, ("rule urgent {", f"{many}\n  rule urgent {{"))
    assert [each.proven for each, _ in found.differences] == [False]
