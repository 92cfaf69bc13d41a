"""The Web API of K3Cloud: forms are queried by positional rows; bills are saved, submitted, audited, deleted.

What it refuses comes within HTTP 200, in `ResponseStatus`.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from uuid import uuid4

from svcctl.plugin_api import CallFailed, HttpAnswer, Receipt, refused_by_status
from svcctl_erp_kingdee.signature import Access, signed_headers

_SERVICE = "Kingdee.BOS.WebApi.ServicesStub.DynamicFormService"
#: The most rows that one query gives.
MOST_ROWS = 10_000
#: `MsgCode`: the database failed; somebody else works on the bill; called too often.
_FAILED, _LOCKED, _TOO_OFTEN = 6, 13, 14
#: `DocumentStatus`: audited, and in audit; before that a bill is kept, made, or to be audited again.
AUDITED, SUBMITTED = "C", "B"

Filter = tuple[str, str, str | int]


class WebApi:
    """`call` is that of the connector, `url` ends in the site's `k3cloud`."""

    def __init__(self, call: Any, url: str, access: Access, wall_clock: Callable[[], float]) -> None:
        self._call = call
        self._url = url
        self._access = access
        self._wall_clock = wall_clock

    def rows(
        self, form: str, fields: Sequence[str], filters: Sequence[Filter], order: str = "", most: int | None = None
    ) -> list[list[Any]]:
        """At most so many rows, or all, each with the values of `fields` in their order."""
        found: list[list[Any]] = []
        while most is None or len(found) < most:
            limit = MOST_ROWS if most is None else min(MOST_ROWS, most - len(found))
            query = {
                "FormId": form,
                "FieldKeys": ",".join(fields),
                "FilterString": " and ".join(_test(*each) for each in filters),
                "OrderString": order,
                "TopRowCount": 0,
                "StartRow": len(found),
                "Limit": limit,
                "SubSystemId": "",
            }
            page = self._post("ExecuteBillQuery", {"data": query}, reads=True)
            _expect_rows(page, len(fields), form)
            found += page
            if len(page) < limit:
                break
        return found

    def save(self, form: str, model: Mapping[str, Any]) -> str:
        """The number of the bill that was made or, with its `FID`, changed."""
        result = self._do("Save", form, {"IsDeleteEntry": "true", "Model": dict(model)})
        number = result.get("Number")
        if not isinstance(number, str) or not number:
            raise CallFailed(Receipt.unknown("the answer does not number what was saved", code="bad-answer"))
        return number

    def view(self, form: str, number: str) -> Mapping[str, Any]:
        """A bill whole, by the names of its properties (`DocumentStatus`, not `FDocumentStatus`)."""
        found = self._do("View", form, {"Number": number}, reads=True).get("Result")
        if not isinstance(found, dict):
            raise CallFailed(Receipt.retry(f"the answer has no bill `{number}`", code="bad-answer"))
        return found

    def act(self, operation: str, form: str, number: str) -> None:
        """`Submit`, `Audit`, `CancelAssign` or `Delete` a bill."""
        self._do(operation, form, {"Numbers": [number]})

    def _do(self, operation: str, form: str, data: Mapping[str, Any], *, reads: bool = False) -> Mapping[str, Any]:
        answer = self._post(operation, {"formid": form, "data": dict(data)}, reads=reads)
        result = answer.get("Result") if isinstance(answer, dict) else None
        status = result.get("ResponseStatus") if isinstance(result, dict) else None
        if not isinstance(result, dict) or not isinstance(status, dict):
            raise CallFailed(Receipt.unknown(f"`{operation}` has no `ResponseStatus`", code="bad-answer"))
        if status.get("IsSuccess") is not True:
            raise CallFailed(_refusal(status))
        return result

    def _post(self, operation: str, body: Mapping[str, Any], *, reads: bool = False) -> Any:
        url = f"{self._url}/{_SERVICE}.{operation}.common.kdsvc"
        headers = signed_headers(self._access, url, int(self._wall_clock()), uuid4().hex)
        return self._call("POST", url, headers, body, reads=reads)


def refused(answer: HttpAnswer, now: float) -> Receipt | None:
    """By the status, or by the words with which the server tells of an exception of its own within HTTP 200."""
    receipt = refused_by_status(answer, now)
    if receipt is None and answer.body is not None and answer.body.startswith(b"response_error:"):
        return Receipt.unknown(f"the server failed: {answer.excerpt}", code="response_error")
    return receipt


def _refusal(status: Mapping[str, Any]) -> Receipt:
    code = status.get("MsgCode")
    errors = status.get("Errors") or []
    words = " / ".join(
        " ".join(str(part) for part in (error.get("FieldName"), error.get("Message")) if part)
        for error in errors
        if isinstance(error, dict)
    )
    text = " ".join(words.split())[:300] or "it gives no reason"
    if code in (_LOCKED, _TOO_OFTEN):
        return Receipt.retry(f"asked to come back later: {text}", code=str(code))
    if code == _FAILED:
        return Receipt.unknown(f"the database failed: {text}", code=str(code))
    return Receipt.rejected(f"refused: {text}", code=str(code))


def _expect_rows(page: Any, width: int, form: str) -> None:
    """A query that is refused answers with its `ResponseStatus` in the place of the first row's first value."""
    try:
        status = page[0][0]["Result"]["ResponseStatus"]
    except (TypeError, KeyError, IndexError):
        status = None
    if isinstance(status, dict):
        receipt = _refusal(status)
        raise CallFailed(receipt.replace(outcome="retry") if receipt.outcome == "unknown" else receipt)
    if not isinstance(page, list) or not all(isinstance(row, list) and len(row) == width for row in page):
        raise CallFailed.rejected(f"the answer has not {width} values a row: is this K3Cloud's `{form}`?", "bad-answer")


def _test(field: str, operator: str, value: str | int) -> str:
    """Text in a filter is in single quotes, each of its own doubled."""
    return f"{field} {operator} {value}" if isinstance(value, int) else f"{field} {operator} '{_quoted(value)}'"


def _quoted(text: str) -> str:
    return text.replace("'", "''")
