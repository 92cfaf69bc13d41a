"""Whatever is lost on the way to a real Tryton, each push has its effect once: also after a kill in between."""

from collections.abc import Iterator, Mapping
from secrets import token_hex
from typing import Any

import pytest
import tryton_company
from svcctl_erp_tryton import TrytonConnector
from tryton_connect import BY_KEY, BY_LOGIN, Connect
from tryton_effects import Books
from tryton_proxy import Mishap, Proxy

from svcctl.plugin_api import PushKind, PushRequest
from svcctl.testing.connector import CLOSED, RECORDS

INTERNAL, OUT = "stock.shipment.internal", "stock.shipment.out"
#: What a push leaves.
LEFT: Mapping[str, list[tuple[str, str]]] = {
    "reservation": [(INTERNAL, "assigned")],
    "release": [(INTERNAL, "cancelled")],
    "part_used": [(INTERNAL, "done"), (OUT, "done")],
    "cost": [("account.move", "posted")],
    "billed": [("account.invoice", "draft")],
    "complaint": [("sale.complaint", "waiting")],
    "closed": [("sale.complaint", "done")],
}


@pytest.fixture
def proxy(server: str) -> Iterator[Proxy]:
    proxy = Proxy(server)
    yield proxy
    proxy.close()


def requested(tryton: TrytonConnector, kind: str, ticket: str) -> PushRequest:
    """A push with all that is done for it."""
    push: PushKind = {"billed": "cost", "closed": "complaint"}.get(kind, kind)  # type: ignore[assignment]
    record: dict[str, Any] = {**RECORDS[push]}
    if kind == "billed":
        record["billable"] = True
    if kind == "closed":
        record |= CLOSED
    if kind in ("release", "part_used"):
        record |= {"quantity": "1", "reservation": token_hex(16), "new_serial": None}
        reserved = {**RECORDS["reservation"], "quantity": "1"}
        assert tryton.push(PushRequest("reservation", record["reservation"], ticket, reserved)).outcome == "done"
    return PushRequest(push, token_hex(16), ticket, record)


def way_of(kind: str) -> Mapping[str, Any]:
    """A key where that is enough; else a login, of somebody who may approve complaints."""
    if kind == "closed":
        return {"user": "admin", "password": "env:ADMIN"}
    return BY_LOGIN if kind == "part_used" else BY_KEY


@pytest.mark.parametrize(
    ("kind", "mishap"), [*((kind, "lost") for kind in LEFT), ("reservation", "busy"), ("cost", "busy")]
)
def test_whichever_request_is_lost_the_effect_is_there_once(
    connecting: Connect, proxy: Proxy, books: Books, kind: str, mishap: Mishap
) -> None:
    disturbed = connecting(**way_of(kind), url=proxy.url, timeout_seconds=30, sleep=lambda seconds: None)
    tryton = connecting(**way_of(kind))
    assert disturbed.push(requested(tryton, kind, f"T-{token_hex(5)}")).outcome == "done"
    changes = proxy.count
    assert changes
    for number in range(1, changes + 1):
        ticket = f"T-{token_hex(5)}"
        request = requested(tryton, kind, ticket)
        proxy.expect(number, mishap)
        result = disturbed.push(request)
        # What is busy after something was done may be half done.
        assert result.outcome == ("retry" if mishap == "busy" and number == 1 else "unknown"), (number, result)
        assert mishap == "lost" or result.after == 7
        again = tryton.push(request)
        assert again.outcome in ("done", "repeated"), (number, result, again)
        assert books.of(ticket) == LEFT[kind], number
        assert books.shipped(ticket) == (1 if kind == "part_used" else 0)
        repeated = tryton.push(request)
        assert (repeated.outcome, repeated.remote_id) == ("repeated", again.remote_id)


def test_nothing_that_is_said_has_a_secret(connecting: Connect, proxy: Proxy) -> None:
    tryton = connecting(**BY_KEY, url=proxy.url)
    proxy.expect(1, "failed")
    result = tryton.push(requested(tryton, "cost", f"T-{token_hex(5)}"))
    assert (result.outcome, result.code) == ("unknown", "500")
    assert tryton_company.KEY not in repr(result)
