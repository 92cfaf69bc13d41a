"""The forms that the connector uses, as the documentation has them: what may be asked of each, and what saved."""

from collections.abc import Mapping
from typing import Any

BILLS = ("STK_TransferDirect", "STK_MisDelivery", "GL_VOUCHER", "AR_receivable", "SVC_Complaint")

_COMMON = "FBillNo FDocumentStatus FDate FNote"
QUERIED: Mapping[str, frozenset[str]] = {
    form: frozenset(fields.split())
    for form, fields in {
        "ORG_Organizations": "FNumber FName",
        "BD_Customer": "FCUSTID FNumber FName FGroup.FName FTEL FForbidStatus FModifyDate",
        "BD_MATERIAL": "FMATERIALID FNumber FName FBaseUnitId.FName FBaseUnitId.FNumber",
        "BD_SerialMainFile": "FSerialId FNumber FMaterialID.FNumber FLot.FNumber FForbidStatus FModifyDate",
        "SAL_OUTSTOCK": "FCustomerID.FNumber FDate FSerialNo FDocumentStatus",
        "STK_Inventory": "FID FMaterialId.FNumber FStockId.FNumber FBaseQty",
        "STK_TransferDirect": f"{_COMMON} FMaterialId.FNumber FQty FSrcStockId.FNumber",
        "STK_MisDelivery": _COMMON,
        "GL_VOUCHER": "FBillNo FDocumentStatus FEXPLANATION",
        "AR_receivable": _COMMON,
        "SVC_Complaint": "FID FBillNo F_TICKET F_KEYS",
    }.items()
}
SAVED: Mapping[str, frozenset[str]] = {
    form: frozenset(fields.split())
    for form, fields in {
        "STK_TransferDirect": "FBillTypeID FBizType FTransferDirect FTransferBizType FStockOutOrgId FStockOrgId "
        "FOwnerTypeOutIdHead FOwnerOutIdHead FOwnerTypeIdHead FOwnerIdHead FDate FNote FBillEntry FMaterialId FUnitID "
        "FQty FSrcStockId FDestStockId FSrcStockStatusId FDestStockStatusId",
        "STK_MisDelivery": "FBillTypeID FStockOrgId FPickOrgId FStockDirect FOwnerTypeIdHead FOwnerIdHead FDate FNote "
        "FEntity FMaterialId FUnitID FQty FStockId FStockStatusId FEntryNote FSerialSubEntity FSerialNo",
        "GL_VOUCHER": "FAccountBookID FVOUCHERGROUPID FDate FEntity FEXPLANATION FACCOUNTID FCURRENCYID "
        "FEXCHANGERATETYPE FAMOUNTFOR FDEBIT FCREDIT",
        "AR_receivable": "FBillTypeID FDATE FCUSTOMERID FCURRENCYID FSETTLEORGID FPAYORGID FSALEORGID FNote "
        "FEntityDetail FMATERIALID FPriceQty FTaxPrice FComment",
        "SVC_Complaint": "FID F_TICKET F_KEYS F_TITLE F_TEXT F_CUSTOMER F_STATE F_RESOLUTION",
    }.items()
}
NUMBERS = {"FQty", "FAMOUNTFOR", "FDEBIT", "FCREDIT", "FPriceQty", "FTaxPrice"}
BASE = {
    "FMaterialId": {"P-1", "P-2"},
    "FMATERIALID": {"SVC"},
    "FCUSTOMERID": {"C-1"},
    "F_CUSTOMER": {"C-1"},
    "FACCOUNTID": {"5101.01", "5101.02", "2211"},
    "FUnitID": {"Pcs"},
    "FCURRENCYID": {"PRE001"},
}


class Refused(Exception):
    """What K3Cloud says no to, with its `MsgCode` and perhaps the field."""

    def __init__(self, code: int, words: str, field: str = "") -> None:
        super().__init__(words)
        self.code, self.field = code, field


def expect_model(form: str, model: Any) -> None:
    """Every field is one of the form's, base data is there, and numbers are numbers."""
    if isinstance(model, list):
        for row in model:
            expect_model(form, row)
    elif isinstance(model, dict):
        for field, value in model.items():
            if field not in SAVED[form]:
                raise Refused(9, f"字段{field}不存在", field)
            if isinstance(value, dict):
                [number] = value.values()
                if field in BASE and number not in BASE[field]:
                    raise Refused(9, f"字段值{number}不存在", field)
            elif isinstance(value, list):
                expect_model(form, value)
            else:
                assert field not in BASE
                assert (field in NUMBERS or field == "FID") == (type(value) in (int, float)), (field, value)
                assert not isinstance(value, str) or len(value) <= 500
