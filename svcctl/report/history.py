"""The history of a ticket as a story: what happened, one paragraph an event, in the order in which it happened."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from svcctl.report.story import history_items
from svcctl.report.table import Looks, brief, clean, paint
from svcctl.ticket.event import Event

#: Parts of a change that a reader of the story has no use for.
_DULL = ("created_at", "reported_at", "flow =")


def history_story(events: Iterable[Event], looks: Looks) -> Iterator[str]:
    """One paragraph for each event that says something."""
    for event, item in _told(events):
        who = f"{event.actor}, by rule {event.rule}," if event.rule else event.actor
        head = f"{brief(event.at, looks.zone)}  {clean(who)} {event.kind.replace('_', ' ')}"
        yield paint(head, "1", looks) + "\n"
        for part in item["change"].split("; "):
            if part and not part.startswith(_DULL):
                yield f"    {clean(part)}\n"
        for text in _reasons(event):
            yield f"    because {clean(text)}\n"


def _told(events: Iterable[Event]) -> Iterator[tuple[Event, Mapping[str, Any]]]:
    for event in events:
        [item] = history_items([event])
        if item["change"] or event.why:
            yield event, item


def _reasons(event: Event) -> Iterator[str]:
    """What the event's recorded reasons say in words; the rest is for `rules explain`."""
    if event.kind == "undone":  # what was undone is told as a change
        return
    for name, value in (event.why or {}).items():
        if isinstance(value, str | int) and not isinstance(value, bool):
            yield f"{name.replace('_', ' ')} {value}"
