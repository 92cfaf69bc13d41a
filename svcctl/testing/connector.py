"""What every ERP connector must do. Subclass `ConnectorContract` in a test module and give its fixtures."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from svcctl.extension.config import read_config
from svcctl.extension.connector import (
    CONNECTOR_CAPABILITIES,
    Connector,
    LookupKind,
    LookupRequest,
    PullRequest,
    PushKind,
    PushRequest,
)
from svcctl.foundation.errors import Refusal

LOOKUPS: tuple[LookupKind, ...] = ("customer", "asset", "warranty", "part", "stock")
PUSHES: tuple[PushKind, ...] = ("reservation", "release", "part_used", "cost", "complaint")

#: What svcctl pushes, by kind.
RECORDS: Mapping[str, Mapping[str, Any]] = {
    "reservation": {"part": "P-1", "quantity": "1", "location": "main"},
    "release": {"part": "P-1", "quantity": "1", "location": "main"},
    "part_used": {"part": "P-1", "quantity": "1", "old_serial": "S-1", "new_serial": "S-2"},
    "cost": {"kind": "travel", "amount": "120.50", "currency": "CNY"},
    "complaint": {"title": "黑屏", "customer": "C-1", "asset": "S-1"},
}


class ConnectorContract:
    """`connector` works on an ERP made for the test; `known` has an id that is there for each kind of lookup."""

    @pytest.fixture
    def connector(self) -> Connector:
        raise NotImplementedError("give a fixture `connector`")

    @pytest.fixture
    def known(self) -> Mapping[str, str]:
        raise NotImplementedError("give a fixture `known`")

    @pytest.mark.parametrize("kind", LOOKUPS)
    def test_it_finds_what_is_there_and_says_when_nothing_is(
        self, connector: Connector, known: Mapping[str, str], kind: LookupKind
    ) -> None:
        _needs(connector, f"lookup.{kind}")
        assert connector.lookup(LookupRequest(kind, known[kind])).found
        assert not connector.lookup(LookupRequest(kind, "no such thing / ' \" 无")).found

    def test_a_pull_after_a_pull_brings_nothing(self, connector: Connector) -> None:
        _needs(connector, "pull")
        cursor, changes, more = None, 0, True
        while more:
            result = connector.pull(PullRequest(cursor))
            cursor, more = result.cursor, result.more
            changes += len(result.changes)
        assert changes > 0
        assert connector.pull(PullRequest(cursor)).changes == ()

    @pytest.mark.parametrize("kind", PUSHES)
    def test_a_push_has_its_effect_once(self, connector: Connector, kind: PushKind) -> None:
        _needs(connector, f"push.{kind}")
        request = PushRequest(kind, f"key-{kind}", "T-000042", RECORDS[kind])
        first, again = connector.push(request), connector.push(request)
        assert (first.outcome, again.outcome) == ("done", "repeated")
        assert first.remote_id == again.remote_id

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
