"""Pulling in rounds, from an ERP in memory whose changes may be committed late and come between pages."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from svcctl.extension.connector import Change, PullResult
from svcctl.extension.rounds import Row, Source, pulled
from svcctl.foundation.errors import Refusal

START = datetime(2026, 11, 2, 9, 0)


class Table:
    """Records by id: each a number of its version and when it was changed."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.rows: dict[str, tuple[int, datetime]] = {}

    def source(self) -> Source:
        return Source(self.name, lambda: max((at for _, at in self.rows.values()), default=None), self.page)

    def page(self, since: datetime | None, after: str | None, most: int) -> Sequence[Row]:
        rows = [
            Row(id, at, Change("asset", id, {"version": version}))
            for id, (version, at) in sorted(self.rows.items())
            if (since is None or at >= since) and (after is None or id > after)
        ]
        return rows[:most]


def whole(sources: Sequence[Source], cursor: str | None, size: int) -> tuple[list[Change], str]:
    changes: list[Change] = []
    more = True
    while more:
        result: PullResult = pulled(sources, cursor, size)
        assert len(result.changes) <= size
        changes += result.changes
        cursor, more = result.cursor, result.more
    assert cursor is not None
    return changes, cursor


@given(
    st.lists(
        st.tuples(st.integers(0, 1), st.integers(0, 8), st.integers(0, 9), st.booleans()), min_size=1, max_size=30
    ),
    st.integers(1, 4),
)
def test_nothing_is_left_out_and_what_rests_does_not_come_again(
    steps: list[tuple[int, int, int, bool]], size: int
) -> None:
    """A change may bear a time up to nine minutes ago, and may come between any two pages."""
    tables = Table("a"), Table("b")
    sources = [table.source() for table in tables]
    given_last: dict[tuple[str, str], object] = {}
    cursor: str | None = None
    clock = START

    def take() -> bool:
        nonlocal cursor
        result = pulled(sources, cursor, size)
        cursor = result.cursor
        given_last.update({(change.id[0], change.id): change.record for change in result.changes})
        return result.more

    for number, (which, id, late, pull) in enumerate(steps):
        clock += timedelta(minutes=1)
        table = tables[which]
        table.rows[f"{table.name}{id}"] = (number, clock - timedelta(minutes=late))
        if pull:
            take()
    while take():
        pass
    while take():
        pass
    for table in tables:
        for place, (version, _) in table.rows.items():
            assert given_last[table.name, place] == {"version": version}
    assert whole(sources, cursor, size)[0] == []


def test_an_empty_erp_brings_nothing_and_then_what_comes() -> None:
    table = Table("a")
    changes, cursor = whole([table.source()], None, 2)
    assert changes == []
    table.rows["a1"] = (1, START)
    changes, _ = whole([table.source()], cursor, 2)
    assert [change.id for change in changes] == ["a1"]


def test_an_erp_without_an_order_gives_everything_at_once() -> None:
    table = Table("a")
    table.rows = {f"a{number}": (1, START + timedelta(minutes=number)) for number in range(5)}
    source = table.source().replace(newest=None)
    changes, cursor = whole([source], None, 9)
    assert len(changes) == 5
    table.rows["a2"] = (2, START + timedelta(minutes=9))
    changes, cursor = whole([source], cursor, 9)
    assert [change.id for change in changes] == ["a2"]
    table.rows.clear()
    _, cursor = whole([source], cursor, 9)
    table.rows["a3"] = (1, START - timedelta(days=1))
    assert whole([source], cursor, 9)[0] == [], "the cursor stays where it was while nothing is there"


def test_the_cursor_remembers_only_what_is_recent() -> None:
    table = Table("a")
    table.rows = {f"a{number:04}": (1, START + timedelta(minutes=number)) for number in range(500)}
    changes, cursor = whole([table.source()], None, 100)
    assert len(changes) == 500
    assert len(cursor) < 1000


@pytest.mark.parametrize("cursor", ["", "7", "[]", "{}", '{"open": null, "tables": {"a": {"since": "x", "seen": {}}}}'])
def test_a_cursor_of_something_else_is_refused(cursor: str) -> None:
    with pytest.raises(Refusal) as refused:
        pulled([Table("a").source()], cursor, 10)
    assert refused.value.code == "bad-input"
