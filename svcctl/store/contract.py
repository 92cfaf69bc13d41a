"""The contract of every store: tables of documents that change only by events, in atomic commits.

A store knows nothing of tickets: it is told the tables, their id prefixes and their indexed fields.
Outbox messages are documents of the table `outbox`, wake times an indexed field of tickets: one
commit carries a change, its messages and its next wake time because all three are events.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime
from typing import Any, Literal, Protocol, TypeVar

from svcctl.foundation.record import Record
from svcctl.ticket.event import Document, Event

T = TypeVar("T")
Upgrade = Callable[[Document], Document]
#: Told how many commits are done, now and then, while something long goes on.
Progress = Callable[[int], None]
#: Begins something long: what is done (`indexed`) to how many commits, as far as that is known. The end ends it.
Counting = Callable[[str, int | None], AbstractContextManager[Progress]]


def silently(doing: str, total: int | None) -> AbstractContextManager[Progress]:
    """Tells nobody."""
    return nullcontext(lambda done: None)


class TableSchema(Record):
    """One table: `prefix` of the ids that the store gives (`T` -> `T-000042`; None: callers give their own ids),
    and the dotted paths of the fields that queries may use cheaply.

    Documents are of version 1 and more by one for each of the `upgrades`: the first makes version 2 of version 1.
    They are pure, and given a document that they may change. What is read is always of the newest version; the next
    change of a document stores it so, as an event `upgraded` of its own.
    """

    prefix: str | None
    indexed: tuple[str, ...] = ()
    upgrades: tuple[Upgrade, ...] = ()

    @property
    def version(self) -> int:
        """The version that its documents have when they are written."""
        return len(self.upgrades) + 1


class Where(Record):
    """One condition on a dotted field. `in` takes a sequence; `==` with None asks for absence.

    Text compares as text, numbers as numbers; an absent field satisfies no ordering.
    """

    field: str
    op: Literal["==", "!=", "<", "<=", ">", ">=", "in"]
    value: Any


class Head(Record):
    """The end of the trail: the number of the last commit and its hash (hexadecimal SHA-256)."""

    sequence: int
    hash: str


class Damage(Record):
    """Something that is not as it was written: where (`journal/000001.jsonl:17`), and what is wrong."""

    place: str
    message: str


class Reader(Protocol):
    """What can be asked of a store, and of a transaction, which sees its own changes."""

    def get(self, table: str, id: str) -> Document | None:
        """The document, or None."""

    def find(
        self,
        table: str,
        *where: Where,
        order: str | None = None,
        descending: bool = False,
        limit: int | None = None,
    ) -> Iterator[Document]:
        """Documents that meet all conditions, in order of the field `order` (absent first), then of creation;
        `descending` is the exact reverse."""

    def count(self, table: str, *where: Where) -> int:
        """How many documents meet all conditions."""

    def history(self, table: str, id: str) -> Iterator[Event]:
        """Every event of a document, oldest first."""


class Transaction(Reader, Protocol):
    """A write in progress. Nothing is on disk before the work returns; an exception leaves everything as it was."""

    def claim(
        self, table: str, *where: Where, order: str | None = None, limit: int | None = None
    ) -> Iterator[Document]:
        """Documents to work on that nobody else need work on: what `find` gives, but for those that a transaction
        going on elsewhere has claimed. Nobody else changes them until this one ends.

        Where transactions come one after another nothing is claimed elsewhere, and this is `find`.
        """

    def next_id(self, table: str) -> str:
        """A fresh id of a table with a prefix; never given twice, not even after a failed commit's successor."""

    def record(self, event: Event) -> Document:
        """Fold the event into its document and return it. Raises FoldError where it does not fit.

        An event that sets the field `removed` to True takes the document away for every reader; its history stays,
        and its next event brings it back.
        """


class Store(Reader, ABC):
    """Many short processes share one store; what `write` acknowledged is never lost."""

    @abstractmethod
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
        """Run `work` and commit all that it recorded as one, or nothing.

        `work` sees the latest state and must not touch the network. It runs under the lock, or again where others
        changed meanwhile what it had read, so it has no effect but its result. No events, no commit. With an
        idempotency `key` the result (which must be JSON) is kept in the commit: the same key with the
        same `arguments` returns it again without running, with others it raises Refusal `key-reused`.
        `dry_run` runs the work and throws the changes away.

        Raises Refusal `store-busy` (lock not had in time), `store-damaged`, `store-newer`, `disk-refused`, and
        `bad-input` for what is not JSON or makes a document too large.
        """

    @abstractmethod
    def head(self) -> Head:
        """The last commit's number and hash; number 0 and 64 zeros where there is none."""

    @abstractmethod
    def verify(
        self, *, deep: bool = False, kept: Head | None = None, progress: Progress | None = None
    ) -> Iterator[Damage]:
        """Walk the chain; `deep` folds every document again and compares. Nothing found, nothing yielded.

        `kept` is a head that was kept elsewhere: whoever altered anything up to it made another chain, in which it is
        not.
        """

    @abstractmethod
    def commits(self, after: int = 0) -> Iterator[Mapping[str, Any]]:
        """Journal lines with a sequence above `after`, oldest first."""

    @abstractmethod
    def load(self, commits: Iterable[Mapping[str, Any]]) -> Head:
        """Fill this store, which must be empty, with the commits of another, whole: the same chain, the same head.

        All of them, or nothing. Raises Refusal `already-exists` where there are commits, `bad-input` where those given
        are no chain, `disk-refused`.
        """

    def close(self) -> None:
        """Give back files and handles; the store may not be used afterwards."""


__all__ = ["Damage", "Document", "Head", "Progress", "Reader", "Store", "TableSchema", "Transaction", "Where"]
