"""Tryton by JSON-RPC with a login, as its own clients speak."""

import base64
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from svcctl_erp_tryton.door import Domain, Order, Row
from svcctl_erp_tryton.fault import Fault, Warned
from svcctl_erp_tryton.traffic import Traffic, content
from svcctl_erp_tryton.wire import to_json

T = TypeVar("T")
_MOST_WARNINGS = 8


class RpcDoor:
    """Logs in at its first request, and once more where a session has ended; never a third time.

    `skip_warnings` says yes to what Tryton asks, as a person would who means it. `context` goes over the user's own.
    """

    def __init__(
        self,
        traffic: Traffic,
        url: str,
        user: str,
        password: str,
        context: Mapping[str, Any],
        language: str,
        skip_warnings: bool = True,
    ) -> None:
        self._traffic = traffic
        self._url = f"{url}/rpc/"
        self._user = user
        self._password = password
        self._given = context
        self._language = language
        self._skip_warnings = skip_warnings
        self._session: str | None = None
        self._context: dict[str, Any] = {}

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
        asked = [*fields, *_ids_of_related(fields)]
        rows = self.call(f"model.{model}.search_read", [domain, 0, limit, order or None, asked], context)
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise Fault("unknown", f"the answer is no list of records of {model}", "bad-answer")
        return [_without_dots(row) for row in rows]

    def create(self, model: str, values: Mapping[str, Any]) -> int:
        made = self._meant(lambda: self.call(f"model.{model}.create", [[values]]))
        if not isinstance(made, list) or not made or not isinstance(made[0], int):
            raise Fault("unknown", f"the answer is no id of a record of {model}", "bad-answer")
        return made[0]

    def write(self, model: str, id: int, values: Mapping[str, Any], stamp: Any = None) -> None:
        context = {} if stamp is None else {"_timestamp": {f"{model},{id}": stamp}}
        self._meant(lambda: self.call(f"model.{model}.write", [[id], values], context))

    def delete(self, model: str, id: int) -> None:
        self._meant(lambda: self.call(f"model.{model}.delete", [[id]]))

    def press(self, model: str, id: int, button: str) -> None:
        self._meant(lambda: self.call(f"model.{model}.{button}", [[id]]))

    def call(self, method: str, arguments: Sequence[Any], context: Mapping[str, Any] | None = None) -> Any:
        """Call any method; the context, which Tryton wants last, is added."""
        known = self._session is not None
        if self._session is None:
            self._log_in()
        try:
            return self._ask(method, [*arguments, {**self._context, **(context or {})}])
        except Fault as fault:
            if fault.code != "401" or not known:
                raise
        self._log_in()
        return self._ask(method, [*arguments, {**self._context, **(context or {})}])

    def close(self) -> None:
        """Log out, as far as the server still answers."""
        if self._session is not None:
            try:
                self._ask("common.db.logout", [])
            except Fault:
                pass
            self._session = None

    def _meant(self, change: Callable[[], T]) -> T:
        """What a change gives, after saying yes to each warning once."""
        said: set[str] = set()
        while True:
            try:
                return change()
            except Warned as warned:
                if not self._skip_warnings or warned.name in said or len(said) == _MOST_WARNINGS:
                    raise
                said.add(warned.name)
                self.call("model.res.user.warning.skip", [warned.name])

    def _log_in(self) -> None:
        self._session = None
        try:
            session = self._ask("common.db.login", [self._user, {"password": self._password}, self._language])
        except Fault as fault:
            if fault.code == "401":
                raise Fault("rejected", f"the password of `{self._user}` is not taken", "401") from None
            raise
        try:
            user, token = session[0], session[1]
        except (TypeError, LookupError):
            raise Fault("unknown", "the answer to a login is no session", "bad-answer") from None
        self._session = base64.b64encode(f"{self._user}:{user}:{token}".encode()).decode("ascii")
        own = self._ask("model.res.user.get_preferences", [True, {}])
        self._context = {**(own if isinstance(own, dict) else {}), "language": self._language, **self._given}

    def _ask(self, method: str, parameters: Sequence[Any]) -> Any:
        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        if self._session is not None:
            headers["Authorization"] = f"Session {self._session}"
        body = to_json({"id": 1, "method": method, "params": parameters})
        answer = content(self._traffic.ask("POST", self._url, headers, body))
        if not isinstance(answer, dict) or not {"result", "error"} & answer.keys():
            raise Fault("unknown", f"the answer to {method} is no answer", "bad-answer")
        if answer.get("error"):
            raise _fault(answer["error"])
        return answer.get("result")


def _fault(error: Any) -> Fault:
    """The fault of `[kind, arguments]`; exceptions that are not Tryton's own have a text and a traceback instead."""
    try:
        kind, arguments = error
        if kind == "UserError":
            return Fault("rejected", " ".join(part for part in arguments[:2] if part), kind)
        if kind == "UserWarning":
            return Warned(arguments[0], " ".join(part for part in arguments[1:3] if part))
        if kind == "ConcurrencyException":
            return Fault("retry", str(arguments), kind)
        if kind == "LoginException":
            return Fault("rejected", f"the server asks at login: {arguments[1]}", "401")
        return Fault("unknown", f"the server failed: {kind}", "500")
    except (TypeError, ValueError, LookupError):
        return Fault("unknown", f"the server failed: {str(error)[:200]}", "500")


def _ids_of_related(fields: Sequence[str]) -> list[str]:
    """REST adds the ids of related records whose fields are asked; by RPC they must be asked for."""
    parents = {field.rpartition(".")[0] for field in fields if "." in field}
    return [f"{parent}.id" for parent in sorted(parents)]


def _without_dots(row: Mapping[str, Any]) -> Row:
    """REST names what it found of a related record `party`, RPC `party.`; here it is the former."""
    found: dict[str, Any] = {}
    for name, value in row.items():
        if name.endswith("."):
            found[name[:-1]] = _without_dots(value) if isinstance(value, dict) else value
        elif not (f"{name}." in row):
            found[name] = value
    return found
