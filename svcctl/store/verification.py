"""Verify: walk the chain of hashes, and fold everything again to compare it with the pages.

Both read as a stream. Folded documents lie in a temporary SQLite database, so memory does not grow
with the store. Neither stops writers: a page that looks wrong is judged again under the lock.
"""

from collections.abc import Iterator
from itertools import chain

from svcctl.foundation.errors import Refusal
from svcctl.store.contract import Damage, Head, Progress
from svcctl.store.folding import Folded
from svcctl.store.journal import Journal
from svcctl.store.layout import Layout
from svcctl.store.line import START, Entry, broken_link, ends_before, not_kept, place_of, unseal
from svcctl.store.lock import last_published, locked
from svcctl.store.pages import Page, PageKey, Pages
from svcctl.store.recovery import acknowledged_but_lost, brought_up, events_by_page
from svcctl.ticket.event import Document

#: Commits after which whoever waits is told.
PROGRESS_EACH = 1000


def verify_chain(
    layout: Layout, journal: Journal, kept: Head | None = None, progress: Progress | None = None
) -> Iterator[Damage]:
    """Every line that was altered, or does not follow the one before it, and an end that is lost.

    `kept` is a head kept elsewhere, which must be in the chain.
    """
    published = last_published(layout.lock)
    head = START
    expected = 1
    for segment in journal.segments():
        if segment != expected:
            yield Damage(f"journal/{expected:06d}.jsonl", "the segment is missing")
        expected = segment + 1
        lines = journal.lines(segment)
        while True:
            try:
                offset, raw = next(lines)
            except StopIteration:
                break
            except Refusal as refusal:
                yield Damage(str(refusal.details.get("place", "journal")), refusal.message)
                head = Head(head.sequence, "")
                break
            place = place_of(segment, offset)
            try:
                line = unseal(raw)
            except ValueError as error:
                yield Damage(place, str(error))
                head = Head(head.sequence + 1, "")
                continue
            broken = broken_link(line, head) if head.hash else None
            if broken:
                yield Damage(place, broken)
            head = Head(line["sequence"], line["hash"])
            if kept is not None and kept.sequence == head.sequence and kept != head:
                yield Damage(place, not_kept(kept))
            if progress is not None and head.sequence % PROGRESS_EACH == 0:
                progress(head.sequence)
    last = f"journal/{max(1, expected - 1):06d}.jsonl"
    if kept is not None and kept.sequence > head.sequence:
        yield Damage(last, ends_before(head, kept))
    lost = acknowledged_but_lost(published, head)
    if lost:
        yield Damage(last, lost)


def verify_documents(
    layout: Layout, journal: Journal, pages: Pages, lock_timeout: float, progress: Progress | None = None
) -> Iterator[Damage]:
    """Every page that is not, byte for byte, what the journal makes of it."""
    folded = Folded(pages)
    try:
        entry = None
        for entry in journal.walk():
            yield from folded.apply(entry)
            if progress is not None and entry.head.sequence % PROGRESS_EACH == 0:
                progress(entry.head.sequence)
    except Refusal as refusal:
        yield Damage("data", f"documents cannot be compared with their events: {refusal.message}")
        return
    files, strange = _files(layout, pages)
    yield from strange
    doubtful = [key for key in sorted(files | folded.keys()) if not _agrees(folded, pages, key)]
    if not doubtful:
        return
    with locked(layout.lock, lock_timeout, shared=True):
        start = (entry.head, entry.segment, entry.end) if entry else (START, 1, 0)
        for entry in journal.walk(*start):
            yield from folded.apply(entry)
        is_published = entry is None or last_published(layout.lock) == entry.head
        for key in doubtful:
            yield from _judge(folded, pages, key, None if is_published else entry)


def _files(layout: Layout, pages: Pages) -> tuple[set[PageKey], list[Damage]]:
    """The pages that are there, and files that look like pages where none belongs."""
    found, strange = set(), []
    for path in chain(layout.data.rglob("*.json"), layout.data.rglob("*.json.gz")):
        table, *_ = path.relative_to(layout.data).parts
        name = path.name.partition(".")[0]
        page = int(name) if name.isdecimal() else -1
        if path in (pages.path(table, page), pages.packed(table, page)):
            found.add((table, page))
        else:
            strange.append(Damage(f"data/{path.relative_to(layout.data)}", "no page belongs here"))
    return found, strange


def _agrees(folded: Folded, pages: Pages, key: PageKey) -> bool:
    """Whether the published page is what it should be."""
    try:
        return pages.stored(*key) == folded.page(key).encode(key[0])
    except Refusal:
        return False


def _judge(folded: Folded, pages: Pages, key: PageKey, last: Entry | None) -> Iterator[Damage]:
    """What is wrong with a page, for a reader who holds the lock; `last` is a commit that may not be published."""
    table, number = key
    place = pages.place(table, number)
    expected = folded.page(key)
    try:
        raw = pages.stored(table, number)
        there = page = pages.parse(table, number, raw) if raw is not None else Page(START, {})
        events = events_by_page(last, pages).get(key) if last else None
        if last is not None and events:
            page = brought_up(page, last, events, place)
    except Refusal as refusal:
        yield Damage(place, refusal.message.removeprefix(f"{place}: "))
        return
    found = False
    for one in sorted(page.documents.keys() | expected.documents.keys()):
        there_is, belongs = page.documents.get(one), expected.documents.get(one)
        message = _difference(there_is, belongs)
        if message:
            found = True
            yield Damage(place, f"document {one} ({(belongs or there_is or {}).get('id')}) {message}")
    if not found and page.head != expected.head:
        yield Damage(place, f"it names commit {page.head.sequence}, not {expected.head.sequence}")
    elif not found and there is page and raw != expected.encode(table):
        yield Damage(place, "its bytes are not as they were written, though its documents are")


def _difference(there: Document | None, expected: Document | None) -> str | None:
    if there == expected:
        return None
    if there is None:
        return "is missing"
    if expected is None:
        return "was never written"
    names = sorted(name for name in there.keys() | expected.keys() if there.get(name) != expected.get(name))
    return f"differs from its events in {', '.join(f'`{name}`' for name in names)}"
