"""Escalations: steps that can fire, in the order in which they are written."""

from collections.abc import Iterator
from decimal import Decimal

from svcctl.foundation.diagnostic import Label
from svcctl.foundation.quantity import Business, Elapsed
from svcctl.language.block import After
from svcctl.language.blocks import AtShare, BeforeDue, Breached, EscalationBlock, Mute, Step
from svcctl.language.checks.actions import Actions
from svcctl.language.checks.circles import circles
from svcctl.language.checks.expressions import Expressions
from svcctl.language.checks.known import Known
from svcctl.language.checks.times import expect_calendar, expect_clock, order_of
from svcctl.language.tree import Name, Repeat, place_of

_LEAST, _MOST = Decimal("0.01"), Decimal(10)


def check_escalation(known: Known, block: EscalationBlock) -> EscalationBlock:
    conditions, actions = Expressions(known, "ticket", guarded=True), Actions(known, "escalation")
    condition = None if block.condition is None else conditions.condition(block.condition)
    during = None if block.during is None else conditions.condition(block.during)
    steps = []
    for step in block.steps:
        _check_trigger(known, step)
        if step.repeat is not None:
            check_repeat(known, step.repeat, "repeat every 30m up to 4 times")
        steps.append(step.replace(actions=actions.check(step.actions)))
    for earlier, later in _out_of_order(block.steps):
        known.findings.warning(
            "step-order",
            "this step fires before the one above it",
            later.trigger.span,
            related=[Label(earlier.trigger.span, "fires after it")],
            help=["write steps in the order in which they fire"],
        )
    for mute in block.mutes:
        _check_mute(known, mute, conditions)
    return block.replace(condition=condition, during=during, steps=tuple(steps))


def check_mutes(known: Known) -> None:
    """Findings for escalations that mute each other in a circle: of those nobody might ever be heard."""
    blocks = (block for block in known.each("escalation") if isinstance(block, EscalationBlock))
    onward = {
        str(block.id): [(str(rule), place_of(rule, mute)) for mute in block.mutes for rule in mute.rules]
        for block in blocks
    }
    for place, names in circles(onward):
        around = " mutes ".join(f"`{name}`" for name in names)
        known.findings.error(
            "circular-mutes", f"{around}: all of them could fall silent", place, help=["leave one out"]
        )


def _check_mute(known: Known, mute: Mute, conditions: Expressions) -> None:
    for rule in mute.rules:
        known.expect("escalation", rule, place_of(rule, mute))
    if mute.by is not None:
        conditions.infer(Name(mute.by, span=place_of(mute.by, mute)))


def _check_trigger(known: Known, step: Step) -> None:
    trigger = step.trigger
    match trigger:
        case After(delay=delay):
            expect_calendar(known, delay, trigger.span)
            return
        case AtShare(share=share) if not _LEAST <= share <= _MOST:
            known.findings.error(
                "bad-share",
                f"`{share * 100:f}%` of a target is not between 1 % and 1000 %".replace(".00%", "%"),
                trigger.span,
                help=["write it like `at 75% of resolve`"],
            )
        case BeforeDue(lead=lead) if not known.blocks["calendar"]:
            expect_calendar(known, lead, trigger.span)
    expect_clock(known, trigger.target, trigger.span, ", so this step never fires")


def check_repeat(known: Known, repeat: Repeat, example: str) -> None:
    """A finding where a repeat has no time between, or no count."""
    expect_calendar(known, repeat.every, repeat.span)
    if repeat.times < 1 or repeat.every in (Elapsed(0), Business()):
        known.findings.error(
            "bad-repeat",
            "a repeat needs some time between and happens at least once",
            repeat.span,
            help=[f"write it like `{example}`, or leave it out"],
        )


def _out_of_order(steps: tuple[Step, ...]) -> Iterator[tuple[Step, Step]]:
    """Steps that stand after one that is later for certain: of the same sort, on the same target and clock."""
    latest: dict[object, tuple[tuple[int, Decimal, Decimal], Step]] = {}
    for step in steps:
        lane, key = _instant(step)
        before = latest.get(lane)
        if before is not None and key < before[0]:
            yield before[1], step
        else:
            latest[lane] = key, step


def _instant(step: Step) -> tuple[object, tuple[int, Decimal, Decimal]]:
    """What a step can be compared with, and when it fires among those."""
    match step.trigger:
        case After(delay=delay):
            clock, days, seconds = order_of(delay)
            return ("after", clock, bool(days)), (0, Decimal(days), Decimal(seconds))
        case AtShare(share=share, target=target):
            return ("share", target), (0, share, Decimal(0))
        case BeforeDue(lead=lead, target=target, late=late):
            clock, days, seconds = order_of(lead)
            sign = 1 if late else -1
            return ("due", target, clock, bool(days)), (sign, Decimal(sign * days), Decimal(sign * seconds))
        case Breached(target=target):
            return ("breached", target), (0, Decimal(0), Decimal(0))
