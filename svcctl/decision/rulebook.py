"""The rulebook: checked rules made ready to decide."""

from collections.abc import Iterable, Mapping
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

from svcctl.clock.calendar import Calendar
from svcctl.decision.flow import DEFAULT_FLOW, flow_for, milestones_of
from svcctl.foundation.errors import Refusal, nearest
from svcctl.language.blocks import (
    AcceptanceBlock,
    DispatchRule,
    EscalationBlock,
    FlowBlock,
    FormBlock,
    Rules,
    SlaBlock,
)
from svcctl.language.calendar_block import Break, CalendarBlock, Interval, Shift
from svcctl.language.tree import Expression
from svcctl.ticket.milestones import STANDARD, Milestones

if TYPE_CHECKING:  # needed only once a condition is tested, a ticket dispatched, or an escalation begins
    from svcctl.decision.compiler import Condition
    from svcctl.decision.dispatcher import Dispatcher
    from svcctl.decision.policy import Policies
    from svcctl.decision.values import Truth
    from svcctl.facts.facts import Facts

T = TypeVar("T")

#: A condition is walked as it stands until it has been asked so often that compiling it has paid for itself.
_COMPILE_AFTER = 20


class _Asked:
    """A condition, and how often it was asked before it was compiled."""

    __slots__ = ("compiled", "condition", "times")

    def __init__(self, condition: Expression) -> None:
        self.condition = condition  # kept, so that no other takes its id
        self.times = 0
        self.compiled: Condition | None = None


class Rulebook:
    """Checked rules, with what is compiled of them made when first asked for.

    Immutable. A pickle holds the checked rules alone, as plain data; what loads it decides alike.
    """

    def __init__(self, rules: Rules) -> None:
        self.rules = rules
        self.calendars: Mapping[str, Calendar] = {str(block.id): _calendar(block) for block in rules.calendars}
        self.default_calendar = rules.default_calendar
        self.entry = rules.entry
        self.forms: Mapping[str, FormBlock] = {str(form.id): form for form in rules.forms}
        self._asked: dict[int, _Asked] = {}

    def __reduce__(self) -> tuple[Any, ...]:
        from svcctl.language.packing import pack_rules

        return unpickled, (pack_rules(self.rules),)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Rulebook) and self.rules == other.rules

    def __hash__(self) -> int:
        return hash(self.rules)

    @cached_property
    def dispatches(self) -> "Mapping[str, Dispatcher]":
        """The dispatch blocks by id."""
        from svcctl.decision.dispatcher import Dispatcher

        return {str(block.id): Dispatcher(block) for block in self.rules.dispatches}

    @property
    def flows(self) -> tuple[FlowBlock, ...]:
        return self.rules.flows

    @property
    def slas(self) -> tuple[SlaBlock, ...]:
        return self.rules.slas

    @property
    def escalations(self) -> tuple[EscalationBlock, ...]:
        return self.rules.escalations

    @property
    def acceptances(self) -> tuple[AcceptanceBlock, ...]:
        return self.rules.acceptances

    def test(self, condition: Expression, facts: Mapping[str, Any]) -> "Truth":
        """What a condition of these rules comes to, compiled once it is asked often."""
        asked = self._asked.get(id(condition))
        if asked is None:
            asked = self._asked[id(condition)] = _Asked(condition)
        if asked.compiled is not None:
            return asked.compiled(facts)
        asked.times += 1
        if asked.times > _COMPILE_AFTER:
            from svcctl.decision.compiler import compile_condition

            asked.compiled = compile_condition(condition)
        from svcctl.decision.evaluator import holds

        return holds(condition, facts)

    def calendar(self, id: str | None) -> Calendar | None:
        """The calendar of an id; the one in force where none is given, if there is one."""
        return self.calendars.get(id or self.default_calendar or "")

    def form(self, type: str | None) -> FormBlock | None:
        """The form of a ticket type."""
        return self.forms.get(type or "")

    def flow(self, id: str | None) -> FlowBlock:
        """The flow of an id; the default flow where there is none of it."""
        return next((flow for flow in self.flows if flow.id == id), DEFAULT_FLOW)

    def flow_for(self, facts: "Facts") -> FlowBlock:
        """The flow that the ticket of `facts` follows."""
        return flow_for(self, facts)

    def milestones(self, flow: str | None) -> Milestones:
        """What the states of a flow mean."""
        known = next((block for block in self.flows if block.id == flow), None)
        return STANDARD if known is None else self._milestones[str(known.id)]

    @cached_property
    def _milestones(self) -> Mapping[str, Milestones]:
        return {str(flow.id): milestones_of(flow) for flow in self.flows}

    @cached_property
    def policies(self) -> "Policies":
        """The escalations as policies that tickets keep."""
        from svcctl.decision.policy import Policies

        return Policies(self)

    @cached_property
    def _rules(self) -> "Mapping[str, tuple[Dispatcher, DispatchRule]]":
        return {
            str(rule.id): (dispatcher, rule)
            for dispatcher in self.dispatches.values()
            for rule in dispatcher.block.rules
        }

    def dispatch(self, id: str) -> "Dispatcher":
        """A dispatch block. Raises Refusal `unknown-rule`."""
        return _known("dispatch block", id, self.dispatches)

    def rule(self, id: str) -> DispatchRule:
        """A dispatch rule. Raises Refusal `unknown-rule`."""
        return _known("rule", id, self._rules)[1]

    def block_of(self, rule: str) -> str:
        """The id of the dispatch block that a rule stands in. Raises Refusal `unknown-rule`."""
        return str(_known("rule", rule, self._rules)[0].block.id)


def compile_rules(rules: Rules) -> Rulebook:
    """The rulebook of checked rules. Raises Refusal `bad-input` for a calendar that cannot be."""
    return Rulebook(rules)


def unpickled(packed: bytes) -> Rulebook:
    """The rulebook that was pickled. Raises Refusal `bad-input` for one of another version of svcctl."""
    from svcctl.language.packing import unpack_rules

    rules = unpack_rules(packed)
    if rules is None:
        raise Refusal("bad-input", "the rulebook was pickled by another version of svcctl", help="read its rules again")
    return compile_rules(rules)


def _known(what: str, id: str, table: Mapping[str, T]) -> T:
    if id in table:
        return table[id]
    meant = nearest(id, set(table))
    raise Refusal("unknown-rule", f"there is no {what} `{id}`", help=f"did you mean `{meant}`?" if meant else "")


def _calendar(block: CalendarBlock) -> Calendar:
    weekly: dict[int, list[Interval]] = {}
    for line in block.weekly:
        for day in line.days:
            weekly.setdefault(day, []).extend(line.intervals)
    return Calendar(
        str(block.id),
        block.zone,
        weekly,
        holidays=block.holidays,
        shifts=_by_date(block.shifts),
        closed=[(line.first, line.last) for line in block.closed],
        breaks=_by_date(block.breaks),
    )


def _by_date(lines: Iterable[Shift | Break]) -> dict[date, list[Interval]]:
    hours: dict[date, list[Interval]] = {}
    for line in lines:
        hours.setdefault(line.day, []).extend(line.intervals)
    return hours
