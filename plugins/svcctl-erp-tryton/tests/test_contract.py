"""The conformance kit against a real Tryton, by REST and by JSON-RPC."""

import socket
from collections.abc import Iterator

import pytest
from svcctl_erp_tryton import TrytonConnector
from tryton_connect import BY_KEY, BY_LOGIN, Connect, connect

from svcctl.plugin_api import Connector
from svcctl.testing.connector import ConnectorContract


class _Contract(ConnectorContract):
    @pytest.fixture
    def unreachable(self) -> Iterator[TrytonConnector]:
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            away = connect(f"http://127.0.0.1:{taken.getsockname()[1]}")
            yield away
            away.close()


class TestByRest(_Contract):
    """With a key alone parts cannot be written off."""

    @pytest.fixture
    def connector(self, connecting: Connect) -> Connector:
        return connecting(**BY_KEY)


class TestByRpc(_Contract):
    @pytest.fixture
    def connector(self, logged_in: TrytonConnector) -> Connector:
        return logged_in


class TestByBoth(_Contract):
    @pytest.fixture
    def connector(self, connecting: Connect) -> Connector:
        return connecting(**BY_KEY, **BY_LOGIN)
