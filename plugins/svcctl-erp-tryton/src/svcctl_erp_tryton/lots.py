"""Assets: Tryton's lots, by their number; and how they came to their customers."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from svcctl.plugin_api import Record
from svcctl_erp_tryton.door import Door, Fields
from svcctl_erp_tryton.terms import Terms, referred

FIELDS = ("number", "active", "product.code", "product.name")
_SHIPPED = "stock.shipment.out"
_RECEIVED = "stock.shipment.in"


class Sold(Record):
    """How a lot came to its customer: the party's id and code, the day of its sale or else shipment, and the id of the
    sale, None where it went out without one."""

    party: int | None
    customer: str | None
    sold_on: date | None
    sale: int | None


def sold(door: Door, lots: Sequence[int]) -> Mapping[int, Sold]:
    """By lot: the customer to whom it went last, and the last sale that it was part of; an exchange or a return from
    repair is no sale and does not begin a warranty anew."""
    moves = door.read(
        "stock.move",
        [("lot", "in", list(lots)), ("state", "=", "done"), ("to_location.type", "=", "customer")],
        ["lot", "origin", "shipment", "effective_date"],
        order=[("effective_date", "ASC"), ("id", "ASC")],
    )
    lines = _rows(door, "sale.line", moves, "origin", ["sale.sale_date", "sale.party.code"])
    shipments = _rows(door, _SHIPPED, moves, "shipment", ["customer.code"])
    found: dict[int, Sold] = {}
    for move in moves:
        before = found.get(move["lot"])
        line = lines.get(referred(move["origin"], "sale.line") or 0)
        sale = line["sale"] if line else None
        shipment = shipments.get(referred(move["shipment"], _SHIPPED) or 0)
        party = shipment["customer"] if shipment else sale["party"] if sale else None
        was_sold = before is not None and before.sale is not None and sale is None
        found[move["lot"]] = Sold(
            party["id"] if party else None,
            party["code"] if party else None,
            before.sold_on if before and was_sold else (sale and sale["sale_date"]) or move["effective_date"],
            before.sale if before and was_sold else sale["id"] if sale else None,
        )
    return found


def batches(door: Door, lots: Sequence[int]) -> Mapping[int, str]:
    """By lot: the receipt by which it came in, under the supplier's reference where it has one."""
    moves = door.read(
        "stock.move",
        [("lot", "in", list(lots)), ("state", "=", "done"), ("from_location.type", "=", "supplier")],
        ["lot", "shipment"],
        order=[("id", "DESC")],
    )
    receipts = _rows(door, _RECEIVED, moves, "shipment", ["reference", "number"])
    found: dict[int, str] = {}
    for move in moves:
        receipt = receipts.get(referred(move["shipment"], _RECEIVED) or 0)
        name = receipt and (receipt["reference"] or receipt["number"])
        if name:
            found[move["lot"]] = name
    return found


def assets(door: Door, lots: Sequence[Fields], terms: Terms) -> Mapping[int, Mapping[str, Any]]:
    """The records of lots that were read with `FIELDS`, by their ids."""
    ids = [lot["id"] for lot in lots]
    known, came = sold(door, ids), batches(door, ids)
    found: dict[int, Mapping[str, Any]] = {}
    for lot in lots:
        how = known.get(lot["id"])
        covered = warranty(how, lot["product"]["code"], terms)
        fields = {
            "model": lot["product"]["code"] or lot["product"]["name"],
            "batch": came.get(lot["id"]),
            "customer": how.customer if how else None,
            "warranty_until": covered["until"] if covered else None,
        }
        found[lot["id"]] = {name: value for name, value in fields.items() if value is not None}
    return found


def warranty(how: Sold | None, product: str | None, terms: Terms) -> Mapping[str, Any] | None:
    """Until when an asset is covered; None where nobody knows."""
    months = terms.months(product)
    if how is None or how.sold_on is None or months is None:
        return None
    until = terms.end_of_warranty(how.sold_on, months)
    return {"until": until, "from": terms.start_of(how.sold_on), "months": months}


def _rows(door: Door, model: str, moves: Sequence[Fields], field: str, fields: Sequence[str]) -> Mapping[int, Fields]:
    """The records of a model to which the moves refer, by their ids."""
    ids = sorted({id for move in moves if (id := referred(move[field], model)) is not None})
    return {row["id"]: row for row in door.read(model, [("id", "in", ids)], fields)} if ids else {}
