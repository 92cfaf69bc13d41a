"""The connector keeps the contract of every connector over HTTP."""

from collections import Counter
from typing import Any

import pytest
from kingdee_connect import kingdee
from kingdee_forms import BILLS
from stub_kingdee import APP_ID, SECRET, VEILED, KingdeeStub

from svcctl.plugin_api import Connector
from svcctl.testing.http_connector import HttpConnectorContract
from svcctl.testing.stub import StubServer


class TestContract(HttpConnectorContract):
    @pytest.fixture
    def connector(self, stub: KingdeeStub) -> Connector:
        return kingdee(stub, page=2)

    @pytest.fixture
    def unreachable(self) -> Connector:
        return kingdee("http://127.0.0.1:9/k3cloud")

    @pytest.fixture
    def secrets(self) -> tuple[str, ...]:
        return (SECRET, APP_ID, VEILED)

    def effects(self, stub: StubServer) -> Any:
        assert isinstance(stub, KingdeeStub)
        bills = Counter(f"{form} {row['FDocumentStatus']}" for form in BILLS for row in stub.tables[form])
        stock = {f"{row['FStockId.FNumber']}": row["FBaseQty"] for row in stub.tables["STK_Inventory"]}
        return {**bills, **stock}
