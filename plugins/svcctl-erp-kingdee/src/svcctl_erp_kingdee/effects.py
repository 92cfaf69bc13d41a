"""What svcctl wants of K3Cloud, as bills. A bill takes three calls, so each push goes on from the state it finds."""

from collections.abc import Callable, Mapping
from typing import Any

from svcctl.plugin_api import (
    CallFailed,
    PushRequest,
    PushResult,
    Receipt,
    Record,
    complaint_text,
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
    location_of,
    receivable,
    transfer,
    voucher,
)
from svcctl_erp_kingdee.web_api import AUDITED, SUBMITTED, Filter, WebApi


class Bill(Record):
    number: str
    status: str
    remark: str


class Bookkeeper(Record):
    """`today` is the date in the ERP's zone."""

    api: WebApi
    books: Books
    today: str

    def reserve(self, request: PushRequest) -> PushResult:
        """A transfer to the warehouse of what is reserved."""

        def model() -> Model:
            source = location_of(self.books, request.record)
            return self._transfer(request.record, source, str(self.books.reserved_warehouse))

        return self._audited(TRANSFER, reference(request.ticket, request.key), model)

    def release(self, request: PushRequest) -> PushResult:
        return self._take_back(request) or PushResult.done(text="there is no such reservation any more")

    def use(self, request: PushRequest) -> PushResult:
        """An issue, after what was reserved is taken back, so that any quantity may be used."""
        mark, record = reference(request.ticket, request.key), request.record
        earlier = self._bill(ISSUE, mark)
        if "reservation" in record and earlier is None:
            self._take_back(request)

        def model() -> Model:
            return issue(self.books, record, self._unit(record["part"]), location_of(self.books, record), self.today)

        return self._audited(ISSUE, mark, model, earlier)

    def cost(self, request: PushRequest) -> PushResult:
        """An audited voucher, or a receivable that is only saved where it is the customer's to pay."""
        mark, record = reference(request.ticket, request.key), request.record
        if not record["billable"]:
            return self._audited(VOUCHER, mark, lambda: voucher(self.books, record, mark, self.today))
        earlier = self._bill(RECEIVABLE, mark)
        if earlier:
            return PushResult.repeated(earlier.number)
        model = receivable(self.books, record, self.today) | {self.books.remark(RECEIVABLE): mark}
        return PushResult.done(self.api.save(RECEIVABLE, model))

    def complain(self, request: PushRequest, form: str, fields: Mapping[str, str]) -> PushResult:
        """The record of the ticket's number in a form of the site's own, whose fields are configured; base data has a
        point, `F_CUSTOMER.FNumber`."""
        keys_field = fields["keys"]
        rows = self.api.rows(form, ["FID", "FBillNo", keys_field], [(fields["ticket"], "=", request.ticket)], "FID", 1)
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
        return PushResult.done(self.api.save(form, model))

    def _take_back(self, request: PushRequest) -> PushResult | None:
        """A transfer of all that was reserved, the other way; None where nothing is reserved. A reservation that was
        never audited is deleted."""
        key = request.record["reservation"]
        mark = f"{reference(request.ticket, request.key)} returns {key}"
        earlier = self._find(TRANSFER, ("like", f"%returns {key}"))
        if earlier and earlier.remark != mark:
            return None
        reserved = self._bill(TRANSFER, reference(request.ticket, key))
        if reserved is None:
            return None
        if reserved.status != AUDITED:
            if reserved.status == SUBMITTED:
                self.api.act("CancelAssign", TRANSFER, reserved.number)
            self.api.act("Delete", TRANSFER, reserved.number)
            return PushResult.done(reserved.number)

        def model() -> Model:
            part, quantity, source = self._reserved(reserved.number)
            record = {"part": part, "quantity": quantity}
            return self._transfer(record, str(self.books.reserved_warehouse), source)

        return self._audited(TRANSFER, mark, model, earlier)

    def _reserved(self, number: str) -> tuple[str, str, str]:
        """The part, the quantity and the warehouse from which a reservation took it."""
        fields = ["FMaterialId.FNumber", "FQty", "FSrcStockId.FNumber"]
        rows = self.api.rows(TRANSFER, fields, [("FBillNo", "=", number)], most=1)
        if not rows:
            raise CallFailed(Receipt.retry(f"the reservation `{number}` has just gone", code="gone"))
        part, quantity, source = rows[0]
        return str(part), str(quantity), str(source)

    def _transfer(self, record: Mapping[str, Any], source: str, target: str) -> Model:
        return transfer(self.books, record, self._unit(record["part"]), source, target, self.today)

    def _unit(self, part: str) -> str:
        rows = self.api.rows("BD_MATERIAL", ["FBaseUnitId.FNumber"], [("FNumber", "=", part)], most=1)
        if not rows:
            raise CallFailed.rejected(f"there is no part `{part}`", "no-part")
        return str(rows[0][0])

    def _audited(self, form: str, mark: str, model: Callable[[], Model], earlier: Bill | None = None) -> PushResult:
        """The bill that bears a mark, saved, submitted and audited, as far as it is not yet."""
        bill = earlier or self._bill(form, mark)
        if bill and bill.status == AUDITED:
            return PushResult.repeated(bill.number)
        if bill is None:
            bare = model()
            marked = bare if form == VOUCHER else {**bare, self.books.remark(form): mark}
            bill = Bill(self.api.save(form, marked), "A", mark)
        try:
            if bill.status != SUBMITTED:
                self.api.act("Submit", form, bill.number)
            self.api.act("Audit", form, bill.number)
        except CallFailed as failed:
            receipt = failed.receipt
            raise CallFailed(receipt.replace(text=f"`{bill.number}` is saved, not audited: {receipt.text}")) from None
        return PushResult.done(bill.number)

    def _bill(self, form: str, mark: str) -> Bill | None:
        """By its reference, which the last line of a voucher bears alone."""
        return self._find(form, ("=", mark))

    def _find(self, form: str, test: tuple[str, str]) -> Bill | None:
        remark = self.books.remark(form)
        filters: list[Filter] = [(remark, *test)]
        rows = self.api.rows(form, ["FBillNo", "FDocumentStatus", remark], filters, most=1)
        return Bill(str(rows[0][0]), str(rows[0][1]), str(rows[0][2])) if rows else None
