"""A store to rehearse on: it reads as another does, takes every write, and keeps nothing."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, NoReturn, TypeVar

from svcctl.foundation.errors import Refusal
from svcctl.store.contract import Damage, Document, Head, Progress, Store, TableSchema, Transaction, Where
from svcctl.store.overlay import Overlay
from svcctl.ticket.event import Event

T = TypeVar("T")


class Rehearsal(Store):
    """What `store` would be after some writes, for as long as this object lives.

    The store is only read, without its lock: a rehearsal neither waits for others nor makes them wait, and can be held
    over a store that nobody may write to. Ids are given as the store would give them next. Keys, `head`, `commits` and
    `verify` are those of the store.
    """

    def __init__(self, store: Store, tables: Mapping[str, TableSchema]) -> None:
        self._store = store
        self._overlay = Overlay(store, tables)

    def get(self, table: str, id: str) -> Document | None:
        return self._overlay.get(table, id)

    def find(
        self,
        table: str,
        *where: Where,
        order: str | None = None,
        descending: bool = False,
        limit: int | None = None,
    ) -> Iterator[Document]:
        return self._overlay.find(table, *where, order=order, descending=descending, limit=limit)

    def count(self, table: str, *where: Where) -> int:
        return self._overlay.count(table, *where)

    def history(self, table: str, id: str) -> Iterator[Event]:
        return self._overlay.history(table, id)

    def write(
        self,
        work: Callable[[Transaction], T],
        *,
        at: datetime,
        actor: str,
        key: str | None = None,
        arguments: Sequence[str] = (),
        dry_run: bool = False,
    ) -> T:
        """As `Store.write`. With a `key` the store is asked for it, which takes its lock for a moment."""
        if key is not None:
            try:
                return self._store.write(_first, at=at, actor=actor, key=key, arguments=arguments, dry_run=True)
            except _Unused:
                pass
        self._overlay.begin()
        try:
            result = work(self._overlay)
        except BaseException:
            self._overlay.forget()
            raise
        if dry_run:
            self._overlay.forget()
        else:
            self._overlay.keep()
        return result

    def head(self) -> Head:
        return self._store.head()

    def verify(
        self, *, deep: bool = False, kept: Head | None = None, progress: Progress | None = None
    ) -> Iterator[Damage]:
        return self._store.verify(deep=deep, kept=kept, progress=progress)

    def commits(self, after: int = 0) -> Iterator[Mapping[str, Any]]:
        return self._store.commits(after)

    def load(self, commits: Iterable[Mapping[str, Any]]) -> NoReturn:
        raise Refusal("already-exists", "a rehearsal begins with what the store has", help="load into an empty store")

    def close(self) -> None:
        self._store.close()


class _Unused(Exception):
    """The idempotency key was not used before."""


def _first(transaction: Transaction) -> NoReturn:
    raise _Unused
