"""Looks one thing up in Tryton."""

from collections.abc import Sequence

from svcctl.plugin_api import LookupRequest, LookupResult, Refusal, stock_record
from svcctl_erp_tryton import lots, parties
from svcctl_erp_tryton.door import Door, Fields
from svcctl_erp_tryton.history import history
from svcctl_erp_tryton.places import Places
from svcctl_erp_tryton.terms import Terms


def look_up(door: Door, request: LookupRequest, terms: Terms, places: Places) -> LookupResult:
    """May raise `CallFailed`, and Refusal `bad-input` where it is not clear which thing is meant."""
    if request.kind == "customer":
        return _customer(door, request.id, terms)
    if request.kind in ("asset", "warranty"):
        return _asset(door, request, terms)
    product = part(door, request.id)
    if product is None:
        return LookupResult(None, f"no product has the code `{request.id}`")
    if request.kind == "part":
        fields = {"name": product["name"], "unit": product["default_uom"]["name"]}
        return LookupResult(fields, f"product {request.id}")
    stock = places.stock(product["id"], request.location)
    if stock is None:
        return LookupResult(None, f"no location has the code or name `{request.location}`")
    return LookupResult(stock_record(stock.items()), f"free stock of product {request.id}")


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


def _customer(door: Door, code: str, terms: Terms) -> LookupResult:
    row = party(door, code, parties.FIELDS)
    if row is None:
        return LookupResult(None, f"no party has the code `{code}`")
    return LookupResult(parties.customers(door, [row], terms)[row["id"]], f"party {code}")


def _asset(door: Door, request: LookupRequest, terms: Terms) -> LookupResult:
    found = lot(door, request.id)
    if found is None:
        return LookupResult(None, f"no lot has the number `{request.id}`")
    row, how = found
    where = f"lot {request.id}" + (f", shipped by {how.number} on {how.shipped_on}" if how else ", never shipped")
    if request.kind == "warranty":
        return LookupResult(lots.warranty(how, row["product"]["code"], terms), where)
    record = {**lots.assets(door, [row], terms)[row["id"]]}
    past = history(door, row, terms)
    return LookupResult({**record, **({"history": past} if past else {})}, where)
