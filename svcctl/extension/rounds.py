"""Pulling in rounds: what changed since a time, page by page, from an ERP that can filter by time and order by id.

A change that is committed late bears an earlier time than others that were seen before it. So each round begins a
while before the newest time of the one before, and what was given then and is the same is left out. Within a round
pages follow the ids, which do not move while records change; what changes behind its page comes in the next round.
"""

import json
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from svcctl.extension.connector import Change, PullResult
from svcctl.foundation.digest import sha256
from svcctl.foundation.errors import Refusal
from svcctl.foundation.record import Record

_OVERLAP = timedelta(minutes=10)


class Row(Record):
    """A record with its place in the ERP's order of ids, and when the ERP last changed it, by its own clock and
    without an offset."""

    place: str
    at: datetime
    change: Change


class Source(Record):
    """Records that can be pulled; `name` is their place in the cursor.

    `newest` is the latest time of a change, None where there is no record. `page` gives at most so many rows that
    changed at a time or later (None: ever) and lie after a place (None: from the first), in the order of places. An ERP
    that has no such order has no `newest`; its `page` gives everything at once.
    """

    name: str
    newest: Callable[[], datetime | None] | None
    page: Callable[[datetime | None, str | None, int], Sequence[Row]]


def pulled(sources: Sequence[Source], cursor: str | None, size: int) -> PullResult:
    """The next page. The cursor holds where each source is, and what was given of the last ten minutes before that.

    Raises Refusal `bad-input` for a cursor that is not one.
    """
    state = _read(cursor)
    names = [source.name for source in sources]
    number = names.index(state["open"]) if state["open"] in names else 0
    source = sources[number]
    table = state["tables"].setdefault(source.name, {"since": None, "seen": {}})
    if "newest" not in table:
        newest = source.newest() if source.newest else None
        table |= {"newest": newest and newest.isoformat(), "after": None, "given": {}}
    since = _time(table["since"])
    rows = source.page(since, table["after"], size)
    if source.newest is None:
        newest = max((row.at for row in rows), default=since and since + _OVERLAP)
        table["newest"] = newest and newest.isoformat()
    changes = [row.change for row in rows if table["seen"].get(row.place) != _digest(row)]
    newest = _time(table["newest"])
    begin = None if newest is None else max(newest - _OVERLAP, since or datetime.min)
    table["given"] |= {row.place: _digest(row) for row in rows if begin is None or row.at >= begin}
    if source.newest and len(rows) >= size:
        table["after"] = rows[-1].place
        return PullResult(tuple(changes), json.dumps(state, ensure_ascii=False), more=True)
    # Nothing is newer in an ERP that has no record: the next round begins at the beginning again.
    state["tables"][source.name] = {"since": begin and begin.isoformat(), "seen": table["given"]}
    more = number + 1 < len(sources)
    state["open"] = names[number + 1] if more else None
    return PullResult(tuple(changes), json.dumps(state, ensure_ascii=False), more)


def _read(cursor: str | None) -> dict[str, Any]:
    if cursor is None:
        return {"open": None, "tables": {}}
    try:
        state = json.loads(cursor)
        tables = {
            str(name): {
                "since": table["since"] and datetime.fromisoformat(table["since"]).isoformat(),
                "seen": dict(table["seen"]),
                **({name: table[name] for name in ("newest", "after", "given")} if "newest" in table else {}),
            }
            for name, table in state["tables"].items()
        }
        return {"open": state["open"], "tables": tables}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise Refusal(
            "bad-input", "the cursor is not one of this connector", help="pull without a cursor: everything comes"
        ) from None


def _digest(row: Row) -> str:
    """Of the record, too: one may change twice within what the ERP's clock can tell apart."""
    text = json.dumps([row.at.isoformat(), row.change.kind, row.change.record], sort_keys=True, default=str)
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:12]


def _time(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
