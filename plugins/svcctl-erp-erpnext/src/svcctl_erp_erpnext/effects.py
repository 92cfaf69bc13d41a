"""What svcctl wants of ERPNext, as documents of it. Each is made and submitted in one request, and bears a reference
by which a repeat finds it."""

from collections.abc import Mapping
from decimal import Decimal
from html import escape
from typing import Any

from svcctl.plugin_api import (
    CallFailed,
    PushRequest,
    PushResult,
    Record,
    as_number,
    complaint_text,
    keys_in,
    named,
    parse_instant,
    reference,
    with_keys,
)
from svcctl_erp_erpnext.site import CANCELLED, DRAFT, SUBMITTED, Document, Filter, Site


class Books(Record):
    """How effects are booked: what of it is None has not been configured."""

    company: str
    warehouse: str | None
    reserved_warehouse: str | None
    expense_accounts: Mapping[str, str]
    credit_account: str | None
    cost_center: str | None
    service_items: Mapping[str, str]
    complaint_doctype: str


def reserve(site: Site, books: Books, request: PushRequest) -> PushResult:
    """A submitted transfer to the warehouse of what is reserved."""
    remark = reference(request.ticket, request.key)
    found = _entry(site, remark)
    if found:
        return PushResult.repeated(found["name"])
    item = {**_item(books, request.record), "t_warehouse": books.reserved_warehouse}
    return PushResult.done(_moved(site, books, "Material Transfer", remark, item))


def release(site: Site, request: PushRequest) -> PushResult:
    """The transfer is cancelled; one that a use has cancelled leaves nothing to do."""
    key = request.record["reservation"]
    found = _entry(site, reference(request.ticket, key))
    if not found:
        return PushResult.done(text="there is no such reservation")
    if found["docstatus"] == SUBMITTED:
        site.cancel("Stock Entry", found["name"])
        return PushResult.done(found["name"])
    used = site.first("Stock Entry", ["name"], ("remarks", "like", f"%uses {key}"), ("docstatus", "=", SUBMITTED))
    return PushResult.done(found["name"], text="it was used") if used else PushResult.repeated(found["name"])


def use(site: Site, books: Books, request: PushRequest) -> PushResult:
    """A submitted issue of the part, after its reservation is cancelled, so that any quantity may be used."""
    mark = reference(request.ticket, request.key)
    found = _entry(site, mark)
    if found:
        return PushResult.repeated(found["name"])
    record = request.record
    remark = mark
    if "reservation" in record:
        remark += f" uses {record['reservation']}"
        reserved = _entry(site, reference(request.ticket, record["reservation"]))
        if reserved and reserved["docstatus"] == SUBMITTED:
            site.cancel("Stock Entry", reserved["name"])
    item = _item(books, record)
    description = [f"{name} {record[name]}" for name in ("asset", "customer", "old_serial") if name in record]
    if description:
        item["description"] = ", ".join(description)
    if "new_serial" in record and _is_serial(site, record):
        item |= {"serial_no": record["new_serial"], "use_serial_batch_fields": 1}
    return PushResult.done(_moved(site, books, "Material Issue", remark, item))


def cost(site: Site, books: Books, request: PushRequest, today: str) -> PushResult:
    """A submitted journal entry, or a draft of an invoice where it is the customer's to pay."""
    mark = reference(request.ticket, request.key)
    record = request.record
    doctype, field = ("Sales Invoice", "remarks") if record["billable"] else ("Journal Entry", "cheque_no")
    found = site.first(doctype, ["name"], (field, "=", mark), ("docstatus", "!=", CANCELLED))
    if found:
        return PushResult.repeated(found["name"])
    document = _invoice(books, record) if record["billable"] else _voucher(site, books, record)
    more = {"user_remark": mark, "cheque_date": today} if field == "cheque_no" else {}
    return PushResult.done(
        site.made(doctype, {**document, **more, field: mark, "company": books.company, "posting_date": today})
    )


def complain(site: Site, books: Books, request: PushRequest) -> PushResult:
    """The issue or warranty claim of the ticket's number, made or brought up to date. Its text names the pushes."""
    record, doctype = request.record, books.complaint_doctype
    shape = _claim if doctype == "Warranty Claim" else _issue
    title, body = ("complaint", "complaint") if doctype == "Warranty Claim" else ("subject", "description")
    start = f"[{request.ticket}] "
    rows = site.listed(doctype, sorted({"name", title, body}), [(title, "like", f"{start}%")])
    found = next((row for row in rows if str(row.get(title) or "").startswith(start)), None)
    keys = keys_in(found[body]) if found else ()
    if found and request.key in keys:
        return PushResult.repeated(found["name"])
    fields = shape(record, f"{start}{record['title']}", (*keys, request.key))
    if found:
        site.changed(doctype, found["name"], fields)
        return PushResult.done(found["name"])
    opened = parse_instant(record["opened_at"]).date().isoformat()
    first = {"complaint_date": opened} if doctype == "Warranty Claim" else {"opening_date": opened}
    return PushResult.done(site.made(doctype, {**fields, **first, "company": books.company}))


def _issue(record: Mapping[str, Any], subject: str, keys: tuple[str, ...]) -> Document:
    """Its texts are HTML."""
    lines = [f"asset: {record['asset']}"] if "asset" in record else []
    text = "\n\n".join([*lines, complaint_text(record)]).strip()
    closed = {"status": "Closed", "resolution_details": _html(record.get("resolution", ""))}
    return {
        "subject": subject[:140],
        "description": _html(with_keys(text, keys)),
        **({"customer": record["customer"]} if "customer" in record else {}),
        **(closed if record["state"] == "closed" else {"status": "Open"}),
    }


def _claim(record: Mapping[str, Any], complaint: str, keys: tuple[str, ...]) -> Document:
    closed = {"status": "Closed", "resolution_details": record.get("resolution", "")}
    return {
        "complaint": with_keys(f"{complaint}\n{complaint_text(record)}", keys),
        **({"customer": record["customer"]} if "customer" in record else {}),
        **({"serial_no": record["asset"]} if "asset" in record else {}),
        **(closed if record["state"] == "closed" else {"status": "Open"}),
    }


def _html(text: str) -> str:
    return escape(text, quote=False).replace("\n", "<br>")


def _entry(site: Site, mark: str) -> Document | None:
    """The stock entry that bears a reference, alone or before what it uses; its state is of no matter."""
    for test in (("remarks", "=", mark), ("remarks", "like", f"{mark} uses %")):
        found = site.first("Stock Entry", ["name", "docstatus"], test)
        if found:
            return found
    return None


def _moved(site: Site, books: Books, kind: str, remark: str, item: Document) -> str:
    entry = {"stock_entry_type": kind, "company": books.company, "remarks": remark, "docstatus": SUBMITTED}
    return site.made("Stock Entry", {**entry, "items": [item]})


def _item(books: Books, record: Mapping[str, Any]) -> Document:
    location = record.get("location") or books.warehouse
    if not location:
        raise CallFailed.rejected("no location is named, and no `warehouse` is configured", "no-location")
    return {"item_code": record["part"], "qty": as_number(record["quantity"]), "s_warehouse": location}


def _is_serial(site: Site, record: Mapping[str, Any]) -> bool:
    """Whether the serial number that went in is one that ERPNext keeps for this part."""
    tests: tuple[Filter, ...] = (("name", "=", record["new_serial"]), ("item_code", "=", record["part"]))
    return site.first("Serial No", ["name"], *tests) is not None


def _voucher(site: Site, books: Books, record: Mapping[str, Any]) -> Document:
    currency = (site.first("Company", ["default_currency"], ("name", "=", books.company)) or {}).get("default_currency")
    if currency != record["currency"]:
        raise CallFailed.rejected(f"`{books.company}` has its books in `{currency}`", "wrong-currency")
    rows = [
        {
            "account": named(books.expense_accounts, line["kind"], "expense_accounts"),
            "debit_in_account_currency": as_number(line["amount"]),
            "user_remark": line.get("text") or line["kind"],
            **({"cost_center": books.cost_center} if books.cost_center else {}),
        }
        for line in record["lines"]
    ]
    total = as_number(sum(Decimal(line["amount"]) for line in record["lines"]))
    credit = {"account": books.credit_account, "credit_in_account_currency": total}
    return {"voucher_type": "Journal Entry", "accounts": [*rows, credit], "docstatus": SUBMITTED}


def _invoice(books: Books, record: Mapping[str, Any]) -> Document:
    if "customer" not in record:
        raise CallFailed.rejected("an invoice needs a customer", "no-customer")
    items = [
        {
            "item_code": named(books.service_items, line["kind"], "service_items"),
            "qty": 1,
            "rate": as_number(line["amount"]),
            "description": line.get("text") or line["kind"],
        }
        for line in record["lines"]
    ]
    return {"customer": record["customer"], "currency": record["currency"], "items": items, "docstatus": DRAFT}
