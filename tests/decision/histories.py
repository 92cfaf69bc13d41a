"""Generated rules of escalation, the hours they count in, and what happens to a ticket under them."""

from datetime import timedelta
from typing import Literal

from hypothesis import strategies as st

from svcctl.foundation.diagnostic import has_errors
from svcctl.foundation.source import Source
from svcctl.language.checker import check_rules
from svcctl.language.parser import parse_rules
from svcctl.language.vocabulary import Vocabulary

GRID = timedelta(minutes=5)
STATES = ("new", "assigned", "in_progress", "pending_parts", "resolved")
PRIORITIES = ("low", "high", "urgent")
FLOW = """flow f {
  new -> assigned -> in_progress <-> pending_parts  in_progress -> resolved -> closed
  resolved -> in_progress  within 2h in assigned  within 3bh in pending_parts, resolved
}
"""
conditions = st.sampled_from(
    [
        "priority in [urgent, high]",
        "priority == low",
        "age.elapsed > 90m",
        "age.elapsed < 3h",
        "age.elapsed / 2 >= 1h",
        "age.business >= 2bh",
        "age.business > 90bm",
        "not (age.business > 3bh)",
        "state_age >= 45m",
        "asset.under_warranty",
        "asset.under_warranty == false or priority == urgent",
        'tags contains "a"',
    ]
)
whiles = st.sampled_from(
    [
        "state in [new, assigned]",
        "state == in_progress and state_age > 20m",
        "state != resolved",
        "age.elapsed >= 61m and age.elapsed < 5h",
        "state == pending_parts",
        "state == resolved",
    ]
)
elapsed = st.sampled_from(["0m", "7m", "30m", "1h", "150m", "1bh", "3bh", "1bd"])
kinds = st.sampled_from(["respond", "resolve", "resolve", "update", "limit"])
triggers = st.one_of(
    elapsed.map(lambda delay: f"after {delay}"),
    st.tuples(st.integers(1, 150), kinds).map(lambda of: f"at {of[0]}% of {of[1]}"),
    st.tuples(elapsed.filter(lambda lead: lead != "1bd"), st.sampled_from(["before", "after"]), kinds).map(" ".join),
    kinds.map(lambda kind: f"when {kind} breached"),
)
actions = st.sampled_from(["set priority high", "set priority low", 'tag "a"', 'tag "b"', "remind assignee"])
repeats = st.sampled_from(["", "", "repeat every 20m up to 3 times", "repeat every 1bh up to 2 times"])
steps = st.tuples(triggers, actions, repeats).map(lambda step: f"{step[0]} {{ {step[1]} {step[2]} }}")
services = st.sampled_from(
    [
        "sla s { respond within 30m  resolve within 4bh  update within 2bh  pause in pending_parts }",
        "sla s { respond within 1bh  resolve within 1bd  pause in pending_parts }",
        "sla s { for priority == urgent resolve within 2h  pause in pending_parts } sla t { resolve within 6h }",
        "sla s { resolve within 1bd  update within 50m }",
        "",
    ]
)


@st.composite
def rule_texts(draw: st.DrawFn) -> str:
    blocks = []
    for name in "abcdef"[: draw(st.integers(2, 6))]:
        joined = draw(st.sampled_from([" and ", " or "])).join(draw(st.lists(conditions, min_size=1, max_size=2)))
        during = f"while {draw(whiles)} " if draw(st.booleans()) else ""
        body = " ".join(draw(st.lists(steps, min_size=1, max_size=2)))
        blocks.append(f"escalation {name} {{ for {joined} {during}after 0m {{ remind assignee }} {body} }}")
    return FLOW + draw(services) + "\n" + "\n".join(blocks)


Happening = tuple[timedelta, Literal["move", "priority", "say"], str]
moments = st.one_of(
    st.integers(1, 4400 * 60).map(lambda seconds: timedelta(seconds=seconds)),
    st.integers(1, 100).map(lambda count: count * GRID),
)
happenings = st.lists(
    st.tuples(moments, st.just("move"), st.sampled_from(STATES))
    | st.tuples(moments, st.just("priority"), st.sampled_from(PRIORITIES))
    | st.tuples(moments, st.just("say"), st.sampled_from(["customer", "li"])),
    max_size=7,
)
starts = st.sampled_from(["2026-11-20T16:10:00", "2026-11-23T08:15:00", "2026-11-23T09:00:13", "2026-11-23T11:30:00"])
OTHERWISE = ("on 2026-11-21 10:00-16:00", "break 2026-11-23 10:00-11:10")


@st.composite
def hours(draw: st.DrawFn) -> str:
    """The hours of a random calendar: some shifts a day, past midnight too, in a zone, with days that are otherwise."""
    zone = draw(st.sampled_from(["Asia/Shanghai", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "UTC"]))
    edges = sorted(draw(st.sets(st.integers(0, 95), min_size=2, max_size=6)))
    pairs = list(zip(edges[0:-1:2], edges[1::2], strict=True))
    if len(edges) % 2 == 0 and draw(st.booleans()):
        pairs[-1:] = [(edges[-2], edges[0])]  # a night shift
    written = ", ".join("-".join(f"{edge // 4:02}:{edge % 4 * 15:02}" for edge in pair) for pair in pairs)
    days = draw(st.sampled_from(["mon..fri", "daily", "mon, wed, fri, sat", "sat..sun", "mon..sun"]))
    weekly = f"daily {written}" if days == "daily" else f"{days} {written}"
    more = draw(st.sampled_from(["", "holidays CN", "closed 2026-11-23", *OTHERWISE]))
    return f'zone "{zone}" {weekly} {more}'


def is_sound(service: str) -> bool:
    """Whether there is nothing wrong with hours: two shifts may run into each other, or one may be no time at all."""
    module, mistakes = parse_rules(Source("hours.rules", f"calendar c {{ {service} }}"))
    return not has_errors([*mistakes, *check_rules([module], Vocabulary({"ticket": {}}))[1]])
