"""The Web API of K3Cloud with the forms that the connector uses, as their documentation has them.

It checks both signatures by its own reckoning, each nonce once, and knows every form, field, operation and parameter
that it takes; what it refuses comes within HTTP 200.
"""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from urllib.parse import quote

from kingdee_company import SEED
from kingdee_filters import meets, tests
from kingdee_forms import QUERIED, SAVED, Refused, expect_model

from svcctl.testing.stub import StubAnswer, StubRequest, StubServer

ACCOUNT, USER, SECRET = "63f8a1b2c3d4e5", "服务账号", "5ecre7-of-the-application"
CLIENT, VEILED = "231799", "QmFzZTY0VmVpbGVkU2VjcmV0MTIz"[:28] + "NDU2"
APP_ID = f"{CLIENT}_{VEILED}"
NOW = 1793581200
_KEY = "0054f397c6234378b09ca7d3e5debce7"


class KingdeeStub(StubServer):
    def __init__(self) -> None:
        self.clock: float = NOW
        self.tables: dict[str, list[dict[str, Any]]] = {form: [] for form in QUERIED}
        for form, rows in SEED.items():
            self.tables[form] += [dict(row) for row in rows]
        self.models: dict[str, dict[str, Any]] = {}
        self.nonces: set[str] = set()
        self.refuse: dict[str, Refused] = {}
        self._made = 0
        super().__init__(self._play)
        self.url += "/k3cloud"

    def quantity(self, part: str, warehouse: str) -> Decimal:
        return sum((row["FBaseQty"] for row in self._stock(part, warehouse)), Decimal(0))

    def _play(self, request: StubRequest) -> StubAnswer:
        _expect_signatures(request, self.nonces, self.clock)
        assert request.method == "POST"
        assert request.headers["content-type"] == "application/json"
        prefix, suffix = "/k3cloud/Kingdee.BOS.WebApi.ServicesStub.DynamicFormService.", ".common.kdsvc"
        assert request.path.startswith(prefix)
        assert request.path.endswith(suffix)
        operation = request.path[len(prefix) : -len(suffix)]
        try:
            if operation in self.refuse:
                raise self.refuse[operation]
            return StubAnswer(200, self._answer(operation, request.content))
        except Refused as refused:
            error = {"FieldName": refused.field, "Message": str(refused), "DIndex": 0}
            status = {"ErrorCode": 500, "IsSuccess": False, "Errors": [error], "MsgCode": refused.code}
            result = {"Result": {"ResponseStatus": {**status, "SuccessEntitys": [], "SuccessMessages": []}}}
            return StubAnswer(200, [[result]] if operation == "ExecuteBillQuery" else result)

    def _answer(self, operation: str, body: Mapping[str, Any]) -> Any:
        if operation == "ExecuteBillQuery":
            assert body.keys() == {"data"}
            return self._rows(**body["data"])
        assert body.keys() == {"formid", "data"}
        form, data = body["formid"], body["data"]
        if form not in SAVED:
            raise Refused(5, f"业务对象{form}不存在")
        shown: dict[str, Any] = {}
        if operation == "View":
            assert data.keys() == {"Number"}
            row = self._bill(form, data["Number"])
            shown = {"Result": {name.removeprefix("F"): _sent(row[name]) for name in ("FBillNo", "FDocumentStatus")}}
        elif operation == "Save":
            assert data.keys() == {"IsDeleteEntry", "Model"}
            row = self._saved(form, data["Model"])
        else:
            assert data.keys() == {"Numbers"}
            [number] = data["Numbers"]
            row = self._acted(operation, form, number)
        entity = {"Id": row["FID"], "Number": row["FBillNo"], "DIndex": 0}
        status = {"IsSuccess": True, "Errors": [], "SuccessEntitys": [entity], "SuccessMessages": [], "MsgCode": 0}
        return {
            "Result": {
                "ResponseStatus": status,
                "Id": row["FID"],
                "Number": row["FBillNo"],
                "NeedReturnData": [{}],
                **shown,
            }
        }

    def _bill(self, form: str, number: str) -> dict[str, Any]:
        found = [row for row in self.tables[form] if row["FBillNo"] == number]
        if not found:
            raise Refused(10, f"未找到单据{number}")
        return found[0]

    def _rows(self, **query: Any) -> list[list[Any]]:
        known = {
            "FormId",
            "FieldKeys",
            "FilterString",
            "OrderString",
            "TopRowCount",
            "StartRow",
            "Limit",
            "SubSystemId",
        }
        assert query.keys() == known
        assert 0 < query["Limit"] <= 10_000
        form, fields = query["FormId"], query["FieldKeys"].split(",")
        if form not in QUERIED:
            raise Refused(5, f"业务对象{form}不存在")
        wanted = list(tests(query["FilterString"]))
        order, _, direction = query["OrderString"].partition(" ")
        for field in (*fields, *(field for field, _, _ in wanted), *([order] if order else [])):
            if field not in QUERIED[form]:
                raise Refused(9, f"字段{field}不存在", field)
        rows = [
            row for row in self.tables[form] if all(meets(row.get(field), op, value) for field, op, value in wanted)
        ]
        if order:
            rows.sort(key=lambda row: row.get(order) or 0, reverse=direction == "DESC")
        page = rows[query["StartRow"] : query["StartRow"] + query["Limit"]]
        return [[_sent(row.get(field)) for field in fields] for row in page]

    def _saved(self, form: str, model: dict[str, Any]) -> dict[str, Any]:
        expect_model(form, model)
        if form == "GL_VOUCHER":
            debit, credit = (
                sum(Decimal(str(row.get(side, 0))) for row in model["FEntity"]) for side in ("FDEBIT", "FCREDIT")
            )
            if debit != credit:
                raise Refused(11, f"借贷不平衡: {debit} {credit}")
        if "FID" in model:
            [row] = [row for row in self.tables[form] if row["FID"] == model["FID"]]
            self.models[row["FBillNo"]] |= model
        else:
            self._made += 1
            row = {"FID": self._made, "FBillNo": f"{form[:3].upper()}{self._made:05}", "FDocumentStatus": "A"}
            self.tables[form].append(row)
            self.models[row["FBillNo"]] = model
        for name in ("FNote", "F_TICKET", "F_KEYS"):
            if name in model:
                row[name] = model[name]
        if form == "GL_VOUCHER":
            row["FEXPLANATION"] = [line["FEXPLANATION"] for line in model["FEntity"]]
        if form == "STK_TransferDirect":
            [line] = model["FBillEntry"]
            row |= {
                "FMaterialId.FNumber": line["FMaterialId"]["FNumber"],
                "FQty": Decimal(str(line["FQty"])),
                "FSrcStockId.FNumber": line["FSrcStockId"]["FNumber"],
            }
        return row

    def _acted(self, operation: str, form: str, number: str) -> dict[str, Any]:
        row = self._bill(form, number)
        state, after = (
            row["FDocumentStatus"],
            {"Submit": "B", "Audit": "C", "CancelAssign": "D", "Delete": ""}[operation],
        )
        if state not in {"Submit": "AD", "Audit": "B", "CancelAssign": "B", "Delete": "AD"}[operation]:
            raise Refused(12, f"单据{number}的状态为{state}, 不允许{operation}")
        if operation == "Audit":
            self._move(form, self.models[number])
        row["FDocumentStatus"] = after
        if operation == "Delete":
            self.tables[form].remove(row)
        return row

    def _move(self, form: str, model: Mapping[str, Any]) -> None:
        entries = {"STK_TransferDirect": "FBillEntry", "STK_MisDelivery": "FEntity"}.get(form)
        for line in model[entries] if entries else ():
            part, quantity = line["FMaterialId"]["FNumber"], Decimal(str(line["FQty"]))
            source = line.get("FSrcStockId", line.get("FStockId"))["FNumber"]
            if self.quantity(part, source) < quantity:
                raise Refused(11, f"更新库存时出现可以忽略的异常数据: 物料{part}库存不足", "FQty")
            self._book(part, source, -quantity)
            if "FDestStockId" in line:
                self._book(part, line["FDestStockId"]["FNumber"], quantity)

    def _book(self, part: str, warehouse: str, quantity: Decimal) -> None:
        found = self._stock(part, warehouse)
        if not found:
            row = {"FID": len(self.tables["STK_Inventory"]) + 1, "FBaseQty": Decimal(0)}
            found = [row | {"FMaterialId.FNumber": part, "FStockId.FNumber": warehouse}]
            self.tables["STK_Inventory"] += found
        found[0]["FBaseQty"] += quantity

    def _stock(self, part: str, warehouse: str) -> list[dict[str, Any]]:
        rows = self.tables["STK_Inventory"]
        return [row for row in rows if (row["FMaterialId.FNumber"], row["FStockId.FNumber"]) == (part, warehouse)]


def _expect_signatures(request: StubRequest, nonces: set[str], now: float) -> None:
    """The application's own signature, and that of the gateway, as the vendor's documentation reckons them."""
    given = request.headers
    assert base64.b64decode(given["x-kd-appdata"]).decode() == f"{ACCOUNT},{USER},2052,0"
    assert given["x-kd-appkey"] == APP_ID
    digest = hmac.new(SECRET.encode(), (APP_ID + f"{ACCOUNT},{USER},2052,0").encode(), hashlib.sha256).hexdigest()
    assert given["x-kd-signature"] == base64.b64encode(digest.encode()).decode()
    assert given["x-api-clientid"] == CLIENT
    assert given["x-api-auth-version"] == "2.0"
    assert given["x-api-signheaders"] == "x-api-timestamp,x-api-nonce"
    assert abs(int(given["x-api-timestamp"]) - now) < 300
    assert given["x-api-nonce"] not in nonces
    nonces.add(given["x-api-nonce"])
    secret = bytes(each ^ ord(mask) for each, mask in zip(base64.b64decode(VEILED), _KEY, strict=False))
    text = "\n".join(
        [
            "POST",
            quote(request.path, safe=""),
            "",
            f"x-api-nonce:{given['x-api-nonce']}",
            f"x-api-timestamp:{given['x-api-timestamp']}",
            "",
        ]
    )
    key = base64.b64encode(secret)
    digest = hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
    assert given["x-api-signature"] == base64.b64encode(digest.encode()).decode()


def _sent(value: Any) -> Any:
    if isinstance(value, list):
        return value[0]
    return float(value) if isinstance(value, Decimal) else value
