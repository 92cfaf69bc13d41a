"""An Odoo with the models that the connector uses, as the documentation has them, by JSON-2 and by JSON-RPC.

It is strict: unknown headers, models, fields, methods, parameters, operators and commands, numbers given as text,
states in which a method may not be called, and entries that do not balance are errors.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from odoo_buttons import Odoo
from odoo_models import FIELDS, Refused

from svcctl.testing.stub import StubAnswer, StubRequest, StubServer

DATABASE, LOGIN, KEY = "ancheng", "svcctl@example.org", "5ecre7-5ecre7-5ecre7"


class OdooStub(StubServer):
    def __init__(self, version: int = 19) -> None:
        self.version = version
        self.odoo = Odoo(version)
        self.refuse: dict[str, Refused] = {}
        super().__init__(self._play)

    def _play(self, request: StubRequest) -> StubAnswer:
        assert request.method == "POST"
        assert request.headers["content-type"] == "application/json"
        assert request.headers["user-agent"] == "svcctl"
        if request.path == "/jsonrpc":
            return self._rpc(request.content)
        assert self.version >= 19, "JSON-2 came with 19"
        try:
            if request.headers.get("authorization") != f"bearer {KEY}":
                raise Refused(401, "werkzeug.exceptions.Unauthorized", "Invalid apikey")
            assert request.headers["x-odoo-database"] == DATABASE
            _, json, two, model, method = request.path.split("/")
            assert (json, two) == ("json", "2")
            named = dict(request.content)
            return StubAnswer(200, self._call(model, method, named.pop("ids", None), named))
        except Refused as refused:
            content = {"name": refused.name, "message": str(refused), "arguments": [str(refused)], "context": {}}
            return StubAnswer(refused.status, {**content, "debug": f"Traceback ... {request.headers}"})

    def _rpc(self, content: Any) -> StubAnswer:
        assert content.keys() == {"jsonrpc", "method", "params", "id"}
        assert (content["jsonrpc"], content["method"]) == ("2.0", "call")
        assert content["params"].keys() == {"service", "method", "args"}
        arguments = content["params"]["args"]
        answer: dict[str, Any] = {"jsonrpc": "2.0", "id": content["id"]}
        try:
            if (content["params"]["service"], content["params"]["method"]) == ("common", "authenticate"):
                assert arguments[3] == {}
                return StubAnswer(200, answer | {"result": 7 if arguments[:3] == [DATABASE, LOGIN, KEY] else False})
            assert (content["params"]["service"], content["params"]["method"]) == ("object", "execute_kw")
            database, user, key, model, method, positional, named = arguments
            if (database, user, key) != (DATABASE, 7, KEY):
                raise Refused(401, "odoo.exceptions.AccessDenied", "Access Denied")
            assert len(positional) <= 1
            result = self._call(model, method, positional[0] if positional else None, named)
            return StubAnswer(200, answer | {"result": result})
        except Refused as refused:
            data = {"name": refused.name, "message": str(refused), "debug": f"Traceback ... {content}", "context": {}}
            return StubAnswer(200, answer | {"error": {"code": 200, "message": "Odoo Server Error", "data": data}})

    def _call(self, model: str, method: str, ids: Sequence[int] | None, named: Mapping[str, Any]) -> Any:
        if model not in FIELDS:
            raise Refused(404, "odoo.exceptions.UserError", f"the model {model!r} does not exist")
        if f"{model}.{method}" in self.refuse:
            raise self.refuse[f"{model}.{method}"]
        if method == "search_read":
            assert ids is None
            return self.odoo.search_read(model, **named)
        if method == "create":
            assert ids is None
            assert named.keys() == {"vals_list"}
            return [self.odoo.create(model, values) for values in named["vals_list"]]
        assert ids
        records = [self.odoo.record(model, id) for id in ids]
        if method == "write":
            assert named.keys() == {"vals"}
            for record in records:
                self.odoo.update(model, record, named["vals"])
            return True
        assert named.keys() <= ({"context"} if method == "button_validate" else set())
        [record] = records
        return self.odoo.press(method, model, record)
