"""The ticket on the customer's record: a complaint in Tryton, found by the ticket's number."""

import re
from collections.abc import Callable, Mapping
from datetime import tzinfo
from typing import Any

from svcctl.plugin_api import CallFailed, PushRequest, PushResult, complaint_text, keys_in, parse_instant, with_keys
from svcctl_erp_tryton.door import Door, Fields
from svcctl_erp_tryton.history import ASSET_LINE
from svcctl_erp_tryton.lookups import lot, party
from svcctl_erp_tryton.lots import Sold
from svcctl_erp_tryton.marks import Marked, advanced

MODEL = "sale.complaint"
_FIELDS = ("number", "description", "actions", "origin")
_KEYS_LINE = re.compile(r"^svcctl: .*$", re.MULTILINE)
_REACHED = {"open": ("waiting",), "closed": ("approved", "done")}


class Complaints:
    """What pushes do to complaints. `type` is the name of their type, None for the first that is about sales; dates
    are in `zone`. `pause` as in `Marked`."""

    def __init__(self, door: Door, type: str | None, zone: tzinfo, pause: Callable[[], None]) -> None:
        self._door = door
        self._type = type
        self._zone = zone
        self._pause = pause

    def bring_up_to_date(self, request: PushRequest) -> PushResult:
        """Words can be changed in a draft alone, so a complaint becomes one again for them. The key is written with
        them; a repeat of the last key takes the steps that a kill left out."""
        marked = Marked(self._door, MODEL, "reference", request.ticket, _FIELDS, self._pause)
        row = marked.find()
        step = _next_to_close if request.record["state"] == "closed" else _next_to_open
        keys = keys_in(row["description"]) if row is not None else ()
        if row is not None and request.key in keys:
            if request.key == keys[-1]:
                row, _ = self._stepped(row["id"], step)
            return PushResult.repeated(_name(row))
        text = with_keys(_description(request), [*keys, request.key])
        refused = ""
        if row is None:
            row = marked.make({**self._values(request), "description": text})
        else:
            row, refused = self._reworded(row["id"], text)
        if not refused:
            row, refused = self._stepped(row["id"], step)
        if refused and row["state"] == "draft" and row["origin"]:
            # Somebody has made another about the same sale meanwhile, of which Tryton warns.
            self._door.write(MODEL, row["id"], {"origin": None}, row["_timestamp"])
            row, refused = self._stepped(row["id"], step)
        left = f"it stays {row['state']} in Tryton" if row["state"] not in _REACHED[request.record["state"]] else ""
        return PushResult.done(_name(row), text=": ".join(part for part in (left, refused) if part))

    def _reworded(self, id: int, text: str) -> tuple[Fields, str]:
        """The complaint with another text, and in whose words that was refused."""
        row, refused = self._stepped(id, _next_to_change)
        if refused:
            return row, refused
        try:
            self._door.write(MODEL, id, {"description": text + _below(row["description"])}, row["_timestamp"])
        except CallFailed as failed:
            if failed.receipt.code != "UserError" or row["state"] == "draft":
                raise
            return row, failed.receipt.text
        return row, ""

    def _stepped(self, id: int, step: Callable[[Fields], str | None]) -> tuple[Fields, str]:
        """The complaint after its steps, and in whose words one was refused. Who may not approve still tells that the
        ticket is closed; somebody who may decides."""
        try:
            return advanced(self._door, MODEL, id, _FIELDS, step), ""
        except CallFailed as failed:
            if failed.receipt.code not in ("UserError", "UserWarning"):
                raise
            return advanced(self._door, MODEL, id, _FIELDS, lambda row: None), failed.receipt.text

    def _values(self, request: PushRequest) -> dict[str, Any]:
        record = request.record
        how = self._how_sold(record.get("asset"))
        code = record.get("customer") or (how.customer if how else None)
        customer = party(self._door, code, ("code",)) if code else None
        if customer is None:
            raise CallFailed.rejected(
                f"no party has the code `{code}`" if code else "no customer is named", "no-customer"
            )
        kind = self.kind()
        opened = parse_instant(record["opened_at"], self._zone).astimezone(self._zone).date()
        values: dict[str, Any] = {
            "customer": customer["id"],
            "type": kind["id"],
            "date": opened,
        }
        if how is not None and how.sale is not None and how.party == customer["id"] and self._may_name(how.sale, kind):
            values["origin"] = f"sale.sale,{how.sale}"
        return values

    def kind(self) -> Fields:
        """The type of complaints. Raises CallFailed where there is none."""
        domain = [("name", "=", self._type)] if self._type is not None else []
        rows = self._door.read("sale.complaint.type", domain, ["name", "origin.name"], order=[("id", "ASC")])
        about_sales = [row for row in rows if row["origin"] and row["origin"]["name"] == "sale.sale"]
        if not rows:
            which = f"the type `{self._type}` of" if self._type is not None else "a type of"
            raise CallFailed.rejected(
                f"{which} complaints is not in Tryton: make it under Sales, Configuration", "no-type"
            )
        return (about_sales or rows)[0]

    def _how_sold(self, serial: str | None) -> Sold | None:
        found = lot(self._door, serial) if serial else None
        return found[1] if found else None

    def _may_name(self, sale: int, kind: Fields) -> bool:
        """Whether the complaint can be about the sale. Tryton warns of a second one about the same: without a way to
        say yes to that, the sale stays out."""
        if not kind["origin"] or kind["origin"]["name"] != "sale.sale":
            return False
        [row] = self._door.read("sale.sale", [("id", "=", sale)], ["state"])
        if row["state"] not in ("confirmed", "processing", "done"):
            return False
        return self._door.says_yes or not self._door.read(MODEL, [("origin", "=", f"sale.sale,{sale}")], ["state"])


def _next_to_change(row: Fields) -> str | None:
    """What has actions is with people by now."""
    return None if row["actions"] else {"waiting": "draft", "done": "draft"}.get(row["state"])


def _next_to_open(row: Fields) -> str | None:
    """What somebody rejected or cancelled in Tryton stays so."""
    return {"draft": "wait"}.get(row["state"])


def _next_to_close(row: Fields) -> str | None:
    """Approving a complaint does what its actions say: those that people gave it are left to people."""
    if row["state"] == "waiting" and row["actions"]:
        return None
    return {"draft": "wait", "waiting": "approve"}.get(row["state"])


def _description(request: PushRequest) -> str:
    record: Mapping[str, Any] = request.record
    lines = [
        " ".join(str(record["title"]).split()),
        ASSET_LINE.format(serial=record["asset"]) if record.get("asset") else "",
        f"opened {record['opened_at']}" + (f", closed {record['closed_at']}" if record.get("closed_at") else ""),
    ]
    return "\n".join(line for line in lines if line) + f"\n\n{complaint_text(record)}".rstrip()


def _below(text: str | None) -> str:
    """What people wrote under the line with the keys."""
    ends = [line.end() for line in _KEYS_LINE.finditer(text or "")]
    return (text or "")[ends[0] :] if ends else ""


def _name(row: Fields) -> str:
    return f"complaint {row['number'] or row['id']}"
