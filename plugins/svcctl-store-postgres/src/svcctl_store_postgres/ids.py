"""Fresh numbers, from a counter that several machines share.

They are taken in short transactions of their own, so that nobody waits for another's work to have an id; what a write
took and did not use is given back where nobody has taken more meanwhile, and else left out for good.
"""

from collections.abc import Callable

from svcctl_store_postgres.connection import Connection
from svcctl_store_postgres.layout import Layout

#: Numbers that a write which needs many takes at once.
_MOST_AT_ONCE = 64


class Ids:
    """The numbers of one write, however often it is tried. `keep` is False for one that keeps nothing."""

    def __init__(self, layout: Layout, connection: Callable[[], Connection], *, keep: bool) -> None:
        self._layout = layout
        self._connection = connection
        self._keep = keep
        self._taken: dict[str, list[int]] = {}
        self._used: dict[str, int] = {}
        self._settled = False

    def restart(self) -> None:
        """Try again: the numbers that are there are used first."""
        self._used.clear()
        self._settled = False

    def settle(self) -> None:
        """What was used may be committed from now on."""
        self._settled = True

    def next(self, table: str) -> int:
        taken, used = self._taken.setdefault(table, []), self._used.get(table, 0)
        if used == len(taken):
            taken += self._take(table, max(1, min(len(taken), _MOST_AT_ONCE)))
        self._used[table] = used + 1
        return taken[used]

    def _take(self, table: str, count: int) -> range:
        if not self._keep:
            row = (
                self._connection()
                .execute(f"SELECT given FROM {self._layout.counters} WHERE tbl = %s", (table,))
                .fetchone()
            )
            known = self._taken[table]
            last = known[-1] if known else row[0] if row else 0
            return range(last + 1, last + count + 1)
        last = self._at_once(f"given = given + {count}", table)
        assert last is not None
        return range(last - count + 1, last + 1)

    def _at_once(self, change: str, table: str, known: int | None = None) -> int | None:
        """Change a counter in one round trip, without waiting for the disk: the log of the server is in order, so what
        uses the number is never durable before it."""
        name = "'" + table.replace("'", "''") + "'"
        where = f"tbl = {name}" if known is None else f"tbl = {name} AND given = {known}"
        cursor = self._connection().execute(
            "BEGIN; SET LOCAL synchronous_commit = off;"
            f" UPDATE {self._layout.counters} SET {change} WHERE {where} RETURNING given; COMMIT"
        )
        cursor.nextset()
        cursor.nextset()
        row = cursor.fetchone()
        return None if row is None else int(row[0])

    def give_back(self) -> None:
        """Give back what is not used in the end."""
        for table, taken in self._taken.items():
            used = self._used.get(table, 0) if self._settled else 0
            while self._keep and used < len(taken):
                first = len(taken) - 1
                while first > used and taken[first - 1] == taken[first] - 1:
                    first -= 1
                if self._at_once(f"given = {taken[first] - 1}", table, taken[-1]) is None:
                    break
                del taken[first:]
