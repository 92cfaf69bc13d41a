"""Tryton by JSON-RPC with a login, as its own clients speak."""

import base64
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any, TypeVar

from svcctl.plugin_api import CallFailed, Receipt
from svcctl_erp_tryton.door import Call, Domain, Fields, Order, Warned, listed
from svcctl_erp_tryton.wire import decoded, encoded

T = TypeVar("T")
_MOST_WARNINGS = 8


class RpcDoor:
    """Logs in at its first request, and once more where the session has ended; never a third time.

    `says_yes` skips what Tryton warns of, as a person would who means it.
    """

    def __init__(
        self,
        call: Call,
        url: str,
        user: str,
        password: str,
        language: str,
        says_yes: bool = True,
    ) -> None:
        self._call = call
        self._url = f"{url}/rpc/"
        self._user = user
        self._password = password
        self._company: dict[str, Any] = {}
        self._language = language
        self._says_yes = says_yes
        self._session: str | None = None
        self._context: dict[str, Any] = {}

    @property
    def says_yes(self) -> bool:
        return self._says_yes

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
        arguments = [domain, 0, limit, order or None, [*fields, *_ids_of_related(fields)]]
        rows = self.ask(f"model.{model}.search_read", arguments, context, reads=True)
        return [_without_dots(row) for row in listed(rows, model)]

    def create(self, model: str, values: Fields) -> int:
        made = self._meant(lambda: self.ask(f"model.{model}.create", [[values]]))
        if not isinstance(made, list) or not made or not isinstance(made[0], int):
            raise CallFailed(Receipt.unknown(f"made a record of {model}, but cannot see which", code="bad-answer"))
        return made[0]

    def write(self, model: str, id: int, values: Fields, stamp: Any = None) -> None:
        context = _unchanged(model, id, stamp)
        self._meant(lambda: self.ask(f"model.{model}.write", [[id], values], context))

    def press(self, model: str, id: int, button: str, stamp: Any = None) -> None:
        context = _unchanged(model, id, stamp)
        self._meant(lambda: self.ask(f"model.{model}.{button}", [[id]], context))

    def delete(self, model: str, id: int) -> None:
        self._meant(lambda: self.ask(f"model.{model}.delete", [[id]]))

    def ask(self, method: str, arguments: Sequence[Any], context: Fields | None = None, *, reads: bool = False) -> Any:
        """The result of any method; the context, which Tryton wants last, is added."""
        fresh = self._session is None
        if fresh:
            self._log_in()
        try:
            return self._ask(method, [*arguments, {**self._context, **self._company, **(context or {})}], reads=reads)
        except CallFailed as failed:
            if fresh or failed.receipt.code != "401":
                raise
        self._log_in()
        return self._ask(method, [*arguments, {**self._context, **self._company, **(context or {})}], reads=reads)

    def enter(self, company: int) -> None:
        self._company = {"company": company}

    def close(self) -> None:
        """Log out, where the server still answers."""
        if self._session is not None:
            with suppress(CallFailed):
                self._ask("common.db.logout", [], reads=True)
            self._session = None

    def _meant(self, change: Callable[[], T]) -> T:
        """What a change gives, after saying yes to each warning once."""
        said: set[str] = set()
        while True:
            try:
                return change()
            except Warned as warned:
                if not self._says_yes or warned.name in said or len(said) == _MOST_WARNINGS:
                    raise
                said.add(warned.name)
                self.ask("model.res.user.warning.skip", [warned.name])

    def _log_in(self) -> None:
        self._session = None
        login = [self._user, {"password": self._password}, self._language]
        try:
            user, token = self._ask("common.db.login", login, reads=True)[:2]
        except CallFailed as failed:
            if failed.receipt.code == "401":
                raise CallFailed.rejected(f"the password of `{self._user}` is not taken", "401") from None
            raise
        except (TypeError, ValueError):
            raise CallFailed(Receipt.retry("the answer to a login is no session", code="bad-answer")) from None
        self._session = base64.b64encode(f"{self._user}:{user}:{token}".encode()).decode("ascii")
        try:
            own = self._ask("model.res.user.get_preferences", [True, {}], reads=True)
        except CallFailed:
            self._session = None
            raise
        self._context = {**(own if isinstance(own, dict) else {}), "language": self._language}

    def _ask(self, method: str, parameters: Sequence[Any], *, reads: bool = False) -> Any:
        headers = {"Accept-Encoding": "gzip"}
        if self._session is not None:
            headers["Authorization"] = f"Session {self._session}"
        content = {"id": 1, "method": method, "params": encoded(parameters)}
        answer = decoded(self._call("POST", self._url, headers, content, reads=reads))
        if not isinstance(answer, dict) or not {"result", "error"} & answer.keys():
            outcome = Receipt.retry if reads else Receipt.unknown
            raise CallFailed(outcome(f"the answer to {method} is none", code="bad-answer"))
        if answer.get("error"):
            raise _failure(answer["error"])
        return answer.get("result")


def _failure(error: Any) -> CallFailed:
    """The failure of `[kind, arguments]`; exceptions that are not Tryton's own have a text and a traceback instead."""
    try:
        kind, arguments = error
        if kind == "UserError":
            return CallFailed.rejected(" ".join(part for part in arguments[:2] if part), kind)
        if kind == "UserWarning":
            return Warned(arguments[0], " ".join(part for part in arguments[1:3] if part))
        if kind == "ConcurrencyException":
            return CallFailed(Receipt.retry(str(arguments), code=kind))
        if kind == "LoginException":
            return CallFailed.rejected(f"the server asks for more at login: {arguments[1]}", "401")
        return CallFailed(Receipt.unknown(f"the server failed: {kind}", code="500"))
    except (TypeError, ValueError, LookupError):
        return CallFailed(Receipt.unknown(f"the server failed: {str(error)[:200]}", code="500"))


def _unchanged(model: str, id: int, stamp: Any) -> Fields:
    return {} if stamp is None else {"_timestamp": {f"{model},{id}": stamp}}


def _ids_of_related(fields: Sequence[str]) -> list[str]:
    """REST adds the ids of related records whose fields are asked; by RPC they must be asked for."""
    return [f"{parent}.id" for parent in sorted({field.rpartition(".")[0] for field in fields if "." in field})]


def _without_dots(row: Fields) -> Fields:
    """What was found of a related record is in `party.` here, and in `party` by REST."""
    found: dict[str, Any] = {}
    for name, value in row.items():
        if name.endswith("."):
            found[name[:-1]] = _without_dots(value) if isinstance(value, dict) else value
        elif f"{name}." not in row:
            found[name] = value
    return found
