"""What a repair cost: a draft invoice for the customer, or a posted voucher of internal cost."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any

from svcctl.plugin_api import CallFailed, PushRequest, PushResult, Record, reference
from svcctl_erp_tryton.door import Door, Fields
from svcctl_erp_tryton.lookups import lot, party
from svcctl_erp_tryton.marks import Marked, advanced

INVOICE, MOVE = "account.invoice", "account.move"


class Accounts(Record):
    """Codes of accounts and journals. `revenue` and `expense` by the kind of a line, such as `travel`, and `other` for
    the rest; without it the rest has the default account of Tryton's configuration. `credit` is what vouchers are
    booked against. Without their codes, journals are the first of revenue and the first general one."""

    revenue: Mapping[str, str]
    expense: Mapping[str, str]
    credit: str | None
    invoice_journal: str | None
    voucher_journal: str | None


class Costs:
    """What pushes do to the books of a company on a day. `pause` as in `Marked`."""

    def __init__(self, door: Door, company: int, accounts: Accounts, today: date, pause: Callable[[], None]) -> None:
        self._door = door
        self._company = company
        self._accounts = accounts
        self._today = today
        self._pause = pause

    def charge(self, request: PushRequest) -> PushResult:
        if request.record["billable"]:
            return self._invoice(request)
        return self._voucher(request)

    def problems(self) -> list[str]:
        """What the configuration or Tryton lacks for invoices and vouchers."""
        found = []
        looks: list[Callable[[], int]] = [
            *(partial(self._account, "revenue", kind) for kind in ("", *self._accounts.revenue)),
            *(partial(self._account, "expense", kind) for kind in ("", *self._accounts.expense)),
            self._credit,
            partial(self._journal, "revenue", self._accounts.invoice_journal),
            partial(self._journal, "general", self._accounts.voucher_journal),
            self._period,
        ]
        for look in looks:
            try:
                look()
            except CallFailed as failed:
                if failed.receipt.code not in _LACKING:
                    raise
                found.append(failed.receipt.text)
        return found

    def _invoice(self, request: PushRequest) -> PushResult:
        marked = Marked(self._door, INVOICE, "reference", reference(request.ticket, request.key), (), self._pause)
        row = marked.find()
        if row is not None:
            return PushResult.repeated(f"invoice {row['id']}")
        currency = self._currency(request.record["currency"])
        customer = self._customer(request.record)
        lines = [
            {
                "type": "line",
                "description": _words(line),
                "account": self._account("revenue", line["kind"]),
                "quantity": 1,
                "unit_price": _amount(line, currency),
                "currency": currency["id"],
                "company": self._company,
            }
            for line in request.record["lines"]
        ]
        row = marked.make(
            {
                "type": "out",
                "party": customer["id"],
                "invoice_address": customer["addresses"][0],
                "account": customer["account_receivable"] or self._configured("default_account_receivable"),
                "journal": self._journal("revenue", self._accounts.invoice_journal),
                "payment_term": customer["customer_payment_term"],
                "currency": currency["id"],
                "description": request.ticket,
                "lines": [["create", lines]],
            }
        )
        return PushResult.done(f"invoice {row['id']}", text="a draft, for somebody to look at and post")

    def _voucher(self, request: PushRequest) -> PushResult:
        marked = Marked(
            self._door, MOVE, "description", reference(request.ticket, request.key), ("number",), self._pause
        )
        row = marked.find()
        if row is not None and row["state"] == "posted":
            return PushResult.repeated(f"voucher {row['number'] or row['id']}")
        if row is None:
            row = marked.make(self._entry(request))
        row = advanced(self._door, MOVE, row["id"], ["number"], lambda row: "post" if row["state"] == "draft" else None)
        return PushResult.done(f"voucher {row['number'] or row['id']}")

    def _entry(self, request: PushRequest) -> dict[str, Any]:
        currency = self._currency(request.record["currency"])
        [company] = self._door.read("company.company", [("id", "=", self._company)], ["currency.code"])
        if company["currency"]["code"] != currency["code"]:
            own, other = company["currency"]["code"], currency["code"]
            raise CallFailed.rejected(f"the books are kept in {own}, and the cost is in {other}", "wrong-currency")
        lines: list[dict[str, Any]] = [
            {
                "account": self._account("expense", line["kind"]),
                "debit": _amount(line, currency),
                "credit": Decimal(0),
                "description": _words(line),
            }
            for line in request.record["lines"]
        ]
        total = sum((line["debit"] for line in lines), Decimal(0))
        lines.append({"account": self._credit(), "debit": Decimal(0), "credit": total, "description": request.ticket})
        # An amount below zero stands on the other side of the book.
        for line in lines:
            if line["debit"] < 0 or line["credit"] < 0:
                line["debit"], line["credit"] = -line["credit"], -line["debit"]
        return {
            "journal": self._journal("general", self._accounts.voucher_journal),
            "period": self._period(),
            "date": self._today,
            "lines": [["create", [line for line in lines if line["debit"] or line["credit"]]]],
        }

    def _customer(self, record: Mapping[str, Any]) -> Fields:
        code = record.get("customer")
        if code is None and record.get("asset"):
            known = lot(self._door, record["asset"])
            code = known[1].customer if known and known[1] else None
        fields = ("addresses", "account_receivable", "customer_payment_term")
        found = party(self._door, code, fields) if code else None
        if found is None:
            raise CallFailed.rejected(
                f"no party has the code `{code}`" if code else "no customer is named", "no-customer"
            )
        if not found["addresses"]:
            raise CallFailed.rejected(f"the party `{code}` has no address to bill", "no-customer")
        return found

    def _currency(self, code: str) -> Fields:
        rows = self._door.read("currency.currency", [("code", "=", code)], ["code", "digits"], limit=1)
        if not rows:
            raise CallFailed.rejected(f"the currency {code} is not in Tryton", "no-currency")
        return rows[0]

    def _account(self, side: str, kind: str) -> int:
        codes: Mapping[str, str] = getattr(self._accounts, side)
        for key in (kind, "other"):
            if key in codes:
                return self._account_of(codes[key], f"{side}_accounts.{key}")
        return self._configured(f"default_category_account_{side}")

    def _credit(self) -> int:
        if self._accounts.credit is None:
            raise CallFailed.rejected("`credit_account` is not set: vouchers are booked against it", "no-account")
        return self._account_of(self._accounts.credit, "credit_account")

    def _account_of(self, code: str, key: str) -> int:
        domain = [("code", "=", code), ("type", "!=", None), ("closed", "!=", True), ("company", "=", self._company)]
        rows = self._door.read("account.account", domain, ["party_required"], limit=2)
        if len(rows) != 1:
            raise CallFailed.rejected(f"`{key}`: not one account that is open has the code `{code}`", "no-account")
        if rows[0]["party_required"]:
            raise CallFailed.rejected(f"`{key}`: the account `{code}` wants a party for each line", "no-account")
        return int(rows[0]["id"])

    def _configured(self, name: str) -> int:
        """A default of Tryton's configuration of accounting."""
        rows = self._door.read("account.configuration", [], [name], limit=1)
        if not rows or rows[0][name] is None:
            raise CallFailed.rejected(
                f"the {name.replace('_', ' ')} is not set in Tryton's configuration of accounting", "no-account"
            )
        open = [("id", "=", rows[0][name]), ("closed", "!=", True)]
        if not self._door.read("account.account", open, ["code"]):
            raise CallFailed.rejected(f"the {name.replace('_', ' ')} of Tryton's configuration is closed", "no-account")
        return int(rows[0][name])

    def _journal(self, type: str, code: str | None) -> int:
        domain = [("type", "=", type)] if code is None else [("code", "=", code)]
        rows = self._door.read("account.journal", domain, ["code"], order=[("code", "ASC")], limit=1)
        if not rows:
            what = f"no journal has the code `{code}`" if code is not None else f"there is no journal of type {type}"
            raise CallFailed.rejected(what, "no-journal")
        return int(rows[0]["id"])

    def _period(self) -> int:
        domain: Sequence[Any] = [
            ("start_date", "<=", self._today),
            ("end_date", ">=", self._today),
            ("type", "=", "standard"),
            ("state", "=", "open"),
            ("company", "=", self._company),
        ]
        rows = self._door.read("account.period", domain, ["start_date"], limit=1)
        if not rows:
            raise CallFailed.rejected(f"no period of the books is open on {self._today}", "no-period")
        return int(rows[0]["id"])


_LACKING = ("no-account", "no-journal", "no-period")


def _words(line: Mapping[str, Any]) -> str:
    return ": ".join(str(part) for part in (line["kind"], line.get("text")) if part)


def _amount(line: Mapping[str, Any], currency: Fields) -> Decimal:
    """The amount as the currency writes it. Raises CallFailed where it has more digits than that: nothing is rounded
    in silence."""
    amount = Decimal(str(line["amount"]))
    rounded = amount.quantize(Decimal(1).scaleb(-int(currency["digits"])))
    if rounded != amount:
        raise CallFailed.rejected(f"{amount} has more digits than {currency['code']}", "bad-amount")
    return rounded
