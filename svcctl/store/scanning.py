"""A reader that looks at every document: for stores in memory, and for the past."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from svcctl.store.contract import Document, Reader, TableSchema, Where
from svcctl.store.encoding import copied
from svcctl.store.query import meets, order_key
from svcctl.store.versions import as_read
from svcctl.ticket.event import Event


class Scanning(Reader, ABC):
    """Answers every question of a reader from three: a document, all documents, the events of one."""

    @abstractmethod
    def _document(self, table: str, id: str) -> Document | None: ...

    @abstractmethod
    def _documents(self, table: str) -> Iterable[Document]:
        """In order of creation."""

    @abstractmethod
    def _events(self, table: str, id: str) -> Sequence[Event]: ...

    @abstractmethod
    def _schema(self, table: str) -> TableSchema: ...

    def get(self, table: str, id: str) -> Document | None:
        document = as_read(self._schema(table), self._document(table, id))
        return None if document is None else copied(document)

    def find(
        self,
        table: str,
        *where: Where,
        order: str | None = None,
        descending: bool = False,
        limit: int | None = None,
    ) -> Iterator[Document]:
        found = list(self._meeting(table, where))
        if order is not None:
            found.sort(key=lambda document: order_key(document, order))
        if descending:
            found.reverse()
        return (copied(document) for document in islice(found, limit))

    def count(self, table: str, *where: Where) -> int:
        return sum(1 for _ in self._meeting(table, where))

    def _meeting(self, table: str, where: Sequence[Where]) -> Iterator[Document]:
        schema = self._schema(table)
        ids = {str(each.value) for each in where if (each.field, each.op) == ("id", "==")}
        asked = (self._document(table, id) for id in ids) if ids else self._documents(table)
        for kept in asked:
            document = as_read(schema, kept)
            if document is not None and all(meets(document, each) for each in where):
                yield document

    def history(self, table: str, id: str) -> Iterator[Event]:
        return iter(tuple(self._events(table, id)))
