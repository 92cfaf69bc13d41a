"""A Frappe site with the doctypes of ERPNext 15 that the connector uses, as their documentation has them.

It is strict: an unknown path, header, doctype, field or operator, a number given as text, or a document that lacks
what its doctype needs is an error, as it would be there or worse.
"""

import json
import operator
from collections.abc import Callable, Mapping
from decimal import Decimal
from fnmatch import fnmatchcase
from typing import Any
from urllib.parse import unquote

from svcctl.testing.stub import StubAnswer, StubRequest, StubServer

TOKEN = ("a1b2c3d4e5f6a7b", "5ecre7-5ecre7-5")
FIELDS: Mapping[str, frozenset[str]] = {
    doctype: frozenset(fields.split()) | {"name", "modified", "docstatus", "creation", "owner"}
    for doctype, fields in {
        "Company": "company_name abbr default_currency",
        "Customer": "customer_name customer_group territory language mobile_no email_id disabled",
        "Item": "item_code item_name item_group stock_uom disabled has_serial_no",
        "Serial No": "serial_no item_code batch_no customer warranty_expiry_date amc_expiry_date company status",
        "Bin": "item_code warehouse actual_qty reserved_qty projected_qty",
        "Stock Entry": "stock_entry_type company remarks items posting_date",
        "Journal Entry": "voucher_type company posting_date cheque_no cheque_date user_remark accounts",
        "Sales Invoice": "customer company currency posting_date items remarks",
        "Issue": "subject customer description status resolution_details opening_date company",
        "Warranty Claim": "complaint customer serial_no status complaint_date resolution_details company",
    }.items()
}
ROWS = {
    "Stock Entry": ("items", "item_code qty s_warehouse t_warehouse description serial_no use_serial_batch_fields"),
    "Journal Entry": (
        "accounts",
        "account debit_in_account_currency credit_in_account_currency cost_center user_remark",
    ),
    "Sales Invoice": ("items", "item_code qty rate description"),
}
NEEDED = {
    "Stock Entry": ("stock_entry_type", "company", "items"),
    "Journal Entry": ("voucher_type", "company", "posting_date", "accounts"),
    "Sales Invoice": ("customer", "company", "items"),
    "Issue": ("subject",),
    "Warranty Claim": ("complaint", "customer", "status", "complaint_date", "company"),
}
ONLY_AT_SUBMIT = {"Stock Entry", "Journal Entry", "Sales Invoice"}
LINKS = {"customer": "Customer", "item_code": "Item", "company": "Company", "serial_no": "Serial No"}
ACCOUNTS = {"差旅费 - AC", "维修成本 - AC", "其他费用 - AC", "应付职工薪酬 - AC"}
_COMPARE: Mapping[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "!=": operator.ne,
    ">": lambda value, bound: value is not None and value > bound,
    ">=": lambda value, bound: value is not None and value >= bound,
    "like": lambda value, pattern: value is not None and _like(str(value), pattern),
}


class Refused(Exception):
    """An exception of the site: its status, kind and words."""

    def __init__(self, status: int, kind: str, words: str) -> None:
        super().__init__(words)
        self.status, self.kind = status, kind


class ErpnextStub(StubServer):
    def __init__(self) -> None:
        self.tables: dict[str, dict[str, dict[str, Any]]] = {doctype: {} for doctype in FIELDS}
        self._changes = 0
        for doctype, documents in SEED.items():
            for document in documents:
                self.put(doctype, dict(document))
        super().__init__(self._play)

    def put(self, doctype: str, document: dict[str, Any]) -> dict[str, Any]:
        """Keep a document as it is, changed now."""
        self._changes += 1
        name = document.setdefault("name", f"{doctype.upper().replace(' ', '-')}-{self._changes:05}")
        document["modified"] = f"2026-11-02 01:00:{self._changes // 1000:02}.{self._changes % 1000:03}000"
        document.setdefault("docstatus", 0)
        self.tables[doctype][name] = document
        return document

    def quantity(self, item: str, warehouse: str) -> Decimal:
        bins = self.tables["Bin"].values()
        return sum(
            (
                Decimal(str(row["actual_qty"]))
                for row in bins
                if (row["item_code"], row["warehouse"]) == (item, warehouse)
            ),
            Decimal(0),
        )

    def _play(self, request: StubRequest) -> StubAnswer:
        try:
            return StubAnswer(200, self._answer(request))
        except Refused as refused:
            message = json.dumps({"message": str(refused), "indicator": "red"}, ensure_ascii=False)
            return StubAnswer(
                refused.status,
                {
                    "exception": f"frappe.exceptions.{refused.kind}: {refused}",
                    "exc_type": refused.kind,
                    "_server_messages": json.dumps([message], ensure_ascii=False),
                },
            )

    def _answer(self, request: StubRequest) -> Any:
        if request.headers.get("authorization") != f"token {':'.join(TOKEN)}":
            raise Refused(401, "AuthenticationError", "Invalid API key")
        assert request.headers["accept"] == "application/json"
        if request.method in ("POST", "PUT"):
            assert request.headers["content-type"] == "application/json"
        match request.method, [unquote(part) for part in request.path.split("/")[1:]]:
            case "GET", ["api", "method", "frappe.auth.get_logged_user"]:
                return {"message": "svcctl@example.org"}
            case "POST", ["api", "method", "frappe.client.cancel"]:
                assert request.content.keys() == {"doctype", "name"}
                return {"message": self._cancelled(**request.content)}
            case "GET", ["api", "resource", doctype]:
                return {"data": self._listed(doctype, request.query)}
            case "POST", ["api", "resource", doctype]:
                document = request.content
                self._validate(doctype, document, whole=True)
                if document.get("docstatus", 0) == 1:
                    self._submit(doctype, document)
                return {"data": self.put(doctype, document)}
            case "PUT", ["api", "resource", doctype, name]:
                document = self._document(doctype, name)
                self._validate(doctype, request.content, whole=False)
                if document["docstatus"]:
                    raise Refused(417, "UpdateAfterSubmitError", "Not allowed to change after submission")
                return {"data": self.put(doctype, document | request.content)}
        raise Refused(404, "DoesNotExistError", f"{request.method} {request.path}")

    def _listed(self, doctype: str, query: Mapping[str, str]) -> list[dict[str, Any]]:
        assert query.keys() <= {"fields", "filters", "order_by", "limit_page_length", "limit_start"}, query
        fields, filters = json.loads(query["fields"]), json.loads(query["filters"])
        self._known(doctype, {*fields, *(field for field, _, _ in filters)})
        rows = [
            row
            for row in self.tables[doctype].values()
            if all(_COMPARE[test](row.get(field), value) for field, test, value in filters)
        ]
        field, direction = query["order_by"].split()
        assert direction in ("asc", "desc")
        self._known(doctype, {field})
        rows.sort(key=lambda row: row.get(field) or "", reverse=direction == "desc")
        return [{field: row.get(field) for field in fields} for row in rows[: int(query["limit_page_length"])]]

    def _document(self, doctype: str, name: str) -> dict[str, Any]:
        self._known(doctype, set())
        if name not in self.tables[doctype]:
            raise Refused(404, "DoesNotExistError", f"{doctype} {name} not found")
        return self.tables[doctype][name]

    def _known(self, doctype: str, fields: set[str]) -> None:
        if doctype not in FIELDS:
            raise Refused(404, "DoesNotExistError", f"DocType {doctype} not found")
        if unknown := fields - FIELDS[doctype]:
            raise Refused(417, "DataError", f"Field not permitted in query: {sorted(unknown)}")

    def _validate(self, doctype: str, document: Mapping[str, Any], whole: bool) -> None:
        self._known(doctype, set(document))
        if whole and (missing := [field for field in NEEDED[doctype] if not document.get(field)]):
            raise Refused(417, "MandatoryError", f"Value missing for {doctype}: {missing}")
        table, columns = ROWS.get(doctype, ("", ""))
        rows = document.get(table, [])
        for row in (document, *rows):
            for field, value in row.items():
                assert not isinstance(value, Decimal)
                if field in LINKS and value not in self.tables[LINKS[field]]:
                    raise Refused(417, "LinkValidationError", f"Could not find {field}: {value}")
                if field in ("qty", "rate", "debit_in_account_currency", "credit_in_account_currency"):
                    assert type(value) in (int, float), (field, value)
        for row in rows:
            assert row.keys() <= set(columns.split()), row
            if "account" in row and row["account"] not in ACCOUNTS:
                raise Refused(417, "LinkValidationError", f"Could not find Account: {row['account']}")
        if len(document.get("subject", "")) > 140 or len(document.get("cheque_no", "")) > 140:
            raise Refused(417, "CharacterLengthExceededError", "Value too big")
        assert document.get("status", "Open") in ("Open", "Closed")

    def _submit(self, doctype: str, document: Mapping[str, Any]) -> None:
        assert doctype in ONLY_AT_SUBMIT
        if doctype == "Stock Entry":
            assert document["stock_entry_type"] in ("Material Transfer", "Material Issue")
            for row in document["items"]:
                assert ("t_warehouse" in row) == (document["stock_entry_type"] == "Material Transfer")
                self._move(row, 1)
        if doctype == "Journal Entry":
            rows = document["accounts"]
            debit, credit = (
                sum(Decimal(str(row.get(f"{side}_in_account_currency", 0))) for row in rows)
                for side in ("debit", "credit")
            )
            if debit != credit:
                raise Refused(417, "ValidationError", f"Total Debit must be equal to Total Credit: {debit}, {credit}")

    def _cancelled(self, doctype: str, name: str) -> dict[str, Any]:
        document = self._document(doctype, name)
        if document["docstatus"] != 1:
            raise Refused(417, "DocstatusTransitionError", f"Cannot cancel {name}")
        for row in document.get("items", ()):
            self._move(row, -1)
        return self.put(doctype, document | {"docstatus": 2})

    def _move(self, row: Mapping[str, Any], sign: int) -> None:
        quantity = Decimal(str(row["qty"])) * sign
        have = self.quantity(row["item_code"], row["s_warehouse"])
        if quantity > have:
            words = f"{row['qty']} units of {row['item_code']} needed in {row['s_warehouse']}"
            raise Refused(417, "NegativeStockError", words)
        self._book(row["item_code"], row["s_warehouse"], -quantity)
        if "t_warehouse" in row:
            self._book(row["item_code"], row["t_warehouse"], quantity)

    def _book(self, item: str, warehouse: str, quantity: Decimal) -> None:
        name = f"{item}/{warehouse}"
        have = self.tables["Bin"].get(name, {"name": name, "item_code": item, "warehouse": warehouse, "actual_qty": 0})
        self.put("Bin", have | {"actual_qty": float(Decimal(str(have["actual_qty"])) + quantity)})


def _like(value: str, pattern: str) -> bool:
    escaped = "".join({"%": "*", "_": "?", "[": "[[]", "*": "[*]", "?": "[?]"}.get(each, each) for each in pattern)
    return fnmatchcase(value.lower(), escaped.lower())


SEED: Mapping[str, list[dict[str, Any]]] = {
    "Company": [{"name": "安程科技", "company_name": "安程科技", "abbr": "AC", "default_currency": "CNY"}],
    "Customer": [
        {
            "name": "C-1",
            "customer_name": "华北建设",
            "customer_group": "gold",
            "territory": "华北",
            "language": "zh",
            "mobile_no": "+86 138 0000 0000",
            "disabled": 0,
        },
        {"name": "C-2", "customer_name": "Beta", "customer_group": None, "disabled": 1},
    ],
    "Item": [
        {"name": "P-1", "item_code": "P-1", "item_name": "显示屏", "stock_uom": "Nos"},
        {"name": "P-2", "item_code": "P-2", "item_name": "垫圈", "stock_uom": "Nos"},
        {"name": "SVC", "item_code": "SVC", "item_name": "维修服务", "stock_uom": "Nos"},
    ],
    "Serial No": [
        {
            "name": "S-1",
            "serial_no": "S-1",
            "item_code": "P-2",
            "batch_no": "B7",
            "customer": "C-1",
            "warranty_expiry_date": "2027-03-31",
        },
        {"name": "S-2", "serial_no": "S-2", "item_code": "P-1"},
        {"name": "S-3", "serial_no": "S-3", "item_code": "P-2"},
    ],
    "Bin": [
        {"name": "P-1/main", "item_code": "P-1", "warehouse": "main", "actual_qty": 100000.0},
        {"name": "P-1/van-7", "item_code": "P-1", "warehouse": "van-7", "actual_qty": 0.5},
    ],
    "Warranty Claim": [
        {
            "name": "CI-1",
            "complaint": "[T-000001] 黑屏\n\nsvcctl: k1",
            "customer": "C-1",
            "serial_no": "S-1",
            "status": "Closed",
            "complaint_date": "2026-03-01",
            "company": "安程科技",
        }
    ],
}
