"""The roster: who there is and how loaded they are, at one instant."""

from collections.abc import Mapping
from datetime import datetime

from svcctl.foundation.record import Record
from svcctl.ticket.people import Engineer, Team


class Roster(Record):
    """Engineers and teams by id, `load` the number of open tickets of each engineer, `last_assigned` when each
    last got one."""

    engineers: Mapping[str, Engineer] = {}
    teams: Mapping[str, Team] = {}
    load: Mapping[str, int] = {}
    last_assigned: Mapping[str, datetime] = {}
