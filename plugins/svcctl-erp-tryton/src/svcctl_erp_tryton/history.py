"""What Tryton knows was done to an asset: its moves, and the complaints that name it."""

from collections.abc import Mapping, Sequence
from typing import Any

from svcctl_erp_tryton.door import Door, Fields
from svcctl_erp_tryton.marks import like
from svcctl_erp_tryton.terms import Terms, referred

#: How the description of a complaint names its asset, on a line of its own.
ASSET_LINE = "S/N {serial}"
_MOST = 100
#: The documents by which things come and go, and what people call them.
_DOCUMENTS = {
    "stock.shipment.in": "receipt",
    "stock.shipment.in.return": "return to the supplier",
    "stock.shipment.out": "shipment",
    "stock.shipment.out.return": "return",
}


def history(door: Door, lot: Fields, terms: Terms) -> list[Mapping[str, Any]]:
    """The last things that were done, the oldest first."""
    moves = door.read(
        "stock.move",
        [("lot", "=", lot["id"]), ("state", "=", "done"), ("effective_date", "!=", None)],
        [
            "effective_date",
            "from_location.name",
            "from_location.type",
            "to_location.name",
            "to_location.type",
            "shipment",
        ],
        order=[("effective_date", "DESC"), ("id", "DESC")],
        limit=_MOST,
    )
    far = [row for row in moves if {row["from_location"]["type"], row["to_location"]["type"]} != {"storage"}]
    numbers = _numbers(door, far)
    entries = [(row["effective_date"], row["id"], _moved(row, numbers)) for row in far]
    line = ASSET_LINE.format(serial=lot["number"])
    complaints = door.read(
        "sale.complaint",
        [("description", "like", f"%{like(line)}%")],
        ["date", "number", "reference", "state", "description"],
        order=[("date", "DESC"), ("id", "DESC")],
        limit=_MOST,
    )
    for row in complaints:
        lines = (row["description"] or "").splitlines()
        if row["date"] and line in lines:
            words = " ".join(part for part in ("complaint", row["number"], row["reference"]) if part)
            entries.append((row["date"], row["id"], f"{words}, {row['state']}: {lines[0]}"))
    return [{"date": terms.start_of(day), "text": text} for day, _, text in sorted(entries)[-_MOST:]]


def _numbers(door: Door, moves: Sequence[Fields]) -> Mapping[str, str]:
    """What people call the documents of moves, by their references."""
    found: dict[str, str] = {}
    for model, word in _DOCUMENTS.items():
        ids = sorted({id for row in moves if (id := referred(row["shipment"], model)) is not None})
        rows = door.read(model, [("id", "in", ids)], ["number"]) if ids else []
        found |= {f"{model},{row['id']}": f"{word} {row['number']}" for row in rows}
    return found


def _moved(move: Fields, numbers: Mapping[str, str]) -> str:
    document = numbers.get(move["shipment"] or "")
    return f"{move['from_location']['name']} → {move['to_location']['name']}" + (f", {document}" if document else "")
