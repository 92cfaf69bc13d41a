"""Fixtures: one Tryton server for the session of a worker, and connectors to it."""

import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))

import tryton_server
from svcctl_erp_tryton import TrytonConnector
from svcctl_store_postgres.testing import server_of_run
from tryton_connect import BY_KEY, BY_LOGIN, Connect, connect
from tryton_effects import Books


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a Tryton server with a demo company of this session alone."""
    trytond = tryton_server.environment()
    if trytond is None:
        warnings.warn("SVCCTL_TEST_TRYTON is not set: nothing was tried against a real Tryton", stacklevel=1)
        pytest.skip("SVCCTL_TEST_TRYTON is not set")
    settings = tryton_server.in_sqlite(trytond, tmp_path_factory.mktemp("tryton"))
    with tryton_server.served(trytond, settings) as url:
        yield url


@pytest.fixture(scope="session")
def on_postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """The address of a Tryton server on PostgreSQL, and its database, of this session alone."""
    trytond = tryton_server.environment()
    if trytond is None:
        warnings.warn("SVCCTL_TEST_TRYTON is not set: nothing was tried at once on PostgreSQL", stacklevel=1)
        pytest.skip("SVCCTL_TEST_TRYTON is not set")
    postgres = server_of_run(tmp_path_factory.getbasetemp())
    if postgres is None or not tryton_server.has_dumps():
        warnings.warn("there is no PostgreSQL: nothing was tried at once on Tryton", stacklevel=1)
        pytest.skip("there is no PostgreSQL")
    with (
        tryton_server.in_postgres(trytond, postgres) as (settings, database),
        tryton_server.served(trytond, settings, database) as url,
    ):
        yield url, database


@pytest.fixture
def connecting(server: str) -> Iterator[Connect]:
    """Makes connectors to the server, and closes them."""
    made: list[TrytonConnector] = []

    def make(**values: Any) -> TrytonConnector:
        made.append(connect(**{"url": server, **values}))
        return made[-1]

    yield make
    for each in made:
        each.close()


@pytest.fixture(params=["rest", "rpc"])
def tryton(request: pytest.FixtureRequest, connecting: Connect, logged_in: TrytonConnector) -> TrytonConnector:
    """A connector, by each of the two ways in."""
    return connecting(**BY_KEY) if request.param == "rest" else logged_in


@pytest.fixture(scope="session")
def logged_in(server: str) -> Iterator[TrytonConnector]:
    """One connector with a login for many tests: logging in is slow on purpose."""
    tryton = connect(server, **BY_LOGIN)
    yield tryton
    tryton.close()


@pytest.fixture(scope="session")
def books(server: str) -> Iterator[Books]:
    """What the administrator of the server sees."""
    tryton = connect(server)
    books = Books(tryton, server)
    yield books
    books.close()
    tryton.close()
