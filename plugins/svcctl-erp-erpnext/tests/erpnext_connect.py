"""Connectors as the tests make them, and what they push."""

from pathlib import Path
from typing import Any

from stub_erpnext import TOKEN
from svcctl_erp_erpnext import ErpnextConnector

from svcctl.extension.config import read_config
from svcctl.testing.stub import StubServer

CONFIG = {
    "api_key": "env:KEY",
    "api_secret": "env:SECRET",
    "company": "安程科技",
    "reserved_warehouse": "reserved",
    "expense_accounts": {"travel": "差旅费 - AC", "repair": "维修成本 - AC", "other": "其他费用 - AC"},
    "credit_account": "应付职工薪酬 - AC",
    "service_items": {"other": "SVC"},
    "zone": "Asia/Shanghai",
    "timeout_seconds": 30,
}
ENVIRONMENT = {"KEY": TOKEN[0], "SECRET": TOKEN[1]}


def erpnext(stub: StubServer | str, /, **config: Any) -> ErpnextConnector:
    values = {"url": stub if isinstance(stub, str) else stub.url, **CONFIG, **config}
    values = {name: value for name, value in values.items() if value is not None}
    kind = ErpnextConnector.Config
    return ErpnextConnector(
        read_config(kind, values, place="erp.main", home=Path(), environment=ENVIRONMENT), lambda: 1793581200.5
    )
