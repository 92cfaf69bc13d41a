"""What changed in Tryton since a time: customers and assets, wherever that which they are made of changed."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from svcctl.plugin_api import Change, Row, Source
from svcctl_erp_tryton import lots, parties
from svcctl_erp_tryton.door import Door
from svcctl_erp_tryton.terms import Terms

Changes = Callable[[Sequence[int]], Mapping[int, Change]]
_CHUNK = 200
_SHOWN = {"active_test": False}
_RECENT = timedelta(minutes=10)


def sources(door: Door, terms: Terms) -> Sequence[Source]:
    """Contacts and addresses bring their customers, moves and lots their assets. In the first pull those that only add
    to others bring what is recent, and come before what brings everything, so that nothing falls in between."""
    customers = _Customers(door, terms)
    sold: Sequence[Any] = [
        ("lot", "!=", None),
        ("to_location.type", "=", "customer"),
        ("state", "in", ["done", "cancelled"]),
    ]
    return [
        _source(door, "party.contact_mechanism", "party", customers, adds=True),
        _source(door, "party.address", "party", customers, adds=True),
        _source(door, "party.party", "id", customers),
        _source(door, "stock.lot", "id", _Assets(door, terms), adds=True),
        _source(door, "stock.move", "lot", _Assets(door, terms, taken_back=True), sold),
    ]


class _Customers:
    """Parties, by their ids."""

    def __init__(self, door: Door, terms: Terms) -> None:
        self._door = door
        self._terms = terms

    def __call__(self, ids: Sequence[int]) -> Mapping[int, Change]:
        rows = self._door.read("party.party", [("id", "in", list(ids))], parties.FIELDS, context=_SHOWN)
        records = parties.customers(self._door, rows, self._terms)
        return {
            row["id"]: Change("customer", row["code"], records[row["id"]] if row["active"] else None) for row in rows
        }


class _Assets:
    """Lots that were ever sent to a customer, by their ids. With `taken_back` the others are gone: they were once."""

    def __init__(self, door: Door, terms: Terms, *, taken_back: bool = False) -> None:
        self._door = door
        self._terms = terms
        self._taken_back = taken_back

    def __call__(self, ids: Sequence[int]) -> Mapping[int, Change]:
        rows = self._door.read("stock.lot", [("id", "in", list(ids))], lots.FIELDS, context=_SHOWN)
        known = lots.sold(self._door, [row["id"] for row in rows])
        records = lots.assets(self._door, rows, self._terms)
        found: dict[int, Change] = {}
        for row in rows:
            if row["id"] in known or self._taken_back:
                here = row["active"] and row["id"] in known
                found[row["id"]] = Change("asset", row["number"], records[row["id"]] if here else None)
        return found


def _source(
    door: Door, model: str, field: str, changes: Changes, only: Sequence[Any] = (), *, adds: bool = False
) -> Source:
    def newest() -> datetime | None:
        rows = door.read(
            model, list(only), ["last_modified_at"], order=[("last_modified_at", "DESC")], limit=1, context=_SHOWN
        )
        return rows[0]["last_modified_at"] if rows else None

    def page(since: datetime | None, after: str | None, size: int) -> Sequence[Row]:
        if since is None and adds:
            latest = newest()
            since = latest and latest - _RECENT
        domain = [*only, *([("last_modified_at", ">=", since)] if since is not None else [])]
        found: list[Row] = []
        last = int(after) if after is not None else 0
        while len(found) < size:
            behind = [*domain, ("id", ">", last)]
            fields = [field, "last_modified_at"]
            rows = door.read(model, behind, fields, order=[("id", "ASC")], limit=size, context=_SHOWN)
            ids = sorted({row[field] for row in rows if row[field] is not None})
            known: dict[int, Change] = {}
            for start in range(0, len(ids), _CHUNK):
                known |= changes(ids[start : start + _CHUNK])
            found += [
                Row(str(row["id"]), row["last_modified_at"], known[row[field]]) for row in rows if row[field] in known
            ]
            if len(rows) < size:
                break
            last = rows[-1]["id"]
        return found[:size]

    return Source(model, newest, page)
