"""A dry run of a round shows what the round then does, whatever happened before, and changes nothing."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from svcctl.desk.care import care_due
from svcctl.desk.delivery import deliver_due, rehearsing
from svcctl.desk.noise import gather
from svcctl.desk.rehearsing import rehearsed
from svcctl.desk.settings import Settings
from svcctl.desk.sweep import sweep
from svcctl.extension.contract import Limits
from svcctl.foundation.errors import Refusal
from svcctl.store.overlay import Overlay
from svcctl.ticket.event import Document, Event
from tests.desk.floor import Floor
from tests.desk.post import Scripted, delivered
from tests.desk.test_any_course import PEOPLE, RULES, STEPS, do

CARE = " care call-back { for ticket in resolved, closed  after 1h  send survey csat  notify team north }"
VARIANTS = (
    RULES,
    RULES + CARE,
    RULES + ' escalation extra { after 20m { notify engineer li "extra" }  after 3h { notify team north } }' + CARE,
    RULES.replace("after 30m { remind assignee }", "after 45m { remind assignee  notify team north }"),
    "form fault { }",
)


class Narrow(Scripted):
    """A channel that bears three messages a minute."""

    @property
    def limits(self) -> Limits:
        return Limits(per_minute=3)


def played(floor: Floor, notifier: Scripted, **guards: Any) -> list[Any]:
    """What a round does: steps that fire, occasions of care, messages that leave or wait."""
    dry = bool(guards.get("dry_run"))
    workspace, turn = rehearsed(floor.workspace, floor.turn("cron", **guards))
    rows: list[Any] = [*sweep(workspace, turn), *care_due(workspace, turn), gather(workspace, turn)]
    channels = rehearsing(lambda channel: notifier) if dry else lambda channel: notifier
    sent = deliver_due(workspace.store, channels, turn.now, actor="cron", clock=lambda: 0.0)
    return [*rows, *(result.replace(receipt=None) for result in sent)]


def staffed(rules: str, group_by: tuple[str, ...]) -> Floor:
    floor = Floor(rules)
    known = floor.workspace.settings
    values = {**known.values, "notify.group_within": "10m" if group_by else "", "notify.group_by": list(group_by)}
    floor.workspace.settings = Settings(values, known.origin, known.channels, known.erp)
    floor.save("team", "north", manager="wang")
    floor.save("engineer", "wang", capacity=0)
    for name in PEOPLE:
        floor.save("engineer", name, team="north", capacity=2)
    return floor


@settings(max_examples=60)
@given(STEPS, st.lists(st.sampled_from(VARIANTS), min_size=1), st.sampled_from([(), ("rule",), ("kind", "team")]))
def test_a_dry_run_shows_what_the_round_does(steps: list[Any], rules: list[str], group_by: tuple[str, ...]) -> None:
    floor = staffed(rules[0], group_by)
    ids = [floor.new(type="fault", dispatch="dispatch" in rules[0]), floor.new()]
    notifier, silent = Narrow(delivered), Narrow(delivered)
    for number, (which, (what, how), minutes) in enumerate(steps):
        floor.later(minutes=minutes)
        floor.rules(rules[number % len(rules)])
        head = floor.workspace.store.head()
        planned = played(floor, silent, dry_run=True)
        assert (silent.sent, floor.workspace.store.head()) == ([], head)
        assert played(floor, notifier) == planned
        try:
            do(floor, ids[which], what, how)
        except Refusal:
            continue


def test_what_a_new_rule_leaves_for_later_is_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    kept: list[tuple[str, str]] = []
    record = Overlay.record

    def noted(overlay: Overlay, event: Event) -> Document:
        kept.append((event.table, event.id))
        return record(overlay, event)

    monkeypatch.setattr(Overlay, "record", noted)
    floor = Floor('escalation first { after 1h { tag "first" } }')
    due = floor.new()
    floor.later(hours=1)
    floor.new()
    floor.rules('escalation first { after 1h { tag "first" } } escalation other { after 2h { tag "other" } }')
    fired = list(sweep(*rehearsed(floor.workspace, floor.turn("cron", dry_run=True))))
    assert [item["ticket"] for item in fired] == [due]
    assert {id for table, id in kept if table == "tickets"} == {due}
    assert fired == list(sweep(floor.workspace, floor.turn("cron")))
