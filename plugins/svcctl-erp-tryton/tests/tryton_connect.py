"""Connectors as the tests make them."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import tryton_company
from svcctl_erp_tryton import TrytonConnector

from svcctl.extension.config import read_config

ADMIN_PASSWORD = "admin-Passw0rd-of-tests"
Connect = Callable[..., TrytonConnector]
VALUES: dict[str, Any] = {
    "database": "demo",
    "zone": "Asia/Shanghai",
    "warranty_months": 24,
    "locations": {"main": "STO"},
    "credit_account": "2.2.1",
    "timeout_seconds": 60,
}
BY_KEY: dict[str, Any] = {"key": "env:KEY"}
BY_LOGIN: dict[str, Any] = {"user": tryton_company.USER, "password": "env:PASSWORD"}


def connect(
    url: str,
    *,
    sleep: Callable[[float], None] = time.sleep,
    monotonic: Callable[[], float] = time.monotonic,
    **values: Any,
) -> TrytonConnector:
    """A connector to a server, by the key of the application if `values` do not say otherwise."""
    given = {"url": url, **VALUES, **({} if "user" in values else BY_KEY), **values}
    secrets = {"KEY": tryton_company.KEY, "PASSWORD": tryton_company.PASSWORD}
    environment = {**secrets, "ADMIN": ADMIN_PASSWORD, "WRONG": "wrong"}
    config = read_config(TrytonConnector.Config, given, place="erp.main", home=Path(), environment=environment)
    return TrytonConnector(config, sleep=sleep, monotonic=monotonic)
