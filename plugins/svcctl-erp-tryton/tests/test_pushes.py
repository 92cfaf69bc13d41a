"""What pushes leave in a real Tryton, as people see it there."""

from datetime import date
from decimal import Decimal
from secrets import token_hex
from typing import Any

import pytest
from svcctl_erp_tryton import TrytonConnector
from tryton_connect import BY_LOGIN, Connect
from tryton_effects import Books

from svcctl.plugin_api import LookupRequest, PushKind, PushRequest, PushResult
from svcctl.testing.connector import CLOSED, RECORDS

INTERNAL, OUT = "stock.shipment.internal", "stock.shipment.out"


class Ticket:
    """One ticket's pushes, each with a key of its own."""

    def __init__(self, tryton: TrytonConnector) -> None:
        self.tryton = tryton
        self.number = f"T-{token_hex(5)}"

    def push(self, kind: PushKind, **values: Any) -> PushResult:
        record = {**RECORDS[kind], **values}
        return self.tryton.push(PushRequest(kind, token_hex(16), self.number, record))

    def reserve(self, **values: Any) -> str:
        """The key of a reservation."""
        key = token_hex(16)
        record = {**RECORDS["reservation"], **values}
        assert self.tryton.push(PushRequest("reservation", key, self.number, record)).outcome == "done"
        return key


@pytest.fixture
def ticket(logged_in: TrytonConnector) -> Ticket:
    return Ticket(logged_in)


def free(ticket: Ticket, part: str, place: str) -> Decimal:
    found = ticket.tryton.lookup(LookupRequest("stock", part, place)).record
    assert found is not None
    return Decimal(found["quantity"])


def test_what_is_reserved_is_not_free_until_it_is_given_back(ticket: Ticket, books: Books) -> None:
    before = free(ticket, "P-1", "main")
    key = ticket.reserve(quantity="3")
    assert free(ticket, "P-1", "main") == before - 3
    ticket.push("release", quantity="3", reservation=key)
    assert free(ticket, "P-1", "main") == before
    assert books.of(ticket.number) == [(INTERNAL, "cancelled")]


def test_what_is_not_there_is_not_reserved_and_leaves_nothing_behind(ticket: Ticket, books: Books) -> None:
    """Not even the little that was there."""
    result = ticket.push("reservation", part="P-1", quantity="5", location="VAN-7")
    assert (result.outcome, result.code) == ("rejected", "no-stock")
    assert free(ticket, "P-1", "VAN-7") == 3
    assert books.of(ticket.number) == []
    used = ticket.push("part_used", part="P-1", quantity="5", location="VAN-7", new_serial=None)
    assert (used.outcome, used.code) == ("rejected", "no-stock")
    assert books.of(ticket.number) == []
    assert free(ticket, "P-1", "VAN-7") == 3


def test_a_push_that_was_rejected_may_come_again_when_there_is_stock(ticket: Ticket, books: Books) -> None:
    request = PushRequest(
        "reservation", token_hex(16), ticket.number, {"part": "P-2", "quantity": "0.75", "location": "VAN-7"}
    )
    assert ticket.tryton.push(request).outcome == "rejected"
    books.receive("P-2", 0.25, "VAN-7")
    assert ticket.tryton.push(request).outcome == "done"
    assert free(ticket, "P-2", "VAN-7") == 0
    release = PushRequest("release", token_hex(16), ticket.number, {**request.record, "reservation": request.key})
    assert ticket.tryton.push(release).outcome == "done"


def test_a_part_goes_from_where_it_was_to_the_customer(ticket: Ticket, books: Books) -> None:
    before = free(ticket, "P-1", "VAN-7")
    result = ticket.push("part_used", location="VAN-7", new_serial="X-77")
    assert result.outcome == "done"
    assert result.text == "lot `X-77` of this part is not in stock there: shipped without a lot"
    assert free(ticket, "P-1", "VAN-7") == before - 1
    shipment = books.one(OUT, ticket.number, ["state", "reference", "customer.code", "number"])
    assert (shipment["state"], shipment["customer"]["code"]) == ("done", "C-1")
    assert shipment["reference"].split()[2:] == ["−", "S-1", "+", "X-77"]
    assert result.remote_id == f"customer shipment {shipment['number']}"


def test_a_serial_number_in_stock_is_the_lot_that_goes_out(ticket: Ticket, books: Books) -> None:
    key = ticket.reserve(quantity="1")
    assert ticket.push("part_used", reservation=key).text == ""
    assert books.of(ticket.number) == [(INTERNAL, "done"), (OUT, "done")]
    shipment = books.one(OUT, ticket.number, ["id"])
    domain = [("shipment", "=", f"{OUT},{shipment['id']}"), ("to_location.type", "=", "customer")]
    [move] = books.door.read("stock.move", domain, ["lot.number", "quantity", "from_location.code"])
    assert (move["lot"]["number"], move["from_location"]["code"]) == ("S-2", "OUT")
    assert ticket.tryton.lookup(LookupRequest("asset", "S-2")).record["customer"] == "C-1"  # type: ignore[index]


@pytest.mark.parametrize("used", ["1", "3"])
def test_less_or_more_than_was_reserved_may_be_used(ticket: Ticket, books: Books, used: str) -> None:
    before = free(ticket, "P-1", "main")
    key = ticket.reserve(quantity="2")
    assert ticket.push("part_used", quantity=used, reservation=key, new_serial=None).outcome == "done"
    assert books.of(ticket.number) == [(INTERNAL, "cancelled"), (OUT, "done")]
    assert free(ticket, "P-1", "main") == before - int(used)
    assert books.shipped(ticket.number) == int(used)


def test_the_customer_is_that_of_the_asset_where_none_is_named(ticket: Ticket, books: Books) -> None:
    assert ticket.push("part_used", customer=None, new_serial=None).outcome == "done"
    assert books.one(OUT, ticket.number, ["customer.code"])["customer"]["code"] == "C-1"


@pytest.mark.parametrize(
    ("kind", "values", "code"),
    [
        ("reservation", {"part": "P-9"}, "no-part"),
        ("reservation", {"location": "nowhere"}, "no-location"),
        ("reservation", {"quantity": "0"}, "bad-quantity"),
        ("reservation", {"quantity": "0.5"}, "UserError"),
        ("part_used", {"customer": "C-9"}, "no-customer"),
        ("part_used", {"customer": None, "asset": "S-4"}, "no-customer"),
        ("cost", {"currency": "XXX"}, "no-currency"),
        ("cost", {"currency": "USD"}, "no-currency"),
        ("cost", {"lines": [{"kind": "travel", "amount": "1.005"}]}, "bad-amount"),
        ("cost", {"billable": True, "customer": "C-9"}, "no-customer"),
        ("complaint", {"customer": None, "asset": None}, "no-customer"),
    ],
)
def test_what_cannot_be_is_rejected_and_leaves_nothing(
    ticket: Ticket, books: Books, kind: PushKind, values: dict[str, Any], code: str
) -> None:
    result = ticket.push(kind, **values)
    assert (result.outcome, result.code) == ("rejected", code), result
    assert result.text
    assert books.of(ticket.number) == []


def test_internal_cost_is_a_posted_voucher_that_balances(connecting: Connect, books: Books) -> None:
    ticket = Ticket(connecting(**BY_LOGIN, expense_accounts={"travel": "5.2.1"}))
    lines = [{"kind": "travel", "amount": "120.50", "text": "高铁"}, {"kind": "goodwill", "amount": "-20"}]
    result = ticket.push("cost", lines=lines)
    assert result.outcome == "done"
    move = books.one("account.move", ticket.number, ["state", "number", "journal.code"])
    assert (move["state"], move["journal"]["code"]) == ("posted", "MISC")
    assert result.remote_id == f"voucher {move['number']}"
    rows = books.door.read(
        "account.move.line", [("move", "=", move["id"])], ["debit", "credit", "account.code", "description"]
    )
    booked = {(row["description"], row["debit"], row["credit"]) for row in rows}
    assert booked == {
        ("travel: 高铁", Decimal("120.50"), 0),
        ("goodwill", 0, Decimal("20.00")),
        (ticket.number, 0, Decimal("100.50")),
    }
    assert {row["account"]["code"] for row in rows if row["debit"]} == {"5.2.1"}


def test_what_is_billable_is_a_draft_invoice(ticket: Ticket, books: Books) -> None:
    result = ticket.push("cost", billable=True)
    assert result.outcome == "done"
    fields = ["state", "type", "party.code", "total_amount", "currency.code", "journal.code", "account"]
    invoice = books.one("account.invoice", ticket.number, fields)
    assert result.remote_id == f"invoice {invoice['id']}"
    assert (invoice["state"], invoice["type"], invoice["party"]["code"]) == ("draft", "out", "C-1")
    assert (invoice["total_amount"], invoice["currency"]["code"]) == (Decimal("470.50"), "CNY")


def test_a_complaint_says_what_the_ticket_does(ticket: Ticket, books: Books) -> None:
    assert ticket.push("complaint").outcome == "done"
    row = books.one("sale.complaint", ticket.number, ["state", "description", "date", "customer.code", "origin"])
    assert (row["state"], row["customer"]["code"], row["date"]) == ("waiting", "C-1", date(2026, 11, 20))
    assert row["origin"].startswith("sale.sale,")
    assert row["description"].splitlines()[:3] == ["黑屏 / black screen <1>", "S/N S-1", "opened 2026-11-20T08:00:00Z"]
    history = ticket.tryton.lookup(LookupRequest("asset", "S-1")).record["history"]  # type: ignore[index]
    assert any(ticket.number in entry["text"] and "waiting" in entry["text"] for entry in history)


def test_closing_approves_the_complaint_and_opening_again_takes_that_back(connecting: Connect, books: Books) -> None:
    ticket = Ticket(connecting(user="admin", password="env:ADMIN"))
    for values, state in (({}, "waiting"), (CLOSED, "done"), ({}, "waiting"), (CLOSED, "done")):
        result = ticket.push("complaint", **values)
        assert (result.outcome, result.text) == ("done", "")
        row = books.one("sale.complaint", ticket.number, ["state", "description"])
        assert row["state"] == state
        assert ("换屏" in row["description"]) == (state == "done")
    assert books.of(ticket.number) == [("sale.complaint", "done")]


def test_what_people_write_below_stays(ticket: Ticket, books: Books) -> None:
    ticket.push("complaint")
    row = books.one("sale.complaint", ticket.number, ["description"])
    books.door.write("sale.complaint", row["id"], {"description": row["description"] + "\n李娜: called back"})
    ticket.push("complaint", title="other words")
    lines = books.one("sale.complaint", ticket.number, ["description"])["description"].splitlines()
    assert (lines[0], lines[-1]) == ("other words", "李娜: called back")
    assert len([line for line in lines if line.startswith("svcctl: ")]) == 1


def test_who_may_not_approve_says_so_and_leaves_it_to_people(ticket: Ticket, books: Books) -> None:
    result = ticket.push("complaint", **CLOSED)
    assert result.outcome == "done"
    assert result.text.startswith("it stays waiting in Tryton: ")
    assert "换屏" in books.one("sale.complaint", ticket.number, ["description"])["description"]


@pytest.mark.parametrize("button", ["cancel", "reject"])
def test_what_people_decided_stays(ticket: Ticket, books: Books, button: str) -> None:
    ticket.push("complaint")
    row = books.one("sale.complaint", ticket.number, ["state"])
    books.door.press("sale.complaint", row["id"], button)
    decided = books.of(ticket.number)
    for values in ({}, CLOSED):
        assert ticket.push("complaint", **values).outcome == "done"
    assert books.of(ticket.number) == decided


def test_a_shipment_that_people_cancelled_is_not_made_again(ticket: Ticket, books: Books) -> None:
    request = PushRequest("reservation", token_hex(16), ticket.number, RECORDS["reservation"])
    assert ticket.tryton.push(request).outcome == "done"
    books.door.press(INTERNAL, books.one(INTERNAL, ticket.number, ["id"])["id"], "cancel")
    again = ticket.tryton.push(request)
    assert (again.outcome, again.text) == ("repeated", "it was cancelled in Tryton since")
    assert books.of(ticket.number) == [(INTERNAL, "cancelled")]


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ({"credit_account": None}, "`credit_account` is not set: vouchers are booked against it"),
        ({"credit_account": "1.2.1"}, "`credit_account`: the account `1.2.1` wants a party for each line"),
        (
            {"expense_accounts": {"travel": "x"}},
            "`expense_accounts.travel`: not one account that is open has the code `x`",
        ),
        ({"voucher_journal": "x"}, "no journal has the code `x`"),
        ({"complaint_type": "x"}, "the type `x` of complaints is not in Tryton: make it under Sales, Configuration"),
        ({"reserved_at": "x"}, "no location, or more than one, has the code or name `x`"),
        ({"company": "x"}, "write the name of one company as `company`; there are `华北净水设备有限公司`"),
        ({"key": "env:WRONG"}, "the application key or the session is not taken"),
    ],
)
def test_what_is_missing_is_said_before_anything_is_pushed(
    connecting: Connect, config: dict[str, Any], words: str
) -> None:
    health = connecting(**config).check()
    assert (health.ok, health.text) == (False, words)


def test_what_would_work_is_said_with_what_it_is(connecting: Connect) -> None:
    health = connecting(**BY_LOGIN, complaint_type="售后工单", reserved_at="VAN-7", company="OWN").check()
    assert (health.ok, health.text) == (True, "华北净水设备有限公司 in the database demo")
    assert connecting().check().text.endswith("; without a login no parts are written off")
