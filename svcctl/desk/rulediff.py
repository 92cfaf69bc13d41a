"""Two sets of rules compared: what they decide differently, and how many recorded tickets that concerns."""

from collections.abc import Callable, Hashable, Iterable, Iterator
from functools import partial
from typing import Any

from svcctl.actions.catalog import ACTIONS, SETTABLE
from svcctl.decision.acceptance import check_acceptance
from svcctl.decision.dispatcher import Dispatcher
from svcctl.decision.evaluator import holds
from svcctl.decision.rulebook import Rulebook
from svcctl.desk.recorded import World
from svcctl.desk.tables import TICKETS
from svcctl.desk.workspace import Workspace
from svcctl.facts.facts import Facts, collect_facts
from svcctl.facts.vocabulary import fact_vocabulary
from svcctl.foundation.record import Record
from svcctl.language.analysis.conditions import Terms
from svcctl.language.analysis.differing import GATED, Difference, body_of, differences, gate_of, listed
from svcctl.language.analysis.partition import Listed, Takers
from svcctl.ticket.document import from_document
from svcctl.ticket.model import Ticket


class Compared(Record):
    """The differences, each with the ids of the recorded tickets that it concerns (None where that cannot be told); how
    many tickets are recorded (None without a store), and which of them are concerned by any."""

    differences: tuple[tuple[Difference, tuple[str, ...] | None], ...]
    tickets: int | None = None
    changed: tuple[str, ...] = ()


class Probe(Record):
    """Asks of a ticket, as each of two rulebooks sees it, which difference of a block concerns it, by key."""

    kind: str
    block: str
    ask: Callable[[Facts, Facts], Hashable | None]


def compare_rules(
    old: Rulebook, new: Rulebook, workspace: Workspace | None, told: Callable[[int], None] = lambda commits: None
) -> Compared:
    """What two rulebooks decide differently, counted over the tickets on record where there is a workspace.

    For dispatch and forms a ticket counts as it came in; for other kinds of blocks if a difference concerned it at any
    time.
    """
    scopes = fact_vocabulary(ACTIONS, SETTABLE).scopes
    names = {} if workspace is None else workspace.known_names
    found = list(differences(old.rules, new.rules, {scope: Terms(terms, names) for scope, terms in scopes.items()}))
    if workspace is None:
        return Compared(tuple((each, None) for each in found))
    blocks = dict.fromkeys((each.kind, each.block) for each in found)
    world = World()
    probes = [probe for kind, block in blocks for probe in _probes(kind, block, old, new, world)]
    concerned: dict[tuple[str, str, Hashable], dict[str, None]] = {}
    tickets = 0
    for id, arrived, facts in _looks(workspace, world, old, new, told):
        tickets += arrived
        for probe in probes:
            if arrived or probe.kind in GATED:
                key = probe.ask(*facts)
                if key is not None:
                    concerned.setdefault((probe.kind, probe.block, key), {})[id] = None
    asked = {(probe.kind, probe.block) for probe in probes}
    pairs = []
    for each in found:
        ids = tuple(concerned.get((each.kind, each.block, each.key), ()))
        told_of = (each.kind, each.block) in asked and (each.key != "body" or each.kind == "form")
        pairs.append((each, ids if told_of else None))
    changed = {id for ids in concerned.values() for id in ids}
    return Compared(tuple(pairs), tickets, tuple(sorted(changed)))


def _looks(
    workspace: Workspace, world: World, old: Rulebook, new: Rulebook, told: Callable[[int], None]
) -> Iterator[tuple[str, bool, tuple[Facts, Facts]]]:
    """Each recorded ticket after each of its events: its id, whether it has just come in, and its facts."""
    currency = workspace.settings["workspace.currency"]
    for step in world.steps(workspace.store, told):
        if step.event.table == TICKETS and step.after is not None:
            ticket = from_document(Ticket, step.after)
            one, other = (collect_facts(world.case(book, ticket, step.event.at, currency)) for book in (old, new))
            yield ticket.id, step.before is None, (one, other)


def _probes(kind: str, block: str, old: Rulebook, new: Rulebook, world: World) -> Iterator[Probe]:
    """What asks about the differences of one block; nothing for what concerns tickets only by the time."""
    if kind == "dispatch" and (block in old.dispatches or block in new.dispatches):
        before, after = (_dispatching(book.dispatches.get(block)) for book in (old, new))
        yield Probe(kind, block, partial(_decided_otherwise, before, after))
    elif kind == "dispatch":
        yield Probe(kind, block, lambda one, other: "entry")
    elif kind == "form":
        yield Probe(kind, block, lambda one, other: "body" if one["type"] == block else None)
    elif kind in GATED:
        blocks = [_found(getattr(book.rules, f"{kind}s"), block) for book in (old, new)]
        if any(each is not None for each in blocks):
            if kind != "care" or all(each is None or each.subject == "ticket" for each in blocks):
                otherwise = None not in blocks and body_of(blocks[0]) != body_of(blocks[1])
                yield Probe(kind, block, partial(_concerned, GATED[kind], blocks, otherwise))
        else:
            yield Probe(kind, block, partial(_shown_otherwise, block, old, new, world))


def _found(blocks: Iterable[Any], id: str) -> Any:
    return next((block for block in blocks if block.id == id), None)


def _dispatching(dispatcher: Dispatcher | None) -> tuple[Listed, Dispatcher | None]:
    return listed(None if dispatcher is None else dispatcher.block)[0], dispatcher


def _takers(side: tuple[Listed, Dispatcher | None], facts: Facts) -> Takers:
    rules, dispatcher = side
    if dispatcher is None:
        return ()
    if rules.several:
        return tuple(dispatcher.index.all(facts))
    place = dispatcher.index.first(facts)
    return () if place < 0 else (place,)


def _decided_otherwise(
    old: tuple[Listed, Dispatcher | None], new: tuple[Listed, Dispatcher | None], one: Facts, other: Facts
) -> Hashable | None:
    before, after = _takers(old, one), _takers(new, other)
    return None if old[0].outcome(before) == new[0].outcome(after) else (before, after)


def _concerned(unknown: bool, blocks: list[Any], otherwise: bool, *facts: Facts) -> Hashable | None:
    """Whether a block is for a ticket no more, or now, or does something else for it."""
    within = []
    for block, known in zip(blocks, facts, strict=True):
        gate = gate_of(block)
        truth = block is not None and (gate is None or holds(gate, known))
        within.append(truth is True or (truth is None and unknown))
    if within[0] != within[1]:
        return "gone" if within[0] else "new"
    return "other" if within[0] and otherwise else None


def _shown_otherwise(
    requirement: str, old: Rulebook, new: Rulebook, world: World, one: Facts, other: Facts
) -> Hashable | None:
    """Whether what is asked of a requirement is shown no more, or now."""
    shown = [
        any(check.id == requirement and check.holds for check in check_acceptance(book, facts, world.roster).checks)
        for book, facts in ((old, one), (new, other))
    ]
    return None if shown[0] == shown[1] else "lost" if shown[0] else "gained"
