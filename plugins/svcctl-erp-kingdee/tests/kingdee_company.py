"""What a company has in its K3Cloud before a test."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any


def _changed(minute: int) -> str:
    return f"2026-11-02T01:{minute:02}:00.123"


SEED: Mapping[str, list[dict[str, Any]]] = {
    "ORG_Organizations": [{"FNumber": "100", "FName": "安程科技"}],
    "BD_Customer": [
        {
            "FCUSTID": 100001,
            "FNumber": "C-1",
            "FName": "华北建设",
            "FGroup.FName": "gold",
            "FTEL": "010-55550100",
            "FForbidStatus": "A",
            "FModifyDate": _changed(1),
        },
        {"FCUSTID": 100002, "FNumber": "C-2", "FName": "O'Neil", "FForbidStatus": "B", "FModifyDate": _changed(2)},
    ],
    "BD_MATERIAL": [
        {"FMATERIALID": n, "FNumber": number, "FName": name, "FBaseUnitId.FName": "件", "FBaseUnitId.FNumber": "Pcs"}
        for n, (number, name) in enumerate([("P-1", "显示屏"), ("P-2", "垫圈"), ("SVC", "维修服务")])
    ],
    "BD_SerialMainFile": [
        {
            "FSerialId": number,
            "FNumber": f"S-{number}",
            "FMaterialID.FNumber": "P-2",
            "FLot.FNumber": "B7",
            "FForbidStatus": "A",
            "FModifyDate": _changed(number),
        }
        for number in (1, 2, 10)
    ],
    "SAL_OUTSTOCK": [
        {"FCustomerID.FNumber": "C-2", "FDate": "2023-01-05T00:00:00", "FSerialNo": "S-1", "FDocumentStatus": "C"},
        {"FCustomerID.FNumber": "C-1", "FDate": "2024-01-31T00:00:00", "FSerialNo": "S-1", "FDocumentStatus": "C"},
        {"FCustomerID.FNumber": "C-9", "FDate": "2026-01-31T00:00:00", "FSerialNo": "S-1", "FDocumentStatus": "A"},
    ],
    "STK_Inventory": [
        {"FID": 1, "FMaterialId.FNumber": "P-1", "FStockId.FNumber": "main", "FBaseQty": Decimal(100000)},
        {"FID": 2, "FMaterialId.FNumber": "P-1", "FStockId.FNumber": "van-7", "FBaseQty": Decimal("0.5")},
    ],
}
