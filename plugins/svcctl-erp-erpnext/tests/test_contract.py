"""The connector keeps the contract of every connector over HTTP."""

from collections import Counter
from typing import Any

import pytest
from erpnext_connect import erpnext
from stub_erpnext import TOKEN, ErpnextStub

from svcctl.plugin_api import Connector
from svcctl.testing.http_connector import HttpConnectorContract
from svcctl.testing.stub import StubServer


class TestContract(HttpConnectorContract):
    @pytest.fixture
    def connector(self, stub: ErpnextStub) -> Connector:
        return erpnext(stub, page=1)

    @pytest.fixture
    def unreachable(self) -> Connector:
        return erpnext("http://127.0.0.1:9")

    @pytest.fixture
    def secrets(self) -> tuple[str, ...]:
        return TOKEN

    def effects(self, stub: StubServer) -> Any:
        assert isinstance(stub, ErpnextStub)
        live = [
            (doctype, document.get("status"))
            for doctype in ("Stock Entry", "Journal Entry", "Sales Invoice", "Issue", "Warranty Claim")
            for document in stub.tables[doctype].values()
            if document["docstatus"] != 2
        ]
        stock = {bin["name"]: bin["actual_qty"] for bin in stub.tables["Bin"].values()}
        return {**Counter(map(str, live)), **stock}
