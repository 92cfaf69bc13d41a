from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from svcctl.clock.calendar import Calendar
from svcctl.decision.candidates import candidate_of, choose_engineer, distance_km
from svcctl.decision.roster import Roster
from svcctl.facts.case import Case
from svcctl.facts.facts import Facts, collect_facts
from svcctl.foundation.quantity import Quantity
from svcctl.language.tree import And, Comparison, EngineerChoice, Field, Literal, Preference, SkillNeed
from svcctl.language.types import NUMBER, TRUTH, Kind, choice, list_of, quantity
from svcctl.ticket.model import Ticket
from svcctl.ticket.people import Engineer, Leave, Site, Team

NOW = datetime(2026, 11, 23, 2, tzinfo=UTC)  # Monday, 10:00 in Shanghai
BEIJING, SHANGHAI, TIANJIN = (39.9042, 116.4074), (31.2304, 121.4737), (39.3434, 117.3616)
DAY = Calendar("day", "Asia/Shanghai", [[(540, 1080)]] * 7)
NIGHT = Calendar("night", "Asia/Shanghai", [[(0, 360)]] * 7)
IN_REGION = Comparison(
    "==", Field("region", type=list_of(Kind.CHOICE)), Field("site.region", type=choice(name="region"))
)
FREE = Comparison("<", Field("open_tickets", type=NUMBER), Field("capacity", type=NUMBER))
NEAR = Comparison(
    "<",
    Field("distance", type=quantity("length")),
    Literal(Quantity(Decimal(5000), "km"), type=quantity("length")),
)
ON_SHIFT = Field("on_shift", type=TRUTH)


def facts(**site: object) -> Facts:
    ticket = Ticket(id="T1", revision=1, state="new", created_at=NOW, reported_at=NOW, site="s")
    place = Site("s", region="beijing").replace(**site)
    return collect_facts(Case(ticket, NOW, site=place, calendar=DAY, calendars={"day": DAY, "night": NIGHT}))


def roster(*engineers: Engineer, **load: int) -> Roster:
    return Roster({engineer.id: engineer for engineer in engineers}, {"site": Team("site")}, load)


def engineer(id: str, **fields: object) -> Engineer:
    return Engineer(id, team="site", regions=("beijing",), skills={"repair": 2}, capacity=3).replace(**fields)


def test_everyone_refused_has_a_reason() -> None:
    people = roster(
        engineer("away", regions=("shanghai",)),
        engineer("busy"),
        engineer("gone", active=False),
        engineer("novice", skills={"repair": 1}),
        engineer("other-team", team="desk"),
        engineer("ready", location=TIANJIN),
        engineer("sleeper", calendar="night"),
        engineer("unknown", location=None),
        busy=3,
    )
    where = And((IN_REGION, ON_SHIFT, FREE, NEAR))
    taken, trace = choose_engineer(
        EngineerChoice("site", (SkillNeed("repair", ">=", 2),), where), facts(location=BEIJING), people
    )
    assert taken is not None
    assert taken.id == "ready"
    assert trace.ranked == ("ready",)
    assert {refused.engineer: refused.reason for refused in trace.refused} == {
        "away": '`region == site.region` does not hold: region is ["shanghai"], site.region is "beijing"',
        "busy": "`open_tickets < capacity` does not hold: open_tickets is 3, capacity is 3",
        "gone": "is not active",
        "novice": "skill repair is 1, and must be >= 2",
        "sleeper": "`on_shift` does not hold: on_shift is false",
        "unknown": "`distance < 5000 km` is unknown: distance is missing",
    }
    assert trace.choice == (
        "engineer from team site having skill repair >= 2 "
        "where region == site.region and on_shift and open_tickets < capacity and distance < 5000 km"
    )


def test_nobody_fits() -> None:
    taken, trace = choose_engineer(EngineerChoice("site", (SkillNeed("weld"),)), facts(), roster(engineer("li")))
    assert taken is None
    assert trace.taken is None
    assert [refused.engineer for refused in trace.refused] == ["li"]


def ranked(prefer: tuple[Preference, ...], people: Roster, **site: object) -> tuple[str, ...]:
    return choose_engineer(EngineerChoice(None, prefer=prefer), facts(**site), people)[1].ranked


def test_preferences_in_order_then_the_id() -> None:
    people = roster(engineer("d"), engineer("c"), engineer("b"), engineer("a", skills={"repair": 3}), c=1, a=1)
    assert ranked((), people) == ("a", "b", "c", "d")
    assert ranked((Preference("fewest", "open_tickets"),), people) == ("b", "d", "a", "c")
    assert ranked((Preference("most", "open_tickets"),), people) == ("a", "c", "b", "d")
    assert ranked((Preference("highest", "skill repair"), Preference("fewest", "open_tickets")), people) == (
        "a",
        "b",
        "d",
        "c",
    )


def test_missing_values_come_last_either_way() -> None:
    people = roster(engineer("a"), engineer("b", location=TIANJIN), engineer("c", location=SHANGHAI))
    assert ranked((Preference("most", "distance"),), people, location=BEIJING) == ("c", "b", "a")
    assert ranked((Preference("fewest", "distance"),), people, location=BEIJING) == ("b", "c", "a")


def test_nearest_goes_by_distance_then_by_region() -> None:
    people = roster(
        engineer("a-nowhere", regions=()),
        engineer("b-region"),
        engineer("c-far", location=SHANGHAI),
        engineer("d-near", location=TIANJIN),
    )
    near = (Preference("nearest", "site"),)
    assert ranked(near, people, location=BEIJING) == ("d-near", "c-far", "b-region", "a-nowhere")
    assert ranked(near, people) == ("b-region", "c-far", "d-near", "a-nowhere")


def test_distance_of_known_places() -> None:
    assert distance_km(BEIJING, SHANGHAI) == pytest.approx(1067, abs=2)
    assert distance_km((0, 0), (0, 180)) == pytest.approx(20015, abs=1)
    assert distance_km(BEIJING, BEIJING) == 0


def test_on_shift_is_the_calendar_without_leave() -> None:
    def on_shift(person: Engineer, teams: dict[str, Team], default: Calendar | None = None) -> tuple[bool, bool]:
        seen = candidate_of(person, facts(), Roster({person.id: person}, teams), default)
        return seen.on_shift, seen.on_leave

    leave = Leave(NOW - timedelta(hours=1), NOW + timedelta(hours=1))
    over = Leave(NOW - timedelta(hours=2), NOW)
    assert on_shift(engineer("a"), {}) == (True, False)
    assert on_shift(engineer("a", calendar="night"), {"site": Team("site", calendar="day")}) == (False, False)
    assert on_shift(engineer("a"), {"site": Team("site", calendar="night")}) == (False, False)
    assert on_shift(engineer("a", leave=(leave,)), {}) == (False, True)
    assert on_shift(engineer("a", leave=(over,)), {}) == (True, False)
