"""A stub of Tryton's JSON-RPC, and what the tests of both ways in ask."""

from typing import Any

import pytest
import tryton_company
from svcctl_erp_tryton import TrytonConnector

from svcctl.plugin_api import LookupRequest, PushRequest, PushResult, Refusal
from svcctl.testing.connector import RECORDS
from svcctl.testing.stub import StubAnswer, StubRequest

COMPANY = [{"id": 1, "party": {"name": "Demo", "code": "OWN", "id": 1}, "currency": 1}]
PREFERENCES = {"company": 1, "language": "de"}


class Rpc:
    """Plays the JSON-RPC of Tryton: a login, and for each other method what `results` give, the last over and over."""

    def __init__(self) -> None:
        self.logins = 0
        self.password = tryton_company.PASSWORD
        self.results: dict[str, list[Any]] = {}
        self.calls: list[tuple[str, Any]] = []

    def __call__(self, request: StubRequest) -> StubAnswer:
        method, parameters = request.content["method"], request.content["params"]
        self.calls.append((method, parameters))
        if method == "common.db.login":
            self.logins += 1
            if parameters[1] != {"password": self.password}:
                return StubAnswer(401, "wrong")
            return StubAnswer(200, {"id": 1, "result": [7, f"token{self.logins}", None]})
        if method == "model.res.user.get_preferences":
            return StubAnswer(200, {"id": 1, "result": PREFERENCES})
        if method == "model.company.company.search_read":
            rows = [{"id": 1, "party": 1, "party.": {"id": 1, "name": "Demo", "code": "OWN"}}]
            return StubAnswer(200, {"id": 1, "result": rows})
        given = self.results.get(method, [[]])
        result = given.pop(0) if len(given) > 1 else given[0]
        if isinstance(result, StubAnswer):
            return result
        return StubAnswer(200, {"id": 1, "error" if isinstance(result, tuple) else "result": result})

    def methods(self, ending: str) -> list[Any]:
        """The parameters of the calls of a method."""
        return [parameters for method, parameters in self.calls if method.endswith(ending)]


def looked_up(tryton: TrytonConnector) -> Refusal:
    with pytest.raises(Refusal) as refused:
        tryton.lookup(LookupRequest("customer", "C-1"))
    assert refused.value.code == "plugin-unavailable"
    return refused.value


def complained(tryton: TrytonConnector) -> PushResult:
    return tryton.push(PushRequest("complaint", "k1", "T-000001", RECORDS["complaint"]))
