"""The bills that svcctl makes, as K3Cloud's standard forms have them; base data is named by its number."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from svcctl.plugin_api import CallFailed, Record, as_number, named

Model = dict[str, Any]

TRANSFER, ISSUE, VOUCHER, RECEIVABLE = "STK_TransferDirect", "STK_MisDelivery", "GL_VOUCHER", "AR_receivable"
_USABLE = {"FNumber": "KCZT01_SYS"}


class Books(Record):
    """How effects are booked: what of it is None or empty has not been configured."""

    organization: str
    account_book: str | None
    voucher_group: str
    currencies: Mapping[str, str]
    warehouse: str | None
    reserved_warehouse: str | None
    expense_accounts: Mapping[str, str]
    credit_account: str | None
    service_items: Mapping[str, str]
    remark_fields: Mapping[str, str]

    def remark(self, form: str) -> str:
        """The key of the field that bears svcctl's reference."""
        return self.remark_fields.get(form) or ("FEXPLANATION" if form == VOUCHER else "FNote")


def transfer(books: Books, record: Mapping[str, Any], unit: str, source: str, target: str, today: str) -> Model:
    """A direct transfer (直接调拨单) between warehouses of one organization."""
    organization = _number(books.organization)
    return {
        "FBillTypeID": {"FNUMBER": "ZJDB01_SYS"},
        "FBizType": "NORMAL",
        "FTransferDirect": "GENERAL",
        "FTransferBizType": "InnerOrgTransfer",
        "FStockOutOrgId": organization,
        "FStockOrgId": organization,
        "FOwnerTypeOutIdHead": "BD_OwnerOrg",
        "FOwnerOutIdHead": organization,
        "FOwnerTypeIdHead": "BD_OwnerOrg",
        "FOwnerIdHead": organization,
        "FDate": today,
        "FBillEntry": [
            {
                **_part(record, unit),
                "FSrcStockId": _number(source),
                "FDestStockId": _number(target),
                "FSrcStockStatusId": _USABLE,
                "FDestStockStatusId": _USABLE,
            }
        ],
    }


def issue(books: Books, record: Mapping[str, Any], unit: str, source: str, today: str) -> Model:
    """An issue for another purpose than a sale (其他出库单)."""
    organization = _number(books.organization)
    serial = {"FSerialSubEntity": [{"FSerialNo": record["new_serial"]}]} if "new_serial" in record else {}
    note = ", ".join(f"{name} {record[name]}" for name in ("asset", "customer", "old_serial") if name in record)
    return {
        "FBillTypeID": {"FNUMBER": "QTCKD01_SYS"},
        "FStockOrgId": organization,
        "FPickOrgId": organization,
        "FStockDirect": "GENERAL",
        "FOwnerTypeIdHead": "BD_OwnerOrg",
        "FOwnerIdHead": organization,
        "FDate": today,
        "FEntity": [
            {
                **_part(record, unit),
                "FStockId": _number(source),
                "FStockStatusId": _USABLE,
                "FEntryNote": note,
                **serial,
            }
        ],
    }


def voucher(books: Books, record: Mapping[str, Any], mark: str, today: str) -> Model:
    """A voucher (凭证): each line's cost against one account. Its lines bear the reference."""
    currency = {"FCURRENCYID": _number(currency_of(books, record)), "FEXCHANGERATETYPE": _number("HLTX01_SYS")}
    lines = [
        {
            "FEXPLANATION": f"{mark} {line.get('text') or line['kind']}",
            "FACCOUNTID": _number(named(books.expense_accounts, line["kind"], "expense_accounts")),
            **currency,
            "FAMOUNTFOR": as_number(line["amount"]),
            "FDEBIT": as_number(line["amount"]),
        }
        for line in record["lines"]
    ]
    total = as_number(sum(Decimal(line["amount"]) for line in record["lines"]))
    credit = {
        "FEXPLANATION": mark,
        "FACCOUNTID": _number(str(books.credit_account)),
        **currency,
        "FAMOUNTFOR": total,
        "FCREDIT": total,
    }
    return {
        "FAccountBookID": _number(str(books.account_book)),
        "FVOUCHERGROUPID": _number(books.voucher_group),
        "FDate": today,
        "FEntity": [*lines, credit],
    }


def receivable(books: Books, record: Mapping[str, Any], today: str) -> Model:
    """A receivable (应收单), which stays as it is saved until somebody submits it."""
    if "customer" not in record:
        raise CallFailed.rejected("a receivable needs a customer", "no-customer")
    organization = _number(books.organization)
    return {
        "FBillTypeID": {"FNUMBER": "YSD01_SYS"},
        "FDATE": today,
        "FCUSTOMERID": _number(record["customer"]),
        "FCURRENCYID": _number(currency_of(books, record)),
        "FSETTLEORGID": organization,
        "FPAYORGID": organization,
        "FSALEORGID": organization,
        "FEntityDetail": [
            {
                "FMATERIALID": _number(named(books.service_items, line["kind"], "service_items")),
                "FPriceQty": 1,
                "FTaxPrice": as_number(line["amount"]),
                "FComment": line.get("text") or line["kind"],
            }
            for line in record["lines"]
        ],
    }


def currency_of(books: Books, record: Mapping[str, Any]) -> str:
    """The number that the books give to a record's currency. Raises CallFailed, rejected, where they have none."""
    number = books.currencies.get(record["currency"])
    if number is None:
        raise CallFailed.rejected(f"`currencies` has no number for `{record['currency']}`", "wrong-currency")
    return number


def _part(record: Mapping[str, Any], unit: str) -> Model:
    return {
        "FMaterialId": _number(record["part"]),
        "FUnitID": _number(unit),
        "FQty": as_number(record["quantity"]),
    }


def _number(number: str) -> Model:
    return {"FNumber": number}
