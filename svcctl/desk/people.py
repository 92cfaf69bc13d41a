"""Who there is, read from a store as far as it is asked for."""

from collections.abc import Iterator, Mapping
from typing import TypeVar

from svcctl.desk.tables import TICKETS
from svcctl.foundation.record import Record
from svcctl.store.contract import Reader, Where
from svcctl.ticket.document import from_document

Person = TypeVar("Person", bound=Record)


class People(Mapping[str, Person]):
    """The engineers, or the teams, by id. Each is read once; all only where they are gone through."""

    def __init__(self, reader: Reader, table: str, kind: type[Person]) -> None:
        self._reader = reader
        self._table = table
        self._kind = kind
        self._read: dict[str, Person | None] = {}
        self._whole = False

    def __getitem__(self, id: str) -> Person:
        if id not in self._read:
            document = self._reader.get(self._table, id) if id and not self._whole else None
            self._read[id] = from_document(self._kind, document) if document else None
        found = self._read[id]
        if found is None:
            raise KeyError(id)
        return found

    def __iter__(self) -> Iterator[str]:
        if not self._whole:
            documents = self._reader.find(self._table)
            self._read = {doc["id"]: from_document(self._kind, doc) for doc in documents}
            self._whole = True
        return iter([id for id, found in self._read.items() if found is not None])

    def __len__(self) -> int:
        return sum(1 for _ in self)


class Load(Mapping[str, int]):
    """The number of open tickets of each engineer, counted when it is first asked for."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._counted: dict[str, int] = {}

    def __getitem__(self, engineer: str) -> int:
        if engineer not in self._counted:
            mine, open = Where("assignee", "==", engineer), Where("open", "==", True)
            self._counted[engineer] = self._reader.count(TICKETS, mine, open)
        return self._counted[engineer]

    def follow(self, engineer: str | None, step: int) -> None:
        """Keep up with a ticket that an engineer has got or no longer has."""
        if engineer in self._counted:
            self._counted[engineer] += step

    def __iter__(self) -> Iterator[str]:
        return iter(self._counted)

    def __len__(self) -> int:
        return len(self._counted)
