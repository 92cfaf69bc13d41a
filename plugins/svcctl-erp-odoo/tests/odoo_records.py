"""The records of an Odoo: searched, read, created and updated as strictly as there."""

from collections.abc import Mapping
from datetime import datetime
from fnmatch import fnmatchcase
from typing import Any

from odoo_company import SEED
from odoo_models import FIELDS, NUMBERS, PARENT, SHOWN, Record, Refused


class Records:
    """The records of every model, and what all models can do with theirs."""

    def __init__(self, version: int) -> None:
        self.version = version
        self.tables: dict[str, dict[int, Record]] = {model: {} for model in FIELDS}
        self._made = 0
        for model, records in SEED.items():
            for record in records:
                self.put(model, dict(record))

    def put(self, model: str, record: Record) -> int:
        """Keep a record, changed now."""
        self._made += 1
        id = record.setdefault("id", self._made + 1000)
        record["write_date"] = f"2026-11-02 01:{self._made // 60 % 60:02}:{self._made % 60:02}"
        self.tables[model][id] = record
        return int(id)

    def search_read(
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

    def create(self, model: str, values: Mapping[str, Any]) -> int:
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
        self.update(model, record, values)
        if model == "account.move":
            self._expect_balance(record)
        return id

    def update(self, model: str, record: Record, values: Mapping[str, Any]) -> None:
        for field, value in values.items():
            self._known(model, field)
            target = FIELDS[model][field]
            if target.startswith("*"):
                for command in value:
                    self._command(model, record, target.removeprefix("*"), *command)
                continue
            if target:
                assert type(value) is int
                self.record(target, value)
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
        self.create(target, {**values, parent: record["id"]})

    def record(self, model: str, id: int) -> Record:
        if id not in self.tables[model]:
            raise Refused(404, "odoo.exceptions.MissingError", f"Record does not exist: {model}({id},)")
        return self.tables[model][id]

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
