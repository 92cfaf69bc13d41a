"""The connector keeps the contract of every connector over HTTP."""

from typing import Any

import pytest
from stub_yonyou import FIRST, KEY, SECRET, YonyouStub
from yonyou_connect import yonyou

from svcctl.plugin_api import Connector
from svcctl.testing.http_connector import HttpConnectorContract
from svcctl.testing.stub import StubServer


class TestContract(HttpConnectorContract):
    @pytest.fixture
    def connector(self, stub: YonyouStub) -> Connector:
        return yonyou(stub)

    @pytest.fixture
    def unreachable(self) -> Connector:
        return yonyou("http://127.0.0.1:9")

    @pytest.fixture
    def secrets(self) -> tuple[str, ...]:
        return (SECRET, KEY, FIRST)

    def effects(self, stub: StubServer) -> Any:
        assert isinstance(stub, YonyouStub)
        kinds = {"transfers": stub.transfers, "issues": stub.issues, "receivables": stub.receivables}
        counts = {
            f"{name} {status}": sum(row["status"] == status for row in kinds[name])
            for name in kinds
            for status in (0, 1)
        }
        stock = {warehouse: quantity for (_, warehouse), quantity in stub.stock.items()}
        return {**counts, "vouchers": len(stub.vouchers), **stock}
