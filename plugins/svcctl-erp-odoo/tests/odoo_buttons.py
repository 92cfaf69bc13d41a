"""What the buttons of transfers and entries do, in the states in which they may be pressed."""

from collections.abc import Callable
from typing import Any

from odoo_models import Record, Refused
from odoo_records import Records

METHODS = {
    "stock.picking": ("action_confirm", "action_assign", "action_cancel", "button_validate", "unlink"),
    "account.move": ("action_post",),
}


class Odoo(Records):
    """An Odoo without its interfaces. Where it `asks`, it answers a transfer with a question."""

    def __init__(self, version: int) -> None:
        super().__init__(version)
        self.asks = False

    def press(self, method: str, model: str, record: Record) -> Any:
        if method not in METHODS.get(model, ()):
            raise Refused(404, "builtins.AttributeError", f"the method '{model}.{method}' does not exist")
        do: Callable[[Record], Any] = getattr(self, method)
        return do(record)

    def quant(self, location: str, part: str = "P-1") -> Record:
        [quant] = [
            quant
            for quant in self.tables["stock.quant"].values()
            if self.value("stock.quant", quant, "product_id.default_code") == part
            and self.value("stock.quant", quant, "location_id.complete_name") == location
        ]
        return quant

    def _moves(self, picking: Record) -> list[Record]:
        return [move for move in self.tables["stock.move"].values() if move["picking_id"] == picking["id"]]

    def action_confirm(self, picking: Record) -> bool:
        for move in self._moves(picking):
            if move["state"] == "draft":
                move["state"] = "confirmed"
        picking["state"] = "confirmed"
        return True

    def action_assign(self, picking: Record) -> bool:
        if picking["state"] not in ("confirmed", "assigned"):
            raise Refused(422, "odoo.exceptions.UserError", "Nothing to check the availability for.")
        for move in self._moves(picking):
            quant = self._quant(move)
            wanted = move["product_uom_qty"] - move["quantity"]
            taken = min(wanted, quant["quantity"] - quant["reserved_quantity"])
            quant["reserved_quantity"] += taken
            move["quantity"] += taken
            move["state"] = (
                "assigned" if taken == wanted else "partially_available" if move["quantity"] else "confirmed"
            )
            picking["state"] = "assigned" if move["quantity"] else "confirmed"
        return True

    def action_cancel(self, picking: Record) -> bool:
        if picking["state"] == "done":
            raise Refused(
                422, "odoo.exceptions.UserError", "You cannot cancel a stock move that has been set to 'Done'."
            )
        for move in self._moves(picking):
            if move["state"] in ("assigned", "partially_available"):
                self._quant(move)["reserved_quantity"] -= move["quantity"]
            move["state"] = "cancel"
        picking["state"] = "cancel"
        return True

    def unlink(self, picking: Record) -> bool:
        self.action_cancel(picking)
        for move in self._moves(picking):
            del self.tables["stock.move"][move["id"]]
        del self.tables["stock.picking"][picking["id"]]
        return True

    def button_validate(self, picking: Record) -> Any:
        if self.asks:
            return {"type": "ir.actions.act_window", "res_model": "stock.backorder.confirmation"}
        if picking["state"] in ("draft", "done", "cancel"):
            raise Refused(422, "odoo.exceptions.UserError", f"Cannot validate in state {picking['state']}")
        for move in self._moves(picking):
            lines = [line for line in self.tables["stock.move.line"].values() if line["move_id"] == move["id"]]
            assert move["picked"]
            if lines:
                move["quantity"] = sum(line["quantity"] for line in lines)
            assert move["quantity"] == move["product_uom_qty"]
            self._quant(move)["quantity"] -= move["quantity"]
            move["state"] = "done"
        picking["state"] = "done"
        return True

    def action_post(self, entry: Record) -> bool:
        if entry["state"] != "draft":
            raise Refused(422, "odoo.exceptions.UserError", "The entry is already posted.")
        entry |= {"state": "posted", "name": f"MISC/2026/11/{entry['id']:04}"}
        return True

    def _quant(self, move: Record) -> Record:
        for quant in self.tables["stock.quant"].values():
            if (quant["product_id"], quant["location_id"]) == (move["product_id"], move["location_id"]):
                return quant
        empty = {"product_id": move["product_id"], "location_id": move["location_id"]}
        return self.record("stock.quant", self.put("stock.quant", empty | {"quantity": 0, "reserved_quantity": 0}))
