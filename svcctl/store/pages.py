"""Pages: documents as readers find them, 32 a file, one a line, in TinyDB's own file format.

    {"_page":{"1":{"sequence":17,"commit":"..."}},
    "tickets":{
    "96":{"id":"T-000096",...},
    "97":{"id":"T-000097",...}
    }}

The table `_page` names the commit that last changed the page: redoing a commit on a page that has it
already is harmless. A page is prepared beside itself as `.new` and renamed once its commit is in the
journal; until then readers fold the commit's events over it.

A page that nobody changes any more may be packed: `0000003.json.gz` in the place of `0000003.json`. The next change of
one of its documents writes it unpacked again; where both are there, a crash has left the packed one, which is not read.
"""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from svcctl.store.contract import Head
from svcctl.store.disk import damaged, make_folder, read_file, sync_folder, write_file
from svcctl.store.encoding import DOCUMENT_BYTES, encoded, expect_size
from svcctl.store.line import START
from svcctl.ticket.event import Document

_FOLDER_PAGES = 1000
_END = b"\n}}\n"

PageKey = tuple[str, int]


class Page:
    """Documents by number, and the commit that last changed one of them."""

    __slots__ = ("documents", "head")

    def __init__(self, head: Head, documents: dict[int, Document]) -> None:
        self.head = head
        self.documents = documents

    def encode(self, table: str) -> bytes:
        """The file's content; a function of the journal alone, byte for byte."""
        stamp = {"_page": {"1": {"sequence": self.head.sequence, "commit": self.head.hash}}}
        lines = (b'"%d":%s' % (number, encoded(self.documents[number])) for number in sorted(self.documents))
        return encoded(stamp)[:-1] + b",\n" + encoded(table) + b":{\n" + b",\n".join(lines) + _END

    def expect_sizes(self, size: int) -> None:
        """Raises Refusal `bad-input` where a document of this page, which takes `size` bytes, is too large."""
        if size > DOCUMENT_BYTES:
            for document in self.documents.values():
                expect_size(document["id"], len(encoded(document)))


class Pages:
    """The pages of one store, `size` documents each."""

    def __init__(self, folder: Path, size: int) -> None:
        self._folder = folder
        self._size = size

    def page_of(self, number: int) -> int:
        return number // self._size

    def numbers(self, page: int) -> tuple[int, int]:
        """The first number of a page, and the first after it."""
        return page * self._size, (page + 1) * self._size

    def path(self, table: str, page: int) -> Path:
        return self._folder / table / f"{page // _FOLDER_PAGES:04d}" / f"{page:07d}.json"

    def packed(self, table: str, page: int) -> Path:
        return self.path(table, page).with_suffix(".json.gz")

    def place(self, table: str, page: int) -> str:
        """The file that a page is read from, as messages name it."""
        path, packed = self.path(table, page), self.packed(table, page)
        return f"data/{(packed if packed.exists() and not path.exists() else path).relative_to(self._folder)}"

    def stored(self, table: str, page: int) -> bytes | None:
        """The content of a published page, None where there is none. Raises Refusal `store-damaged`."""
        for _ in range(2):  # between the two looks it may have been packed, or written again
            raw = read_file(self.path(table, page))
            if raw is not None:
                return raw
            raw = read_file(self.packed(table, page))
            if raw is not None:
                return self._unpacked(table, page, raw)
        return None

    def raw(self, table: str, page: int) -> bytes:
        """The content of a published page, empty where there is none."""
        return self.stored(table, page) or b""

    def document(self, table: str, raw: bytes, number: int) -> Document | None:
        """One document of a page's content, without parsing the others."""
        start = raw.find(b'\n"%d":' % number)
        if raw.endswith(_END):
            if start < 0:
                return None
            start = raw.index(b":", start) + 1
            line = raw[start : raw.index(b"\n", start)].removesuffix(b",")
            try:
                return _document(json.loads(line))
            except (ValueError, RecursionError):
                raise self._damaged(table, self.page_of(number), f"document {number} is none") from None
        return self.parse(table, self.page_of(number), raw).documents.get(number) if raw else None

    def load(self, table: str, page: int) -> Page:
        """A page as published, for a writer who holds the lock. Raises Refusal `store-damaged`."""
        raw = self.stored(table, page)
        return Page(START, {}) if raw is None else self.parse(table, page, raw)

    def parse(self, table: str, page: int, raw: bytes) -> Page:
        """The content of a page. Raises Refusal `store-damaged` where it is none."""
        try:
            content = json.loads(raw)
            stamp = content["_page"]["1"]
            documents = {int(number): _document(document) for number, document in content[table].items()}
            return Page(Head(stamp["sequence"], stamp["commit"]), documents)
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            raise self._damaged(table, page, "it is not a page") from None

    def sequence(self, table: str, page: int) -> int:
        """The number of the commit that a published page holds, read from its first line; 0 without a page."""
        path = self.path(table, page)
        if not path.exists():
            return self.load(table, page).head.sequence
        with path.open("rb") as file:
            first = file.readline()
        stamp = _stamp(first) or self.load(table, page).head
        return stamp.sequence

    def prepare(self, table: str, page: int, content: Page) -> None:
        """Write a page beside the published one and sync it. Raises OSError, and Refusal `bad-input` where one of its
        documents is too large."""
        path = self.path(table, page)
        make_folder(path.parent)
        data = content.encode(table)
        content.expect_sizes(len(data))
        write_file(path.with_suffix(".new"), data)

    def publish(self, prepared: Iterable[PageKey], renamed: Iterable[PageKey] = ()) -> None:
        """Rename prepared pages over the published ones, and sync their folders and those of pages that another
        process may have `renamed` without. Raises OSError."""
        for table, page in prepared:
            path = self.path(table, page)
            path.with_suffix(".new").rename(path)
        for folder in dict.fromkeys(self.path(*key).parent for key in (*prepared, *renamed)):
            sync_folder(folder)
        for key in prepared:
            self.packed(*key).unlink(missing_ok=True)

    def pack(self, keys: Iterable[PageKey]) -> tuple[int, int]:
        """Put packed pages in the place of published ones, for a writer who holds the lock and has no commit left to
        publish; bytes before and after. Raises OSError."""
        from svcctl.store.compressed import packed

        chosen, before, after = tuple(keys), 0, 0
        for key in chosen:
            raw = self.path(*key).read_bytes()
            small = packed(raw)
            write_file(self.packed(*key).with_suffix(".gz.new"), small)
            before, after = before + len(raw), after + len(small)
        for key in chosen:
            self.packed(*key).with_suffix(".gz.new").rename(self.packed(*key))
        for folder in dict.fromkeys(self.path(*key).parent for key in chosen):
            sync_folder(folder)
        for key in chosen:
            self.path(*key).unlink()
        return before, after

    def discard(self, keys: Iterable[PageKey]) -> None:
        """Remove what was prepared for a commit that will not be. Raises OSError."""
        for table, page in keys:
            self.path(table, page).with_suffix(".new").unlink(missing_ok=True)

    def _unpacked(self, table: str, page: int, raw: bytes) -> bytes:
        from svcctl.store.compressed import unpacked

        try:
            return unpacked(raw)
        except ValueError as error:
            raise self._damaged(table, page, str(error)) from None

    def _damaged(self, table: str, page: int, message: str) -> Exception:
        return damaged(self.place(table, page), message)


def _document(value: Any) -> Document:
    """What was read, if it is a document. Raises ValueError."""
    if isinstance(value, dict) and "id" in value and "revision" in value:
        return value
    raise ValueError


def _stamp(first: bytes) -> Head | None:
    """The commit that the first line of a page names."""
    try:
        stamp = json.loads(first.removesuffix(b",\n") + b"}")["_page"]["1"]
        return Head(stamp["sequence"], stamp["commit"])
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
