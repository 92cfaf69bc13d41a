"""Parts that are reserved, given back and used: Tryton's internal and customer shipments."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from svcctl.plugin_api import CallFailed, PushRequest, PushResult, Receipt, as_number, plain, reference
from svcctl_erp_tryton.door import Door, Fields
from svcctl_erp_tryton.lookups import lot, part, party
from svcctl_erp_tryton.marks import Marked, advanced
from svcctl_erp_tryton.places import Places

INTERNAL, OUT = "stock.shipment.internal", "stock.shipment.out"
_FIELDS = ("number",)
_HELD = {"draft": "wait", "waiting": "assign_try"}
_SENT = {"draft": "wait", "waiting": "assign_try", "picked": "pack", "packed": "do", "shipped": "do"}
_OPEN = ("request", "draft", "waiting", "assigned", "packed")


class Shipments:
    """What pushes do to the stock. `hold` is the place where reserved parts go, svcctl's name for it; None for the
    output location of their warehouse. `pause` as in `Marked`."""

    def __init__(self, door: Door, places: Places, hold: str | None, pause: Callable[[], None]) -> None:
        self._door = door
        self._places = places
        self._hold = hold
        self._pause = pause

    def reserve(self, request: PushRequest) -> PushResult:
        """An internal shipment to the place of what is reserved, assigned and no further: so the part is not free."""
        record = request.record
        marked = self._marked(INTERNAL, reference(request.ticket, request.key))
        found = marked.find()
        if found is None:
            product, quantity = self._part(record["part"]), _quantity(record)
            place = self._places.wanted(record.get("location"))
            hold = self._held(place)
            move = _move(product, quantity, place["id"], hold["id"])
            values = {"from_location": place["id"], "to_location": hold["id"], "moves": [["create", [move]]]}
            row = marked.make(values)
        elif found["state"] not in _HELD:
            return _known(INTERNAL, found)
        else:
            row = found
        row = advanced(self._door, INTERNAL, row["id"], _FIELDS, lambda row: _HELD.get(row["state"]))
        self._expect_stock(marked, INTERNAL, row, record["part"])
        return PushResult.done(_name(INTERNAL, row))

    def release(self, request: PushRequest) -> PushResult:
        """Cancel the internal shipment, and add the key of the release to what it is marked by."""
        mark = reference(request.ticket, request.record["reservation"])
        row = self._marked(INTERNAL, mark).find()
        if row is None:
            return PushResult.done(text="there is no such reservation")
        if request.key in row["reference"].split():
            return PushResult.repeated(_name(INTERNAL, row))
        if row["state"] in _OPEN:
            self._cancel(row["id"])
        self._door.write(INTERNAL, row["id"], {"reference": f"{row['reference']} {request.key}"})
        [row] = self._door.read(INTERNAL, [("id", "=", row["id"])], _FIELDS)
        return PushResult.done(_name(INTERNAL, row))

    def use(self, request: PushRequest) -> PushResult:
        """A shipment to the customer, done, from where the part was, or from where it was held for it."""
        record = request.record
        marked = self._marked(OUT, reference(request.ticket, request.key))
        row = marked.find()
        text = ""
        if row is None:
            values, text = self._to_customer(request)
            serials = [f"{word} {record[name]}" for name, word in _SERIALS.items() if record.get(name)]
            row = marked.make(values, " ".join(serials))
        elif row["state"] in ("done", "cancelled"):
            return _known(OUT, row)
        fields = (*_FIELDS, "warehouse_storage", "warehouse_output")
        row = advanced(self._door, OUT, row["id"], fields, _next_to_send)
        self._expect_stock(marked, OUT, row, record["part"])
        return PushResult.done(_name(OUT, row), text=text)

    def _to_customer(self, request: PushRequest) -> tuple[dict[str, Any], str]:
        """The values of the shipment, after its reservation is used up; and what people should know of it."""
        record = request.record
        product, quantity = self._part(record["part"]), _quantity(record)
        customer = self._customer(record)
        place = self._places.wanted(record.get("location"))
        serial = self._lot(record.get("new_serial"), product, place, quantity)
        if record.get("reservation"):
            place = self._used_up(reference(request.ticket, record["reservation"]), place, quantity, serial)
        warehouse = self._places.warehouse(place)
        move = {
            **_move(product, quantity, warehouse["output_location"], customer["customer_location"]),
            "unit_price": Decimal(0),
            "currency": self._currency(),
            **({"lot": serial} if serial is not None else {}),
        }
        missing = record.get("new_serial") if serial is None else None
        return {
            "customer": customer["id"],
            "delivery_address": customer["addresses"][0],
            "warehouse": warehouse["id"],
            "warehouse_storage": place["id"],
            "warehouse_output": warehouse["output_location"],
            "outgoing_moves": [["create", [move]]],
        }, f"lot `{missing}` of this part is not in stock there: shipped without a lot" if missing else ""

    def _used_up(self, mark: str, place: Fields, quantity: Decimal, serial: int | None) -> Fields:
        """Where the part lies after its reservation is used up.

        The reservation's shipment is done, so that nobody else can take what it held; where something else is used
        than was held, it is cancelled instead, and the part taken from its place.
        """
        row = self._marked(INTERNAL, mark).find()
        if row is None:
            return place
        if row["state"] in _OPEN:
            moves = self._door.read("stock.move", [("shipment", "=", f"{INTERNAL},{row['id']}")], ["quantity", "state"])
            [held] = self._door.read(INTERNAL, [("id", "=", row["id"])], ["from_location", "internal_transit_location"])
            same = sum(Decimal(plain(move["quantity"])) for move in moves) == quantity
            simple = len(moves) == 1 and held["internal_transit_location"] is None
            if row["state"] != "assigned" or not (same and simple):
                self._cancel(row["id"])
                return place
            if serial is not None:
                self._door.write("stock.move", moves[0]["id"], {"lot": serial})
            advanced(self._door, INTERNAL, row["id"], _FIELDS, lambda row: "do" if row["state"] == "assigned" else None)
        [now] = self._door.read(INTERNAL, [("id", "=", row["id"])], ["state", "to_location"])
        return self._places.by_id(now["to_location"]) if now["state"] == "done" else place

    def _marked(self, model: str, mark: str) -> Marked:
        return Marked(self._door, model, "reference", mark, _FIELDS, self._pause)

    def _part(self, code: str) -> Fields:
        product = part(self._door, code)
        if product is None:
            raise CallFailed.rejected(f"no product has the code `{code}`", "no-part")
        return product

    def _customer(self, record: Mapping[str, Any]) -> Fields:
        """The party that the part is shipped to: the customer's, or else that of the asset."""
        code = record.get("customer")
        if code is None and record.get("asset"):
            known = lot(self._door, record["asset"])
            code = known[1].customer if known and known[1] else None
        found = party(self._door, code, ("customer_location", "addresses")) if code else None
        if found is None:
            raise CallFailed.rejected(
                f"no party has the code `{code}`" if code else "no customer is named", "no-customer"
            )
        if not found["addresses"]:
            raise CallFailed.rejected(f"the party `{code}` has no address to ship to", "no-customer")
        return found

    def _lot(self, number: str | None, product: Fields, place: Fields, quantity: Decimal) -> int | None:
        """The lot of a serial number, where so much of it is free at the place."""
        if number is None:
            return None
        context = {"locations": [place["id"]], "stock_assign": True}
        domain = [("number", "=", number), ("product", "=", product["id"])]
        rows = self._door.read("stock.lot", domain, ["quantity"], context=context)
        return next((row["id"] for row in rows if Decimal(plain(row["quantity"])) >= quantity), None)

    def _held(self, place: Fields) -> Fields:
        if self._hold is not None:
            return self._places.wanted(self._hold)
        return self._places.by_id(self._places.warehouse(place)["output_location"])

    def _currency(self) -> int:
        [company] = self._door.read("company.company", [("id", "=", self._places.company)], ["currency"])
        return int(company["currency"])

    def _cancel(self, id: int) -> None:
        advanced(self._door, INTERNAL, id, _FIELDS, lambda row: "cancel" if row["state"] in _OPEN else None)

    def _expect_stock(self, marked: Marked, model: str, row: Fields, part: str) -> None:
        """Raises CallFailed where a shipment could not be assigned. What little was assigned to it is free again, and
        its key may be used again."""
        if row["state"] == "waiting":
            self._door.press(model, row["id"], "wait", row["_timestamp"])
            found = marked.find()
            if found is not None and found["state"] == "waiting":
                marked.take_back(found)
                raise CallFailed.rejected(f"not enough of part {part} is free there", "no-stock")
        if row["state"] in ("draft", "waiting", "cancelled"):
            raise CallFailed(Receipt.retry("somebody else is at the same", code="under-way"))


_SERIALS = {"old_serial": "−", "new_serial": "+"}


def _next_to_send(row: Fields) -> str | None:
    if row["state"] == "assigned":
        return "pack" if row["warehouse_storage"] == row["warehouse_output"] else "pick"
    return _SENT.get(row["state"])


def _move(product: Fields, quantity: Decimal, start: int, end: int) -> dict[str, Any]:
    return {
        "product": product["id"],
        "unit": product["default_uom"]["id"],
        "quantity": as_number(quantity),
        "from_location": start,
        "to_location": end,
    }


def _quantity(record: Mapping[str, Any]) -> Decimal:
    quantity = Decimal(str(record["quantity"]))
    if not quantity > 0:
        raise CallFailed.rejected(f"a quantity of {quantity} cannot be moved", "bad-quantity")
    return quantity


def _known(model: str, row: Fields) -> PushResult:
    text = "it was cancelled in Tryton since" if row["state"] == "cancelled" else ""
    return PushResult.repeated(_name(model, row), text=text)


def _name(model: str, row: Fields) -> str:
    """What people find it by."""
    return f"{'internal shipment' if model == INTERNAL else 'customer shipment'} {row['number'] or row['id']}"
