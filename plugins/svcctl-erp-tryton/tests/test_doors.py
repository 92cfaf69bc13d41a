"""What the two ways into Tryton make of answers, against a server that answers well, badly or not at all."""

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

from svcctl.extension.config import read_config
from svcctl.extension.registry import Registry
from svcctl.plugin_api import LookupRequest, PushRequest, PushResult, Refusal
from svcctl.testing.connector import RECORDS
from svcctl.testing.receiver import Receiver, answer
from svcctl.testing.stub import StubAnswer, StubRequest, StubServer

COMPANY = [{"id": 1, "party": {"name": "Demo", "code": "OWN", "id": 1}, "currency": 1}]
PREFERENCES = {"company": 1, "language": "de"}


class Rpc:
    """Plays the JSON-RPC of Tryton: a login, and for each other method what `results` give, the last over and over."""

    def __init__(self) -> None:
        self.logins = 0
        self.password = "a-long-Passw0rd-of-tests"
        self.results: dict[str, list[Any]] = {}
        self.calls: list[tuple[str, Any]] = []

    def __call__(self, request: StubRequest) -> StubAnswer:
        method, parameters = request.content["method"], request.content["params"]
        self.calls.append((method, parameters))
        if method == "common.db.login":
            self.logins += 1
            if parameters[1] != {"password": self.password}:
                return StubAnswer(401, "wrong")
            return StubAnswer(200, {"id": 1, "result": [7, f"token{self.logins}", None]})
        if method == "model.res.user.get_preferences":
            return StubAnswer(200, {"id": 1, "result": PREFERENCES})
        if method == "model.company.company.search_read":
            rows = [{"id": 1, "party": 1, "party.": {"id": 1, "name": "Demo", "code": "OWN"}}]
            return StubAnswer(200, {"id": 1, "result": rows})
        given = self.results.get(method, [[]])
        result = given.pop(0) if len(given) > 1 else given[0]
        if isinstance(result, StubAnswer):
            return result
        return StubAnswer(200, {"id": 1, "error" if isinstance(result, tuple) else "result": result})

    def methods(self, ending: str) -> list[Any]:
        """The parameters of the calls of a method."""
        return [parameters for method, parameters in self.calls if method.endswith(ending)]


@pytest.fixture
def rpc() -> Rpc:
    return Rpc()


@pytest.fixture
def by_rpc(rpc: Rpc) -> Iterator[TrytonConnector]:
    stub = StubServer(rpc)
    tryton = connect(stub.url, sleep=lambda seconds: None, timeout_seconds=2, **BY_LOGIN)
    yield tryton
    tryton.close()
    stub.close()


Play = Callable[[StubRequest], StubAnswer]


@pytest.fixture
def by_rest() -> Iterator[Callable[..., TrytonConnector]]:
    """Makes connectors to a server that answers by REST as it is told."""
    made: list[Any] = []

    def make(play: Play, **values: Any) -> TrytonConnector:
        stub = StubServer(
            lambda request: StubAnswer(200, COMPANY) if "company.company" in request.path else play(request)
        )
        tryton = connect(stub.url, timeout_seconds=2, **values)
        made.extend((tryton, stub))
        return tryton

    yield make
    for each in made:
        each.close()


def looked_up(tryton: TrytonConnector) -> Refusal:
    with pytest.raises(Refusal) as refused:
        tryton.lookup(LookupRequest("customer", "C-1"))
    assert refused.value.code == "plugin-unavailable"
    return refused.value


def complained(tryton: TrytonConnector) -> PushResult:
    return tryton.push(PushRequest("complaint", "k1", "T-000001", RECORDS["complaint"]))


def test_a_session_that_has_ended_is_renewed_once(rpc: Rpc, by_rpc: TrytonConnector) -> None:
    assert not by_rpc.lookup(LookupRequest("customer", "C-1")).found
    before = rpc.logins
    rpc.results["model.party.party.search_read"] = [StubAnswer(401, "gone"), []]
    assert not by_rpc.lookup(LookupRequest("customer", "C-1")).found
    assert rpc.logins == before + 1


def test_a_server_that_takes_no_session_is_not_asked_for_ever(rpc: Rpc, by_rpc: TrytonConnector) -> None:
    assert not by_rpc.lookup(LookupRequest("customer", "C-1")).found
    before = rpc.logins
    rpc.results["model.party.party.search_read"] = [StubAnswer(401, "gone")]
    looked_up(by_rpc)
    assert rpc.logins == before + 1
    assert len(rpc.methods("party.party.search_read")) == 3


def test_a_bad_password_is_said_and_not_tried_again(rpc: Rpc, by_rpc: TrytonConnector) -> None:
    rpc.password = "another"
    result = complained(by_rpc)
    assert (result.outcome, result.code) == ("rejected", "401")
    assert result.text == "the password of `svcctl` is not taken"
    assert rpc.logins == 1
    assert not by_rpc.check().ok


@pytest.mark.parametrize("status", [408, 423, 429, 503, 504])
def test_a_busy_server_is_tried_again(rpc: Rpc, by_rpc: TrytonConnector, status: int) -> None:
    rpc.results["model.sale.complaint.search_read"] = [StubAnswer(status, "busy", {"Retry-After": "9"})]
    result = complained(by_rpc)
    assert (result.outcome, result.code) == ("retry", str(status))


@pytest.mark.parametrize(
    ("error", "outcome", "code", "text"),
    [
        (
            ("UserError", ["The value is wrong.", "Look here.", None]),
            "rejected",
            "UserError",
            "The value is wrong. Look here.",
        ),
        (
            ("ConcurrencyException", "modified in the meanwhile"),
            "retry",
            "ConcurrencyException",
            "modified in the meanwhile",
        ),
        (("'sale.complaint'", "Traceback"), "unknown", "500", "the server failed: 'sale.complaint'"),
        (("UserError",), "unknown", "500", "the server failed: ['UserError']"),
        (
            ("LoginException", ["sms", "the code?", "char"]),
            "rejected",
            "401",
            "the server asks for more at login: the code?",
        ),
    ],
)
def test_exceptions_say_what_becomes_of_a_push(
    rpc: Rpc, by_rpc: TrytonConnector, error: tuple[Any, ...], outcome: str, code: str, text: str
) -> None:
    rpc.results["model.sale.complaint.search_read"] = [error]
    result = complained(by_rpc)
    assert (result.outcome, result.code, result.text) == (outcome, code, text)


def test_what_somebody_changed_meanwhile_is_looked_at_again_a_few_times(rpc: Rpc, by_rpc: TrytonConnector) -> None:
    rpc.results["model.sale.complaint.search_read"] = [("ConcurrencyException", "modified in the meanwhile")]
    assert complained(by_rpc).outcome == "retry"
    assert len(rpc.methods("sale.complaint.search_read")) == 3


def a_complaint(rpc: Rpc) -> None:
    """One that is there already, as a draft."""
    row = {"id": 4, "state": "draft", "reference": "T-000001", "number": "9", "description": "", "actions": []}
    rpc.results["model.sale.complaint.search_read"] = [
        [row],
        [{**row, "_timestamp": "1.5"}],
        [{**row, "state": "waiting", "_timestamp": "2.5"}],
    ]


def test_a_warning_is_skipped_once_and_the_step_done_again(rpc: Rpc, by_rpc: TrytonConnector) -> None:
    a_complaint(rpc)
    rpc.results["model.sale.complaint.wait"] = [("UserWarning", ["hash.similar", "There is another.", ""]), None]
    assert complained(by_rpc).outcome == "done"
    assert [parameters[0] for parameters in rpc.methods("warning.skip")] == ["hash.similar"]
    assert len(rpc.methods("complaint.wait")) == 2


def test_a_step_is_taken_only_where_nobody_has_changed_the_record(rpc: Rpc, by_rpc: TrytonConnector) -> None:
    a_complaint(rpc)
    assert complained(by_rpc).outcome == "done"
    [step], [write] = rpc.methods("complaint.wait"), rpc.methods("complaint.write")
    assert step[-1] == {"company": 1, "language": "en", "_timestamp": {"sale.complaint,4": "1.5"}}
    assert write[-1]["_timestamp"] == {"sale.complaint,4": "2.5"}


def test_a_warning_that_comes_again_is_not_skipped_for_ever(rpc: Rpc, by_rpc: TrytonConnector) -> None:
    a_complaint(rpc)
    rpc.results["model.sale.complaint.write"] = [("UserWarning", ["hash.similar", "There is another.", ""])]
    result = complained(by_rpc)
    assert (result.outcome, result.code, result.text) == ("rejected", "UserWarning", "There is another.")
    assert len(rpc.methods("warning.skip")) == 1


def test_two_drafts_of_which_nobody_is_at_work_become_one(rpc: Rpc, by_rpc: TrytonConnector) -> None:
    """Whoever delivers waits a while for others, and then takes the first."""
    row = {"state": "draft", "reference": "T-000001", "number": "9", "description": "", "actions": []}
    both = [{**row, "id": 4}, {**row, "id": 5}]
    rest = {**row, "id": 4, "state": "waiting", "_timestamp": "1.5"}
    rpc.results["model.sale.complaint.search_read"] = [both, both, both, both, [rest]]
    assert complained(by_rpc).outcome == "done"
    assert [parameters[0] for parameters in rpc.methods("complaint.delete")] == [[5]]


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


def test_a_company_must_be_clear(rpc: Rpc) -> None:
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
    tryton = connect(receiver.url.partition("/hook")[0], **BY_LOGIN, timeout_seconds=2)
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
    tryton = connect(receiver.url.partition("/hook")[0], **BY_LOGIN, timeout_seconds=0.5)
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
        tryton = connect(f"https://127.0.0.1:{listening.getsockname()[1]}", timeout_seconds=2)
        result = complained(tryton)
        assert (result.outcome, result.code) == ("retry", "tls")
        tryton.close()


def test_a_slow_server_is_not_asked_on_and_on(rpc: Rpc) -> None:
    """However many requests it takes, one push ends within what `limits` promises."""
    stub = StubServer(rpc)
    now = iter(range(0, 10_000, 50))
    tryton = connect(stub.url, monotonic=lambda: float(next(now)), timeout_seconds=2, **BY_LOGIN)
    result = complained(tryton)
    assert (result.outcome, result.code) == ("retry", "too-slow")
    assert tryton.limits.attempt_seconds == 96
    tryton.close()
    stub.close()


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
