"""The work on a ticket: each operation records one event, or refuses and leaves everything as it was."""

import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from decimal import Decimal

from svcctl.actions.applier import Notice
from svcctl.decision.flow import target_of
from svcctl.decision.recipients import answerable, engineer_person, team_person
from svcctl.desk.desk import Desk
from svcctl.desk.needs import expect_nothing_missing
from svcctl.desk.notices import lead_of, send_notice
from svcctl.desk.outcome import handed_over
from svcctl.facts.facts import plain_value
from svcctl.foundation.errors import Refusal, filled, nearest
from svcctl.foundation.instant import shown
from svcctl.foundation.quantity import UNITS, Quantity
from svcctl.foundation.record import Record
from svcctl.foundation.written import quantity_in_symbols
from svcctl.ticket.milestones import is_open
from svcctl.ticket.model import (
    SATISFACTION,
    Acknowledgement,
    Comment,
    Cost,
    Decline,
    Link,
    Measurement,
    PartUsed,
    Survey,
    Ticket,
)

#: Clocks of instruments may be ahead by so much.
_SKEW = timedelta(minutes=5)

_CURRENCY = re.compile("[A-Z]{3}")
LINK_KINDS = ("duplicate", "recurrence", "related", "similar")


def move(desk: Desk, id: str, target: str, *, check_in: str | None = None) -> Ticket:
    """Move a ticket to a state, or along a move named so in its flow (`reopen`).

    `check_in` is the place given on arrival. Raises Refusal `illegal-move` where the flow has no such move,
    or the move demands what is missing.
    """
    ticket = desk.ticket(id)
    state = target_of(desk.rulebook.flow(ticket.flow), ticket.state, target)
    expect_nothing_missing(desk, ticket.replace(check_in=check_in) if check_in else ticket, state)
    return desk.change(id, "moved", {"state": state, **({"check_in": check_in} if check_in else {})})


def assign(desk: Desk, id: str, engineer: str | None = None, team: str | None = None) -> Ticket:
    """Give a ticket to an engineer, or to a team, by hand; they are told. Raises Refusal `unknown-record`."""
    roster = desk.roster
    if engineer is not None and engineer not in roster.engineers:
        raise unknown("engineer", engineer, set(roster.engineers))
    if team is not None and team not in roster.teams:
        raise unknown("team", team, set(roster.teams))
    ticket = desk.ticket(id)
    if engineer is not None:
        person = roster.engineers[engineer]
        if not person.active:
            raise Refusal("bad-argument", f"engineer `{engineer}` is not active", help="assign somebody who is")
        new = {"assignee": engineer, "team": team or person.team, "queue": None}
        to = engineer_person(person)
    else:
        new = {"assignee": None, "team": team, "queue": team}
        to = team_person(team or "", roster)
    after = desk.change(id, "assigned", {**new, **handed_over(desk, ticket, new)})
    if engineer != desk.actor:
        send_notice(desk, after, Notice("notify", to), None)
    return after


def unknown(noun: str, id: str, known: set[str]) -> Refusal:
    """The refusal of somebody who is not on record."""
    meant = nearest(id, known)
    return Refusal(
        "unknown-record",
        f"there is no {noun} `{id}`",
        help=f"did you mean `{meant}`?" if meant else f"`svcctl {noun} list` shows them",
    )


def accept(desk: Desk, id: str) -> Ticket:
    """The assignee takes the job; an engineer who accepts a ticket of nobody's becomes its assignee.

    Raises Refusal `illegal-move` where another engineer is the assignee.
    """
    ticket = desk.ticket(id)
    if desk.actor in desk.roster.engineers and ticket.assignee != desk.actor:
        if ticket.assignee is not None:
            raise Refusal(
                "illegal-move",
                f"{id} is assigned to `{ticket.assignee}`, not to `{desk.actor}`",
                help=f"`svcctl ticket assign {id} --to {desk.actor}` gives it to you",
            )
        ticket = assign(desk, id, desk.actor)
    flow = desk.rulebook.flow(ticket.flow)
    states = desk.rulebook.milestones(ticket.flow).respond
    state = target_of(flow, ticket.state, next((state for state in flow.states if state in states), "accepted"))
    expect_nothing_missing(desk, ticket, state)
    return desk.change(id, "accepted", {"state": state})


def acknowledge(desk: Desk, id: str) -> Ticket:
    """Say that one has seen the ticket waiting and has it in hand, until its state changes: the fact `acknowledged`.

    Of engineers only the assignee, their team, and the managers above may say so. Raises Refusal `illegal-move` for
    others, and where nothing is left to do.
    """
    ticket = desk.ticket(id)
    if not is_open(ticket, desk.rulebook.milestones(ticket.flow)):
        raise Refusal("illegal-move", f"{id} is `{ticket.state}`, so there is nothing to acknowledge")
    if desk.actor in desk.roster.engineers and desk.actor not in answerable(ticket, desk.roster):
        raise Refusal(
            "illegal-move",
            f"`{desk.actor}` does not answer for {id}",
            help="its assignee, their team and the managers above can acknowledge it",
        )
    return desk.change(id, "acknowledged", {"acknowledged": Acknowledgement(desk.actor, desk.now)})


def decline(desk: Desk, id: str, reason: str) -> Ticket:
    """The assignee gives the ticket back, with a reason; it waits for dispatch again, which will not ask them."""
    ticket = desk.ticket(id)
    if ticket.assignee is None:
        raise Refusal("illegal-move", f"{id} is assigned to nobody, so there is nothing to decline")
    flow = desk.rulebook.flow(ticket.flow)
    if not is_open(ticket, desk.rulebook.milestones(ticket.flow)):
        raise Refusal("illegal-move", f"{id} is `{ticket.state}`, so there is nothing to decline")
    back = "triaged" if "triaged" in flow.states else flow.states[0]
    new = {"assignee": None, "queue": ticket.team}
    if back != ticket.state:
        new["state"] = back
    reason = filled("reason", reason, "say with --reason why; the next who is asked will want to know")
    given_back = Decline(ticket.assignee, reason, desk.now)
    after = desk.change(id, "declined", new, {"declines": (given_back,)})
    lead = lead_of(desk, ticket.team)
    send_notice(desk, after, Notice("notify", lead, f"{ticket.assignee} declined: {reason}"), None)
    return after


def comment(desk: Desk, id: str, text: str, *, public: bool = False, by_customer: bool = False) -> Ticket:
    """Say something; `public` is seen by the customer and counts as a reply, `by_customer` comes from them."""
    filled("comment", text, "give its text, or `-` to read it from stdin")
    said = Comment(text, desk.now, desk.actor, public=public or by_customer, by_customer=by_customer)
    return desk.change(id, "commented", add={"comments": (said,)})


class Reading(Record):
    """A reading as written: what was measured, the value with its unit (`43.2 dB`), and when."""

    quantity: str
    value: str
    at: datetime


def measure(
    desk: Desk, id: str, readings: Iterable[Reading], *, batch: str | None = None, method: str | None = None
) -> Ticket:
    """Record readings, all in one event. Raises Refusal `bad-input`, `bad-time` for one that was not taken yet."""
    taken = tuple(_measurement(reading, desk.actor, batch, method) for reading in readings)
    early = next((reading for reading in taken if reading.at > desk.now + _SKEW), None)
    if early is not None:
        at, now = (shown(moment, desk.workspace.zone) for moment in (early.at, desk.now))
        raise Refusal(
            "bad-time",
            f"the reading of `{early.quantity}` is of {at}, and it is {now}",
            help="record it once it is taken",
        )
    return desk.change(id, "measured", add={"measurements": taken})


def _measurement(reading: Reading, actor: str, batch: str | None, method: str | None) -> Measurement:
    name, text, at = reading.quantity, quantity_in_symbols(reading.value), reading.at
    found = plain_value(text)
    if isinstance(found, Quantity):
        return Measurement(name, found.amount, at, actor, found.unit, batch, method)
    if isinstance(found, int | Decimal):
        return Measurement(name, Decimal(found), at, actor, None, batch, method)
    unit = text.strip().lstrip("0123456789.+- ")
    meant = nearest(unit, set(UNITS)) if unit != text.strip() else None
    raise Refusal(
        "bad-input",
        f"`{text}` is not a reading of `{name}`",
        help=f"did you mean the unit `{meant}`?" if meant else "write a number and its unit, such as `43.2 dB`",
    )


def set_cause(desk: Desk, id: str, direct: str | None, indirect: str | None, root: str | None) -> Ticket:
    """Record the root cause analysis, the parts that are given."""
    given = {"cause.direct": direct, "cause.indirect": indirect, "cause.root": root}
    help = "use --direct, --indirect or --root"
    new = {path: filled("cause", text, help) for path, text in given.items() if text is not None}
    if not new:
        raise Refusal("bad-argument", "no cause was given", help=help)
    return desk.change(id, "cause_found", new)


def survey(desk: Desk, id: str, csat: str, *, by: str | None = None, text: str | None = None) -> Ticket:
    """Record what the customer said when asked; `by` is the team or person who asked, the actor if not given."""
    return desk.change(id, "surveyed", {"survey": read_survey(csat, desk.now, by or desk.actor, text)})


def read_survey(csat: str, at: datetime, by: str, text: str | None = None) -> Survey:
    """A survey's answer. Raises Refusal `bad-argument` where `csat` is no grade of satisfaction."""
    if csat not in SATISFACTION:
        meant = nearest(csat, set(SATISFACTION))
        raise Refusal(
            "bad-argument",
            f"`{csat}` is not a grade of satisfaction",
            help=f"did you mean `{meant}`?" if meant else "one of " + ", ".join(SATISFACTION),
        )
    return Survey(csat, at, by, text)


def link(desk: Desk, id: str, kind: str, other: str) -> Ticket:
    """Link to another ticket as `duplicate` of it, `recurrence` of it, or `related`."""
    if kind not in LINK_KINDS:
        raise Refusal("bad-argument", f"`{kind}` is not a kind of link", help="one of " + ", ".join(LINK_KINDS))
    desk.document(other)
    if other == id:
        raise Refusal("bad-argument", f"{id} cannot be linked to itself")
    if Link(kind, other) in desk.ticket(id).links:
        raise Refusal("already-exists", f"{id} is linked to {other} as `{kind}` already")
    return desk.change(id, "linked", add={"links": (Link(kind, other),)})


def use_part(
    desk: Desk,
    id: str,
    part: str,
    count: int,
    old_serial: str | None = None,
    new_serial: str | None = None,
    location: str | None = None,
) -> Ticket:
    """Record a part put in, with the serials of the old and the new one, and the stock that it was taken from."""
    part = filled("part", part, "give its number")
    used = PartUsed(part, desk.now, desk.actor, count, old_serial, new_serial, location)
    return desk.change(id, "part_used", add={"parts": (used,)})


def spend(
    desk: Desk, id: str, kind: str, amount: Decimal, currency: str | None = None, billable: bool | None = None
) -> Ticket:
    """Record a cost; in the workspace's currency where none is given. `billable`: whether the customer pays it.

    Raises Refusal `bad-argument` for no kind, and for what is no code of a currency.
    """
    currency = currency or desk.workspace.settings["workspace.currency"]
    if not _CURRENCY.fullmatch(currency):
        raise Refusal("bad-argument", f"`{currency}` is no currency", help="write its ISO 4217 code, such as `CNY`")
    kind = filled("kind of cost", kind, "such as `parts`, `travel` or `labour`")
    cost = Cost(kind, amount, currency, desk.now, desk.actor, billable)
    return desk.change(id, "cost_recorded", add={"costs": (cost,)})
