"""What the documents of each table are."""

from collections.abc import Mapping

from svcctl.desk.tables import TICKETS
from svcctl.foundation.record import Record
from svcctl.ticket.model import Ticket
from svcctl.ticket.people import Asset, Customer, Engineer, Product, Site, Team

KINDS: Mapping[str, type[Record]] = {
    TICKETS: Ticket,
    "customers": Customer,
    "sites": Site,
    "products": Product,
    "assets": Asset,
    "engineers": Engineer,
    "teams": Team,
}
