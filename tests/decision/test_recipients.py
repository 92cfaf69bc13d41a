from datetime import UTC, datetime

import pytest

from svcctl.decision.recipients import Holder, resolve_recipient
from svcctl.decision.roster import Roster
from svcctl.facts.case import Case
from svcctl.language.tree import Recipient
from svcctl.ticket.model import Ticket
from svcctl.ticket.people import Contact, Customer, Engineer, Team

NOW = datetime(2026, 11, 23, 1, tzinfo=UTC)
ROSTER = Roster(
    engineers={
        "li": Engineer("li", team="site", address={"email": "li@example.com"}),
        "wang": Engineer("wang", team="site", manager="zhao"),
        "chen": Engineer("chen", team="site", roles=("lead",)),
        "zhao": Engineer("zhao", team="site", manager="qian", active=False),
        "qian": Engineer("qian", roles=("service-director",)),
        "sun": Engineer("sun", roles=("service-director",)),
        "gone": Engineer("gone", roles=("service-director",), active=False),
    },
    teams={"site": Team("site", manager="chen", address={"wecom": "room"})},
)
MANAGER = Recipient("manager")


def case(**fields: object) -> Case:
    ticket = Ticket(id="T1", revision=1, state="new", created_at=NOW, reported_at=NOW, customer="acme")
    return Case(ticket.replace(**fields), NOW, Customer("acme", contacts=(Contact("Ms Wu", {"phone": "1"}),)))


def ids(recipient: Recipient, **fields: object) -> list[str]:
    return [person.id for person in resolve_recipient(recipient, case(**fields), ROSTER)]


@pytest.mark.parametrize(
    ("recipient", "people"),
    [
        (Recipient("assignee"), ["li"]),
        (Recipient("customer"), ["acme"]),
        (Recipient("team", "site"), ["site"]),
        (Recipient("role", "service-director"), ["qian", "sun"]),
        (Recipient("role", "nobody-has-it"), []),
        (Recipient("engineer", "wang"), ["wang"]),
        (Recipient("engineer", "gone"), []),
        (MANAGER, ["chen"]),
        (Recipient("manager", of=Recipient("team", "site")), ["chen"]),
        (Recipient("manager", of=Recipient("engineer", "wang")), ["qian"]),
        (Recipient("manager", of=Recipient("engineer", "chen")), []),
        (Recipient("manager", of=Recipient("customer")), []),
    ],
)
def test_who_is_meant(recipient: Recipient, people: list[str]) -> None:
    assert ids(recipient, assignee="li", team="site") == people


def test_a_team_stands_in_for_the_assignee_that_is_not_there() -> None:
    assert ids(Recipient("assignee"), team="site") == ["site"]
    assert ids(MANAGER, team="site") == ["chen"]
    assert ids(Recipient("assignee")) == []
    assert ids(MANAGER) == []


def test_the_holder_counts_before_the_case() -> None:
    people = resolve_recipient(Recipient("assignee"), case(assignee="li"), ROSTER, Holder("wang", "site"))
    assert [person.id for person in people] == ["wang"]


def test_addresses_come_with_the_people() -> None:
    (li,) = resolve_recipient(Recipient("assignee"), case(assignee="li"), ROSTER)
    (customer,) = resolve_recipient(Recipient("customer"), case(contact=Contact("Mr He", {"phone": "2"})), ROSTER)
    assert li.address == {"email": "li@example.com"}
    assert customer.address == {"phone": "2"}


def test_managers_in_a_circle_are_nobody() -> None:
    roster = Roster({"a": Engineer("a", manager="b"), "b": Engineer("b", manager="a", active=False)})
    assert resolve_recipient(MANAGER, case(assignee="a"), roster) == ()


def test_above_the_highest_manager_it_is_still_the_highest() -> None:
    above = Recipient("manager", of=Recipient("manager", of=Recipient("assignee")))
    assert ids(above, assignee="wang") == ["qian"]
    assert ids(Recipient("manager", of=above), assignee="wang") == ["qian"]


def test_a_manager_whom_nobody_knows_is_passed_over_for_that_of_the_team() -> None:
    roster = ROSTER.replace(engineers={**ROSTER.engineers, "ma": Engineer("ma", team="site", manager="left-long-ago")})
    assert [person.id for person in resolve_recipient(MANAGER, case(assignee="ma"), roster)] == ["chen"]
