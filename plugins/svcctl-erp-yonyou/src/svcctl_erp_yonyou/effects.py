"""What svcctl wants of YonBIP, as documents of it. Saving takes `resubmitCheckKey`, YonBIP's own guard against a repeat
at the same instant; what a repeat finds is decided by the reference in the document."""

from collections.abc import Mapping
from decimal import Decimal
from hashlib import sha256
from typing import Any

from svcctl.plugin_api import (
    Bill,
    BillKind,
    CallFailed,
    PushRequest,
    PushResult,
    Receipt,
    Record,
    Stockkeeper,
    as_number,
    named,
    plain,
    reference,
)
from svcctl_erp_yonyou.gateway import Gateway, expect_done

TRANSFER, ISSUE, RECEIVABLE = "/yonbip/scm/storetransfer", "/yonbip/scm/othoutrecord", "/yonbip/fi/oar"
VOUCHER = "/yonbip/fi/ficloud/openapi/voucher/addVoucher"
PRODUCTS = "/yonbip/digitalModel/product/listproductbycondition"
_PATHS: Mapping[BillKind, str] = {"transfer": TRANSFER, "issue": ISSUE}
_AUDITED = "1"
#: The voucher is there already.
_THERE = ("310504", "310074")


class Books(Record):
    """How effects are booked: what of it is None or empty has not been configured."""

    organization: str
    accounting_entity: str
    transfer_type: str
    issue_type: str
    warehouse: str | None
    reserved_warehouse: str | None
    account_book: str | None
    voucher_type: str
    maker: str | None
    auditor: str | None
    expense_accounts: Mapping[str, str]
    credit_account: str | None
    currency: str
    receivable_type: str
    exchange_rate_type: str
    service_items: Mapping[str, str]


class Bookkeeper(Stockkeeper):
    """`today` is the date in the ERP's zone."""

    def __init__(self, gateway: Gateway, books: Books, today: str) -> None:
        self._gateway = gateway
        self._books = books
        self._today = today
        self.location = books.warehouse
        self.reserved_location = books.reserved_warehouse

    def bill(self, kind: BillKind, remark: str) -> Bill | None:
        row = self._first(_PATHS[kind], "memo", "eq", remark)
        return _bill(row) if row else None

    def returning(self, key: str) -> Bill | None:
        row = self._first(TRANSFER, "memo", "like", f"returns {key}")
        return _bill(row) if row else None

    def save(self, kind: BillKind, remark: str, record: Mapping[str, Any], source: str, target: str | None) -> Bill:
        line = {**self._line(record), "_status": "Insert"}
        document = {
            "resubmitCheckKey": check_key(remark),
            "org": self._books.organization,
            "accountOrg": self._books.accounting_entity,
            "vouchdate": self._today,
            "memo": remark,
            "_status": "Insert",
        }
        if target is None:
            note = ", ".join(f"{name} {record[name]}" for name in ("asset", "customer", "old_serial") if name in record)
            serials = [{"sn": record["new_serial"], "_status": "Insert"}] if "new_serial" in record else []
            line |= {"memo": note} | ({"othOutRecordsSNs": serials} if serials else {})
            issue = {"bustype": self._books.issue_type, "warehouse": source, "othOutRecords": [line]}
            return _bill(self._saved(f"{ISSUE}/single/save", {**document, **issue}))
        places = {"outWarehouse": source, "inWarehouse": target}
        move = {"businesstype": self._books.transfer_type, **places, "details": [line]}
        return _bill(self._saved(f"{TRANSFER}/save", {**document, **move}))

    def audit(self, kind: BillKind, bill: Bill) -> None:
        self._gateway.batch(f"{_PATHS[kind]}/batchaudit", [int(bill.id)])

    def drop(self, bill: Bill) -> None:
        self._gateway.batch(f"{TRANSFER}/batchdelete", [int(bill.id)])

    def moved(self, bill: Bill) -> tuple[str, str, str]:
        row = self._first(TRANSFER, "id", "eq", bill.id)
        if row is None:
            raise CallFailed(Receipt.retry(f"the reservation `{bill.number}` has just gone", code="gone"))
        part, quantity = row["storeTransDetail_product_cCode"], row["storeTransDetail_qty"]
        return str(part), plain(quantity), str(row["outWarehouse"])

    def cost(self, request: PushRequest) -> PushResult:
        if request.record["currency"] != self._books.currency:
            raise CallFailed.rejected(f"the books are in `{self._books.currency}`", "wrong-currency")
        return self._receivable(request) if request.record["billable"] else self._voucher(request)

    def _voucher(self, request: PushRequest) -> PushResult:
        """YonBIP lets a voucher bear a code and an id of svcctl's own, and refuses the second of one id. An auditor
        who is named audits and posts it at once."""
        mark, record, books = reference(request.ticket, request.key), request.record, self._books
        code = f"{request.ticket}-{check_key(mark)}"[:32]
        lines = [
            {
                "description": f"{mark} {line.get('text') or line['kind']}",
                "accsubjectCode": named(books.expense_accounts, line["kind"], "expense_accounts"),
                **_amounts("debit", line["amount"]),
            }
            for line in record["lines"]
        ]
        credit = {"description": mark, "accsubjectCode": books.credit_account, **_amounts("credit", _total(record))}
        voucher = {
            "businessId": request.key,
            "code": code,
            "srcSystemCode": "figl",
            "accbookCode": books.account_book,
            "voucherTypeCode": books.voucher_type,
            **_person("maker", books.maker),
            **_person("auditor", books.auditor),
            **_person("tallyman", books.auditor),
            "makeTime": self._today,
            "description": mark,
            "bodies": [{**line, "currencyCode": books.currency, "rateType": "01", "rateOrg": 1} for line in lines]
            + [{**credit, "currencyCode": books.currency, "rateType": "01", "rateOrg": 1}],
        }
        try:
            self._gateway.post(VOUCHER, voucher)
        except CallFailed as failed:
            if failed.receipt.code in _THERE:
                return PushResult.repeated(code)
            raise
        return PushResult.done(code)

    def _receivable(self, request: PushRequest) -> PushResult:
        """It stays as it is saved until somebody submits it."""
        mark, record, books = reference(request.ticket, request.key), request.record, self._books
        earlier = self._first(RECEIVABLE, "description", "eq", mark)
        if earlier:
            return PushResult.repeated(str(earlier["code"]))
        if "customer" not in record:
            raise CallFailed.rejected("a receivable needs a customer", "no-customer")
        total = as_number(_total(record))
        lines = [
            {
                "expenseitem_code": named(books.service_items, line["kind"], "service_items"),
                "oriSum": as_number(line["amount"]),
                "natSum": as_number(line["amount"]),
                "description": line.get("text") or line["kind"],
                "_status": "Insert",
            }
            for line in record["lines"]
        ]
        document = {
            "resubmitCheckKey": check_key(mark),
            "accentity_code": books.accounting_entity,
            "vouchdate": self._today,
            "tradetype_code": books.receivable_type,
            "currency_name": books.currency,
            "customer_code": record["customer"],
            "exchRate": 1,
            "exchangeRateType_code": books.exchange_rate_type,
            "oriSum": total,
            "natSum": total,
            "description": mark,
            "_status": "Insert",
            "oarDetail": lines,
        }
        return PushResult.done(str(self._saved(f"{RECEIVABLE}/single/save", document)["code"]))

    def _line(self, record: Mapping[str, Any]) -> dict[str, Any]:
        rows = self._gateway.listed(PRODUCTS, {"productCode": record["part"]}, 1)
        found = [row for row in rows if row.get("code") == record["part"]]
        if not found:
            raise CallFailed.rejected(f"there is no part `{record['part']}`", "no-part")
        quantity, unit = as_number(record["quantity"]), found[0]["unitCode"]
        stock = {"stockUnitId": unit, "subQty": quantity, "invExchRate": 1, "unitExchangeType": 0}
        return {"product": record["part"], "qty": quantity, "unit": unit, **stock}

    def _first(self, path: str, field: str, operator: str, value: str) -> dict[str, Any] | None:
        rows = self._gateway.listed(
            f"{path}/list", {"simpleVOs": [{"field": field, "op": operator, "value1": value}]}, 1
        )
        return rows[0] if rows else None

    def _saved(self, path: str, document: Mapping[str, Any]) -> dict[str, Any]:
        """What was made; a list of one where the call can save several."""
        data = self._gateway.post(path, {"data": dict(document)})
        expect_done(data)
        found = data["infos"][0] if isinstance(data, dict) and data.get("infos") else data
        if not isinstance(found, dict) or "code" not in found:
            raise CallFailed(Receipt.unknown("the answer does not name what was saved", code="bad-answer"))
        return found


def check_key(mark: str) -> str:
    """The key by which YonBIP tells a repeat: no longer than 32 characters, unique in all of a tenant."""
    return sha256(mark.encode()).hexdigest()[:32]


def _amounts(side: str, amount: str) -> dict[str, Any]:
    """In the currency of the voucher and of the books, which is the same."""
    return {f"{side}Original": as_number(amount), f"{side}Org": as_number(amount)}


def _person(role: str, contact: str | None) -> dict[str, str]:
    """Somebody of the tenant's, known by e-mail address or mobile number."""
    return {f"{role}{'Email' if '@' in contact else 'Mobile'}": contact} if contact else {}


def _total(record: Mapping[str, Any]) -> str:
    return str(sum(Decimal(line["amount"]) for line in record["lines"]))


def _bill(row: Mapping[str, Any]) -> Bill:
    return Bill(str(row["id"]), str(row["code"]), str(row.get("status")) == _AUDITED, str(row.get("memo") or ""))
