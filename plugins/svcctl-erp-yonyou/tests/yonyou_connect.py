"""Connectors as the tests make them, and what they push."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from stub_yonyou import KEY, SECRET, YonyouStub
from svcctl_erp_yonyou import YonyouConnector

from svcctl.extension.config import read_config

CONFIG: Mapping[str, Any] = {
    "app_key": "env:KEY",
    "app_secret": "env:SECRET",
    "organization": "A01",
    "reserved_warehouse": "reserved",
    "account_book": "0001",
    "maker": "13800000000",
    "expense_accounts": {"travel": "5101", "other": "5102"},
    "credit_account": "2211",
    "service_items": {"other": "FY01"},
    "asset_path": "/yonbip/scm/snstate/list",
    "warranty_months": 36,
    "timeout_seconds": 30,
}
ENVIRONMENT = {"KEY": KEY, "SECRET": SECRET}


def yonyou(stub: YonyouStub | str, /, **config: Any) -> YonyouConnector:
    values = {"url": stub if isinstance(stub, str) else stub.url, **CONFIG, **config}
    values = {name: value for name, value in values.items() if value is not None}
    read = read_config(YonyouConnector.Config, values, place="erp.main", home=Path(), environment=ENVIRONMENT)
    return YonyouConnector(read, lambda: 1793581200.5 if isinstance(stub, str) else stub.clock)
