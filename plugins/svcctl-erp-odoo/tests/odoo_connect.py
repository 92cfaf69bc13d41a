"""Connectors as the tests make them, and what they push."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from stub_odoo import DATABASE, KEY, LOGIN, OdooStub
from svcctl_erp_odoo import OdooConnector

from svcctl.extension.config import read_config

CONFIG: Mapping[str, Any] = {
    "database": DATABASE,
    "api_key": "env:KEY",
    "login": LOGIN,
    "picking_type": 2,
    "expense_accounts": {"travel": "660105", "other": "660199"},
    "credit_account": "221100",
    "complaint_values": {"team_id": 1},
    "open_stage": 1,
    "closed_stage": 4,
    "warranty_months": 36,
    "zone": "Asia/Shanghai",
    "timeout_seconds": 30,
}
ENVIRONMENT = {"KEY": KEY}


def odoo(stub: OdooStub | str, /, **config: Any) -> OdooConnector:
    url, version = (stub, 19) if isinstance(stub, str) else (stub.url, stub.version)
    values = {"url": url, "version": version, **CONFIG, **config}
    values = {name: value for name, value in values.items() if value is not None}
    read = read_config(OdooConnector.Config, values, place="erp.main", home=Path(), environment=ENVIRONMENT)
    return OdooConnector(read, lambda: 1793581200.5)
