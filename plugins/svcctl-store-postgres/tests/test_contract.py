"""The store keeps the contract of every store, and the points at which its server can be lost."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from svcctl_store_postgres import PostgresStores

from svcctl.plugin_api import Store, TableSchema
from svcctl.testing.store import TABLES, Crash, StoreContract


class Killed(BaseException):
    """Ends the command where it is raised."""


def kill_at(number: int, *, after: bool) -> Crash:
    """The process is gone before or after the statement of this number, and with it its connections."""

    @contextmanager
    def crash() -> Iterator[None]:
        left = number

        def killing(cursor: psycopg.Cursor[Any], *arguments: Any, **named: Any) -> Any:
            nonlocal left
            left -= 1
            if left == 0 and not after:
                cursor.connection.close()
                raise Killed
            answer = real(cursor, *arguments, **named)
            if left == 0:
                cursor.connection.close()
                raise Killed
            return answer

        real = psycopg.Cursor.execute
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(psycopg.Cursor, "execute", killing)
            yield

    return crash


class TestPostgresStore(StoreContract):
    @pytest.fixture
    def create(self, make: Callable[[Mapping[str, TableSchema]], Store]) -> Callable[..., Store]:
        return make

    @pytest.fixture
    def store(self, plug: Callable[[str], PostgresStores], schema: str) -> Store:
        return plug(schema).create(TABLES, lock_timeout=30)

    @pytest.fixture
    def another(self, plug: Callable[[str], PostgresStores], schema: str) -> Callable[[], Store] | None:
        return lambda: plug(schema).open(TABLES, lock_timeout=30)

    @pytest.fixture
    def crashes(self) -> Sequence[Crash]:
        return [kill_at(number, after=after) for number in range(1, 10) for after in (False, True)]
