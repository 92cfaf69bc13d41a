"""Fixtures: one Tryton server for the session of a worker, and connectors to it."""

import shutil
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))

import tryton_server
from svcctl_erp_tryton import TrytonConnector
from tryton_connect import BY_KEY, BY_LOGIN, Connect, connect


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a Tryton server with a demo company of this session alone."""
    trytond = tryton_server.environment()
    if trytond is None:
        warnings.warn("SVCCTL_TEST_TRYTON is not set: nothing was tried against a real Tryton", stacklevel=1)
        pytest.skip("SVCCTL_TEST_TRYTON is not set")
    folder = tmp_path_factory.mktemp("tryton")
    settings = tryton_server.sqlite(folder)
    shutil.copy(tryton_server.built(trytond), folder / "demo.sqlite")
    with tryton_server.served(trytond, settings) as url:
        yield url


@pytest.fixture
def connecting(server: str) -> Iterator[Connect]:
    """Makes connectors to the server, and closes them."""
    made: list[TrytonConnector] = []

    def make(**values: Any) -> TrytonConnector:
        made.append(connect(server, **values))
        return made[-1]

    yield make
    for each in made:
        each.close()


@pytest.fixture(params=["rest", "rpc"])
def tryton(request: pytest.FixtureRequest, connecting: Connect) -> TrytonConnector:
    """A connector, by each of the two ways in."""
    return connecting(**(BY_KEY if request.param == "rest" else BY_LOGIN))
