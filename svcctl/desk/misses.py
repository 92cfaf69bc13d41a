"""Why a rule test found something else: the decision with its reasons, and what came nearest to what was expected."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from svcctl.decision.dispatch import explain_rule
from svcctl.decision.escalation import plan
from svcctl.decision.trace import reason
from svcctl.desk.desk import Desk
from svcctl.desk.tables import TICKETS
from svcctl.facts.facts import Facts, collect_facts
from svcctl.foundation.instant import shown
from svcctl.language.printer import print_action
from svcctl.language.scenario_block import ExpectAction, Expectation, ExpectField, ExpectRule
from svcctl.ticket.document import from_document
from svcctl.ticket.event import Event, fold_all
from svcctl.ticket.model import Ticket

_OTHERWISE = "otherwise"
#: Engineers, and steps to come, that are told of.
_NEAREST = 3
#: Fields that an assignment decides.
_GIVEN_BY = frozenset({"assignee", "team", "queue"})


def told_of_miss(desk: Desk, id: str | None, wanted: Expectation) -> tuple[str, ...]:
    """What led to what was found in place of `wanted`; nothing where no decision of rules is behind it."""
    if id is None or not isinstance(wanted, ExpectRule | ExpectField | ExpectAction):
        return ()
    history = tuple(desk.transaction.history(TICKETS, id))
    place = max((place for place, event in enumerate(history) if event.kind == "dispatched"), default=None)
    lines: list[str] = []
    if place is not None:
        why = history[place].why or {}
        lines += _decided(why)
        if isinstance(wanted, ExpectRule):
            lines += _nearest_rule(desk, str(wanted.rule), _facts_before(desk, history[:place], history[place]))
        elif isinstance(wanted, ExpectField) and wanted.path in _GIVEN_BY:
            lines += _nearest_engineers(why.get("choices", ()), str(wanted.value.value))
    if isinstance(wanted, ExpectAction):
        lines += _to_come(desk, id)
    return tuple(lines)


def _decided(why: Mapping[str, Any]) -> Iterator[str]:
    """The rule that decided, with the clauses that it did so by."""
    rule = why.get("rule")
    yield f"dispatch `{why.get('block')}` decided by " + (f"`{rule}`" if rule else "`otherwise`: no rule matched")
    for trace in why.get("considered", ()):
        if trace.get("matched") is not True:
            yield f"`{trace['rule']}` was unknown, which is no match"
        for clause in trace.get("clauses", ()):
            if clause.get("outcome") is trace.get("matched"):
                yield f"  {clause['text']}{_seen(clause.get('values', {}))}"


def _seen(values: Mapping[str, Any]) -> str:
    told = (f"{path} is " + ("missing" if value is None else str(value)) for path, value in values.items())
    return f": {', '.join(told)}" if values else ""


def _facts_before(desk: Desk, history: Sequence[Event], decided: Event) -> Facts:
    """The facts as the dispatch rules saw them."""
    document = fold_all(history)
    assert document is not None, "what was dispatched was there before"
    return collect_facts(desk.case(from_document(Ticket, document)).replace(now=decided.at))


def _nearest_rule(desk: Desk, rule: str, facts: Facts) -> Iterator[str]:
    """What of a rule did not hold."""
    if rule == _OTHERWISE:
        return
    trace = explain_rule(desk.rulebook, rule, facts)
    failed = [clause for clause in trace.clauses if clause.outcome is not True]
    if not failed:
        yield f"`{rule}` holds, too; what decided comes before it"
    for clause in failed:
        yield f"`{rule}`: {reason(clause)}"


def _nearest_engineers(choices: Sequence[Mapping[str, Any]], name: str) -> Iterator[str]:
    """Whom each choice took, and why not the one that was expected, or else those who came nearest."""
    for choice in choices:
        yield f"{choice['choice']}: {choice.get('taken') or 'nobody'}"
        ranked = choice.get("ranked", ())
        if name in ranked:
            yield f"  {name} is number {ranked.index(name) + 1} of those who qualify: {', '.join(ranked)}"
        refused = choice.get("refused", ())
        meant = [each for each in refused if each["engineer"] == name] or refused[:_NEAREST]
        yield from (f"  not {each['engineer']}: {each['reason']}" for each in meant if name not in ranked)


def _to_come(desk: Desk, id: str) -> Iterator[str]:
    """The steps of escalations that fire next."""
    ticket = desk.ticket(id)
    case, clocks = desk.case(ticket), desk.clocks(ticket)
    coming = [
        (at, item)
        for rule in desk.book(ticket).rules.escalations
        for item in plan(rule, case, clocks)
        for at in item.repeats[item.last + 1 : item.last + 2]
        if at > desk.now
    ]
    for at, item in sorted(coming, key=lambda found: (found[0], found[1].rule, found[1].place))[:_NEAREST]:
        actions = ", ".join(print_action(action) for action in item.step.actions)
        yield f"`{item.rule}` comes at {shown(at, desk.workspace.zone)}: {actions}"
