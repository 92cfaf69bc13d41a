"""The history of a ticket as a story: what happened, one paragraph an event, in the order in which it happened."""

from collections.abc import Iterable, Iterator

from svcctl.report.story import changes_told, in_zone
from svcctl.report.table import Looks, brief, clean, paint
from svcctl.ticket.event import Event

#: Parts of a change that a reader of the story has no use for.
_DULL = ("created_at", "reported_at", "flow =")


def history_story(events: Iterable[Event], looks: Looks) -> Iterator[str]:
    """One paragraph for each event that says something."""
    for event in events:
        changed = changes_told(event, looks.zone)
        if not changed and not event.why:
            continue
        who = f"{event.actor}, by rule {event.rule}," if event.rule else event.actor
        head = f"{brief(event.at, looks.zone)}  {clean(who)} {event.kind.replace('_', ' ')}"
        yield paint(head, "1", looks) + "\n"
        for part in changed:
            if not part.startswith(_DULL):
                yield f"    {clean(part)}\n"
        for text in _reasons(event, looks):
            yield f"    because {clean(text)}\n"


def _reasons(event: Event, looks: Looks) -> Iterator[str]:
    """What the event's recorded reasons say in words; the rest is for `rules explain`."""
    if event.kind == "undone":  # what was undone is told as a change
        return
    for name, value in in_zone(event.why or {}, looks.zone).items():
        if isinstance(value, str | int) and not isinstance(value, bool):
            yield f"{name.replace('_', ' ')} {value}"
