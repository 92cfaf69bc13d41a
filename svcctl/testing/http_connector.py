"""What every connector over HTTP must do when its ERP is slow, broken or lying: faults at each of its requests."""

from collections.abc import Mapping
from secrets import token_hex
from typing import Any

import pytest

from svcctl.extension.connector import Connector, LookupRequest, PullRequest, PushKind, PushRequest
from svcctl.extension.contract import Receipt
from svcctl.extension.http import HttpAnswer, HttpClient
from svcctl.foundation.errors import Refusal
from svcctl.testing.connector import PUSHES, ConnectorContract, Records
from svcctl.testing.stub import AFTER, INSTEAD, Fault, StubServer


class HttpConnectorContract(ConnectorContract):
    """Give fixtures `stub`, the server that plays the ERP, and `secrets`, which no text may hold, and a method
    `effects`: how much of what there is in the ERP now. Give the connector a long time-out, so that no slow machine
    decides a test."""

    @pytest.fixture
    def secrets(self) -> tuple[str, ...]:
        raise NotImplementedError("give a fixture `secrets`")

    def effects(self, stub: StubServer) -> Any:
        raise NotImplementedError("give a method `effects`")

    @pytest.mark.parametrize("fault", [fault for fault in (*INSTEAD, *AFTER) if fault != "slow"])
    @pytest.mark.parametrize("kind", [*PUSHES, "billed"])
    def test_whatever_fails_at_whichever_request_the_effect_is_there_once(
        self,
        connector: Connector,
        records: Records,
        ticket: str,
        stub: StubServer,
        secrets: tuple[str, ...],
        kind: str,
        fault: Fault,
    ) -> None:
        """A push that ended anyhow is sent again with its key, as the outbox does; then what there is in the ERP is
        what a push that nothing disturbed would have left."""
        push: PushKind = "cost" if kind == "billed" else kind  # type: ignore[assignment]
        if f"push.{push}" not in connector.capabilities:
            pytest.skip(f"the connector does not declare push.{push}")
        assert connector.check().ok, "it has logged in, if it must"
        undisturbed = self._request(connector, push, ticket, records, kind == "billed")
        before = self.effects(stub)
        stub.meet({})
        assert connector.push(undisturbed).outcome == "done"
        requests, expected = len(stub.seen), _difference(before, self.effects(stub))
        assert expected
        for number in range(1, requests + 1):
            request = self._request(connector, push, f"{ticket}-{number}", records, kind == "billed")
            before = self.effects(stub)
            stub.meet({number: fault})
            result = connector.push(request)
            if fault in ("denied", "moved"):
                assert result.outcome == "rejected", result
            elif result.outcome not in ("retry", "unknown"):
                # An answer nobody needed, such as that of a request that is asked again, may be lost.
                assert result.outcome == "done", (number, result)
            if fault in ("busy", "limited"):
                assert result.outcome == "done" or result.after == 7
            assert not [secret for secret in secrets if secret in repr(result)]
            stub.meet({})
            again = connector.push(request)
            assert again.outcome in ("done", "repeated"), (number, result, again)
            assert _difference(before, self.effects(stub)) == expected, (number, result, again)

    @pytest.mark.parametrize("fault", [fault for fault in (*INSTEAD, *AFTER) if fault != "slow"])
    def test_a_lookup_and_a_pull_say_what_failed(
        self, connector: Connector, known: Mapping[str, str], stub: StubServer, secrets: tuple[str, ...], fault: Fault
    ) -> None:
        stub.meet(dict.fromkeys(range(1, 10), fault))
        with pytest.raises(Refusal) as lookup:
            connector.lookup(LookupRequest("part", known["part"]))
        stub.meet(dict.fromkeys(range(1, 10), fault))
        with pytest.raises(Refusal) as pull:
            connector.pull(PullRequest())
        stub.meet(dict.fromkeys(range(1, 10), fault))
        health = connector.check()
        assert not health.ok
        for refusal in (lookup.value, pull.value):
            assert refusal.code == "plugin-unavailable"
            shown = refusal.message + refusal.help + health.text
            assert not [secret for secret in secrets if secret in shown]
            assert "evil.example/steal" not in shown

    def test_an_answer_that_never_comes_is_unknown_where_it_may_have_had_an_effect(
        self, connector: Connector, records: Records, ticket: str, stub: StubServer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        request = self._request(connector, "cost", ticket, records)
        assert connector.check().ok
        stub.meet({})
        connector.push(self._request(connector, "cost", f"{ticket}-1", records))
        last = len(stub.seen)
        monkeypatch.setattr(connector, "_http", _Impatient(stub, last))
        stub.meet({last: "slow"})
        assert connector.push(request).outcome == "unknown"
        if last > 1:
            monkeypatch.setattr(connector, "_http", _Impatient(stub, 1))
            stub.meet({1: "slow"})
            assert connector.push(request).outcome == "retry"
        stub.meet({})
        assert connector.push(request).outcome in ("done", "repeated")

    def _request(
        self, connector: Connector, kind: PushKind, ticket: str, records: Records, billable: bool = False
    ) -> PushRequest:
        """One with all that is done for it: a release takes back, and a use uses up, a reservation."""
        record = dict(records[kind])
        if kind == "cost":
            record["billable"] = billable
        if kind in ("release", "part_used") and "push.reservation" in connector.capabilities:
            record["reservation"] = token_hex(16)
            reserved = {**records["reservation"], "quantity": record["quantity"]}
            done = connector.push(PushRequest("reservation", record["reservation"], ticket, reserved))
            assert done.outcome == "done", done
        return PushRequest(kind, token_hex(16), ticket, record)


class _Impatient(HttpClient):
    """Waits long for every answer but that to the request of one number, so that no slow machine decides."""

    def __init__(self, stub: StubServer, number: int) -> None:
        super().__init__(30)
        self._stub = stub
        self._number = number
        self._hasty = HttpClient(0.5)

    def request(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes | None = None
    ) -> HttpAnswer | Receipt:
        is_due = len(self._stub.seen) + 1 == self._number
        ask = self._hasty.request if is_due else super().request
        return ask(method, url, headers, body)


def _difference(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    """What grew or shrank, by name."""
    names = before.keys() | after.keys()
    return {
        name: after.get(name, 0) - before.get(name, 0)
        for name in sorted(names)
        if after.get(name, 0) != before.get(name, 0)
    }
