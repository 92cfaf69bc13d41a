"""An Odoo with the models that the connector uses, as the documentation has them, by JSON-2 and by JSON-RPC.

It is strict: unknown headers, models, fields, methods, parameters, operators and commands, numbers given as text,
states in which a method may not be called, and entries that do not balance are errors.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from fnmatch import fnmatchcase
from typing import Any

from svcctl.testing.stub import StubAnswer, StubRequest, StubServer

DATABASE, LOGIN, KEY = "ancheng", "svcctl@example.org", "5ecre7-5ecre7-5ecre7"
#: Fields by model; a field that holds a reference names its model, `*` stands for many.
FIELDS: Mapping[str, Mapping[str, str]] = {
    model: {field.partition(":")[0]: field.partition(":")[2] for field in fields.split()} | {"id": "", "write_date": ""}
    for model, fields in {
        "res.company": "name currency_id:res.currency",
        "res.currency": "name",
        "res.country.state": "name",
        "res.partner": "ref name phone email lang state_id:res.country.state active",
        "uom.uom": "name",
        "product.product": "default_code name display_name uom_id:uom.uom",
        "stock.location": "name complete_name usage",
        "stock.lot": "name product_id:product.product x_warranty_until",
        "stock.quant": "product_id:product.product location_id:stock.location quantity reserved_quantity",
        "stock.picking.type": "name",
        "stock.picking": "name state origin picking_type_id:stock.picking.type partner_id:res.partner "
        "location_id:stock.location location_dest_id:stock.location move_ids:*stock.move",
        "stock.move": "name state product_id:product.product product_uom_qty quantity picked picking_id:stock.picking "
        "location_id:stock.location location_dest_id:stock.location move_line_ids:*stock.move.line",
        "stock.move.line": "date state reference quantity product_id:product.product lot_id:stock.lot "
        "move_id:stock.move picking_id:stock.picking location_id:stock.location location_dest_id:stock.location",
        "account.journal": "code company_id:res.company",
        "account.account": "code name",
        "account.move": "name ref state move_type date journal_id:account.journal partner_id:res.partner "
        "currency_id:res.currency line_ids:*account.move.line invoice_line_ids:*account.move.line",
        "account.move.line": "name account_id:account.account debit credit quantity price_unit move_id:account.move",
        "helpdesk.ticket": "name description partner_id:res.partner stage_id:helpdesk.stage team_id:helpdesk.team",
        "helpdesk.stage": "name",
        "helpdesk.team": "name",
    }.items()
}
NUMBERS = {"product_uom_qty", "quantity", "debit", "credit", "price_unit"}
#: How a record shows itself in a reference.
SHOWN = {"stock.location": "complete_name", "product.product": "display_name", "stock.picking": "name"}
PARENT = {"stock.move": "picking_id", "stock.move.line": "move_id", "account.move.line": "move_id"}
METHODS = {
    "stock.picking": ("action_confirm", "action_assign", "action_cancel", "button_validate", "unlink"),
    "account.move": ("action_post",),
}

Record = dict[str, Any]


class Refused(Exception):
    """An exception of Odoo's: the status of JSON-2, and its class."""

    def __init__(self, status: int, name: str, words: str) -> None:
        super().__init__(words)
        self.status, self.name = status, name


class OdooStub(StubServer):
    def __init__(self, version: int = 19) -> None:
        self.version = version
        self.tables: dict[str, dict[int, Record]] = {model: {} for model in FIELDS}
        self.refuse: dict[str, Refused] = {}
        self.asks = False
        self._made = 0
        for model, records in SEED.items():
            for record in records:
                self.put(model, dict(record))
        super().__init__(self._play)

    def put(self, model: str, record: Record) -> int:
        """Keep a record, changed now."""
        self._made += 1
        id = record.setdefault("id", self._made + 1000)
        record["write_date"] = f"2026-11-02 01:{self._made // 60 % 60:02}:{self._made % 60:02}"
        self.tables[model][id] = record
        return int(id)

    def quant(self, location: str, part: str = "P-1") -> Record:
        [quant] = [
            quant
            for quant in self.tables["stock.quant"].values()
            if self.value("stock.quant", quant, "product_id.default_code") == part
            and self.value("stock.quant", quant, "location_id.complete_name") == location
        ]
        return quant

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
            return self._search_read(model, **named)
        if method == "create":
            assert ids is None
            assert named.keys() == {"vals_list"}
            return [self._create(model, values) for values in named["vals_list"]]
        assert ids
        records = [self._record(model, id) for id in ids]
        if method == "write":
            assert named.keys() == {"vals"}
            for record in records:
                self._update(model, record, named["vals"])
            return True
        if method not in METHODS.get(model, ()):
            raise Refused(404, "builtins.AttributeError", f"the method '{model}.{method}' does not exist")
        assert named.keys() <= ({"context"} if method == "button_validate" else set())
        do: Callable[[Record], Any] = getattr(self, f"_{method}")
        [record] = records
        return do(record)

    def _search_read(
        self,
        model: str,
        domain: list[Any],
        fields: list[str],
        limit: int | None,
        order: str,
        context: Mapping[str, Any] | None = None,
    ) -> list[Record]:
        assert context in (None, {"active_test": False})
        for field in fields:
            self._known(model, field)
        if "active" in FIELDS[model] and context is None:
            domain = [["active", "=", True], *domain]
        rows = [record for record in self.tables[model].values() if self._passes(model, record, domain)]
        for term in reversed(order.split(", ")):
            field, _, direction = term.partition(" ")
            self._known(model, field)
            rows.sort(key=lambda row: row[field] or "", reverse=direction == "desc")
        return [{field: self._shown(model, row, field) for field in ["id", *fields]} for row in rows[:limit]]

    def _shown(self, model: str, row: Record, field: str) -> Any:
        value, target = row.get(field, False), FIELDS[model][field]
        if not target or value is False:
            return value
        assert not target.startswith("*")
        other = self.tables[target][value]
        return [value, other.get(SHOWN.get(target, "name"), "?")]

    def _passes(self, model: str, record: Record, domain: list[Any]) -> bool:
        """Terms are joined by `and`; `|` joins the two that follow it."""
        terms = list(domain)
        if not terms:
            return True
        head = terms.pop(0)
        if head == "|":
            one, other, *rest = terms
            either = self._holds(model, record, *one) or self._holds(model, record, *other)
            return either and self._passes(model, record, rest)
        return self._holds(model, record, *head) and self._passes(model, record, terms)

    def _holds(self, model: str, record: Record, field: str, operator: str, wanted: Any) -> bool:
        value = self.value(model, record, field)
        match operator:
            case "=":
                return bool(value == wanted)
            case "!=":
                return bool(value != wanted)
            case "in":
                return value in wanted
            case ">":
                return bool(value > wanted)
            case ">=":
                datetime.strptime(wanted, "%Y-%m-%d %H:%M:%S")
                return bool(value >= wanted)
            case "=like":
                return value is not False and _like(str(value), wanted)
        raise Refused(422, "builtins.ValueError", f"Invalid operator {operator!r}")

    def value(self, model: str, record: Record, path: str) -> Any:
        field, _, rest = path.partition(".")
        self._known(model, field)
        value = record.get(field, False)
        if not rest or value is False:
            return value
        target = FIELDS[model][field]
        return self.value(target, self.tables[target][value], rest)

    def _known(self, model: str, field: str) -> None:
        if field not in FIELDS[model] or (model == "stock.move" and field == "name" and self.version >= 19):
            raise Refused(500, "builtins.ValueError", f"Invalid field '{field}' on model '{model}'")

    def _create(self, model: str, values: Mapping[str, Any]) -> int:
        record: Record = {field: False for field in FIELDS[model] if not FIELDS[model][field].startswith("*")}
        del record["id"]
        if model == "stock.picking":
            record |= {"state": "draft", "name": f"WH/OUT/{self._made:05}"}
        if model == "stock.move":
            record |= {"state": "draft", "quantity": 0, "picked": False}
            if self.version < 19 and not values.get("name"):
                raise Refused(422, "odoo.exceptions.ValidationError", "Missing required value for the field 'name'")
        if model == "account.move":
            record |= {"state": "draft", "name": "/" if self.version < 18 else False}
        id = self.put(model, record)
        self._update(model, record, values)
        if model == "account.move":
            self._expect_balance(record)
        return id

    def _update(self, model: str, record: Record, values: Mapping[str, Any]) -> None:
        for field, value in values.items():
            self._known(model, field)
            target = FIELDS[model][field]
            if target.startswith("*"):
                for command in value:
                    self._command(model, record, target.removeprefix("*"), *command)
                continue
            if target:
                assert type(value) is int
                self._record(target, value)
            assert field not in NUMBERS or type(value) in (int, float), (field, value)
            record[field] = value
        self.put(model, record)

    def _command(self, model: str, record: Record, target: str, command: int, id: int, values: Any) -> None:
        """(0, 0, values) makes a line, (5, 0, 0) takes all away."""
        parent = PARENT[target]
        if command == 5:
            lines = [id for id, line in self.tables[target].items() if line[parent] == record["id"]]
            for line in lines:
                del self.tables[target][line]
            return
        assert (command, id) == (0, 0)
        self._create(target, {**values, parent: record["id"]})

    def _record(self, model: str, id: int) -> Record:
        if id not in self.tables[model]:
            raise Refused(404, "odoo.exceptions.MissingError", f"Record does not exist: {model}({id},)")
        return self.tables[model][id]

    def _moves(self, picking: Record) -> list[Record]:
        return [move for move in self.tables["stock.move"].values() if move["picking_id"] == picking["id"]]

    def _action_confirm(self, picking: Record) -> bool:
        for move in self._moves(picking):
            if move["state"] == "draft":
                move["state"] = "confirmed"
        picking["state"] = "confirmed"
        return True

    def _action_assign(self, picking: Record) -> bool:
        if picking["state"] not in ("confirmed", "assigned"):
            raise Refused(422, "odoo.exceptions.UserError", "Nothing to check the availability for.")
        for move in self._moves(picking):
            quant = self._quant(move)
            wanted = move["product_uom_qty"] - move["quantity"]
            taken = min(wanted, quant["quantity"] - quant["reserved_quantity"])
            quant["reserved_quantity"] += taken
            move["quantity"] += taken
            move["state"] = (
                "assigned" if taken == wanted else "partially_available" if move["quantity"] else "confirmed"
            )
            picking["state"] = "assigned" if move["quantity"] else "confirmed"
        return True

    def _action_cancel(self, picking: Record) -> bool:
        if picking["state"] == "done":
            raise Refused(
                422, "odoo.exceptions.UserError", "You cannot cancel a stock move that has been set to 'Done'."
            )
        for move in self._moves(picking):
            if move["state"] in ("assigned", "partially_available"):
                self._quant(move)["reserved_quantity"] -= move["quantity"]
            move["state"] = "cancel"
        picking["state"] = "cancel"
        return True

    def _unlink(self, picking: Record) -> bool:
        self._action_cancel(picking)
        for move in self._moves(picking):
            del self.tables["stock.move"][move["id"]]
        del self.tables["stock.picking"][picking["id"]]
        return True

    def _button_validate(self, picking: Record) -> Any:
        if self.asks:
            return {"type": "ir.actions.act_window", "res_model": "stock.backorder.confirmation"}
        if picking["state"] in ("draft", "done", "cancel"):
            raise Refused(422, "odoo.exceptions.UserError", f"Cannot validate in state {picking['state']}")
        for move in self._moves(picking):
            lines = [line for line in self.tables["stock.move.line"].values() if line["move_id"] == move["id"]]
            assert move["picked"]
            if lines:
                move["quantity"] = sum(line["quantity"] for line in lines)
            assert move["quantity"] == move["product_uom_qty"]
            self._quant(move)["quantity"] -= move["quantity"]
            move["state"] = "done"
        picking["state"] = "done"
        return True

    def _quant(self, move: Record) -> Record:
        for quant in self.tables["stock.quant"].values():
            if (quant["product_id"], quant["location_id"]) == (move["product_id"], move["location_id"]):
                return quant
        empty = {"product_id": move["product_id"], "location_id": move["location_id"]}
        return self._record("stock.quant", self.put("stock.quant", empty | {"quantity": 0, "reserved_quantity": 0}))

    def _action_post(self, entry: Record) -> bool:
        if entry["state"] != "draft":
            raise Refused(422, "odoo.exceptions.UserError", "The entry is already posted.")
        entry |= {"state": "posted", "name": f"MISC/2026/11/{entry['id']:04}"}
        return True

    def _expect_balance(self, entry: Record) -> None:
        if entry["move_type"] != "entry":
            return
        lines = [line for line in self.tables["account.move.line"].values() if line["move_id"] == entry["id"]]
        debit, credit = (round(sum(line[side] or 0 for line in lines), 2) for side in ("debit", "credit"))
        if debit != credit:
            raise Refused(422, "odoo.exceptions.UserError", f"The entry is not balanced: {debit} and {credit}")


def _like(value: str, pattern: str) -> bool:
    escaped = "".join({"%": "*", "_": "?", "[": "[[]", "*": "[*]", "?": "[?]"}.get(each, each) for each in pattern)
    return fnmatchcase(value, escaped)


SEED: Mapping[str, list[Record]] = {
    "res.currency": [{"id": 6, "name": "CNY"}, {"id": 1, "name": "EUR"}],
    "res.company": [{"id": 1, "name": "安程科技", "currency_id": 6}],
    "res.country.state": [{"id": 50, "name": "北京"}],
    "res.partner": [
        {
            "id": 10,
            "ref": "C-1",
            "name": "华北建设",
            "phone": "010-55550100",
            "email": False,
            "lang": "zh_CN",
            "state_id": 50,
            "active": True,
        },
        {"id": 9, "ref": "C-2", "name": "Beta", "phone": False, "email": False, "lang": False, "active": False},
        {"id": 11, "ref": False, "name": "Nobody", "phone": False, "email": False, "lang": False, "active": True},
    ],
    "uom.uom": [{"id": 1, "name": "件"}],
    "product.product": [
        {"id": 21, "default_code": "P-1", "name": "显示屏", "display_name": "[P-1] 显示屏", "uom_id": 1},
        {"id": 22, "default_code": "P-2", "name": "垫圈", "display_name": "[P-2] 垫圈", "uom_id": 1},
        {"id": 23, "default_code": False, "name": "门禁", "display_name": "门禁", "uom_id": 1},
    ],
    "stock.location": [
        {"id": 8, "name": "main", "complete_name": "main", "usage": "internal"},
        {"id": 9, "name": "van-7", "complete_name": "WH/van-7", "usage": "internal"},
        {"id": 5, "name": "Customers", "complete_name": "Partners/Customers", "usage": "customer"},
    ],
    "stock.quant": [
        {"product_id": 21, "location_id": 8, "quantity": 100000.0, "reserved_quantity": 0},
        {"product_id": 21, "location_id": 9, "quantity": 2.5, "reserved_quantity": 0},
        {"product_id": 21, "location_id": 5, "quantity": 77.0, "reserved_quantity": 0},
    ],
    "stock.picking.type": [{"id": 2, "name": "Delivery Orders"}],
    "stock.lot": [
        {"id": 31, "name": "S-1", "product_id": 22, "x_warranty_until": False},
        {"id": 32, "name": "S-2", "product_id": 21, "x_warranty_until": False},
        {
            "id": 33,
            "name": "S-3",
            "product_id": 23,
            "x_warranty_until": "2027-03-31",
        },
    ],
    "stock.move.line": [
        {
            "date": "2024-01-30 17:00:00",
            "state": "done",
            "reference": "WH/OUT/00001",
            "product_id": 22,
            "lot_id": 31,
            "location_dest_id": 5,
            "move_id": False,
            "picking_id": 61,
        },
        {
            "date": "2024-01-29 17:00:00",
            "state": "done",
            "reference": "WH/INT/00001",
            "product_id": 22,
            "lot_id": 31,
            "location_dest_id": 8,
            "move_id": False,
        },
    ],
    "stock.picking": [{"id": 61, "name": "WH/OUT/00001", "state": "done", "origin": "S00001", "partner_id": 10}],
    "account.journal": [{"id": 3, "code": "MISC", "company_id": 1}],
    "account.account": [{"id": 40 + n, "code": code} for n, code in enumerate(("660105", "660199", "221100"))],
    "helpdesk.stage": [{"id": 1, "name": "New"}, {"id": 4, "name": "Solved"}],
    "helpdesk.team": [{"id": 1, "name": "售后"}],
}
