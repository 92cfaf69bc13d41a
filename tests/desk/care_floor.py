"""A floor that is swept for care: a chiller under contract, its site and its customer."""

from typing import Any

from svcctl.desk.care import care_due
from svcctl.foundation.instant import parse_instant
from svcctl.ticket.event import Document
from tests.desk.floor import SHANGHAI, Floor

SERVICE = """
form maintenance { }
care service "Half-yearly service" {
  for asset where under_contract
  every 6 months from installed_at on workdays lead 14d
  open ticket maintenance "Service of {asset.serial}, due {due}"
  notify customer
}
dispatch intake first {
  rule service { when type == maintenance and tags contains "care"  queue service }
  otherwise { queue triage }
}
"""
CALL_BACK = "care call-back { for ticket in closed  after 24h  send survey csat again after 3d up to 2 times }"


class Cared(Floor):
    """A floor that is swept for care."""

    def at(self, text: str) -> None:
        self.now = parse_instant(text, SHANGHAI)

    def sweep(self, **guards: Any) -> list[dict[str, Any]]:
        return list(care_due(self.workspace, self.turn("cron", **guards)))

    def asset(self, id: str) -> Document:
        found = self.workspace.store.get("assets", id)
        assert found is not None
        return found

    def tickets(self) -> list[Document]:
        return list(self.workspace.store.find("tickets"))

    def head(self) -> int:
        return self.workspace.store.head().sequence


def chiller(rules: str = SERVICE, now: str = "2026-02-01T10:00", **fields: Any) -> Cared:
    floor = Cared(rules)
    floor.at(now)
    floor.save("customer", "acme", name="Acme", contacts=[{"name": "Wu", "address": {"email": "wu@acme.example"}}])
    floor.save("site", "tower", customer="acme", region="north")
    given = {"installed_at": "2026-01-31", "contract_until": "2029-01-31", "site": "tower", "customer": "acme"}
    floor.save("asset", "C-1", **{**given, **fields})
    return floor


def closed_ticket(floor: Cared) -> str:
    id = floor.new(customer="acme", title="It leaks")
    move_to(floor, id, "resolved")
    move_to(floor, id, "closed")
    return id


def move_to(floor: Cared, id: str, state: str) -> None:
    floor.do(lambda desk: desk.change(id, "moved", {"state": state}))
