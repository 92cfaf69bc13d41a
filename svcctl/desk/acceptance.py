"""Acceptance at the desk: the checklist of a ticket, signatures, and the move that only a whole checklist allows."""

from svcctl.decision.acceptance import check_acceptance
from svcctl.decision.decision import Checklist
from svcctl.decision.flow import legal_moves
from svcctl.desk.desk import Desk
from svcctl.desk.needs import missing_for
from svcctl.desk.reading_desk import ReadingDesk
from svcctl.desk.work import move
from svcctl.foundation.errors import Refusal
from svcctl.ticket.model import Signature, Ticket

VERIFIER = "verifier"


def checklist(desk: ReadingDesk, ticket: Ticket) -> Checklist:
    """What acceptance asks of a ticket, and what of it holds."""
    return check_acceptance(desk.rulebook, desk.facts(ticket), desk.roster)


def check(desk: Desk, id: str) -> Checklist:
    """Evaluate the checklist; when all of it holds and the flow lets the ticket go where acceptance is demanded,
    it goes there. Where that state demands more than acceptance and it is missing, the ticket stays."""
    ticket = desk.ticket(id)
    found = checklist(desk, ticket)
    target = _accepted_state(desk, ticket)
    if found.accepted and target is not None and not missing_for(desk, ticket, target):
        move(desk, id, target)
    return found


def sign(desk: Desk, id: str, role: str = VERIFIER) -> Checklist:
    """Sign as `verifier`, or for a role or team that must approve; then as `check`.

    Raises Refusal `bad-argument` where the actor does not have the role.
    """
    person = desk.roster.engineers.get(desk.actor)
    if role != VERIFIER and (person is None or role not in (*person.roles, person.team)):
        raise Refusal(
            "bad-argument",
            f"`{desk.actor}` has no role `{role}` and is not in such a team",
            help="name who signs with --actor; `svcctl engineer list` shows roles",
        )
    desk.change(id, "signed", add={"signatures": (Signature(desk.actor, role, desk.now),)})
    return check(desk, id)


def _accepted_state(desk: Desk, ticket: Ticket) -> str | None:
    flow = desk.rulebook.flow(ticket.flow)
    demanding = {demand.state for demand in flow.demands if "acceptance" in demand.needs}
    return next((state for state, _ in legal_moves(flow, ticket.state) if state in demanding), None)
