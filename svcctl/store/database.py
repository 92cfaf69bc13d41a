"""The store as a TinyDB database, for those who query and edit it in Python.

Reading is TinyDB's own: `Table`, `Query`, `Document`, the document's number as `doc_id`. Conditions on
indexed fields narrow the search through the index; TinyDB's query then decides, so both agree. A change
becomes an event of kind `edited` or `removed` and goes through the store's write protocol.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, MutableMapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from tinydb import TinyDB
from tinydb.storages import Storage
from tinydb.table import Document as TinyDocument
from tinydb.table import Table

from svcctl.foundation.errors import Refusal
from svcctl.store.contract import Head, Where
from svcctl.store.identity import id_of
from svcctl.store.transaction import JsonTransaction
from svcctl.store.versions import removal
from svcctl.ticket.event import Document, Event, changes

if TYPE_CHECKING:
    from svcctl.store.json_store import JsonStore

Condition = Callable[[Mapping[str, Any]], bool]
_PUSHED = {"==": "==", "<": "<", "<=": "<=", ">": ">", ">=": ">=", "one_of": "in"}


class StoreStorage(Storage):
    """Lazy mappings over a store's tables. `actor` and `at` sign and date what is edited."""

    def __init__(self, store: "JsonStore", actor: str | None, at: datetime | None) -> None:
        self.store = store
        self._actor = actor
        self._at = at

    def read(self) -> dict[str, Any]:
        return {name: _Documents(self, name) for name in self.store.tables}

    def shown(self, document: Document) -> Document:
        """A document as TinyDB is to see it."""
        return document

    def write(self, data: dict[str, dict[str, Any]]) -> None:
        """What TinyDB writes whole is a database from which tables were dropped. Raises Refusal for any other."""
        given: Iterable[Any] = data.values()
        if not all(isinstance(documents, _Documents) for documents in given):
            raise Refusal("bad-input", "tables are changed through their own methods, not written whole")
        for table in self.store.tables:
            if table not in data:
                self.edit(table, lambda documents: documents.clear(), lambda _: None)

    def edit(self, table: str, updater: Callable[[Any], None], editing: "Callable[[_Editing | None], None]") -> None:
        """Run an update of TinyDB's as one commit; `editing` is told of the table while it is being edited."""
        if self._actor is None or self._at is None:
            raise Refusal("bad-argument", "this database was opened for reading", help="open it with `actor` and `at`")
        actor, at = self._actor, self._at

        def work(transaction: Any) -> None:
            documents = _Editing(self, transaction, table)
            editing(documents)
            try:
                updater(documents)
            finally:
                editing(None)
            documents.record(actor, at)

        self.store.write(work, actor=actor, at=at)


class StoreTable(Table):
    """TinyDB's table with point reads, indexed searches, and ids given under the store's lock."""

    def __init__(self, storage: StoreStorage, name: str, **options: Any) -> None:
        if name not in storage.store.tables:
            raise ValueError(f"there is no table `{name}`; there are {', '.join(storage.store.tables)}")
        super().__init__(storage, name, **options)
        self._store_storage = storage
        self._editing: _Editing | None = None
        self._cached_at: Head | None = None

    def insert(self, document: Mapping[str, Any]) -> int:
        return self.insert_multiple([document])[0]

    def search(self, cond: Any) -> list[TinyDocument]:
        """Cached as TinyDB's is, until the store has another commit: other processes write, too."""
        head = self._store_storage.store.head()
        if head != self._cached_at:
            self.clear_cache()
            self._cached_at = head
        kept = self._query_cache.get(cond)
        if kept is not None:
            return kept[:]
        found = list(self._search(cond))
        if getattr(cond, "is_cacheable", lambda: True)():
            self._query_cache[cond] = found[:]
        return found

    def get(self, cond: Any = None, doc_id: int | None = None, doc_ids: list[int] | None = None) -> Any:
        if doc_id is None and doc_ids is not None:
            found = (super(StoreTable, self).get(doc_id=number) for number in sorted(set(doc_ids)))
            return [document for document in found if document is not None]
        if doc_id is None and cond is not None:
            return next(self._search(cond), None)
        return super().get(cond, doc_id, doc_ids)

    def _search(self, cond: Any) -> Iterator[TinyDocument]:
        store = self._store_storage.store
        where = tuple(_pushed(getattr(cond, "_hash", None)))
        for number, document in store.numbered(self.name, *where):
            shown = self._store_storage.shown(document)
            if cond(shown):
                yield self.document_class(shown, number)

    def _get_next_id(self) -> int:
        """The number of the next document; given for good only while documents are inserted."""
        if self._editing is None:
            store = self._store_storage.store
            line = next(store.commits(store.head().sequence - 1), None)
            return 1 + (line["highest"].get(self.name, 0) if line else 0)
        return self._editing.next_number()

    def _update_table(self, updater: Callable[[Any], None]) -> None:
        def editing(documents: "_Editing | None") -> None:
            self._editing = documents

        self._store_storage.edit(self.name, updater, editing)
        self.clear_cache()


class StoreDatabase(TinyDB):
    """What `JsonStore.database` gives; its default table is the first of the store's."""

    table_class = StoreTable  # type: ignore[assignment]

    storage_class = StoreStorage

    def __init__(self, store: "JsonStore", actor: str | None, at: datetime | None) -> None:
        self.default_table_name = next(iter(store.tables))
        super().__init__(storage=lambda: self.storage_class(store, actor, at))


class _Documents(Mapping[str, Document]):
    """A table by number as text, the form that TinyDB reads."""

    def __init__(self, storage: StoreStorage, table: str) -> None:
        self._store = storage.store
        self._shown = storage.shown
        self._table = table

    def __getitem__(self, number: str) -> Document:
        document = self._store.numbered_document(self._table, int(number))
        if document is None:
            raise KeyError(number)
        return self._shown(document)

    def __iter__(self) -> Iterator[str]:
        return (str(number) for number, _ in self._store.numbered(self._table))

    def __len__(self) -> int:
        return self._store.count(self._table)

    def items(self) -> Any:
        return ((str(number), self._shown(document)) for number, document in self._store.numbered(self._table))


class _Editing(MutableMapping[int, Document]):
    """A table while TinyDB changes it: documents are loaded when asked for and compared when it is done."""

    def __init__(self, storage: StoreStorage, transaction: JsonTransaction, table: str) -> None:
        self._schema = storage.store.tables[table]
        self._shown = storage.shown
        self._transaction = transaction
        self._table = table
        self._given = transaction.highest[table]
        self._touched: dict[int, Document | None] = {}

    def next_number(self) -> int:
        self._given += 1
        return self._given

    def __getitem__(self, number: int) -> Document:
        if number not in self._touched:
            document = self._transaction.numbered_document(self._table, number)
            if document is None:
                raise KeyError(number)
            self._touched[number] = self._shown(document)
        touched = self._touched[number]
        if touched is None:
            raise KeyError(number)
        return touched

    def __setitem__(self, number: int, document: Document) -> None:
        self._touched[number] = document

    def __delitem__(self, number: int) -> None:
        self[number]
        self._touched[number] = None

    def clear(self) -> None:
        self._touched.update(dict.fromkeys(list(self)))

    def __iter__(self) -> Iterator[int]:
        return (number for number in range(1, self._given + 1) if number in self)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def record(self, actor: str, at: datetime) -> None:
        """Make an event of every document that is not as it was."""
        for number, document in sorted(self._touched.items()):
            before = self._transaction.numbered_document(self._table, number)
            if document is None:
                if before is not None:
                    event = Event(self._table, before["id"], "removed", at, actor, set=removal(before))
                    self._transaction.record(event)
                continue
            id = before["id"] if before else self._new_id(number, document)
            fields = dict.fromkeys(before or (), None) | document
            if fields.pop("id", None) not in (None, id):
                raise Refusal("bad-input", f"the id of `{id}` cannot be changed")
            fields.pop("revision", None)
            found = changes(before, fields)
            if found or before is None:
                self._transaction.record(
                    Event(self._table, id, "edited" if before else "created", at, actor, set=found)
                )

    def _new_id(self, number: int, document: Document) -> str:
        if number > self._given:
            raise Refusal("bad-input", f"the number {number} was not given by the store", help="insert without it")
        if self._schema.prefix is not None:
            while self._transaction.highest[self._table] < number:
                self._transaction.next_id(self._table)
            return id_of(self._schema.prefix, number)
        id = document.get("id")
        if not isinstance(id, str):
            raise Refusal("bad-input", f"a document of `{self._table}` needs an `id`")
        if self._transaction.get(self._table, id) is not None:
            raise Refusal("already-exists", f"`{self._table}` has a document `{id}` already")
        return id


def _pushed(condition: Any) -> Iterable[Where]:
    """The conditions that a query's own description demands and that the index may narrow by."""
    match condition:
        case ("and", frozenset() as parts):
            for part in parts:
                yield from _pushed(part)
        case (op, tuple() as path, value) if op in _PUSHED and all(isinstance(part, str) for part in path):
            values = value if op == "one_of" else (value,)
            if all(isinstance(one, str | int | float) for one in values) and "." not in "".join(path):
                yield Where(".".join(path), _PUSHED[op], value)  # type: ignore[arg-type]
