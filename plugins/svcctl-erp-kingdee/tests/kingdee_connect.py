"""Connectors as the tests make them, and what they push."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from stub_kingdee import ACCOUNT, APP_ID, NOW, SECRET, USER
from svcctl_erp_kingdee import KingdeeConnector

from svcctl.extension.config import read_config
from svcctl.testing.stub import StubServer

CONFIG: Mapping[str, Any] = {
    "account": ACCOUNT,
    "user": USER,
    "app_id": "env:APP",
    "app_secret": "env:SECRET",
    "account_book": "001",
    "reserved_warehouse": "reserved",
    "expense_accounts": {"travel": "5101.01", "other": "5101.02"},
    "credit_account": "2211",
    "service_items": {"other": "SVC"},
    "complaint_form": "SVC_Complaint",
    "complaint_fields": {
        "ticket": "F_TICKET",
        "keys": "F_KEYS",
        "title": "F_TITLE",
        "text": "F_TEXT",
        "customer": "F_CUSTOMER.FNumber",
        "state": "F_STATE",
        "resolution": "F_RESOLUTION",
    },
    "warranty_months": 36,
    "timeout_seconds": 30,
}
ENVIRONMENT = {"APP": APP_ID, "SECRET": SECRET}


def kingdee(stub: StubServer | str, /, **config: Any) -> KingdeeConnector:
    values = {"url": stub if isinstance(stub, str) else stub.url, **CONFIG, **config}
    values = {name: value for name, value in values.items() if value is not None}
    kind = KingdeeConnector.Config
    return KingdeeConnector(
        read_config(kind, values, place="erp.main", home=Path(), environment=ENVIRONMENT), lambda: NOW + 0.5
    )
