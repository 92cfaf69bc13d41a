"""Both stores keep the contract."""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from svcctl.store.contract import Store, TableSchema
from svcctl.store.json_store import JsonStore
from svcctl.store.memory import MemoryStore
from svcctl.testing.store import TABLES, Crash, StoreContract


class Killed(BaseException):
    """Ends the command where it is raised."""


def kill_at(call: str, count: int) -> Crash:
    """The `count`-th use of `os.<call>` ends the write before it does anything."""

    @contextmanager
    def crash() -> Iterator[None]:
        left = count

        def killing(*arguments: Any, **named: Any) -> Any:
            nonlocal left
            left -= 1
            if left == 0:
                raise Killed
            return real(*arguments, **named)

        real = getattr(os, call)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(os, call, killing)
            yield

    return crash


class TestJsonStore(StoreContract):
    @pytest.fixture
    def create(self, tmp_path: Path) -> Callable[[Mapping[str, TableSchema]], Store]:
        numbers = count()
        return lambda tables: JsonStore.create(tmp_path / f"store{next(numbers)}", tables)

    @pytest.fixture
    def store(self, tmp_path: Path) -> Store:
        return JsonStore.create(tmp_path / "store", TABLES)

    @pytest.fixture
    def another(self, tmp_path: Path) -> Callable[[], Store] | None:
        return lambda: JsonStore.open(tmp_path / "store", TABLES)

    @pytest.fixture
    def crashes(self) -> Sequence[Crash]:
        calls = {"open": 7, "write": 4, "fsync": 6, "rename": 3}
        return [kill_at(call, count) for call, most in calls.items() for count in range(1, most + 1)]


class TestMemoryStore(StoreContract):
    @pytest.fixture
    def create(self) -> Callable[[Mapping[str, TableSchema]], Store]:
        return MemoryStore
