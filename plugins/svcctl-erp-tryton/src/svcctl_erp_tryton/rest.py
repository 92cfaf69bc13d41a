"""Tryton by REST with an application key: for work that nobody watches."""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote, urlencode

from svcctl.plugin_api import HttpAnswer
from svcctl_erp_tryton.door import Domain, Door, Order, Row
from svcctl_erp_tryton.fault import Fault
from svcctl_erp_tryton.traffic import Traffic, content
from svcctl_erp_tryton.wire import from_json, to_header, to_json


class RestDoor:
    """`context` holds the company. REST tells warnings and errors alike and has no way to say yes to a warning: what it
    refuses goes to `other` once more, where there is one."""

    def __init__(
        self, traffic: Traffic, url: str, key: str, context: Mapping[str, Any], language: str, other: Door | None = None
    ) -> None:
        self._traffic = traffic
        self._url = url
        self._context = context
        self._other = other
        self._headers = {"Authorization": f"bearer {key}", "Accept": "application/json", "Accept-Language": language}

    def read(
        self,
        model: str,
        domain: Domain,
        fields: Sequence[str],
        *,
        order: Order = (),
        limit: int | None = None,
        context: Mapping[str, Any] | None = None,
    ) -> list[Row]:
        query: list[tuple[str, str]] = [("d", to_header(domain)), *(("f", field) for field in fields)]
        if order:
            query.append(("o", to_header(order)))
        if limit is not None:
            query.append(("s", str(limit)))
        rows = self._ask("GET", f"{model}?{urlencode(query)}", context=context)
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise Fault("unknown", f"the answer is no list of records of {model}", "bad-answer")
        for field in fields:
            # Fields that the user may not read are left out without a word.
            if any(not _has(row, field.split(".")) for row in rows):
                raise Fault(
                    "rejected", f"the user of the application key may not read `{field}` of {model}", "no-access"
                )
        return list(rows)

    def create(self, model: str, values: Mapping[str, Any]) -> int:
        try:
            made = self._ask("POST", f"{model}?f=id", values)
        except Fault as fault:
            return self._instead(fault).create(model, values)
        if not isinstance(made, dict) or not isinstance(made.get("id"), int):
            raise Fault("unknown", f"made a record of {model}, but may not read it", "no-access")
        return int(made["id"])

    def write(self, model: str, id: int, values: Mapping[str, Any], stamp: Any = None) -> None:
        try:
            self._ask("PUT", f"{model}/{id}?f=id", values)
        except Fault as fault:
            self._instead(fault).write(model, id, values, stamp)

    def delete(self, model: str, id: int) -> None:
        try:
            self._ask("DELETE", f"{model}/{id}")
        except Fault as fault:
            self._instead(fault).delete(model, id)

    def press(self, model: str, id: int, button: str) -> None:
        try:
            self._ask("POST", f"{model}/{id}/{button}?f=id", {})
        except Fault as fault:
            self._instead(fault).press(model, id, button)

    def close(self) -> None:
        if self._other is not None:
            self._other.close()

    def _instead(self, fault: Fault) -> Door:
        """The door that may know more of what was refused. Raises the fault where there is none."""
        if self._other is None or fault.code != "UserError":
            raise fault
        return self._other

    def _ask(
        self, method: str, path: str, body: Mapping[str, Any] | None = None, context: Mapping[str, Any] | None = None
    ) -> Any:
        headers = {**self._headers, "X-Tryton-Context": to_header({**self._context, **(context or {})})}
        if body is not None:
            headers["Content-Type"] = "application/json"
        url = f"{self._url}/rest/model/{quote(path, safe='/?=&.-_%')}"
        answer = self._traffic.ask(method, url, headers, None if body is None else to_json(body))
        if answer.status == 400:
            raise _user_error(answer)
        if answer.status == 401:
            raise Fault("rejected", "the application key is not taken: make one for `rest`, and validate it", "401")
        return content(answer)


def _user_error(answer: HttpAnswer) -> Fault:
    """The fault of a 400. Tryton gives one to failures of its own as well, which have no message."""
    try:
        error = from_json(answer.body or b"")
        text = " ".join(part for part in (error["message"], error["description"]) if part)
    except (ValueError, KeyError, TypeError):
        return Fault("unknown", f"the server failed: {answer.excerpt}", "400")
    return Fault("rejected", text, "UserError")


def _has(row: Any, path: Sequence[str]) -> bool:
    """Whether the row has the field, as far as there is a related record that could have it."""
    for name in path:
        if not isinstance(row, dict):
            return row is None
        if name not in row:
            return False
        row = row[name]
    return True
