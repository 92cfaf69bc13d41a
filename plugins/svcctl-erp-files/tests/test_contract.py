"""The connector keeps the contract of every connector."""

from collections.abc import Mapping
from pathlib import Path

import pytest
from files_connect import connector

from svcctl.plugin_api import Connector
from svcctl.testing.connector import ConnectorContract


class TestContract(ConnectorContract):
    @pytest.fixture
    def connector(self, folder: Path) -> Connector:
        return connector(folder)

    @pytest.fixture
    def known(self) -> Mapping[str, str]:
        return {"customer": "C-1", "asset": "007", "warranty": "007", "part": "P-1", "stock": "P-1"}

    @pytest.fixture
    def unreachable(self, folder: Path) -> Connector:
        away = connector(folder, {})
        folder.rmdir()
        return away
