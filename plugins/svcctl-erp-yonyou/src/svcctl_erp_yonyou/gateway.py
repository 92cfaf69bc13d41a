"""The gateway of YonBIP: what is asked is JSON under `/yonbip/`, and the `code` of the answer decides."""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from svcctl.plugin_api import CallFailed, Receipt
from svcctl_erp_yonyou.token import Token

_GATEWAY = "/iuap-api-gateway"
#: The token is missing, or is none any more; nothing has been done.
_NO_TOKEN = ("310001", "310036")
#: Words by which the gateway asks for a pause; their codes differ by domain.
_LATER = ("限流", "请稍后", "频繁")
#: How many records are asked for at a time.
ROWS = 500

Record = dict[str, Any]


class Gateway:
    """`call` is that of the connector. The token goes in a header, as the vendor's SDK has it, or in the address, as
    the documentation has it; addresses end up in logs."""

    def __init__(self, call: Any, url: str, token: Token, *, in_address: bool = False) -> None:
        self._call = call
        self._url = url
        self._token = token
        self._in_address = in_address

    def post(self, path: str, body: Mapping[str, Any], *, reads: bool = False) -> Any:
        """The `data` of the answer. A token that is refused is replaced once. Raises CallFailed."""
        for again in (False, True):
            token = {"access_token": self._token.value()}
            url = f"{self._url}{_GATEWAY}{path}" + (f"?{urlencode(token)}" if self._in_address else "")
            headers = {**({} if self._in_address else token), "Content-Type": "application/json; charset=UTF-8"}
            answer = self._call("POST", url, headers, body, reads=reads)
            code = str(answer.get("code")) if isinstance(answer, dict) else None
            if code not in _NO_TOKEN or again:
                break
            self._token.forget()
        if code == "200":
            return answer.get("data")
        raise CallFailed(_refusal(answer, code, reads))

    def listed(self, path: str, body: Mapping[str, Any], most: int | None = None) -> list[Record]:
        """Records, page by page; at most so many, or all. Some lists bear them in `recordList`, some are the `data`."""
        found: list[Record] = []
        size = ROWS if most is None else min(most, ROWS)
        for index in range(1, 1_000_000):
            data = self.post(path, {**body, "pageIndex": index, "pageSize": size}, reads=True)
            rows = data.get("recordList") if isinstance(data, dict) else data
            if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
                raise CallFailed.rejected(f"the answer of `{path}` is no list of records", "bad-answer")
            found += rows
            if len(rows) < size or (most is not None and len(found) >= most):
                break
        return found

    def batch(self, path: str, ids: Sequence[Any]) -> None:
        """Do something with documents; one that fails is told within an answer that says success."""
        expect_done(self.post(path, {"data": [{"id": id} for id in ids]}))


def expect_done(data: Any) -> None:
    """Raises CallFailed where an answer counts what failed."""
    if isinstance(data, dict) and data.get("failCount"):
        words = " / ".join(str(message) for message in data.get("messages") or [] if message)
        raise CallFailed.rejected(f"refused: {' '.join(words.split())[:300] or 'it gives no reason'}", "failed")


def _refusal(answer: Any, code: str | None, reads: bool) -> Receipt:
    if not isinstance(answer, dict) or "code" not in answer:
        receipt = Receipt.unknown("the answer has no `code`", code="bad-answer")
        return receipt.replace(outcome="retry") if reads else receipt
    words = " ".join(str(answer.get("message") or "it gives no reason").split())[:300]
    if any(word in words for word in _LATER):
        return Receipt.retry(f"asked to come back later: {words}", code=code)
    return Receipt.rejected(f"refused: {words}", code=code)
