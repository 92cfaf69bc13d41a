"""What every ERP connector must do. Subclass `ConnectorContract` in a test module and give its fixtures."""

from collections.abc import Mapping
from pathlib import Path
from secrets import randbelow, token_hex
from typing import Any, Literal

import pytest

from svcctl.desk.erp_records import admitted
from svcctl.extension.config import read_config
from svcctl.extension.connector import (
    CONNECTOR_CAPABILITIES,
    Change,
    Connector,
    LookupKind,
    LookupRequest,
    PullKind,
    PullRequest,
    PushKind,
    PushRequest,
    PushResult,
)
from svcctl.foundation.errors import Refusal

LOOKUPS: tuple[LookupKind, ...] = ("customer", "asset", "warranty", "part", "stock")
PUSHES: tuple[PushKind, ...] = ("reservation", "release", "part_used", "cost", "complaint")
PULLED: tuple[PullKind, ...] = ("customer", "site", "asset")

Records = Mapping[PushKind, Mapping[str, Any]]

#: What svcctl pushes, by kind; the kit adds the key of a reservation where one is taken back or used up.
RECORDS: Records = {
    "reservation": {"part": "P-1", "quantity": "2", "location": "main"},
    "release": {"part": "P-1", "quantity": "2", "location": "main"},
    "part_used": {
        "part": "P-1",
        "quantity": "1",
        "location": "main",
        "old_serial": "S-1",
        "new_serial": "S-2",
        "customer": "C-1",
        "asset": "S-1",
    },
    "cost": {
        "lines": [
            {"kind": "travel", "amount": "120.50", "text": "高铁"},
            {"kind": "repair", "amount": "300"},
            {"kind": "goodwill", "amount": "50.00"},
        ],
        "currency": "CNY",
        "customer": "C-1",
        "asset": "S-1",
        "billable": False,
    },
    "complaint": {
        "title": "黑屏 / black screen <1>",
        "text": "no picture since\nthis morning",
        "customer": "C-1",
        "asset": "S-1",
        "state": "open",
        "opened_at": "2026-11-20T08:00:00Z",
    },
}
#: A part and a cost by themselves, in amounts that no float holds.
PART: Mapping[str, Any] = {"part": "P-1", "quantity": "2.5", "location": "main"}
COST: Mapping[str, Any] = {
    "lines": [{"kind": "travel", "amount": "120.50", "text": "高铁"}, {"kind": "parts", "amount": "0.10"}],
    "currency": "CNY",
    "customer": "C-1",
    "billable": False,
}
#: What is there to be looked up in an ERP that has all that `RECORDS` names.
KNOWN: Mapping[str, str] = {"customer": "C-1", "asset": "S-1", "warranty": "S-1", "part": "P-1", "stock": "P-1"}
CLOSED = {"state": "closed", "closed_at": "2026-11-22T09:30:00Z", "resolution": "换屏 replaced the screen"}
_NOWHERE = "no such thing / ' \" 无"


def push(
    connector: Connector, kind: PushKind, record: Mapping[str, Any], key: str = "k1", ticket: str = "T-000042"
) -> PushResult:
    """What becomes of a push."""
    return connector.push(PushRequest(kind, key, ticket, record))


def pulled(connector: Connector, cursor: str | None = None) -> tuple[list[Change], str]:
    """All that there is since a cursor, page by page, and the next one."""
    changes: list[Change] = []
    while True:
        result = connector.pull(PullRequest(cursor))
        changes += result.changes
        cursor = result.cursor
        if not result.more:
            return changes, cursor


class ConnectorContract:
    """`connector` works on an ERP made for the tests.

    Where that has other names than `RECORDS` and `KNOWN`, give `records` and `known`, an id that is there for each kind
    of lookup, too; `unreachable`, a connector to an ERP that is not there, adds what must become of every call then.
    """

    @pytest.fixture
    def connector(self) -> Connector:
        raise NotImplementedError("give a fixture `connector`")

    @pytest.fixture
    def known(self) -> Mapping[str, str]:
        return KNOWN

    @pytest.fixture
    def records(self) -> Records:
        return RECORDS

    @pytest.fixture
    def unreachable(self) -> Connector:
        pytest.skip("no fixture `unreachable` is given")

    @pytest.fixture
    def ticket(self) -> str:
        """A number that no earlier test has used, in the same ERP either."""
        return f"T-{randbelow(10**9):09}"

    @pytest.mark.parametrize("kind", LOOKUPS)
    def test_it_finds_what_is_there_and_says_when_nothing_is(
        self, connector: Connector, known: Mapping[str, str], kind: LookupKind
    ) -> None:
        _needs(connector, f"lookup.{kind}")
        assert connector.lookup(LookupRequest(kind, known[kind])).found
        assert not connector.lookup(LookupRequest(kind, _NOWHERE)).found

    @pytest.mark.parametrize("kind", ["customer", "asset"])
    def test_what_it_finds_is_a_record_that_svcctl_takes(
        self, connector: Connector, known: Mapping[str, str], kind: Literal["customer", "asset"]
    ) -> None:
        _needs(connector, f"lookup.{kind}")
        _expect_fields(kind, known[kind], connector.lookup(LookupRequest(kind, known[kind])).record)

    def test_a_pull_brings_records_that_svcctl_takes_and_the_next_brings_nothing(self, connector: Connector) -> None:
        _needs(connector, "pull")
        changes, cursor = pulled(connector)
        assert changes
        for change in changes:
            assert change.kind in PULLED
            assert change.id
            if change.record is not None:
                _expect_fields(change.kind, change.id, change.record)
        assert connector.pull(PullRequest(cursor)).changes == ()

    @pytest.mark.parametrize("kind", PUSHES)
    def test_a_push_has_its_effect_once(
        self, connector: Connector, records: Records, ticket: str, kind: PushKind
    ) -> None:
        _needs(connector, f"push.{kind}")
        more = {}
        if kind == "release":
            more["reservation"] = _done(connector, "reservation", ticket, records["reservation"])
        _done(connector, kind, ticket, {**records[kind], **more})

    def test_a_part_uses_up_its_reservation_of_which_nothing_is_left_to_release(
        self, connector: Connector, records: Records, ticket: str
    ) -> None:
        for kind in ("reservation", "release", "part_used"):
            _needs(connector, f"push.{kind}")
        reserved = {**records["reservation"], "quantity": records["part_used"]["quantity"]}
        key = _done(connector, "reservation", ticket, reserved)
        _done(connector, "part_used", ticket, {**records["part_used"], "reservation": key})
        _expect_nothing_to_do(connector, ticket, {**reserved, "reservation": key})

    def test_there_is_nothing_to_do_for_a_reservation_that_never_came(
        self, connector: Connector, records: Records, ticket: str
    ) -> None:
        _needs(connector, "push.release")
        _expect_nothing_to_do(connector, ticket, {**records["release"], "reservation": _key()})

    @pytest.mark.parametrize("billable", [False, True])
    def test_two_keys_are_two_costs(self, connector: Connector, records: Records, ticket: str, billable: bool) -> None:
        _needs(connector, "push.cost")
        record = {**records["cost"], "billable": billable}
        first, second = (connector.push(PushRequest("cost", _key(), ticket, record)) for _ in range(2))
        assert (first.outcome, second.outcome) == ("done", "done")
        assert first.remote_id != second.remote_id

    def test_a_complaint_is_brought_up_to_date(self, connector: Connector, records: Records, ticket: str) -> None:
        _needs(connector, "push.complaint")
        opened = _done(connector, "complaint", ticket, records["complaint"])
        _done(connector, "complaint", ticket, {**records["complaint"], **CLOSED})
        late = connector.push(PushRequest("complaint", opened, ticket, records["complaint"]))
        assert late.outcome == "repeated"

    def test_an_erp_that_is_not_there_is_said_and_tried_again(self, unreachable: Connector, records: Records) -> None:
        assert not unreachable.check().ok
        for kind in LOOKUPS:
            if f"lookup.{kind}" in unreachable.capabilities:
                with pytest.raises(Refusal) as refused:
                    unreachable.lookup(LookupRequest(kind, "X-1"))
                assert refused.value.code == "plugin-unavailable"
        for push in PUSHES:
            if f"push.{push}" in unreachable.capabilities:
                request = PushRequest(push, _key(), "T-000001", {"reservation": _key(), **records[push]})
                assert unreachable.push(request).outcome == "retry"

    def test_it_says_that_it_would_work(self, connector: Connector) -> None:
        assert connector.check().ok

    def test_it_declares_what_there_is(self, connector: Connector) -> None:
        assert connector.capabilities
        assert connector.capabilities <= CONNECTOR_CAPABILITIES

    def test_its_configuration_refuses_unknown_keys(self, connector: Connector) -> None:
        with pytest.raises(Refusal) as refused:
            read_config(connector.Config, {"no_such_key": 1}, place="erp.test", home=Path(), environment={})
        assert refused.value.code == "bad-configuration"


def _needs(connector: Connector, capability: str) -> None:
    if capability not in connector.capabilities:
        pytest.skip(f"the connector does not declare {capability}")


def _key() -> str:
    return token_hex(16)


def _done(connector: Connector, kind: PushKind, ticket: str, record: Mapping[str, Any]) -> str:
    """Push it twice: done, then repeated with the same name. The key."""
    request = PushRequest(kind, _key(), ticket, record)
    if kind == "release":
        request = request.replace(record={"reservation": _key(), **record})
    first, again = connector.push(request), connector.push(request)
    assert (first.outcome, again.outcome) == ("done", "repeated"), (first, again)
    assert first.remote_id == again.remote_id
    return request.key


def _expect_nothing_to_do(connector: Connector, ticket: str, record: Mapping[str, Any]) -> None:
    """A release without an effect leaves no trace by which its key could be known."""
    request = PushRequest("release", _key(), ticket, record)
    assert connector.push(request).outcome == "done"
    assert connector.push(request).outcome in ("done", "repeated")


def _expect_fields(kind: PullKind, id: str, record: Mapping[str, Any] | None) -> None:
    """Svcctl takes the record as one of its own, and its ids are those that were asked for."""
    assert record is not None
    assert record.get("id", id) == id
    admitted(kind, id, record)
