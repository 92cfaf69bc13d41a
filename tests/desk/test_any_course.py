"""Whatever happens to tickets, in whatever order: what is derived follows from the events."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from svcctl.desk import work
from svcctl.desk.dispatching import dispatch_ticket
from svcctl.desk.sweep import sweep
from svcctl.foundation.errors import Refusal
from svcctl.foundation.instant import stored
from tests.desk.floor import Floor

RULES = """
form fault { }
sla high { for priority in [high, urgent]  respond within 30m  resolve within 4bh  pause in pending_parts }
sla any { respond within 2bh  resolve within 2bd }
dispatch intake first {
  rule fault { when type == fault  set priority high
    assign engineer from team north where open_tickets < capacity prefer fewest open_tickets  notify assignee }
  otherwise { queue triage }
}
escalation unanswered { while state in [new, triaged, assigned]
  after 30m { remind assignee }  after 1h { notify manager of assignee  repeat every 30m up to 3 times }
  after 2h { set priority urgent  assign manager of assignee } }
escalation at_risk { at 75% of resolve { tag "at-risk" }  1bh before resolve { remind assignee }
  when resolve breached { tag "breached" } }
escalation stale { while state_age > 3h and priority != urgent  after 10m { set priority urgent } }
"""
PEOPLE = ("li", "zhao")
STATES = ("triaged", "accepted", "in_progress", "pending_parts", "resolved", "closed", "reopen", "cancelled")
OPERATIONS = st.one_of(
    st.tuples(st.just("move"), st.sampled_from(STATES)),
    st.tuples(st.just("assign"), st.sampled_from(PEOPLE)),
    st.tuples(st.sampled_from(("accept", "decline")), st.sampled_from(PEOPLE)),
    st.tuples(st.sampled_from(("dispatch", "sweep", "comment")), st.none()),
)
STEPS = st.lists(st.tuples(st.sampled_from((0, 1)), OPERATIONS, st.sampled_from((0, 7, 30, 240, 2000))), max_size=15)


def do(floor: Floor, id: str, what: str, how: Any) -> None:
    match what:
        case "move":
            floor.on(id, work.move, how)
        case "assign":
            floor.on(id, work.assign, how)
        case "accept":
            floor.on(id, work.accept, actor=how)
        case "decline":
            floor.on(id, work.decline, "no", actor=how)
        case "dispatch":
            floor.on(id, dispatch_ticket)
        case "comment":
            floor.on(id, work.comment, "hello", public=True)
        case "sweep":
            assert all("rule" in item for item in sweep(floor.workspace, floor.turn("cron")))
            assert list(sweep(floor.workspace, floor.turn("cron"))) == []


@settings(max_examples=60)
@given(STEPS)
def test_what_is_derived_follows_from_the_events(steps: list[tuple[int, tuple[str, Any], int]]) -> None:
    floor = Floor(RULES)
    floor.save("team", "north", manager="wang")
    floor.save("engineer", "wang", capacity=0)
    for name in PEOPLE:
        floor.save("engineer", name, team="north", capacity=2)
    ids = [floor.new(type="fault", dispatch=True), floor.new()]
    for which, (what, how), minutes in steps:
        floor.later(minutes=minutes)
        before = floor.workspace.store.head()
        refused = None
        try:
            do(floor, ids[which], what, how)
        except Refusal as refusal:
            refused = refusal.code
        assert refused in (None, "illegal-move")
        assert refused is None or floor.workspace.store.head() == before
        for id in ids:
            document, ticket = floor.document(id), floor.ticket(id)
            assert document["open"] is (ticket.state not in ("resolved", "verified", "closed", "cancelled"))
            assert document["state"] == ticket.states[-1].state
            if not document["open"]:
                assert not {"watches", "wake_at"} & document.keys()
            elif what == "sweep":
                assert document.get("wake_at", "9") > stored(floor.now)
            assert len({(item.rule, item.step, item.entry, item.repeat) for item in ticket.firings}) == len(
                ticket.firings
            )
    assert list(floor.workspace.store.verify(deep=True)) == []
    documents = [floor.document(id) for id in ids]
    load = floor.do(lambda desk: dict(desk.roster.load))
    assert load == {name: sum(d["open"] and d.get("assignee") == name for d in documents) for name in load}
