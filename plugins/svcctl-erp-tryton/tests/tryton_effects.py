"""What pushes left in a Tryton, seen by its administrator."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from svcctl_erp_tryton import TrytonConnector
from svcctl_erp_tryton.rpc import RpcDoor
from tryton_connect import ADMIN_PASSWORD

_MODELS = {
    "stock.shipment.internal": "reference",
    "stock.shipment.out": "reference",
    "account.invoice": "reference",
    "account.move": "description",
}


class Books:
    """A look into a database, by a session of its own."""

    def __init__(self, tryton: TrytonConnector, url: str, database: str = "demo") -> None:
        self.door = RpcDoor(tryton.call, f"{url}/{database}", "admin", ADMIN_PASSWORD, "en")

    def of(self, ticket: str) -> list[tuple[str, str]]:
        """Model and state of each record that a ticket left."""
        found = [
            (model, row["state"])
            for model, field in _MODELS.items()
            for row in self.door.read(model, [(field, "like", f"{ticket} %")], ["state"])
        ]
        rows = self.door.read("sale.complaint", [("reference", "=", ticket)], ["state"])
        return sorted([*found, *(("sale.complaint", row["state"]) for row in rows)])

    def shipped(self, ticket: str) -> Decimal:
        """How many parts went to customers for a ticket."""
        rows = self.door.read("stock.shipment.out", [("reference", "like", f"{ticket} %")], ["id"])
        moves = self.door.read(
            "stock.move",
            [
                ("shipment", "in", [f"stock.shipment.out,{row['id']}" for row in rows]),
                ("to_location.type", "=", "customer"),
                ("state", "=", "done"),
            ],
            ["quantity"],
        )
        return sum((Decimal(str(move["quantity"])) for move in moves), Decimal(0))

    def one(self, model: str, ticket: str, fields: list[str]) -> Mapping[str, Any]:
        """The one record of a model that a ticket left."""
        field = _MODELS.get(model, "reference")
        [row] = self.door.read(model, [(field, "like", f"{ticket}%")], fields)
        return row

    def receive(self, part: str, quantity: float, place: str, serial: str | None = None) -> int | None:
        """Bring parts in from a supplier, as a lot where there is a serial number; the lot's id."""
        [product] = self.door.read("product.product", [("code", "=", part)], ["default_uom"])
        places = {row["code"]: row["id"] for row in self.door.read("stock.location", [], ["code"])}
        lot = self.door.create("stock.lot", {"number": serial, "product": product["id"]}) if serial else None
        move = {
            "product": product["id"],
            "unit": product["default_uom"],
            "quantity": quantity,
            "lot": lot,
            "from_location": places["SUP"],
            "to_location": places[place],
            "company": 1,
            "currency": 1,
            "unit_price": Decimal(1),
        }
        self.door.press("stock.move", self.door.create("stock.move", move), "do")
        return lot

    def close(self) -> None:
        self.door.close()
