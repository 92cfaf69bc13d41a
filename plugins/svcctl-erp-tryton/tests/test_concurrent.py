"""Several deliverers at once against a Tryton on PostgreSQL: each effect is there once, nothing is promised twice."""

import random
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from secrets import token_hex
from threading import Barrier
from typing import Any

import pytest
from svcctl_erp_tryton import TrytonConnector
from tryton_connect import BY_KEY, BY_LOGIN, connect
from tryton_effects import Books

from svcctl.plugin_api import LookupRequest, PushKind, PushRequest, PushResult
from svcctl.testing.connector import RECORDS

INTERNAL, OUT = "stock.shipment.internal", "stock.shipment.out"
_ROUNDS = 40

Deliver = Callable[[list[PushRequest], Mapping[str, Any]], list[PushResult]]


@pytest.fixture
def deliver(on_postgres: tuple[str, str]) -> Iterator[Deliver]:
    """Pushes each request by a deliverer of its own, all at once, and again while it is to be tried again."""
    url, database = on_postgres
    made: list[TrytonConnector] = []

    def at_once(requests: list[PushRequest], way: Mapping[str, Any]) -> list[PushResult]:
        start = Barrier(len(requests))
        own = [connect(url, database=database, timeout_seconds=60, **way) for _ in requests]
        made.extend(own)

        def push(tryton: TrytonConnector, request: PushRequest) -> PushResult:
            start.wait()
            for _ in range(_ROUNDS):
                result = tryton.push(request)
                if result.outcome not in ("retry", "unknown"):
                    break
                time.sleep(random.uniform(0.05, 0.5))
            return result

        with ThreadPoolExecutor(len(requests)) as pool:
            return list(pool.map(push, own, requests))

    yield at_once
    for each in made:
        each.close()


@pytest.fixture
def books(on_postgres: tuple[str, str]) -> Iterator[Books]:
    tryton = connect(on_postgres[0])
    books = Books(tryton, *on_postgres)
    yield books
    books.close()
    tryton.close()


@pytest.mark.parametrize("way", [BY_KEY, BY_LOGIN], ids=["rest", "rpc"])
@pytest.mark.parametrize(
    ("kind", "left"),
    [
        ("reservation", (INTERNAL, "assigned")),
        ("part_used", (OUT, "done")),
        ("cost", ("account.move", "posted")),
        ("complaint", ("sale.complaint", "waiting")),
    ],
)
def test_two_who_push_the_same_key_have_one_effect(
    deliver: Deliver, books: Books, kind: PushKind, left: tuple[str, str], way: Mapping[str, Any]
) -> None:
    if kind == "part_used":
        way = {**way, **BY_LOGIN}
    request = PushRequest(kind, token_hex(16), f"T-{token_hex(5)}", {**RECORDS[kind], "new_serial": None})
    results = deliver([request, request], way)
    assert {result.outcome for result in results} <= {"done", "repeated"}, results
    assert books.of(request.ticket) == [left]
    assert books.shipped(request.ticket) == (1 if kind == "part_used" else 0)
    assert len({result.remote_id for result in results}) == 1


@pytest.mark.parametrize("way", [BY_KEY, BY_LOGIN], ids=["rest", "rpc"])
def test_the_last_piece_is_promised_once(
    on_postgres: tuple[str, str], deliver: Deliver, books: Books, way: Mapping[str, Any]
) -> None:
    record = {"part": "P-3", "quantity": "1", "location": "main"}
    requests = [PushRequest("reservation", token_hex(16), f"T-{token_hex(5)}", record) for _ in range(4)]
    results = deliver(requests, way)
    assert sorted(result.outcome for result in results) == ["done", "rejected", "rejected", "rejected"], results
    assert {result.code for result in results if result.outcome == "rejected"} == {"no-stock"}
    [held] = [request for request, result in zip(requests, results, strict=True) if result.outcome == "done"]
    assert [books.of(request.ticket) for request in requests if request is not held] == [[], [], []]
    tryton = connect(on_postgres[0], database=on_postgres[1], **way)
    assert tryton.lookup(LookupRequest("stock", "P-3")).record == {"quantity": "0", "locations": {}}
    release = PushRequest("release", token_hex(16), held.ticket, {**record, "reservation": held.key})
    assert tryton.push(release).outcome == "done"
    tryton.close()
