"""A Frappe site by its REST interface: documents of a doctype are listed, read, made, changed and cancelled."""

import json
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote, urlencode

from svcctl.plugin_api import CallFailed, HttpAnswer, Receipt, refused_by_status

Document = dict[str, Any]
Filter = tuple[str, str, Any]

DRAFT, SUBMITTED, CANCELLED = 0, 1, 2

#: Another was at the same document, or the database gave up waiting: what was begun has been rolled back.
_TRANSIENT = {"TimestampMismatchError", "DocumentLockedError", "QueryDeadlockError", "QueryTimeoutError"}


class Site:
    """`call` is that of the connector, `token` the pair `key:secret`."""

    def __init__(self, call: Any, url: str, token: str) -> None:
        self._call = call
        self._url = url
        self._headers = {"Authorization": f"token {token}"}

    def listed(
        self, doctype: str, fields: Sequence[str], filters: Sequence[Filter], order: str = "name asc", most: int = 20
    ) -> list[Document]:
        query = {
            "fields": json.dumps(fields),
            "filters": json.dumps(filters, ensure_ascii=False),
            "order_by": order,
            "limit_page_length": most,
        }
        answer = self._call("GET", f"{self._resource(doctype)}?{urlencode(query)}", self._headers, reads=True)
        rows = answer.get("data") if isinstance(answer, dict) else None
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise CallFailed.rejected(f"the answer is no list of {doctype}: is this a Frappe site?", "bad-answer")
        return rows

    def first(self, doctype: str, fields: Sequence[str], *filters: Filter) -> Document | None:
        return next(iter(self.listed(doctype, fields, filters, most=1)), None)

    def made(self, doctype: str, document: Mapping[str, Any]) -> str:
        """The name of a new document, which is submitted in the same transaction where `docstatus` says so."""
        return _name(self._call("POST", self._resource(doctype), self._headers, dict(document)))

    def changed(self, doctype: str, name: str, fields: Mapping[str, Any]) -> None:
        self._call("PUT", f"{self._resource(doctype)}/{quote(name, safe='')}", self._headers, dict(fields))

    def cancel(self, doctype: str, name: str) -> None:
        """A submitted document; what it had done is undone."""
        url = f"{self._url}/api/method/frappe.client.cancel"
        self._call("POST", url, self._headers, {"doctype": doctype, "name": name})

    def user(self) -> str:
        """Whose access it is."""
        url = f"{self._url}/api/method/frappe.auth.get_logged_user"
        answer = self._call("GET", url, self._headers, reads=True)
        return str(answer.get("message", "")) if isinstance(answer, dict) else ""

    def _resource(self, doctype: str) -> str:
        return f"{self._url}/api/resource/{quote(doctype, safe='')}"


def refused(answer: HttpAnswer, now: float) -> Receipt | None:
    """The receipt of an answer that says no, with the exception and the words that a Frappe site puts into it."""
    receipt = refused_by_status(answer, now)
    if receipt is None or answer.body is None:
        return receipt
    try:
        content = json.loads(answer.body)
    except (ValueError, RecursionError):
        return receipt
    kind = content.get("exc_type") if isinstance(content, dict) else None
    if not isinstance(kind, str):
        return receipt
    text = _words(content)
    if kind in _TRANSIENT:
        return Receipt.retry(text, code=kind, after=receipt.after)
    return receipt.replace(text=f"refused: {text}" if receipt.outcome == "rejected" else text, code=kind)


def _words(content: Mapping[str, Any]) -> str:
    """What a Frappe site says to people: messages are JSON in a list in JSON; the exception's own text otherwise."""
    try:
        messages = [json.loads(message)["message"] for message in json.loads(content["_server_messages"])]
    except (KeyError, TypeError, ValueError):
        messages = []
    text = " / ".join(str(message) for message in messages) or str(content.get("exception") or content["exc_type"])
    return " ".join(text.split())[:300]


def _name(answer: Any) -> str:
    data = answer.get("data") if isinstance(answer, dict) else None
    name = data.get("name") if isinstance(data, dict) else None
    if not isinstance(name, str):
        raise CallFailed(Receipt.unknown("the answer does not name the document that was made", code="bad-answer"))
    return name
