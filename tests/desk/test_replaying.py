"""Replay: the rules in force make every decision on record alike, and other rules change what they are said to."""

from typing import Any

from hypothesis import given, settings

from svcctl.desk import work
from svcctl.desk.acceptance import sign
from svcctl.desk.promises import repromise
from svcctl.desk.replaying import Replayed, replay
from svcctl.desk.sweep import sweep
from svcctl.desk.undoing import undo
from svcctl.foundation.errors import Refusal
from svcctl.store.versions import removal
from svcctl.ticket.event import Event
from tests.desk.floor import Floor, rulebook
from tests.desk.test_any_course import PEOPLE, RULES, STEPS, do

ACCEPTED = """
form fault { }
flow work { new -> assigned -> resolved -> verified -> closed  resolved -> assigned as reopen
            to verified require acceptance }
sla any { respond within 2bh  resolve within 2bd  pause in assigned }
dispatch intake first { rule all { when type == fault  assign engineer from team north } otherwise { queue triage } }
acceptance quiet { for type == fault  require low { max(measured.noise) < 45 dB }  verifier is not assignee }
escalation slow { while state in [new, assigned]  after 1h { remind assignee } }
"""


def staffed(rules: str) -> Floor:
    floor = Floor(rules)
    floor.save("team", "north", manager="wang")
    floor.save("engineer", "wang", capacity=0)
    for name in PEOPLE:
        floor.save("engineer", name, team="north", capacity=2)
    return floor


def again(floor: Floor, old: str, new: str, **options: Any) -> Replayed:
    """A replay of the floor's rules with other words in them."""
    text = floor.workspace.rules_key
    assert old in text
    return replay(floor.workspace, rulebook(text.replace(old, new)), options.get("since"))


def changed(found: Replayed) -> dict[str, int]:
    return {kind: tally.tickets for kind, tally in found.tallies.items() if tally.tickets}


@settings(max_examples=40)
@given(STEPS)
def test_the_rules_in_force_change_nothing_and_make_every_decision_alike(
    steps: list[tuple[int, tuple[str, Any], int]],
) -> None:
    floor = staffed(RULES)
    ids = [floor.new(type="fault", dispatch=True), floor.new()]
    for which, (what, how), minutes in steps:
        floor.later(minutes=minutes)
        try:
            do(floor, ids[which], what, how)
        except Refusal:
            continue
    before = floor.workspace.store.head()
    found = replay(floor.workspace, rulebook(RULES), None)
    assert found.changes == ()
    assert found.tallies["dispatch"].recorded >= 1
    assert found.tallies["due"].recorded >= 2
    assert all(tally.alike == tally.recorded for tally in found.tallies.values()), found.tallies
    fired = sum(event.kind == "escalated" for id in ids for event in floor.history(id))
    assert found.tallies["escalation"].recorded == fired
    assert floor.workspace.store.head() == before


def worked(floor: Floor) -> str:
    """A ticket that is worked on, repaired twice, and accepted, with everything on the way."""
    id = floor.new(type="fault", dispatch=True)
    floor.later(minutes=90)
    assert [item["step"] for item in sweep(floor.workspace, floor.turn("cron"))] == ["after-1h"]
    floor.later(minutes=60)
    floor.on(id, lambda desk, id: desk.change(id, "edited", {"priority": "urgent"}))
    floor.on(id, undo)
    floor.on(id, repromise, "asked by the customer")
    for state in ("resolved", "reopen", "resolved"):
        floor.later(minutes=15)
        floor.on(id, work.move, state)
    reading = work.Reading("noise", "42 dB", floor.now)
    floor.on(id, lambda desk, id: work.measure(desk, id, [reading]))
    floor.later(minutes=5)
    floor.on(id, sign, actor="wang")
    assert floor.ticket(id).state == "verified"
    return id


def test_acceptance_undoing_and_promises_asked_anew_are_replayed() -> None:
    floor = staffed(ACCEPTED)
    worked(floor)
    found = replay(floor.workspace, rulebook(ACCEPTED), None)
    assert found.changes == ()
    assert {kind: (tally.recorded, tally.alike) for kind, tally in found.tallies.items()} == {
        "dispatch": (1, 1),
        "due": (3, 3),
        "escalation": (1, 1),
        "acceptance": (1, 1),
    }


def test_what_other_rules_decide_is_told_with_both_sides() -> None:
    floor = staffed(ACCEPTED)
    id = worked(floor)
    found = again(floor, "from team north", "from team north where engineer == zhao")
    assert changed(found) == {"dispatch": 1}
    [change] = found.changes
    assert change.id == id
    assert [change.before["effects"][0]["to"][0]["id"], change.after["effects"][0]["to"][0]["id"]] == ["li", "zhao"]
    found = again(floor, "respond within 2bh", "respond within 1bh")
    assert changed(found) == {"due": 1}
    assert [(item.before["respond"]["due_at"], item.after["respond"]["due_at"]) for item in found.changes] == [
        ("2026-11-23T03:00:00Z", "2026-11-23T02:00:00Z")
    ] * 3
    found = again(floor, "after 1h {", "after 2h {")
    assert changed(found) == {"escalation": 1}
    assert [step["step"] for step in found.changes[0].before["steps"]] == ["after-1h"]
    assert [step["due_at"] for step in found.changes[0].after["steps"]] == ["2026-11-23T03:00:00Z"]
    found = again(floor, "< 45 dB", "< 40 dB")
    assert changed(found) == {"acceptance": 1}
    assert [(item.before["accepted"], item.after["open"]) for item in found.changes] == [(True, ["quiet.low"])]
    found = again(floor, "pause in assigned", "")
    assert changed(found) == {"due": 1}  # the same hour, but another one pauses it


def test_a_new_escalation_is_played_though_no_sweep_ever_ran() -> None:
    floor = staffed("sla any { resolve within 4bh }")
    one, other = floor.new(), floor.new()
    floor.later(minutes=100)
    floor.on(one, work.move, "triaged")
    floor.later(minutes=100)
    floor.save("customer", "k1")
    new = "sla any { resolve within 4bh } escalation waits { while state == new  after 1h { notify team north } } "
    new += "escalation late { at 50% of resolve { notify team north } }"
    found = replay(floor.workspace, rulebook(new), None)
    told = {change.id: [(step["rule"], step["due_at"]) for step in change.after["steps"]] for change in found.changes}
    late = ("late", "2026-11-23T03:00:00Z")
    assert told == {one: [("waits", "2026-11-23T02:00:00Z"), late], other: [("waits", "2026-11-23T02:00:00Z"), late]}


def test_only_decisions_since_an_instant_count() -> None:
    floor = staffed(ACCEPTED)
    worked(floor)
    since = floor.later(hours=1)
    id = floor.new(type="fault", dispatch=True)
    found = again(floor, "rule all {", "rule everything {", since=since)
    assert [(change.id, change.kind, change.after["rule"]) for change in found.changes] == [
        (id, "dispatch", "everything")
    ]
    assert (found.tickets, found.since) == (1, since)
    assert found.tallies["dispatch"].recorded == 1


def test_decisions_by_rules_of_another_day_are_counted_apart() -> None:
    floor = staffed(ACCEPTED)
    worked(floor)
    floor.rules(ACCEPTED.replace("rule all {", "rule everything {"))
    found = again(floor, "rule everything {", "rule all {")
    assert found.tallies["dispatch"] == found.tallies["dispatch"].replace(recorded=1, alike=0, tickets=1)
    assert replay(floor.workspace, floor.workspace.rulebook, None).changes == ()


def test_a_calendar_that_is_gone_is_an_answer_and_no_end() -> None:
    floor = staffed("sla any { resolve within 4bh on always }")
    id = floor.new()
    new = rulebook("sla any { resolve within 4bh on always }")
    new.calendars = {}
    found = replay(floor.workspace, new, None)
    assert [(change.id, change.kind) for change in found.changes] == [(id, "due")]
    assert "always" in found.changes[0].after["refused"]


def test_removed_tickets_are_passed_over() -> None:
    floor = staffed(ACCEPTED)
    worked(floor)
    id = floor.new(type="fault", dispatch=True)
    gone = removal(floor.document(id))
    floor.do(lambda desk: desk.transaction.record(Event("tickets", id, "removed", floor.now, "lin", gone)) and None)
    assert replay(floor.workspace, floor.workspace.rulebook, None).tickets == 1
