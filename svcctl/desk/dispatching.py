"""Dispatch: the rules decide, the desk records the decision with its reasons and queues its messages."""

from svcctl.actions.applier import apply_effects
from svcctl.decision.decision import Decision
from svcctl.decision.dispatch import decide
from svcctl.decision.roster import Roster
from svcctl.desk.desk import Desk
from svcctl.desk.outcome import record_outcome
from svcctl.desk.reading_desk import ReadingDesk
from svcctl.foundation.errors import Refusal
from svcctl.ticket.document import to_document
from svcctl.ticket.milestones import is_open
from svcctl.ticket.model import Ticket


def dispatch_ticket(desk: Desk, id: str) -> Ticket:
    """Let the dispatch rules decide about a ticket, and record what they did and why.

    Whoever has declined the ticket is not asked again. A ticket whose rules found nobody is marked
    with the tag `assignment-failed` and said to the manager of its team, where there is one: never silence.
    Raises Refusal `illegal-move` where nothing is left to do.
    """
    ticket = desk.ticket(id)
    if not is_open(ticket, desk.rulebook.milestones(ticket.flow)):
        raise Refusal("illegal-move", f"{id} is `{ticket.state}`, so there is nothing to dispatch")
    decision = decide(desk.rulebook, desk.facts(ticket), takers(desk, ticket))
    outcome = apply_effects(decision.effects, ticket, desk.roster)
    return record_outcome(desk, ticket, outcome, "dispatched", _rule(decision), to_document(decision))


def takers(desk: ReadingDesk, ticket: Ticket) -> Roster:
    """Everyone but those who have declined the ticket."""
    return willing(desk.roster, ticket)


def willing(roster: Roster, ticket: Ticket) -> Roster:
    """A roster without those who have declined the ticket, of whom it tells."""
    declined = {decline.engineer for decline in ticket.declines}
    if not declined:
        return roster
    return roster.replace(
        engineers={id: person for id, person in roster.engineers.items() if id not in declined},
        declined={id: person for id, person in roster.engineers.items() if id in declined},
    )


def _rule(decision: Decision) -> str | None:
    """The id that the event names: of the rule, or of the block whose `otherwise` decided; None without any block."""
    return decision.rule or (f"{decision.block}/otherwise" if decision.block else None)
