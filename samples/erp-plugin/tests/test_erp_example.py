"""The conformance kit of svcctl, and what is particular to this plug."""

import json
from collections.abc import Iterator, Mapping
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest
from svcctl_erp_example import ExampleConnector

from svcctl.plugin_api import Connector, PushRequest, SecretStr
from svcctl.testing.connector import RECORDS, ConnectorContract
from svcctl.testing.receiver import Receiver, answer

HAS: Mapping[str, Any] = {
    "/customer/C-1": {"name": "华北建设", "tier": "gold"},
    "/asset/007": {"model": "X200", "customer": "C-1", "warranty_until": "2027-02-28T00:00:00Z"},
    "/changes?since=": {"changes": [{"kind": "customer", "id": "C-1", "record": {"name": "华北建设"}}], "cursor": "1"},
    "/changes?since=1": {"changes": [], "cursor": "1"},
}


class Erp:
    """The ERP of these tests: it keeps what it was told, each key once."""

    def __init__(self) -> None:
        self.server = Receiver()
        self.server.answer = self.serve
        self.ledger: dict[str, Any] = {}
        self.url = self.server.url.partition("/hook")[0]

    def serve(self, handler: BaseHTTPRequestHandler) -> None:
        path, headers, body = self.server.got[-1]
        if headers["Authorization"] != "Bearer s3cret":
            return answer(401)(handler)
        if handler.command == "GET":
            return answer(200, json.dumps(HAS[path]).encode())(handler) if path in HAS else answer(404)(handler)
        key = headers["Idempotency-Key"]
        known = key in self.ledger
        self.ledger.setdefault(key, json.loads(body))
        made = {"id": f"E{list(self.ledger).index(key) + 1}", "repeated": known}
        return answer(200, json.dumps(made).encode())(handler)


@pytest.fixture
def erp() -> Iterator[Erp]:
    erp = Erp()
    with erp.server:
        yield erp


def connector(url: str) -> ExampleConnector:
    return ExampleConnector(ExampleConnector.Config(url=url, token=SecretStr("s3cret"), timeout_seconds=30))


class TestContract(ConnectorContract):
    @pytest.fixture
    def connector(self, erp: Erp) -> Connector:
        return connector(erp.url)

    @pytest.fixture
    def known(self) -> Mapping[str, str]:
        return {"customer": "C-1", "asset": "007"}

    @pytest.fixture
    def unreachable(self, erp: Erp) -> Connector:
        return connector("http://127.0.0.1:9")


@pytest.mark.parametrize(
    ("status", "outcome"), [(400, "rejected"), (429, "retry"), (500, "unknown"), (200, "unknown"), (302, "rejected")]
)
def test_the_status_decides(erp: Erp, status: int, outcome: str) -> None:
    erp.server.answer = answer(status, b"?")
    result = connector(erp.url).push(PushRequest("cost", "k1", "T-000001", RECORDS["cost"]))
    assert result.outcome == outcome
