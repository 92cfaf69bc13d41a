"""What svcctl wants of Odoo, as its documents. Each bears a reference; a push goes on from the state that it finds."""

from collections.abc import Mapping
from decimal import Decimal
from html import escape
from typing import Any

from svcctl.plugin_api import (
    CallFailed,
    PushRequest,
    PushResult,
    Receipt,
    Record,
    as_number,
    complaint_text,
    keys_in,
    named,
    reference,
    with_keys,
)
from svcctl_erp_odoo.wire import Odoo, Values

PICKING, MOVE, ENTRY = "stock.picking", "stock.move", "account.move"
_WITHOUT_QUESTIONS = {"skip_backorder": True, "skip_immediate": True, "skip_sms": True, "skip_expired": True}


class Books(Record):
    """How effects are booked: what of it is None or empty has not been configured."""

    version: int
    company: int
    picking_type: int | None
    location: str | None
    used_location: str
    journal: str
    expense_accounts: Mapping[str, str]
    credit_account: str | None
    complaint_model: str
    complaint_values: Mapping[str, Any]
    open_stage: int | None
    closed_stage: int | None


def reserve(odoo: Odoo, books: Books, request: PushRequest) -> PushResult:
    """A transfer to the customer that is ready: Odoo keeps the stock for it. One that cannot be is taken away again."""
    mark = reference(request.ticket, request.key)
    found = _picking(odoo, mark)
    if found and found["state"] in ("assigned", "done", "cancel") and _is_ready(odoo, found):
        return PushResult.repeated(found["name"])
    picking = found or _planned(odoo, books, request, mark)
    if picking["state"] == "draft":
        odoo.do(PICKING, "action_confirm", [picking["id"]])
    odoo.do(PICKING, "action_assign", [picking["id"]])
    if _is_ready(odoo, picking):
        return PushResult.done(picking["name"])
    odoo.do(PICKING, "unlink", [picking["id"]])
    part, quantity = request.record["part"], request.record["quantity"]
    raise CallFailed.rejected(f"there are not {quantity} of `{part}` at hand", "no-stock")


def release(odoo: Odoo, request: PushRequest) -> PushResult:
    """The transfer is cancelled; one that a use has cancelled leaves nothing to do."""
    key = request.record["reservation"]
    found = _picking(odoo, reference(request.ticket, key))
    if not found or found["state"] == "done":
        return PushResult.done(found["name"] if found else None, text="there is no such reservation any more")
    if found["state"] != "cancel":
        odoo.do(PICKING, "action_cancel", [found["id"]])
        return PushResult.done(found["name"])
    used = odoo.first(PICKING, ["name"], [["origin", "=like", f"%uses {key}"], ["state", "!=", "cancel"]])
    return PushResult.done(found["name"], text="it was used") if used else PushResult.repeated(found["name"])


def use(odoo: Odoo, books: Books, request: PushRequest) -> PushResult:
    """A transfer to the customer that is done, after its reservation is cancelled, so that any quantity may be used."""
    record, mark = request.record, reference(request.ticket, request.key)
    found = _picking(odoo, mark)
    if found and found["state"] in ("done", "cancel"):
        return PushResult.repeated(found["name"])
    if "reservation" in record:
        reserved = _picking(odoo, reference(request.ticket, record["reservation"]))
        if reserved and reserved["state"] not in ("done", "cancel"):
            odoo.do(PICKING, "action_cancel", [reserved["id"]])
    origin = f"{mark} uses {record['reservation']}" if "reservation" in record else mark
    picking = found or _planned(odoo, books, request, origin)
    if picking["state"] == "draft":
        odoo.do(PICKING, "action_confirm", [picking["id"]])
    for move in odoo.rows(
        MOVE, ["product_id", "location_id", "location_dest_id"], [["picking_id", "=", picking["id"]]]
    ):
        odoo.write(MOVE, [move["id"]], _picked(odoo, move, record))
    question = odoo.do(PICKING, "button_validate", [picking["id"]], context=_WITHOUT_QUESTIONS)
    after = odoo.first(PICKING, ["state"], [["id", "=", picking["id"]]])
    if not after or after["state"] != "done":
        asks = f": Odoo opens `{question.get('res_model')}`" if isinstance(question, dict) else ""
        raise CallFailed.rejected(f"`{picking['name']}` is not done{asks}", "not-done")
    return PushResult.done(picking["name"])


def cost(odoo: Odoo, books: Books, request: PushRequest, today: str) -> PushResult:
    """A posted entry, or a draft of an invoice where it is the customer's to pay."""
    mark, record = reference(request.ticket, request.key), request.record
    kind = "out_invoice" if record["billable"] else "entry"
    found = odoo.first(ENTRY, ["name", "state"], [["ref", "=", mark], ["move_type", "=", kind]])
    if found and (record["billable"] or found["state"] != "draft"):
        return PushResult.repeated(_shown(found))
    if found:
        id = int(found["id"])
    else:
        values = _invoice(odoo, record) if record["billable"] else _entry(odoo, books, record, today)
        id = odoo.create(ENTRY, {"move_type": kind, "ref": mark, **values})
    if not record["billable"]:
        odoo.do(ENTRY, "action_post", [id])
    made = odoo.first(ENTRY, ["name"], [["id", "=", id]])
    return PushResult.done(_shown(made or {"id": id}))


def complain(odoo: Odoo, books: Books, request: PushRequest) -> PushResult:
    """The record whose name begins with the ticket's number, made or brought up to date. Its text names the pushes."""
    record, model, start = request.record, books.complaint_model, f"[{request.ticket}] "
    rows = odoo.rows(model, ["name", "description"], [["name", "=like", f"{start}%"]])
    found = next((row for row in rows if str(row["name"]).startswith(start)), None)
    keys = keys_in(found["description"] or "") if found else ()
    if found and request.key in keys:
        return PushResult.repeated(f"{model},{found['id']}")
    partner = partner_of(odoo, record["customer"]) if "customer" in record else None
    known = [f"{name}: {record[name]}" for name in ("asset", "customer") if name in record]
    text = with_keys("\n".join([*known, complaint_text(record)]).strip(), (*keys, request.key))
    stage = books.closed_stage if record["state"] == "closed" else books.open_stage
    values: Values = {
        "name": f"{start}{record['title']}",
        "description": escape(text, quote=False).replace("\n", "<br>"),
        **({"partner_id": partner} if partner else {}),
        **({"stage_id": stage} if stage else {}),
    }
    if found:
        odoo.write(model, [found["id"]], values)
        return PushResult.done(f"{model},{found['id']}")
    return PushResult.done(f"{model},{odoo.create(model, {**books.complaint_values, **values})}")


def partner_of(odoo: Odoo, customer: str) -> int | None:
    """The id of the partner whose reference is a customer's id."""
    found = odoo.first("res.partner", ["ref"], [["ref", "=", customer]])
    return int(found["id"]) if found else None


def _picking(odoo: Odoo, mark: str) -> Values | None:
    """The transfer that bears a reference, alone or before what it uses."""
    domain = ["|", ["origin", "=", mark], ["origin", "=like", f"{mark} uses %"]]
    rows = odoo.rows(PICKING, ["name", "state", "origin"], domain)
    return next((row for row in rows if str(row["origin"]).split(" uses ")[0] == mark), None)


def _planned(odoo: Odoo, books: Books, request: PushRequest, origin: str) -> Values:
    """A new transfer, a draft yet."""
    record = request.record
    location = record.get("location") or books.location
    if not location:
        raise CallFailed.rejected("no location is named, and no `location` is configured", "no-location")
    source, target = _location(odoo, location), _location(odoo, books.used_location)
    product = odoo.first("product.product", ["display_name", "uom_id"], [["default_code", "=", record["part"]]])
    if product is None:
        raise CallFailed.rejected(f"there is no part `{record['part']}`", "no-part")
    places = {"location_id": source, "location_dest_id": target}
    move = {"product_id": product["id"], "product_uom_qty": as_number(record["quantity"]), **places}
    if books.version < 19:
        move["name"] = product["display_name"]
    partner = partner_of(odoo, record["customer"]) if "customer" in record else None
    values = {
        "picking_type_id": books.picking_type,
        "origin": origin,
        "move_ids": [[0, 0, move]],
        **places,
        **({"partner_id": partner} if partner else {}),
    }
    id = odoo.create(PICKING, values)
    made = odoo.first(PICKING, ["name", "state", "origin"], [["id", "=", id]])
    if made is None:
        raise CallFailed(Receipt.unknown("the transfer that was made is gone", code="gone"))
    return made


def _is_ready(odoo: Odoo, picking: Mapping[str, Any]) -> bool:
    """Whether all of it is reserved, or it is over; a transfer calls itself ready when some of it is."""
    moves = odoo.rows(MOVE, ["state"], [["picking_id", "=", picking["id"]]])
    return bool(moves) and all(move["state"] in ("assigned", "done", "cancel") for move in moves)


def _picked(odoo: Odoo, move: Mapping[str, Any], record: Mapping[str, Any]) -> Values:
    """What was taken, by its serial number where Odoo has that for this part."""
    quantity, product = as_number(record["quantity"]), move["product_id"][0]
    if "new_serial" in record:
        lot = odoo.first("stock.lot", ["name"], [["name", "=", record["new_serial"]], ["product_id", "=", product]])
        if lot:
            places = {name: move[name][0] for name in ("location_id", "location_dest_id")}
            line = {"product_id": product, "lot_id": lot["id"], "quantity": quantity, **places}
            return {"move_line_ids": [[5, 0, 0], [0, 0, line]], "picked": True}
    return {"quantity": quantity, "picked": True}


def _location(odoo: Odoo, name: str) -> int:
    found = odoo.first("stock.location", ["complete_name"], [["complete_name", "=", name]])
    if found is None:
        raise CallFailed.rejected(f"there is no location `{name}`", "no-location")
    return int(found["id"])


def _entry(odoo: Odoo, books: Books, record: Mapping[str, Any], today: str) -> Values:
    company = odoo.first("res.company", ["currency_id"], [["id", "=", books.company]])
    currency = company["currency_id"][1] if company else None
    if currency != record["currency"]:
        raise CallFailed.rejected(f"the company's books are in `{currency}`", "wrong-currency")
    journal = odoo.first(
        "account.journal", ["code"], [["code", "=", books.journal], ["company_id", "=", books.company]]
    )
    if journal is None:
        raise CallFailed.rejected(f"there is no journal `{books.journal}`", "no-journal")
    codes = [named(books.expense_accounts, line["kind"], "expense_accounts") for line in record["lines"]]
    wanted = sorted({*codes, str(books.credit_account)})
    accounts = {row["code"]: row["id"] for row in odoo.rows("account.account", ["code"], [["code", "in", wanted]])}
    missing = [code for code in wanted if code not in accounts]
    if missing:
        raise CallFailed.rejected(f"there is no account `{missing[0]}`", "no-account")
    lines = [
        {"account_id": accounts[code], "name": line.get("text") or line["kind"], "debit": as_number(line["amount"])}
        for code, line in zip(codes, record["lines"], strict=True)
    ]
    total = as_number(sum(Decimal(line["amount"]) for line in record["lines"]))
    credit = {"account_id": accounts[str(books.credit_account)], "name": "svcctl", "credit": total}
    return {"journal_id": journal["id"], "date": today, "line_ids": [[0, 0, line] for line in (*lines, credit)]}


def _invoice(odoo: Odoo, record: Mapping[str, Any]) -> Values:
    partner = partner_of(odoo, record["customer"]) if "customer" in record else None
    if partner is None:
        raise CallFailed.rejected("an invoice needs a customer that Odoo has", "no-customer")
    currency = odoo.first("res.currency", ["name"], [["name", "=", record["currency"]]])
    if currency is None:
        raise CallFailed.rejected(f"the currency `{record['currency']}` is not active", "wrong-currency")
    lines = [
        {"name": line.get("text") or line["kind"], "quantity": 1, "price_unit": as_number(line["amount"])}
        for line in record["lines"]
    ]
    return {
        "partner_id": partner,
        "currency_id": currency["id"],
        "invoice_line_ids": [[0, 0, line] for line in lines],
    }


def _shown(entry: Mapping[str, Any]) -> str:
    """Its number, which a draft has not: Odoo shows `/` or False then."""
    name = entry.get("name")
    return str(name) if name and name != "/" else f"{ENTRY},{entry['id']}"
