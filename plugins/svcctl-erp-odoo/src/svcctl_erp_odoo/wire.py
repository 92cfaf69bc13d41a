"""Odoo's methods by either of its interfaces: JSON-2 (19 and newer), or JSON-RPC (until 21).

Each call is one transaction of Odoo's. An exception rolls all of it back, so what Odoo says in words has had no effect.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from itertools import count
from typing import Any
from urllib.parse import quote

from svcctl.plugin_api import CallFailed, HttpAnswer, Receipt, refused_by_status

Values = dict[str, Any]
Domain = Sequence[Any]

#: Another transaction was at the same rows, or the database was not there: the next attempt may succeed.
_TRANSIENT = ("LockError", "ConcurrencyError", "SerializationFailure", "OperationalError", "DeadlockDetected")


class Odoo:
    """`call` is that of the connector. `login` is needed by JSON-RPC alone; without it JSON-2 is spoken."""

    def __init__(self, call: Any, url: str, database: str, key: str, login: str | None) -> None:
        self._call = call
        self._url = url
        self._database = database
        self._key = key
        self._login = login
        self._user: int | None = None
        self._numbers = count(1)

    def do(self, model: str, method: str, ids: Sequence[int] | None = None, /, **named: Any) -> Any:
        """What the method returns. Raises CallFailed."""
        return self._done(model, method, ids, named, reads=False)

    def rows(
        self,
        model: str,
        fields: Iterable[str],
        domain: Domain,
        *,
        most: int | None = None,
        order: str = "id",
        **named: Any,
    ) -> list[Values]:
        """Records that a domain describes, each with its `id`. Of a reference there is the id and a name, or False."""
        query = {"domain": list(domain), "fields": list(fields), "limit": most, "order": order, **named}
        found = self._done(model, "search_read", None, query, reads=True)
        if not isinstance(found, list) or not all(isinstance(row, dict) and "id" in row for row in found):
            raise CallFailed.rejected(f"the answer is no list of `{model}`: is this Odoo?", "bad-answer")
        return found

    def first(self, model: str, fields: Iterable[str], domain: Domain) -> Values | None:
        return next(iter(self.rows(model, fields, domain, most=1)), None)

    def create(self, model: str, values: Mapping[str, Any]) -> int:
        made = self.do(model, "create", vals_list=[dict(values)])
        if not isinstance(made, list) or len(made) != 1 or not isinstance(made[0], int):
            raise CallFailed(Receipt.unknown("the answer does not name the record that was made", code="bad-answer"))
        return made[0]

    def write(self, model: str, ids: Sequence[int], values: Mapping[str, Any]) -> None:
        self.do(model, "write", ids, vals=dict(values))

    def _done(
        self, model: str, method: str, ids: Sequence[int] | None, named: Mapping[str, Any], *, reads: bool
    ) -> Any:
        if self._login is not None:
            user = self._authenticated(self._login)
            positional = [] if ids is None else [list(ids)]
            arguments = [self._database, user, self._key, model, method, positional, dict(named)]
            return self._rpc("object", "execute_kw", arguments, reads)
        url = f"{self._url}/json/2/{quote(model, safe='')}/{quote(method, safe='')}"
        headers = {"Authorization": f"bearer {self._key}", "X-Odoo-Database": self._database, "User-Agent": "svcctl"}
        body = dict(named) if ids is None else {"ids": list(ids), **named}
        return self._call("POST", url, headers, body, reads=reads)

    def _authenticated(self, login: str) -> int:
        if self._user is None:
            user = self._rpc("common", "authenticate", [self._database, login, self._key, {}], True)
            if not isinstance(user, int) or user is False:
                raise CallFailed.rejected(f"Odoo does not let `{login}` in with this key", "AccessDenied")
            self._user = user
        return self._user

    def _rpc(self, service: str, method: str, arguments: Sequence[Any], reads: bool) -> Any:
        """Errors come within HTTP 200."""
        number = next(self._numbers)
        params = {"service": service, "method": method, "args": list(arguments)}
        content = {"jsonrpc": "2.0", "method": "call", "params": params, "id": number}
        answer = self._call("POST", f"{self._url}/jsonrpc", {"User-Agent": "svcctl"}, content, reads=reads)
        if not isinstance(answer, dict) or not ({"result", "error"} & answer.keys()):
            receipt = Receipt.unknown("the answer has neither a result nor an error", code="bad-answer")
            raise CallFailed(receipt.replace(outcome="retry") if reads else receipt)
        if "error" in answer:
            data = answer["error"].get("data") if isinstance(answer["error"], dict) else None
            raise CallFailed(_exception(data if isinstance(data, dict) else {}))
        return answer["result"]


def refused(answer: HttpAnswer, now: float) -> Receipt | None:
    """The receipt of an answer of JSON-2 that says no, with the exception that Odoo puts into it."""
    receipt = refused_by_status(answer, now)
    if receipt is None or receipt.outcome == "retry" or answer.body is None:
        return receipt
    try:
        content = json.loads(answer.body)
    except (ValueError, RecursionError):
        return receipt
    if not isinstance(content, dict) or not isinstance(content.get("name"), str):
        return receipt
    return _exception(content)


def _exception(data: Mapping[str, Any]) -> Receipt:
    """By the name of its class. Its traceback, `debug`, is for nobody."""
    name = str(data.get("name") or "error").rpartition(".")[2]
    text = " ".join(str(data.get("message") or "it gives no reason").split())[:300]
    if name in _TRANSIENT:
        return Receipt.retry(f"asked to come back later: {text}", code=name)
    return Receipt.rejected(f"refused: {text}", code=name)
