"""The connector keeps the contract of every connector over HTTP, by both interfaces of Odoo."""

from collections import Counter
from typing import Any

import pytest
from odoo_connect import odoo
from stub_odoo import KEY, OdooStub

from svcctl.plugin_api import Connector
from svcctl.testing.http_connector import HttpConnectorContract
from svcctl.testing.stub import StubServer


class TestContract(HttpConnectorContract):
    @pytest.fixture
    def connector(self, stub: OdooStub) -> Connector:
        return odoo(stub, page=2)

    @pytest.fixture
    def unreachable(self) -> Connector:
        return odoo("http://127.0.0.1:9")

    @pytest.fixture
    def secrets(self) -> tuple[str, ...]:
        return (KEY,)

    def effects(self, stub: StubServer) -> Any:
        assert isinstance(stub, OdooStub)
        models = ("stock.picking", "account.move", "helpdesk.ticket")
        live = Counter(
            f"{model} {record.get('state')}"
            for model in models
            for record in stub.odoo.tables[model].values()
            if record.get("state") != "cancel"
        )
        main = stub.odoo.quant("main")
        return {**live, "stock": main["quantity"], "reserved": main["reserved_quantity"]}
