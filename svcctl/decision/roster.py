"""The roster: who there is and how loaded they are, at one instant."""

from collections.abc import Mapping

from svcctl.foundation.record import Record
from svcctl.ticket.people import Engineer, Team


class Roster(Record):
    """Engineers and teams by id, `load` the number of open tickets of each engineer.

    `declined` are those who gave the ticket in hand back: nobody gives it to them, and whoever chooses says so.
    `known` is False where nobody told who there is: an assignment then stays the wish that the rule has written.
    """

    engineers: Mapping[str, Engineer] = {}
    teams: Mapping[str, Team] = {}
    load: Mapping[str, int] = {}
    known: bool = True
    declined: Mapping[str, Engineer] = {}
