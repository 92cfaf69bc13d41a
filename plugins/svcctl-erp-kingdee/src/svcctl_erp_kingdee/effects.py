"""What svcctl wants of K3Cloud, as bills. A bill takes three calls, so each push goes on from the state it finds."""

from collections.abc import Mapping
from typing import Any

from svcctl.plugin_api import (
    Bill,
    BillKind,
    CallFailed,
    PushRequest,
    PushResult,
    Receipt,
    Stockkeeper,
    complaint_text,
    finish,
    keys_in,
    reference,
    with_keys,
)
from svcctl_erp_kingdee.bills import (
    ISSUE,
    RECEIVABLE,
    TRANSFER,
    VOUCHER,
    Books,
    Model,
    issue,
    receivable,
    transfer,
    voucher,
)
from svcctl_erp_kingdee.web_api import AUDITED, SUBMITTED, Filter, WebApi

_FORMS: Mapping[BillKind, str] = {"transfer": TRANSFER, "issue": ISSUE}


class Bookkeeper(Stockkeeper):
    """`today` is the date in the ERP's zone. The id of a bill is its number, too."""

    def __init__(self, api: WebApi, books: Books, today: str) -> None:
        self._api = api
        self._books = books
        self._today = today
        self.location = books.warehouse
        self.reserved_location = books.reserved_warehouse

    def bill(self, kind: BillKind, remark: str) -> Bill | None:
        return self._find(_FORMS[kind], "=", remark)

    def returning(self, key: str) -> Bill | None:
        return self._find(TRANSFER, "like", f"%returns {key}")

    def save(self, kind: BillKind, remark: str, record: Mapping[str, Any], source: str, target: str | None) -> Bill:
        unit = self._unit(record["part"])
        model = (
            issue(self._books, record, unit, source, self._today)
            if target is None
            else transfer(self._books, record, unit, source, target, self._today)
        )
        form = _FORMS[kind]
        number = self._api.save(form, {**model, self._books.remark(form): remark})
        return Bill(number, number, False, remark)

    def audit(self, kind: BillKind, bill: Bill) -> None:
        self._audit(_FORMS[kind], bill.number)

    def drop(self, bill: Bill) -> None:
        if self._status(TRANSFER, bill.number) == SUBMITTED:
            self._api.act("CancelAssign", TRANSFER, bill.number)
        self._api.act("Delete", TRANSFER, bill.number)

    def moved(self, bill: Bill) -> tuple[str, str, str]:
        fields = ["FMaterialId.FNumber", "FQty", "FSrcStockId.FNumber"]
        rows = self._api.rows(TRANSFER, fields, [("FBillNo", "=", bill.number)], most=1)
        if not rows:
            raise CallFailed(Receipt.retry(f"the reservation `{bill.number}` has just gone", code="gone"))
        part, quantity, source = rows[0]
        return str(part), str(quantity), str(source)

    def cost(self, request: PushRequest) -> PushResult:
        """An audited voucher, or a receivable that is only saved where it is the customer's to pay. The last line of a
        voucher bears the reference alone."""
        mark, record = reference(request.ticket, request.key), request.record
        form = RECEIVABLE if record["billable"] else VOUCHER
        bill = self._find(form, "=", mark)
        if bill and (bill.audited or record["billable"]):
            return PushResult.repeated(bill.number)
        if record["billable"]:
            model = receivable(self._books, record, self._today)
            return PushResult.done(self._api.save(form, {**model, self._books.remark(form): mark}))
        number = bill.number if bill else self._api.save(form, voucher(self._books, record, mark, self._today))
        finish(number, lambda: self._audit(form, number))
        return PushResult.done(number)

    def complain(self, request: PushRequest, form: str, fields: Mapping[str, str]) -> PushResult:
        """The record of the ticket's number in a form of the site's own, whose fields are configured; base data has a
        point, `F_CUSTOMER.FNumber`."""
        keys_field = fields["keys"]
        rows = self._api.rows(form, ["FID", "FBillNo", keys_field], [(fields["ticket"], "=", request.ticket)], "FID", 1)
        known = keys_in(str(rows[0][2] or "")) if rows else ()
        if request.key in known:
            return PushResult.repeated(str(rows[0][1]))
        record = {**request.record, "ticket": request.ticket, "text": complaint_text(request.record)}
        model: Model = {"FID": rows[0][0]} if rows else {}
        for name, field in fields.items():
            if name in record:
                key, _, part = field.partition(".")
                model[key] = {part: record[name]} if part else record[name]
        model[keys_field] = with_keys("", (*known, request.key))
        return PushResult.done(self._api.save(form, model))

    def _unit(self, part: str) -> str:
        rows = self._api.rows("BD_MATERIAL", ["FBaseUnitId.FNumber"], [("FNumber", "=", part)], most=1)
        if not rows:
            raise CallFailed.rejected(f"there is no part `{part}`", "no-part")
        return str(rows[0][0])

    def _audit(self, form: str, number: str) -> None:
        if self._status(form, number) != SUBMITTED:
            self._api.act("Submit", form, number)
        self._api.act("Audit", form, number)

    def _status(self, form: str, number: str) -> str:
        return str(self._api.view(form, number).get("DocumentStatus"))

    def _find(self, form: str, operator: str, remark: str) -> Bill | None:
        field = self._books.remark(form)
        test: Filter = (field, operator, remark)
        rows = self._api.rows(form, ["FBillNo", "FDocumentStatus", field], [test], most=1)
        if not rows:
            return None
        number, status, found = rows[0]
        return Bill(str(number), str(number), status == AUDITED, str(found))
