"""Looks one thing up in Tryton."""

from collections.abc import Mapping, Sequence
from typing import Any

from svcctl.plugin_api import LookupRequest, Refusal, stock_record
from svcctl_erp_tryton import lots, parties
from svcctl_erp_tryton.door import Door, Fields
from svcctl_erp_tryton.history import history
from svcctl_erp_tryton.places import Places
from svcctl_erp_tryton.terms import Terms


def look_up(door: Door, request: LookupRequest, terms: Terms, places: Places) -> Mapping[str, Any] | None:
    """The record, None where there is none. May raise `CallFailed`, and Refusal `bad-input` where it is not clear which
    thing is meant."""
    if request.kind == "customer":
        row = party(door, request.id, parties.FIELDS)
        return parties.customers(door, [row], terms)[row["id"]] if row is not None else None
    if request.kind in ("asset", "warranty"):
        return _asset(door, request, terms)
    product = part(door, request.id)
    if product is None:
        return None
    if request.kind == "part":
        return {"name": product["name"], "unit": product["default_uom"]["name"]}
    stock = places.stock(product["id"], request.location)
    return stock_record(stock.items()) if stock is not None else None


def part(door: Door, code: str) -> Fields | None:
    """The product of a code. Raises Refusal `bad-input` where several have it."""
    rows = door.read("product.product", [("code", "=", code)], ["name", "default_uom.name", "type"], limit=2)
    if len(rows) > 1:
        raise Refusal("bad-input", f"several products in Tryton have the code `{code}`")
    return rows[0] if rows else None


def party(door: Door, code: str, fields: Sequence[str]) -> Fields | None:
    """The party of a code, which is unique in Tryton."""
    rows = door.read("party.party", [("code", "=", code)], fields, limit=1)
    return rows[0] if rows else None


def lot(door: Door, number: str) -> tuple[Fields, lots.Sold | None] | None:
    """The lot of a serial number, and how it was sold: where several products have one, the one that was.

    Raises Refusal `bad-input` where several were.
    """
    rows = door.read("stock.lot", [("number", "=", number)], lots.FIELDS)
    known = lots.sold(door, [row["id"] for row in rows]) if rows else {}
    likely = [row for row in rows if row["id"] in known] or rows
    if len(likely) > 1:
        names = ", ".join(sorted(row["product"]["code"] or row["product"]["name"] for row in likely))
        raise Refusal("bad-input", f"several products in Tryton have a lot `{number}`: {names}")
    return (likely[0], known.get(likely[0]["id"])) if likely else None


def _asset(door: Door, request: LookupRequest, terms: Terms) -> Mapping[str, Any] | None:
    found = lot(door, request.id)
    if found is None:
        return None
    row, how = found
    if request.kind == "warranty":
        return lots.warranty(how, row["product"]["code"], terms)
    past = history(door, row, terms)
    return {**lots.assets(door, [row], terms)[row["id"]], **({"history": past} if past else {})}
