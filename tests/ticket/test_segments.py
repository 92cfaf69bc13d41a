from svcctl.ticket.model import PinnedTarget
from svcctl.ticket.segments import segments_of
from tests.ticket.promised import RESOLVE, RESPOND, at, clock, ticket

LOG = [
    ("new", "2026-11-23T11:00"),
    ("in_progress", "2026-11-23T11:30"),
    ("pending_parts", "2026-11-23T14:00"),
    ("in_progress", "2026-11-23T15:00"),
    ("resolved", "2026-11-23T16:00"),
    ("closed", "2026-11-24T09:00"),
    ("in_progress", "2026-11-24T10:00"),
]


def parts(target: PinnedTarget, now: str, log: list[tuple[str, str]] = LOG) -> list[tuple[str, str, str, int]]:
    of = ticket(log, target)
    running = clock(of, now)
    found = segments_of(of, running, at(now))
    assert [part.end for part in found[:-1]] == [part.start for part in found[1:]]
    counted = sum(part.seconds for part in found if part.kind == "running")
    assert counted + running.remaining == 4 * 3600
    return [(part.kind, part.state, part.start.strftime("%d %H:%M"), part.seconds) for part in found]


def test_a_clock_is_cut_where_it_stood_still_and_where_the_state_changed() -> None:
    assert parts(RESOLVE, "2026-11-24T10:30") == [
        ("running", "new", "23 03:00", 1800),
        ("running", "in_progress", "23 03:30", 3600),
        ("paused", "pending_parts", "23 06:00", 3600),
        ("running", "in_progress", "23 07:00", 3600),
        ("reopened", "resolved", "23 08:00", 7200),
        ("reopened", "closed", "24 01:00", 3600),
        ("running", "in_progress", "24 02:00", 1800),
    ]


def test_a_clock_ends_with_its_stop() -> None:
    target = RESPOND.replace(within="4h")
    assert parts(target, "2026-11-24T10:30", [LOG[0], ("accepted", "2026-11-23T11:10"), *LOG[1:3]]) == [
        ("running", "new", "23 03:00", 600)
    ]
