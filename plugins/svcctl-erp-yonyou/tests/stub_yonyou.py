"""A tenant of YonBIP with the calls that the connector uses, as its documentation has them.

It checks the signature of a request for a token by its own reckoning, takes only tokens that it gave and that have not
ended, and knows every path, field and operator; what it refuses comes within HTTP 200.
"""

import base64
import hashlib
import hmac
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from yonyou_company import CUSTOMERS, PRODUCTS, SERIALS, WAREHOUSES

from svcctl.testing.stub import StubAnswer, StubRequest, StubServer

KEY, SECRET = "4f1c0a-app-key", "5ecre7-of-the-application"
NOW = 1793581200.5
FIRST = "yht-t0ken-"
_LIST = {"pageIndex", "pageSize", "simpleVOs"}
_HEAD = {"resubmitCheckKey", "vouchdate", "_status"}
_STOCK_HEAD = {"org", "accountOrg", "memo"}
_LINE = {"product", "qty", "unit", "stockUnitId", "subQty", "invExchRate", "unitExchangeType", "_status"}
_SIDES = {f"{side}{of}" for side in ("debit", "credit") for of in ("Original", "Org")}


class Refused(Exception):
    """What the gateway says no to, with its code."""

    def __init__(self, code: str, words: str) -> None:
        super().__init__(words)
        self.code = code


class YonyouStub(StubServer):
    def __init__(self) -> None:
        self.clock = NOW
        self.tokens: dict[str, float] = {}
        self.customers = [dict(customer) for customer in CUSTOMERS]
        self.stock = {("P-1", "main"): Decimal(100000), ("P-1", "van-7"): Decimal("0.5")}
        self.transfers: list[dict[str, Any]] = []
        self.issues: list[dict[str, Any]] = []
        self.receivables: list[dict[str, Any]] = []
        self.vouchers: dict[str, dict[str, Any]] = {}
        self.refuse: dict[str, Refused] = {}
        self.keys: set[str] = set()
        self._calls: Mapping[str, Callable[[Any], Any]] = {
            "digitalModel/merchant/newlist": self._merchants,
            "digitalModel/product/listproductbycondition": self._products,
            "digitalModel/warehouse/list": lambda body: _page([dict(each) for each in WAREHOUSES], body, set()),
            "scm/stock/QueryCurrentStocksByCondition": self._stocks,
            "scm/snstate/list": lambda body: _page(_tested(SERIALS, body), body, set()),
            "scm/storetransfer/list": lambda body: _page(_tested(self.transfers, body), body, set()),
            "scm/storetransfer/save": self._transfer,
            "scm/storetransfer/batchaudit": lambda body: self._audit(self.transfers, body),
            "scm/storetransfer/batchdelete": self._delete,
            "scm/othoutrecord/list": lambda body: _page(_tested(self.issues, body), body, set()),
            "scm/othoutrecord/single/save": self._issue,
            "scm/othoutrecord/batchaudit": lambda body: self._audit(self.issues, body),
            "fi/oar/list": lambda body: _page(_tested(self.receivables, body), body, set()),
            "fi/oar/single/save": self._receivable,
            "fi/ficloud/openapi/voucher/addVoucher": self._voucher,
        }
        super().__init__(self._play)

    def _play(self, request: StubRequest) -> StubAnswer:
        try:
            if request.path.startswith("/iuap-api-auth/"):
                return StubAnswer(200, {"code": "00000", "message": "成功！", "data": self._token(request)})
            return StubAnswer(200, {"code": "200", "message": "操作成功", "data": self._answer(request)})
        except Refused as refused:
            status = 404 if refused.code == "310404" else 200
            return StubAnswer(status, {"code": refused.code, "message": str(refused)})

    def _token(self, request: StubRequest) -> Mapping[str, Any]:
        assert (request.method, request.body) == ("GET", b"")
        assert request.path == "/iuap-api-auth/open-auth/selfAppAuth/base/v1/getAccessToken"
        assert request.query.keys() == {"appKey", "timestamp", "signature"}
        if request.query["appKey"] != KEY:
            raise Refused("10018", "应用不存在或appKey已停用")
        assert abs(int(request.query["timestamp"]) / 1000 - self.clock) < 300
        signed = f"appKey{KEY}timestamp{request.query['timestamp']}"
        digest = hmac.new(SECRET.encode(), signed.encode(), hashlib.sha256).digest()
        if request.query["signature"] != base64.b64encode(digest).decode():
            raise Refused("10003", "签名错误")
        token = f"{FIRST}{len(self.tokens)}"
        self.tokens[token] = self.clock + 7200
        return {"access_token": token, "expire": 7200}

    def _answer(self, request: StubRequest) -> Any:
        assert request.method == "POST"
        assert request.headers["content-type"] == "application/json; charset=UTF-8"
        assert request.query.keys() <= {"access_token"}
        token = request.query.get("access_token", request.headers.get("access_token"))
        if token is None:
            raise Refused("310001", "access_token不能为空。")
        if self.tokens.get(token, 0) <= self.clock:
            raise Refused("310036", "非法token")
        name = request.path.removeprefix("/iuap-api-gateway/yonbip/")
        if name not in self._calls:
            raise Refused("310404", f"网关上没有注册此API[{request.path}]，请确认后重新调用")
        if name in self.refuse:
            raise self.refuse[name]
        return self._calls[name](request.content)

    def _merchants(self, body: Mapping[str, Any]) -> list[dict[str, Any]]:
        rows = self.customers
        if "code" in body:
            rows = [row for row in rows if row["code"] == body["code"]]
        if "pubts" in body:
            rows = [row for row in rows if row["modifyTime"] >= body["pubts"]]
        page: list[dict[str, Any]] = _page(rows, body, {"code", "pubts"})["recordList"]
        return page

    def _products(self, body: Mapping[str, Any]) -> Any:
        # Codes are compared without regard to case here, so the connector has to look again.
        rows = [row for row in PRODUCTS if row["code"].lower() == body["productCode"].lower()]
        return _page(rows, body, {"productCode"})

    def _stocks(self, body: Mapping[str, Any]) -> list[dict[str, Any]]:
        assert body.keys() <= {"productn.code", "warehouse.code"}
        codes = {each["code"]: each["id"] for each in WAREHOUSES}
        return [
            {"warehouse": str(codes[warehouse]), "product_code": part, "currentqty": float(quantity)}
            for (part, warehouse), quantity in self.stock.items()
            if part == body["productn.code"] and body.get("warehouse.code", warehouse) == warehouse
        ]

    def _transfer(self, body: Any) -> Any:
        document = self._document(body, {"businesstype", "outWarehouse", "inWarehouse", "details", *_STOCK_HEAD})
        [line] = document["details"]
        _expect_line(line, set())
        codes = {str(each["id"]): each["code"] for each in WAREHOUSES}
        made = self._made("ZK", self.transfers) | {
            "memo": document["memo"],
            "outWarehouse": codes.get(document["outWarehouse"], document["outWarehouse"]),
            "inWarehouse": codes.get(document["inWarehouse"], document["inWarehouse"]),
            "storeTransDetail_product_cCode": line["product"],
            "storeTransDetail_qty": line["qty"],
        }
        self.transfers.append(made)
        return {"count": 1, "sucessCount": 1, "failCount": 0, "messages": [], "infos": [made]}

    def _issue(self, body: Any) -> Any:
        document = self._document(body, {"bustype", "warehouse", "othOutRecords", *_STOCK_HEAD})
        [line] = document["othOutRecords"]
        _expect_line(line, {"memo", "othOutRecordsSNs"})
        made = self._made("QTCK", self.issues) | {
            "memo": document["memo"],
            "outWarehouse": document["warehouse"],
            "storeTransDetail_product_cCode": line["product"],
            "storeTransDetail_qty": line["qty"],
            "line": line,
        }
        self.issues.append(made)
        return made

    def _audit(self, rows: list[dict[str, Any]], body: Any) -> Any:
        assert body.keys() == {"data"}
        [item] = body["data"]
        [row] = [row for row in rows if row["id"] == item["id"]]
        part, quantity = row["storeTransDetail_product_cCode"], Decimal(str(row["storeTransDetail_qty"]))
        source = (part, row["outWarehouse"])
        if row["status"] != 0:
            return _failed(f"单据{row['code']}已审核")
        if self.stock.get(source, Decimal(0)) < quantity:
            return _failed(f"单据{row['code']}: 物料{part}现存量不足")
        self.stock[source] -= quantity
        if "inWarehouse" in row:
            target = (part, row["inWarehouse"])
            self.stock[target] = self.stock.get(target, Decimal(0)) + quantity
        row["status"] = 1
        return {"count": 1, "sucessCount": 1, "failCount": 0, "messages": [], "infos": [{"id": row["id"]}]}

    def _delete(self, body: Any) -> Any:
        [item] = body["data"]
        [row] = [row for row in self.transfers if row["id"] == item["id"]]
        if row["status"] != 0:
            return _failed(f"单据{row['code']}已审核")
        self.transfers.remove(row)
        return {"count": 1, "sucessCount": 1, "failCount": 0, "messages": []}

    def _receivable(self, body: Any) -> Any:
        fields = (
            "accentity_code tradetype_code currency_name customer_code exchRate exchangeRateType_code oriSum natSum"
        )
        document = self._document(body, {"description", "oarDetail", *fields.split()})
        if document["customer_code"] not in {row["code"] for row in self.customers}:
            raise Refused("999", f"客户{document['customer_code']}不存在")
        lines = document["oarDetail"]
        assert all(line.keys() == {"expenseitem_code", "oriSum", "natSum", "description", "_status"} for line in lines)
        for name in ("oriSum", "natSum"):
            assert sum(Decimal(str(line[name])) for line in lines) == Decimal(str(document[name]))
        made = self._made("YS", self.receivables) | {"description": document["description"]}
        self.receivables.append(made)
        return made

    def _voucher(self, body: Any) -> Any:
        known = "businessId code srcSystemCode accbookCode voucherTypeCode makerMobile makerEmail makeTime description"
        people = {f"{role}{way}" for role in ("auditor", "tallyman") for way in ("Mobile", "Email")}
        assert body.keys() <= {*known.split(), "bodies", *people}
        assert len(body["code"]) <= 32
        if body["businessId"] in self.vouchers:
            raise Refused("310504", "凭证已存在")
        sums = {"debit": Decimal(0), "credit": Decimal(0)}
        for line in body["bodies"]:
            more = {"description", "accsubjectCode", "currencyCode", "rateType", "rateOrg"}
            [side] = {name.removesuffix("Original").removesuffix("Org") for name in line.keys() & _SIDES}
            assert line.keys() == {f"{side}Original", f"{side}Org", *more}
            assert type(line[f"{side}Org"]) in (int, float)
            if line["accsubjectCode"] not in ("5101", "5102", "2211"):
                raise Refused("404", f"科目{line['accsubjectCode']}不存在")
            sums[side] += Decimal(str(line[f"{side}Org"]))
        if sums["debit"] != sums["credit"]:
            raise Refused("404", "借贷不平衡")
        self.vouchers[body["businessId"]] = body
        status = "04" if "tallymanMobile" in body else "01"
        return {"voucherId": f"V-{len(self.vouchers)}", "voucherStatus": status, "billCode": len(self.vouchers)}

    def _document(self, body: Any, fields: set[str]) -> dict[str, Any]:
        assert body.keys() == {"data"}
        document: dict[str, Any] = body["data"]
        assert document.keys() == {*_HEAD, *fields}, document.keys() ^ {*_HEAD, *fields}
        assert document["_status"] == "Insert"
        assert len(document["resubmitCheckKey"]) <= 32
        if document["resubmitCheckKey"] in self.keys:
            raise Refused("999", "请勿重复提交")
        self.keys.add(document["resubmitCheckKey"])
        return document

    def _made(self, prefix: str, rows: list[dict[str, Any]]) -> dict[str, Any]:
        number = len(self.keys)
        return {"id": 2234780147273984000 + number, "code": f"{prefix}{number:06}", "status": 0}


def _expect_line(line: Mapping[str, Any], more: set[str]) -> None:
    assert _LINE <= line.keys() <= _LINE | more, line
    assert type(line["qty"]) in (int, float)
    if line["product"] not in {row["code"] for row in PRODUCTS}:
        raise Refused("999", f"物料{line['product']}不存在")
    assert line["unit"] == "PCS"


def _page(rows: list[dict[str, Any]], body: Mapping[str, Any], more: set[str]) -> dict[str, Any]:
    assert body.keys() <= _LIST | more, body
    if "pageSize" not in body:
        raise Refused("310008", "参数校验失败，参数[pageSize]是必填的。")
    start = (body["pageIndex"] - 1) * body["pageSize"]
    return {"recordCount": len(rows), "recordList": rows[start : start + body["pageSize"]]}


def _tested(rows: list[dict[str, Any]], body: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [row for row in rows if all(_passes(row, **test) for test in body["simpleVOs"])]


def _passes(row: Mapping[str, Any], field: str, op: str, value1: str) -> bool:
    assert field in ("memo", "id", "description", "sn")
    assert op in ("eq", "like")
    value = str(row.get(field))
    return value == value1 if op == "eq" else value1 in value


def _failed(words: str) -> dict[str, Any]:
    return {"count": 1, "sucessCount": 0, "failCount": 1, "messages": [words], "infos": []}
