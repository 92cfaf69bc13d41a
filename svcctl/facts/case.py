"""A case: one ticket at one instant, with the people and things that it speaks of."""

from collections.abc import Mapping
from datetime import datetime

from svcctl.clock.calendar import Calendar
from svcctl.foundation.record import Record
from svcctl.language.blocks import FormBlock
from svcctl.ticket.milestones import STANDARD, Milestones
from svcctl.ticket.model import Ticket
from svcctl.ticket.people import Asset, Customer, Engineer, Site, Team


class Case(Record):
    """All that the pure rooms need to know of a ticket; `now` is fixed once for a run.

    `calendars` are all that the rules define, by id; `calendar` is the one in force for this ticket.
    `form` is that of the ticket's type, `milestones` say what the states of its flow mean. `currency` is the
    workspace's, for amounts written without one.
    """

    ticket: Ticket
    now: datetime
    customer: Customer | None = None
    site: Site | None = None
    asset: Asset | None = None
    assignee: Engineer | None = None
    team: Team | None = None
    form: FormBlock | None = None
    calendar: Calendar | None = None
    calendars: Mapping[str, Calendar] = {}
    currency: str = "CNY"
    milestones: Milestones = STANDARD


class Candidate(Record):
    """An engineer who might take the ticket, as the dispatcher sees them now."""

    engineer: Engineer
    open_tickets: int
    on_shift: bool
    on_leave: bool
    distance_km: float | None = None
