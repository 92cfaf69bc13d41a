"""What a writer does first: mend the end of the journal, and publish the last commit if its process did not.

Every commit before the last is published, for its successor saw to it here.
"""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from svcctl.foundation.errors import Refusal
from svcctl.store.contract import Head
from svcctl.store.disk import Outcome, damaged, disk
from svcctl.store.journal import Journal, Tail
from svcctl.store.line import Entry, place_of
from svcctl.store.lock import Lock, last_published
from svcctl.store.pages import Page, PageKey, Pages
from svcctl.ticket.event import Event, FoldError, fold


def recover(lock: Lock, journal: Journal, pages: Pages) -> Tail:
    """The journal's end, mended and durable, all its commits published.

    Raises Refusal `store-damaged` where the end lacks a commit that was acknowledged, `disk-refused`.
    """
    published = lock.published()
    tail = whole_tail(journal, published)
    if tail.torn:
        tail = journal.cut(tail)
    if tail.entry is not None and tail.head != published:
        _complete(tail.entry, journal, pages)
        lock.publish(tail.head)
    return tail


def whole_tail(journal: Journal, published: Head | None) -> Tail:
    """The journal's end, `published` being known to have been complete before it is looked at.

    Raises Refusal `store-damaged` where the end lacks a commit that was acknowledged.
    """
    tail = journal.tail()
    lost = acknowledged_but_lost(published, tail.head)
    if lost:
        raise damaged(place_of(tail.segment, tail.end), lost)
    return tail


def acknowledged_tail(lock: Path, journal: Journal) -> Tail:
    """The journal's end for those who do not hold the lock: as `whole_tail`, but looked at again before it is refused,
    for another store may have taken the place of this one between the two looks."""
    with suppress(Refusal):
        return whole_tail(journal, last_published(lock))
    return whole_tail(journal, last_published(lock))


def acknowledged_but_lost(published: Head | None, head: Head) -> str | None:
    """What is wrong with a journal that ends at `head` when `published` is known to have been complete."""
    if published is None or published.sequence < head.sequence or published == head:
        return None
    if published.sequence == head.sequence:
        return f"commit {head.sequence} is not the one that was acknowledged"
    return f"commits up to {published.sequence} were acknowledged, and the journal ends with {head.sequence}"


def brought_up(page: Page, entry: Entry, events: Iterable[Mapping[str, Any]], place: str) -> Page:
    """The page with a commit's events of it, unless it has them already. Raises Refusal `store-damaged`."""
    if page.head.sequence > entry.head.sequence:
        raise damaged(place, f"it holds commit {page.head.sequence}, which the journal does not have")
    if page.head.sequence == entry.head.sequence:
        return page
    documents = dict(page.documents)
    for event in events:
        try:
            documents[event["number"]] = fold(documents.get(event["number"]), Event.from_json(event))
        except FoldError as error:
            raise damaged(place, f"commit {entry.head.sequence} does not fit: {error}") from None
    return Page(entry.head, documents)


def events_by_page(entry: Entry, pages: Pages) -> dict[PageKey, list[Mapping[str, Any]]]:
    """The events of a commit by the page of their document."""
    found: dict[PageKey, list[Mapping[str, Any]]] = {}
    for event in entry.line["events"]:
        found.setdefault((event["table"], pages.page_of(event["number"])), []).append(event)
    return found


def _complete(entry: Entry, journal: Journal, pages: Pages) -> None:
    """Make the last commit and its pages durable; whoever wrote it may have died on the way."""
    with disk(Outcome.LOST):
        journal.sync(entry.segment)
        affected = events_by_page(entry, pages)
        behind = []
        for (table, page), events in affected.items():
            if pages.sequence(table, page) != entry.head.sequence:
                place = pages.place(table, page)
                pages.prepare(table, page, brought_up(pages.load(table, page), entry, events, place))
                behind.append((table, page))
        pages.publish(behind, affected)
