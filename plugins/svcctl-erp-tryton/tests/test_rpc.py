"""JSON-RPC with a login: sessions that end, passwords, warnings, and others who are at the same record."""

from collections.abc import Iterator
from typing import Any

import pytest
from svcctl_erp_tryton import TrytonConnector
from tryton_connect import BY_LOGIN, connect
from tryton_stub import Rpc, complained, looked_up

from svcctl.plugin_api import LookupRequest
from svcctl.testing.stub import StubAnswer, StubServer


@pytest.fixture
def rpc() -> Rpc:
    return Rpc()


@pytest.fixture
def by_rpc(rpc: Rpc) -> Iterator[TrytonConnector]:
    stub = StubServer(rpc)
    tryton = connect(stub.url, sleep=lambda seconds: None, timeout_seconds=30, **BY_LOGIN)
    yield tryton
    tryton.close()
    stub.close()


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
        [{**row, "_timestamp": "2.5"}],
        [{**row, "state": "waiting", "_timestamp": "3.5"}],
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
    assert step[-1] == {"company": 1, "language": "en", "_timestamp": {"sale.complaint,4": "2.5"}}
    assert write[-1]["_timestamp"] == {"sale.complaint,4": "1.5"}


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


def test_a_slow_server_is_not_asked_on_and_on(rpc: Rpc) -> None:
    """However many requests it takes, one push ends within what `limits` promises."""
    stub = StubServer(rpc)
    now = iter(range(0, 10_000, 50))
    tryton = connect(stub.url, monotonic=lambda: float(next(now)), timeout_seconds=30, **BY_LOGIN)
    result = complained(tryton)
    assert (result.outcome, result.code) == ("retry", "too-slow")
    assert tryton.limits.attempt_seconds == 180
    tryton.close()
    stub.close()
