"""Care: rules that can come due, for assets or tickets that exist, in texts whose places can be filled."""

from svcctl.language.block import After
from svcctl.language.care_block import BeforeDay, CareBlock, Every
from svcctl.language.checks.actions import Actions
from svcctl.language.checks.escalations import check_repeat
from svcctl.language.checks.expressions import Expressions
from svcctl.language.checks.findings import described, suggestion
from svcctl.language.checks.known import Known
from svcctl.language.checks.times import expect_calendar, no_calendar
from svcctl.language.placeholder import DUE, placeholders
from svcctl.language.tree import Action, Node, Notify, OpenTicket, Recipient, SendSurvey, place_of
from svcctl.language.types import Kind

_TIMED = "`every 6 months from installed_at`, `30d before warranty_until`, or `for asset when ...`"


def check_care(known: Known, block: CareBlock) -> CareBlock:
    # a value that is missing leaves the asset or ticket out, which needs no guard
    conditions = Expressions(known, block.subject, guarded=True)
    where = None if block.where is None else conditions.condition(block.where)
    when = None if block.when is None else conditions.condition(block.when)
    for state in block.states:
        known.expect("state", state, place_of(state, block))
    _check_timing(known, block)
    if not block.actions:
        _wrong(
            known, block, "does nothing", "say what is done: `open ticket TYPE`, `send survey csat`, `notify customer`"
        )
    actions = Actions(known, "care").check(block.actions)
    for action in block.actions:
        _check_action(known, block, action)
    return block.replace(where=where, when=when, actions=actions)


def _wrong(known: Known, block: CareBlock, what: str, help: str) -> None:
    if not known.damaged(block):
        known.findings.error("bad-care", f"care `{block.id}` {what}", place_of(block.id, block), help=[help])


def _check_timing(known: Known, block: CareBlock) -> None:
    timing = block.timing
    if block.subject == "ticket":
        if isinstance(timing, After):
            expect_calendar(known, timing.delay, timing.span)
        else:
            _wrong(known, block, "must say how long after the ticket came there", "write it like `after 24h`")
        return
    match timing:
        case None:
            if block.when is None:
                _wrong(known, block, "never comes due", f"say when: {_TIMED}")
            return
        case After():
            _wrong(known, block, "counts from a state, and an asset has none", f"say when: {_TIMED}")
        case Every(origin=origin, until=until):
            _check_cadence(known, timing)
            for day in (origin, until):
                if isinstance(day, str):
                    _check_day(known, day, timing)
        case BeforeDay(lead=lead, path=path):
            expect_calendar(known, lead, timing.span)
            _check_day(known, path, timing)
    if block.when is not None:
        _wrong(known, block, "comes both on a day and when something holds", "write two `care` blocks, or `where`")


def _check_cadence(known: Known, timing: Every) -> None:
    if timing.months + timing.days < 1:
        known.findings.error(
            "bad-repeat", "a cadence needs some time between", timing.span, help=["write it like `every 6 months`"]
        )
    if timing.workdays and known.default_calendar is None and "calendar" not in known.partial:
        help = "name the workspace's calendar in its configuration, or leave it out"
        no_calendar(known, "`on workdays` asks for a calendar, and none is in force", timing.span, help)
    if timing.lead is not None:
        expect_calendar(known, timing.lead, timing.span)


def _check_day(known: Known, path: str, node: Node) -> None:
    term = known.term("asset", path)
    if term is None:
        known.unknown_field(path, place_of(path, node), known.scopes["asset"])
    elif term.type.kind not in (Kind.INSTANT, Kind.DATE):
        known.findings.error(
            "type-mismatch",
            f"`{path}` is {described(term.type)}, not a day",
            place_of(path, node),
            help=["count from a day such as `installed_at`, `warranty_until` or `2026-10-13`"],
        )


def _check_action(known: Known, block: CareBlock, action: Action) -> None:
    match action:
        case OpenTicket(text=text) | Notify(text=text):
            _check_text(known, block, text, action)
        case SendSurvey(again=again):
            if block.subject == "asset":
                _wrong(known, block, "asks about no work", "a survey follows a ticket: `for ticket in closed`")
            if again is not None:
                check_repeat(known, again, "again after 3d up to 2 times")
    alone = block.subject == "asset" and not any(isinstance(other, OpenTicket) for other in block.actions)
    if alone and isinstance(action, Notify) and _asks_holder(action.recipient):
        known.findings.error(
            "bad-recipient",
            "without a ticket there is no assignee",
            action.recipient.span,
            help=["tell `customer`, a team, a role or an engineer, or open a ticket first"],
        )


def _asks_holder(recipient: Recipient) -> bool:
    return recipient.kind == "assignee" or (recipient.of is not None and _asks_holder(recipient.of))


def _check_text(known: Known, block: CareBlock, text: str | None, node: Node) -> None:
    for path in placeholders(text):
        if path != DUE and known.term(block.subject, path) is None:
            known.findings.error(
                "unknown-placeholder",
                f"there is nothing to put in place of `{{{path}}}`",
                node.span,
                help=suggestion(path, (*known.scopes[block.subject], DUE))
                or [f"name a field of the {block.subject}, such as `{{asset.serial}}`, or `{{due}}`"],
            )
