"""Tryton by REST with an application key: for work that nobody watches."""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from svcctl.plugin_api import CallFailed, Receipt
from svcctl_erp_tryton.door import Call, Domain, Door, Fields, Order, listed
from svcctl_erp_tryton.wire import decoded, encoded, in_header


class RestDoor:
    """REST tells warnings and errors alike, has no way to say yes to a warning, and cannot
    ask that a record be unchanged: such changes go to `other`, where there is one."""

    def __init__(self, call: Call, url: str, key: str, language: str, other: Door | None = None) -> None:
        self._call = call
        self._url = url
        self._context: dict[str, Any] = {}
        self._other = other
        self._headers = {"Authorization": f"bearer {key}", "Accept-Language": language, "Accept-Encoding": "gzip"}

    @property
    def says_yes(self) -> bool:
        return self._other is not None and self._other.says_yes

    def read(
        self,
        model: str,
        domain: Domain,
        fields: Sequence[str],
        *,
        order: Order = (),
        limit: int | None = None,
        context: Fields | None = None,
    ) -> list[Fields]:
        query = [("d", in_header(domain)), *(("f", field) for field in fields)]
        if order:
            query.append(("o", in_header(order)))
        if limit is not None:
            query.append(("s", str(limit)))
        rows = listed(self._ask("GET", f"{model}?{urlencode(query)}", context=context), model)
        for field in fields:
            # Fields that the user may not read are left out without a word.
            if any(not _has(row, field.split(".")) for row in rows):
                raise CallFailed.rejected(f"the key's user may not read `{field}` of {model}", "no-access")
        return rows

    def create(self, model: str, values: Fields) -> int:
        try:
            made = self._ask("POST", f"{model}?f=id", values)
        except CallFailed as failed:
            return self._instead(failed).create(model, values)
        if not isinstance(made, dict) or not isinstance(made.get("id"), int):
            raise CallFailed(Receipt.unknown(f"made a record of {model}, but cannot see which", code="bad-answer"))
        return int(made["id"])

    def write(self, model: str, id: int, values: Fields, stamp: Any = None) -> None:
        if stamp is not None and self._other is not None:
            self._other.write(model, id, values, stamp)
            return
        try:
            self._ask("PUT", f"{model}/{id}?f=id", values)
        except CallFailed as failed:
            self._instead(failed).write(model, id, values)

    def press(self, model: str, id: int, button: str, stamp: Any = None) -> None:
        if stamp is not None and self._other is not None:
            self._other.press(model, id, button, stamp)
            return
        try:
            self._ask("POST", f"{model}/{id}/{button}?f=id", {})
        except CallFailed as failed:
            self._instead(failed).press(model, id, button)

    def delete(self, model: str, id: int) -> None:
        try:
            self._ask("DELETE", f"{model}/{id}")
        except CallFailed as failed:
            self._instead(failed).delete(model, id)

    def enter(self, company: int) -> None:
        self._context["company"] = company
        if self._other is not None:
            self._other.enter(company)

    def close(self) -> None:
        if self._other is not None:
            self._other.close()

    def _instead(self, failed: CallFailed) -> Door:
        """The door that may know more of what was refused. Raises the failure where there is none."""
        if self._other is None or failed.receipt.code != "UserError":
            raise failed
        return self._other

    def _ask(self, method: str, path: str, values: Fields | None = None, context: Fields | None = None) -> Any:
        headers: Mapping[str, str] = {
            **self._headers,
            "X-Tryton-Context": in_header({**self._context, **(context or {})}),
        }
        content = None if values is None else encoded(values)
        return decoded(self._call(method, f"{self._url}/rest/model/{path}", headers, content, reads=method == "GET"))


def _has(row: Any, path: Sequence[str]) -> bool:
    """Whether the row has the field, as far as there is a related record that could have it."""
    for name in path:
        if not isinstance(row, dict):
            return row is None
        if name not in row:
            return False
        row = row[name]
    return True
