"""A ticket as a page to read, and its history as rows."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, tzinfo
from typing import Any

from svcctl.foundation.instant import parse_instant
from svcctl.report.output import is_time
from svcctl.report.table import Looks, brief, cell, clean, lay_out, paint, pairs
from svcctl.report.ticket_clocks import due_lines, named, standing
from svcctl.ticket.clocks import Clock
from svcctl.ticket.event import Event
from svcctl.ticket.model import ErpEntry, Measurement, PlanStep, Ticket

_HEAD = (
    "type", "priority", "urgency", "impact", "channel", "mode", "flow", "customer", "site", "asset", "product_line",
    "product_model", "batch", "region", "assignee", "team", "queue", "check_in", "tags", "external",
)  # fmt: skip
_TIMES = ("occurred_at", "reported_at", "expected_at")
#: More readings of one quantity than this are told as a log.
_FEW_READINGS = 4
#: Of longer changes the beginning is told.
_LINE = 200
_NOT_TOLD = ("open", "targets", "watches", "policies", "wake_at", "care_since", "care_wake_at", "states", "revision")


def history_items(events: Iterable[Event], zone: tzinfo) -> Iterator[dict[str, Any]]:
    """Each event as JSON, with its changes told in one line as `change`; times in it are those of `zone`."""
    for event in events:
        yield {**event.to_json(), "change": "; ".join(changes_told(event, zone))}


def changes_told(event: Event, zone: tzinfo) -> list[str]:
    """What an event changed, in words."""
    set = {path: tuple(in_zone(value, zone, path) for value in values) for path, values in event.set.items()}
    return list(_changes(event.replace(set=set, add=in_zone(event.add, zone))))


def told_in_a_line(event: Event, zone: tzinfo) -> str:
    """When who did what, and what that changed, as far as a line takes it."""
    changed = clean("; ".join(changes_told(event, zone)))
    changed = changed if len(changed) <= _LINE else f"{changed[:_LINE]}..."
    return f"{brief(event.at, zone)}  {clean(event.actor)} {event.kind.replace('_', ' ')}  {changed}".rstrip()


def in_zone(value: Any, zone: tzinfo, name: str = "") -> Any:
    """The value of a name with every stored instant as people of a zone write it."""
    if isinstance(value, str) and is_time(name.rpartition(".")[2], value):
        return brief(parse_instant(value), zone)
    if isinstance(value, Mapping):
        return {key: in_zone(item, zone, key) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return tuple(in_zone(item, zone, name) for item in value)
    return value


def ticket_page(
    ticket: Ticket,
    clocks: Sequence[Clock],
    moves: Sequence[str],
    now: datetime,
    looks: Looks,
    linked: Mapping[str, Ticket] | None = None,
) -> str:
    """Everything about a ticket, in the order in which one asks; of those it is linked to what was found and done."""
    title = clean(ticket.title or ticket.description.partition("\n")[0] or "(no title)")
    state = paint(ticket.state, "1;33" if moves else "1;32", looks)
    parts = [f"{paint(ticket.id, '1', looks)}  {title}  [{state}]\n"]
    head = [(name.replace("_", " "), cell(getattr(ticket, name))) for name in _HEAD if getattr(ticket, name)]
    head += [
        (name.removesuffix("_at"), brief(moment, looks.zone))
        for name in _TIMES
        if (moment := getattr(ticket, name)) is not None
    ]
    if ticket.contact is not None:
        head.append(("contact", f"{cell(ticket.contact.name)} ({cell(ticket.contact.address)})"))
    if moves:
        head.append(("can go to", ", ".join(moves)))
    head += due_lines(clocks, now, looks)
    parts.append(pairs(head, looks))
    if ticket.description:
        parts.append("\n".join(clean(line) for line in ticket.description.splitlines()) + "\n")
    parts += [
        paint(name, "1", looks) + "\n" + text
        for name, text in _sections(ticket, clocks, now, looks, linked or {})
        if text
    ]
    return "\n".join(parts)


def _sections(
    ticket: Ticket, clocks: Sequence[Clock], now: datetime, looks: Looks, linked: Mapping[str, Ticket]
) -> Iterator[tuple[str, str]]:
    def when(moment: datetime | None) -> str:
        return "" if moment is None else brief(moment, looks.zone)

    def rows(titles: str, *lines: Sequence[Any]) -> str:
        words = titles.split()
        return lay_out([[cell(item) for item in line] for line in lines], words, looks) if lines else ""

    yield "Form", pairs([(name, cell(value)) for name, value in ticket.fields.items()], looks)
    yield "On site", pairs([(name, cell(value)) for name, value in ticket.environment.items()], looks)
    yield (
        "Service levels",
        rows("target due state by", *([named(c), when(c.due), standing(c, now), c.sla] for c in clocks)),
    )
    yield "States", rows("at state", *([when(entry.at), entry.state] for entry in ticket.states))
    yield "Comments", rows("at who text", *([when(c.at), c.actor, c.text] for c in ticket.comments))
    yield (
        "Readings",
        rows("at until quantity value batch", *_readings(ticket.measurements, when)),
    )
    yield (
        "Evidence",
        rows("at kind name sha256", *([when(e.at), e.kind, e.name, e.digest[:12]] for e in ticket.evidence)),
    )
    yield (
        "Parts",
        rows(
            "at part count old new", *([when(p.at), p.part, p.count, p.old_serial, p.new_serial] for p in ticket.parts)
        ),
    )
    yield "Costs", rows("at kind amount", *([when(c.at), c.kind, f"{c.amount} {c.currency}"] for c in ticket.costs))
    cause = ticket.cause
    causes = (("direct", cause.direct), ("indirect", cause.indirect), ("root", cause.root))
    yield "Cause", pairs([(name, cell(text)) for name, text in causes if text], looks)
    yield (
        "Plan",
        rows(
            "id what who until verify done" + " parts" * any(s.parts for s in ticket.plan),
            *([s.id, s.what, s.who, when(s.when), s.verify, when(s.done_at), *_parts(s)] for s in ticket.plan),
        ),
    )
    yield "Signatures", rows("at who as", *([when(s.at), s.actor, s.role] for s in ticket.signatures))
    survey = ticket.survey
    yield "Survey", rows("at answer by", [when(survey.at), survey.csat, survey.by]) if survey else ""
    yield (
        "Links",
        rows(
            "kind ticket" + " state title cause plan" * bool(linked),
            *([link.kind, link.ticket, *_found(linked.get(link.ticket))] for link in ticket.links),
        ),
    )
    yield (
        "ERP",
        rows("at erp what outcome id", *([when(e.at), e.erp, e.what, _outcome(e), e.remote_id] for e in ticket.erp)),
    )
    yield "Escalations", rows("at rule step", *([when(f.at), f.rule, f.step] for f in ticket.firings))


def _parts(step: PlanStep) -> Iterator[str]:
    if step.parts:
        yield "; ".join(f"{p.count} {p.part}" + f" at {p.location}" * bool(p.location) for p in step.parts)


def _found(other: Ticket | None) -> Iterator[str]:
    if other is not None:
        yield from (other.state, other.title)
        yield other.cause.root or other.cause.direct or other.cause.indirect or ""
        yield "; ".join(step.what for step in other.plan)


def _outcome(entry: ErpEntry) -> str:
    return f"{entry.outcome}: {entry.text}" if entry.text else entry.outcome


def _readings(
    measurements: Iterable[Measurement], when: Callable[[datetime | None], str]
) -> Iterator[tuple[str, str, str, str, str | None]]:
    """A row for each reading, but one row with count and range for a log of many."""
    logs: dict[tuple[str, str | None, str | None], list[Measurement]] = {}
    for reading in measurements:
        logs.setdefault((reading.quantity, reading.unit, reading.batch), []).append(reading)
    for (quantity, _, batch), log in logs.items():
        if len(log) <= _FEW_READINGS:
            yield from ((when(m.at), "", quantity, _value(m), batch) for m in log)
        else:
            low, high = min(log, key=lambda m: m.value), max(log, key=lambda m: m.value)
            ends = when(min(m.at for m in log)), when(max(m.at for m in log))
            yield *ends, quantity, f"{len(log)} readings, {_value(low)} to {_value(high)}", batch


def _value(measurement: Measurement) -> str:
    return f"{measurement.value} {measurement.unit or ''}".rstrip()


def _changes(event: Event) -> Iterator[str]:
    if event.kind == "undone" and event.why:
        yield f"takes back: {event.why['kind']} by {event.why['actor']}"
    if event.kind == "repromised":
        before, after = event.set.get("targets", (None, None))
        yield f"promises: {_promises(before)} -> {_promises(after)}" if event.set.get("targets") else "promises stay"
        yield f"reason: {cell((event.why or {}).get('reason'))}"
    for path, (before, after) in event.set.items():
        if path.split(".")[0] in _NOT_TOLD:
            continue
        if path == "erp":
            yield from (f"erp {_of_erp(item)}" for item in after or () if item not in (before or ()))
        elif _is_log(before or after) and _is_log(before or ()) and _is_log(after or ()):
            yield from (f"- {path}: {_item(item)}" for item in before or () if item not in (after or ()))
            yield from (f"+ {path}: {_item(item)}" for item in after or () if item not in (before or ()))
        elif before is None:
            yield f"{path} = {cell(after)}"
        else:
            yield f"{path}: {cell(before)} -> {cell(after) or 'nothing'}"
    for path, items in event.add.items():
        if path == "erp":
            yield from (f"erp {_of_erp(item)}" for item in items)
        elif path not in _NOT_TOLD:
            yield from (f"+ {path}: {_item(item)}" for item in items)
    for effect in (event.why or {}).get("effects", ()):
        if effect.get("absent"):
            away = ", ".join(f"{absence['who']} {absence['reason']}" for absence in effect["absent"])
            yield f"nobody on duty: {away}; told: {', '.join(person['id'] for person in effect['to'])}"


def _is_log(value: Any) -> bool:
    return isinstance(value, list | tuple) and all(isinstance(item, Mapping) for item in value)


def _promises(targets: Any) -> str:
    return ", ".join(f"{target['kind']} within {target['within']}" for target in targets or ()) or "nothing"


def _of_erp(item: Mapping[str, Any]) -> str:
    """What an ERP made of something, in a line."""
    said = [item["outcome"], *(item[name] for name in ("remote_id", "text") if item.get(name))]
    return f"{item['erp']}: {item['what']}: {', '.join(map(cell, said))}"


def _item(item: Any) -> str:
    if not isinstance(item, Mapping):
        return cell(item)
    return ", ".join(f"{name} {cell(value)}" for name, value in item.items() if name not in ("at", "actor", "digest"))
