"""REST with a key, and what either way in makes of answers from a server that answers badly or not at all."""

import gzip
import json
import socket
import ssl
from collections.abc import Callable, Iterator, Mapping
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
import trustme
from svcctl_erp_tryton import TrytonConnector
from tryton_connect import BY_KEY, BY_LOGIN, connect
from tryton_stub import COMPANY, complained, looked_up

from svcctl.extension.config import read_config
from svcctl.extension.registry import Registry
from svcctl.plugin_api import LookupRequest, Refusal
from svcctl.testing.receiver import Receiver, answer
from svcctl.testing.stub import StubAnswer, StubRequest, StubServer

Play = Callable[[StubRequest], StubAnswer]


@pytest.fixture
def by_rest() -> Iterator[Callable[..., TrytonConnector]]:
    """Makes connectors to a server that answers by REST as it is told."""
    made: list[Any] = []

    def make(play: Play, **values: Any) -> TrytonConnector:
        stub = StubServer(
            lambda request: StubAnswer(200, COMPANY) if "company.company" in request.path else play(request)
        )
        tryton = connect(stub.url, timeout_seconds=30, **values)
        made.extend((tryton, stub))
        return tryton

    yield make
    for each in made:
        each.close()


@pytest.mark.parametrize(
    ("status", "content", "outcome", "code"),
    [
        (400, {"status": 400, "message": "Not allowed.", "description": ""}, "rejected", "UserError"),
        (400, "<p>Unable to get RPC method</p>", "unknown", "400"),
        (401, "", "rejected", "401"),
        (403, "", "rejected", "403"),
        (404, "", "rejected", "404"),
        (500, "", "unknown", "500"),
        (503, "", "retry", "503"),
        (200, "text", "unknown", "bad-answer"),
        (200, {"id": None}, "unknown", "bad-answer"),
    ],
)
def test_statuses_of_rest_say_what_becomes_of_a_push(
    by_rest: Callable[..., TrytonConnector], status: int, content: Any, outcome: str, code: str
) -> None:
    def play(request: StubRequest) -> StubAnswer:
        if request.method == "GET":
            known: Mapping[str, Any] = {
                "sale.complaint": [],
                "sale.complaint.type": [{"id": 1, "name": "x", "origin": None}],
                "party.party": [{"id": 2, "code": "C-1"}],
            }
            return StubAnswer(200, known.get(request.path.rpartition("/")[2], []))
        return StubAnswer(status, content)

    result = complained(by_rest(play))
    assert (result.outcome, result.code) == (outcome, code), result


def test_what_the_user_may_not_read_is_said(by_rest: Callable[..., TrytonConnector]) -> None:
    """REST leaves such fields out without a word."""
    tryton = by_rest(lambda request: StubAnswer(200, [{"id": 2, "code": "C-1"}]))
    assert looked_up(tryton).message.endswith("the key's user may not read `name` of party.party")


def test_a_company_must_be_clear() -> None:
    two = [*COMPANY, {**COMPANY[0], "id": 2, "party": {"name": "Other", "code": "C", "id": 2}}]
    stub = StubServer(lambda request: StubAnswer(200, two if "company.company" in request.path else []))
    unclear, clear = connect(stub.url), connect(stub.url, company="Other")
    assert unclear.check().text == "write the name of one company as `company`; there are `Demo`, `Other`"
    assert not clear.lookup(LookupRequest("customer", "C-1")).found
    assert stub.seen[-1].headers["x-tryton-context"] == "eyJjb21wYW55IjoyfQ=="
    for each in (unclear, clear, stub):
        each.close()


def gzipped(content: Any) -> Callable[[BaseHTTPRequestHandler], None]:
    return answer(200, gzip.compress(json.dumps(content).encode()), {"Content-Encoding": "gzip"})


def test_a_long_answer_may_be_packed() -> None:
    receiver = Receiver()
    receiver.answer = gzipped({"id": 1, "result": [7, "token", None]})
    tryton = connect(receiver.url.partition("/hook")[0], **BY_LOGIN, timeout_seconds=30)
    looked_up(tryton)
    assert json.loads(receiver.got[1][2])["method"] == "model.res.user.get_preferences"
    tryton.close()
    receiver.close()


@pytest.mark.parametrize(
    "given",
    [
        answer(200, b"<html>"),
        answer(200, b"[" * 100_000),
        answer(200, b'{"id": 1, "result"', {"Content-Length": "500"}),
        answer(200, b'{"id": 1}'),
        answer(200, b'{"id": 1, "result": 5}'),
        answer(200, b'{"id": 1, "result": {"__class__": "Decimal", "decimal": "x"}}'),
        answer(200, b'{"id": 1, "result": {"__class__": "date", "year": 0}}'),
        answer(302, headers={"Location": "https://evil.example/steal?token=1"}),
        answer(200, b"\x1f\x8b garbage", {"Content-Encoding": "gzip"}),
        lambda handler: handler.wfile.write(b"garbage\r\n\r\n"),
        lambda handler: None,
    ],
)
def test_what_is_no_answer_is_an_error_in_words(given: Callable[[BaseHTTPRequestHandler], None]) -> None:
    receiver = Receiver()
    receiver.answer = given
    tryton = connect(receiver.url.partition("/hook")[0], **BY_LOGIN, timeout_seconds=30)
    assert "evil.example/steal" not in looked_up(tryton).message
    assert complained(tryton).outcome in ("retry", "rejected")
    assert not tryton.check().ok
    tryton.close()
    receiver.close()


def test_a_certificate_that_nobody_trusts_is_refused() -> None:
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            try:
                context.wrap_socket(listening.accept()[0], server_side=True).close()
            except (ssl.SSLError, OSError):
                return

        Thread(target=serve, daemon=True).start()
        tryton = connect(f"https://127.0.0.1:{listening.getsockname()[1]}", timeout_seconds=30)
        result = complained(tryton)
        assert (result.outcome, result.code) == ("retry", "tls")
        tryton.close()


@pytest.mark.parametrize(
    ("values", "missing"),
    [
        ({**BY_KEY}, {"push.part_used"}),
        ({**BY_KEY, **BY_LOGIN}, set()),
        ({**BY_LOGIN}, set()),
        ({**BY_LOGIN, "warnings": "reject"}, {"push.part_used"}),
    ],
)
def test_what_it_has_no_means_for_is_not_promised(values: dict[str, Any], missing: set[str]) -> None:
    tryton = connect("https://erp.example.org", **values)
    assert TrytonConnector.capabilities - tryton.capabilities == missing
    tryton.close()


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"url": "https://u:p@erp.example.org", "key": "env:KEY"}, "`erp.main.url`: must hold no user or password"),
        ({"key": "plain"}, "`erp.main.key`: a secret must be a reference"),
        ({"user": "svcctl"}, "`erp.main`: `user` and `password` go together"),
        ({}, "`erp.main`: `key` is needed, or `user` and `password`"),
        ({"key": "env:KEY", "databse": "x"}, "`erp.main.databse`: there is no such key"),
        ({"key": "env:KEY", "zone": "Mars"}, "`erp.main.zone`: "),
    ],
)
def test_a_wrong_configuration_is_refused_by_its_key(values: Mapping[str, Any], message: str) -> None:
    given = {"url": "https://erp.example.org", "database": "demo", **values}
    with pytest.raises(Refusal) as refused:
        read_config(TrytonConnector.Config, given, place="erp.main", home=Path(), environment={"KEY": "k"})
    assert refused.value.message.startswith(message)


def test_it_comes_in_by_its_entry_point() -> None:
    values = {"url": "https://erp.example.org", "database": "demo", "key": "env:KEY"}
    tryton = Registry(Path(), {"KEY": "hunter2"}).connector("tryton", values, "erp.main")
    assert "hunter2" not in repr(tryton.config)
    tryton.close()
