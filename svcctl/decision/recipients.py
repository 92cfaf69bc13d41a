"""Who a rule means by `assignee`, `manager of assignee`, `role service-director`."""

from svcctl.decision.decision import Person
from svcctl.decision.roster import Roster
from svcctl.facts.case import Case
from svcctl.foundation.record import Record
from svcctl.language.tree import Recipient
from svcctl.ticket.model import Ticket
from svcctl.ticket.people import Engineer


class Holder(Record):
    """Who has the ticket at this point of a decision: an engineer, or a team as a whole, by id."""

    engineer: str | None = None
    team: str | None = None


def holder_of(case: Case | None) -> Holder:
    """Who has the ticket of a case."""
    return Holder() if case is None else Holder(case.ticket.assignee, case.ticket.team)


def engineer_person(engineer: Engineer) -> Person:
    return Person("engineer", engineer.id, engineer.address)


def team_person(id: str, roster: Roster) -> Person:
    """A team as a whole; one that the roster does not know has no address."""
    team = roster.teams.get(id)
    return Person("team", str(id), team.address if team else {})


def resolve_recipient(
    recipient: Recipient, case: Case | None, roster: Roster, holder: Holder | None = None
) -> tuple[Person, ...]:
    """The people meant, in order of id; empty where there is nobody.

    `holder` is who has the ticket, where that is no longer as the case says. Where no engineer has it, the assignee
    is the team that does. Whoever is not active is passed over, and of managers their own manager is taken.
    A manager is the engineer's own, or else the manager of their team; of a manager with none above, that one.
    """
    holder = holder or holder_of(case)
    match recipient.kind:
        case "customer":
            return _customer(case)
        case "team":
            return (team_person(recipient.name or "", roster),)
        case "role" | "engineer":
            return tuple(engineer_person(engineer) for engineer in _named(recipient, roster))
        case "assignee":
            engineer = _active(holder.engineer, roster)
            if engineer is not None:
                return (engineer_person(engineer),)
            return (team_person(holder.team, roster),) if holder.team is not None else ()
        case "manager":
            return tuple(engineer_person(engineer) for engineer in _managers(recipient, roster, holder))


def _customer(case: Case | None) -> tuple[Person, ...]:
    if case is None:
        return ()
    contacts = case.customer.contacts if case.customer else ()
    contact = case.ticket.contact or next(iter(contacts), None)
    id = case.ticket.customer or (contact.name if contact else None)
    return (Person("customer", id, contact.address if contact else {}),) if id else ()


def _active(id: str | None, roster: Roster) -> Engineer | None:
    engineer = roster.engineers.get(id or "")
    return engineer if engineer is not None and engineer.active else None


def _named(recipient: Recipient, roster: Roster) -> list[Engineer]:
    if recipient.kind == "engineer":
        found = _active(recipient.name, roster)
        return [found] if found else []
    engineers = (engineer for _, engineer in sorted(roster.engineers.items()))
    return [engineer for engineer in engineers if engineer.active and recipient.name in engineer.roles]


def manager_of(person: Person, roster: Roster) -> Engineer | None:
    """The nearest active manager above an engineer or a team; None where there is nobody."""
    if person.kind == "team":
        return _team_manager(person.id, roster)
    engineer = roster.engineers.get(person.id) if person.kind == "engineer" else None
    return _manager(engineer, roster) if engineer is not None else None


def answerable(ticket: Ticket, roster: Roster) -> frozenset[str]:
    """The engineers who answer for a ticket: who has it, the team, and every manager above these."""
    people = {id: person for id, person in roster.engineers.items() if ticket.team and person.team == ticket.team}
    assignee = roster.engineers.get(ticket.assignee or "")
    if assignee is not None:
        people[assignee.id] = assignee
    above = _team_manager(ticket.team, roster)
    waiting = [*people.values(), *([above] if above else [])]
    found: set[str] = set()
    while waiting:
        engineer = waiting.pop()
        if engineer.id not in found:
            found.add(engineer.id)
            manager = _manager(engineer, roster)
            waiting += [manager] if manager else []
    return frozenset(found)


def _managers(recipient: Recipient, roster: Roster, holder: Holder) -> list[Engineer]:
    of = recipient.of or Recipient("assignee")
    if of.kind == "manager":
        found = [_manager(engineer, roster) or engineer for engineer in _managers(of, roster, holder)]
    elif of.kind in ("role", "engineer"):
        found = [manager for engineer in _named(of, roster) if (manager := _manager(engineer, roster))]
    else:
        engineer = roster.engineers.get(holder.engineer or "") if of.kind == "assignee" else None
        team = of.name if of.kind == "team" else holder.team if of.kind == "assignee" else None
        above = _manager(engineer, roster) if engineer is not None else _team_manager(team, roster)
        found = [above] if above else []
    return sorted({manager.id: manager for manager in found}.values(), key=lambda manager: manager.id)


def _team_manager(id: str | None, roster: Roster) -> Engineer | None:
    team = roster.teams.get(id or "")
    manager = roster.engineers.get(team.manager or "") if team else None
    return manager if manager is None or manager.active else _manager(manager, roster)


def _manager(engineer: Engineer, roster: Roster) -> Engineer | None:
    """The nearest active manager above an engineer; one whom nobody knows is as if there were none."""
    seen = {engineer.id}
    while True:
        team = roster.teams.get(engineer.team or "")
        named = (engineer.manager, team.manager if team else None)
        above = next((id for id in named if id in roster.engineers and id not in seen), None)
        if above is None:
            return None
        engineer = roster.engineers[above]
        if engineer.active:
            return engineer
        seen.add(above)
