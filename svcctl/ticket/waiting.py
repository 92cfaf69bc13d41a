"""When a customer waited for an answer: from the oldest message that nobody has answered to the next public reply."""

from datetime import datetime

from svcctl.foundation.record import Record
from svcctl.ticket.milestones import STANDARD, Milestones
from svcctl.ticket.model import Ticket


class Wait(Record):
    """A customer wrote at `asked`, and further messages change nothing until `answered`, None while they wait."""

    asked: datetime
    answered: datetime | None


def waits(ticket: Ticket, milestones: Milestones = STANDARD) -> tuple[Wait, ...]:
    """Each time for which the customer waited, oldest first; the last may go on.

    A public reply answers, and so does the end of the work. A message that comes when nothing is left to do waits only
    once the ticket is taken up again. What was said when it was reported is not a message: that is what the first
    response is for.
    """
    found: list[Wait] = []
    since: datetime | None = None
    finished = asked_after_end = False
    for at, happened in _log(ticket, milestones):
        if happened == "asked" and finished:
            asked_after_end = True
        elif happened == "asked":
            since = since or at
        elif happened == "taken up":
            if finished and asked_after_end:
                since = at
            finished = asked_after_end = False
        else:
            if since is not None:
                found.append(Wait(since, at))
            since, asked_after_end = None, False
            finished = finished or happened == "finished"
    return (*found, Wait(since, None)) if since is not None else tuple(found)


def _log(ticket: Ticket, milestones: Milestones) -> list[tuple[datetime, str]]:
    """What matters to a wait in order of time; of one second, moves come before messages."""
    moves = [(entry.at, "finished" if entry.state in milestones.done else "taken up") for entry in ticket.states]
    messages = [
        (comment.at, "asked" if comment.by_customer else "answered")
        for comment in ticket.comments
        if comment.public or comment.by_customer
    ]
    return sorted([*moves, *messages], key=lambda row: row[0])
