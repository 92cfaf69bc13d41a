"""Care at the desk: tickets and messages come once, survive outages, changed rules and reopening."""

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from svcctl.desk.assets import read_meters
from svcctl.desk.care import care_due
from svcctl.desk.care_queries import care_rows, upcoming_care
from svcctl.desk.intake import open_ticket
from svcctl.desk.rulefiles import check_sources
from svcctl.desk.scenario import run_tests
from svcctl.desk.settings import load_settings
from svcctl.desk.turn import perform
from svcctl.desk.work import survey
from svcctl.foundation.instant import parse_instant, stored
from svcctl.foundation.shipped import shipped
from svcctl.foundation.source import Source
from svcctl.ticket.event import Document
from svcctl.ticket.model import StateEntry
from tests.desk.floor import SHANGHAI, Floor, refusal_of

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

    def rules(self, text: str) -> None:
        super().rules(text)
        self.workspace.__dict__["rules_key"] = text

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


def test_maintenance_is_opened_filled_in_dispatched_and_said() -> None:
    floor = chiller()
    assert floor.sweep() == []
    floor.at("2026-07-17T08:59")
    assert floor.sweep() == []
    floor.at("2026-07-17T09:00")
    (done,) = floor.sweep()
    assert (done["asset"], done["rule"], done["missed"]) == ("C-1", "service", 0)
    (ticket,) = floor.tickets()
    assert ticket["title"] == "Service of C-1, due 2026-07-31"
    assert (ticket["asset"], ticket["site"], ticket["customer"]) == ("C-1", "tower", "acme")
    assert (ticket["tags"], ticket["queue"], ticket["type"]) == (["care"], "service", "maintenance")
    assert ticket["expected_at"] == "2026-07-31T01:00:00Z"
    assert [kind for kind, *_ in floor.messages()] == ["notify"]
    assert [event.rule for event in floor.history(ticket["id"]) if event.kind == "cared"] == ["service", "service"]
    assert floor.asset("C-1")["care_done"] == {"service": "2026-07-31"}


def test_a_second_sweep_does_nothing() -> None:
    floor = chiller()
    floor.at("2026-07-17T09:00")
    assert len(floor.sweep()) == 1
    head = floor.head()
    assert floor.sweep() == []
    assert floor.head() == head


def test_a_dry_run_keeps_nothing() -> None:
    floor = chiller()
    floor.sweep()
    floor.at("2026-07-17T09:00")
    head = floor.head()
    assert len(floor.sweep(dry_run=True)) == 1
    assert floor.head() == head
    assert len(floor.sweep()) == 1


def test_a_repeated_sweep_with_its_key_returns_what_was_done() -> None:
    floor = chiller()
    floor.at("2026-07-17T09:00")
    first = floor.sweep(key="k")
    assert floor.sweep(key="k") == first
    assert len(floor.tickets()) == 1


def test_after_an_outage_one_ticket_stands_for_those_missed() -> None:
    floor = chiller()
    floor.sweep()
    floor.at("2027-08-20T10:00")
    (done,) = floor.sweep()
    assert done["missed"] == 2
    assert len(floor.tickets()) == 1
    assert "expected_at" not in floor.tickets()[0]
    (event,) = (event for event in floor.workspace.store.history("assets", "C-1") if event.kind == "cared")
    assert event.why is not None
    assert (event.why["missed"], event.why["ticket"]) == (2, floor.tickets()[0]["id"])


def test_only_what_is_due_is_looked_at() -> None:
    floor = chiller()
    for number in range(30):
        floor.save("asset", f"N-{number}", installed_at="2026-06-01", contract_until="2029-01-31")
    floor.sweep()
    revisions = {asset["id"]: asset["revision"] for asset in floor.workspace.store.find("assets")}
    floor.at("2026-07-17T09:00")
    assert [row["asset"] for row in floor.sweep()] == ["C-1"]
    after = {asset["id"]: asset["revision"] for asset in floor.workspace.store.find("assets")}
    assert {id for id in after if after[id] != revisions[id]} == {"C-1"}


def test_many_due_at_once_are_all_seen_to_once() -> None:
    floor = chiller()
    for number in range(120):
        floor.save("asset", f"N-{number:03}", installed_at="2026-01-31", contract_until="2029-01-31")
    floor.at("2026-07-17T09:00")
    rows = floor.sweep()
    assert len({row["asset"] for row in rows}) == len(rows) == 121
    assert len(floor.tickets()) == 121


def test_a_contract_that_ends_ends_the_service_and_a_new_one_begins_it() -> None:
    floor = chiller(contract_until="2026-06-01")
    floor.at("2026-06-01T00:00")
    assert floor.sweep() == []
    assert "care_since" not in floor.asset("C-1")
    floor.at("2026-08-10T10:00")  # the occasion of 31 July is past by then
    floor.save("asset", "C-1", contract_until="2028-06-01")
    assert floor.sweep() == []
    floor.at("2027-01-15T09:00")
    assert len(floor.sweep()) == 1


def test_changed_rules_are_noticed_and_nothing_past_is_brought_back() -> None:
    floor = chiller("form maintenance { }")
    floor.sweep()
    assert "care_wake_at" not in floor.asset("C-1")
    floor.at("2026-08-10T10:00")
    floor.rules(SERVICE)
    assert floor.sweep() == []
    assert floor.asset("C-1")["care_wake_at"] == "2027-01-15T01:00:00Z"
    floor.rules(SERVICE.replace("lead 14d", "lead 7d"))
    floor.sweep()
    assert floor.asset("C-1")["care_wake_at"] == "2027-01-22T01:00:00Z"
    floor.rules("form maintenance { }")
    floor.sweep()
    assert not {"care_wake_at", "care_since"} & floor.asset("C-1").keys()
    head = floor.head()
    floor.rules('form maintenance { }  escalation e { after 1h { tag "x" } }')
    floor.sweep()
    assert floor.head() == head + 1  # only that these rules were seen


def test_an_asset_that_cannot_be_judged_stops_no_other() -> None:
    rules = SERVICE + 'calendar never { zone "Asia/Shanghai"  on 2020-01-06 09:00-10:00 }'
    floor = chiller(rules.replace("lead 14d", "lead 10bh"))
    floor.save("site", "cellar", customer="acme")
    floor.save("asset", "C-2", installed_at="2026-01-31", contract_until="2029-01-31", site="cellar")
    floor.do(lambda desk: desk.transaction.record(_moved_to_never(desk.now)))
    floor.at("2026-07-31T09:00")
    refused, done = sorted(floor.sweep(), key=lambda row: row["asset"], reverse=True)
    assert (refused["did"], refused["asset"], done["asset"]) == ("refused", "C-2", "C-1")


def _moved_to_never(now: Any) -> Any:
    from svcctl.ticket.event import Event

    return Event("sites", "cellar", "changed", now, "lin", {"calendar": (None, "never")})


# --------------------------------------------------------------------- meters

FILTER = """
form consumable { }
care filter-due { for asset when meter.filter_hours >= 0.9 * product.filter_life
                  open ticket consumable "Filter of {asset.serial} at {meter.filter_hours}" }
"""


def read(floor: Cared, value: str) -> None:
    floor.later(hours=1)
    perform(floor.workspace, floor.turn(), lambda desk: read_meters(desk, "C-1", {"filter_hours": value}))


def test_a_consumable_is_due_once_each_time_its_meter_passes() -> None:
    floor = chiller(FILTER, model="CH-9")
    floor.save("product", "CH-9", ratings={"filter_life": "400 h"})
    opened = []
    for value in ("100 h", "360 h", "380 h", "0 h", "365 h"):
        read(floor, value)
        opened.append(len(floor.sweep()))
    assert opened == [0, 1, 0, 0, 1]
    assert [ticket["title"] for ticket in floor.tickets()] == ["Filter of C-1 at 360 h", "Filter of C-1 at 365 h"]


def test_each_reading_counts_though_nobody_sweeps_between() -> None:
    floor = chiller(FILTER, model="CH-9")
    floor.save("product", "CH-9", ratings={"filter_life": "400 h"})
    read(floor, "390 h")
    assert len(floor.sweep()) == 1
    for value in ("0 h", "395 h"):
        read(floor, value)
    assert len(floor.sweep()) == 1


def test_a_rating_that_changes_makes_due() -> None:
    floor = chiller(FILTER, model="CH-9", meters={"filter_hours": "300 h"})
    floor.save("product", "CH-9", ratings={"filter_life": "400 h"})
    assert floor.sweep() == []
    floor.save("product", "CH-9", ratings={"filter_life": "320 h"})
    assert len(floor.sweep()) == 1


def test_a_reading_is_a_number_of_an_asset() -> None:
    floor = chiller(FILTER)
    assert refusal_of(lambda: read(floor, "much")).code == "bad-input"
    assert refusal_of(lambda: floor.do(lambda desk: read_meters(desk, "none", {"hours": "3"}))).code == "unknown-record"


# --------------------------------------------------------------------- expiry


def test_an_expiry_is_said_without_a_ticket() -> None:
    floor = chiller(
        'care warranty "Warranty ends" { for asset  30d before warranty_until'
        '  notify customer "The warranty of {asset.serial} ends on {due}" }',
        warranty_until="2026-12-10",
    )
    floor.at("2026-11-10T09:00")
    (done,) = floor.sweep()
    assert (done["ticket"], done["to"]) == (None, ["customer acme"])
    (message,) = floor.workspace.store.find("outbox")
    assert message["text"] == "The warranty of C-1 ends on 2026-12-10"
    assert (message["subject"], message["rule"], message["ticket"]) == ("Warranty ends: C-1", "warranty", "")
    assert floor.tickets() == []


# ------------------------------------------------------------------- call-back


def closed_ticket(floor: Cared) -> str:
    id = floor.new(customer="acme", title="It leaks")
    move_to(floor, id, "resolved")
    move_to(floor, id, "closed")
    return id


def move_to(floor: Cared, id: str, state: str) -> None:
    floor.do(lambda desk: desk.change(id, "moved", {"state": state}))


def surveys(floor: Cared) -> int:
    return [kind for kind, *_ in floor.messages()].count("survey")


def answer(floor: Cared, id: str) -> None:
    floor.do(lambda desk: survey(desk, id, "satisfied"))


def test_a_customer_is_called_back_until_the_answer_and_again_after_a_reopening() -> None:
    floor = chiller(CALL_BACK)
    id = closed_ticket(floor)
    sent = []
    for hours in (23, 1, 71, 1):
        floor.later(hours=hours)
        floor.sweep()
        sent.append(surveys(floor))
    assert sent == [0, 1, 1, 2]
    answer(floor, id)
    floor.later(days=30)
    assert floor.sweep() == []
    move_to(floor, id, "in_progress")
    assert "care_wake_at" not in floor.document(id)
    floor.later(days=2)
    move_to(floor, id, "closed")
    floor.later(hours=24)
    assert len(floor.sweep()) == 1
    assert surveys(floor) == 3


def test_a_ticket_reopened_before_the_call_is_not_called() -> None:
    floor = chiller(CALL_BACK)
    id = closed_ticket(floor)
    floor.later(hours=2)
    move_to(floor, id, "in_progress")
    floor.later(days=9)
    assert floor.sweep() == []


@pytest.mark.parametrize(("hours", "called"), [(2, 1), (23, 1), (24, 0), (900, 0)])
def test_whoever_was_closed_elsewhere_is_called_back_if_that_is_still_to_come(hours: int, called: int) -> None:
    floor = chiller(CALL_BACK)
    reported = floor.now - timedelta(hours=hours + 5)
    closed = StateEntry("closed", floor.now - timedelta(hours=hours))
    values = {"title": "It leaks", "customer": "acme", "reported_at": stored(reported)}
    floor.do(lambda desk: open_ticket(desk, values, history=lambda flow, at: (closed,)).id)
    assert floor.sweep() == []
    floor.later(hours=24 - hours if hours < 24 else 24)
    assert len(floor.sweep()) == called
    assert surveys(floor) == called


def test_nobody_to_ask_is_said() -> None:
    floor = Cared(CALL_BACK)
    id = floor.new(title="It leaks")
    move_to(floor, id, "closed")
    floor.later(hours=24)
    (done,) = floor.sweep()
    assert done["to"] == []
    assert [kind for kind, *_ in floor.messages()] == ["failed"]
    assert floor.sweep() == []


def test_tickets_that_were_closed_before_the_rule_or_came_in_closed_are_left_alone() -> None:
    floor = chiller("form maintenance { }")
    id = closed_ticket(floor)
    floor.rules(CALL_BACK)
    floor.later(days=9)
    assert floor.sweep() == []
    floor.do(lambda desk: desk.change(id, "edited", {"title": "It leaked"}))
    floor.later(days=9)
    assert floor.sweep() == []


def test_a_changed_delay_moves_the_call_of_those_who_wait() -> None:
    floor = chiller(CALL_BACK)
    closed_ticket(floor)
    floor.sweep()
    floor.rules(CALL_BACK.replace("24h", "48h"))
    floor.later(hours=25)
    assert floor.sweep() == []
    floor.later(hours=23)
    assert len(floor.sweep()) == 1


# -------------------------------------------------------------------- questions


def test_what_is_to_come_for_one_asset_for_one_customer_for_all() -> None:
    floor = chiller(SERVICE + CALL_BACK)
    floor.save("customer", "other")
    floor.save("asset", "C-2", installed_at="2026-01-15", contract_until="2029-01-31", customer="other")
    closed_ticket(floor)

    def coming(until: str, **whose: str) -> list[tuple[str, str | None]]:
        rows = upcoming_care(floor.workspace, floor.now, parse_instant(until, SHANGHAI), **whose)
        return [(row["at"][:10], row["asset"] or row["ticket"]) for row in rows]

    assert coming("2026-12-31") == [
        ("2026-02-02", "T-000001"),
        ("2026-02-05", "T-000001"),
        ("2026-02-08", "T-000001"),
        ("2026-07-01", "C-2"),
        ("2026-07-17", "C-1"),
    ]
    assert coming("2027-02-01", asset="C-1") == [("2026-07-17", "C-1"), ("2027-01-15", "C-1")]
    assert coming("2026-12-31", customer="other") == [("2026-07-01", "C-2")]
    assert refusal_of(lambda: coming("2026-12-31", asset="none")).code == "unknown-record"
    assert [(row["id"], row["when"]) for row in care_rows(floor.workspace)] == [
        ("call-back", "after 1d"),
        ("service", "every 6 months from installed_at on workdays lead 2w"),
    ]


def played(text: str, **names: frozenset[str]) -> list[tuple[str, list[tuple[str, str]]]]:
    rules = check_sources([Source("t.rules", text)], names, "cn-service")
    book = rules.compiled()
    settings = load_settings(None, {"SVCCTL_WORKSPACE_ZONE": "Asia/Shanghai"})
    results = run_tests(book, rules.rules.tests, Path("nowhere"), settings)
    return [(result.title, [(one.expected, one.found) for one in result.failures]) for result in results]


def test_the_tests_of_the_manual_pass() -> None:
    manual = (shipped("grammar") / "README.md").read_text("utf-8")
    text = "\n".join(re.findall(r"^```rules\n(.*?)^```$", manual, re.MULTILINE | re.DOTALL))
    results = played(text)
    assert len(results) >= 5
    assert [failed for failed in results if failed[1]] == []


@pytest.mark.parametrize(
    ("expectation", "found"),
    [
        ("at +13d expect open ticket maintenance", "nothing"),
        ("at +14d expect nothing", "open ticket maintenance"),
        ("at +14d expect open ticket other", 'open ticket maintenance "Service of C-1'),
        ("at +1d expect priority high", "none"),
    ],
)
def test_a_rule_test_about_care_can_fail(expectation: str, found: str) -> None:
    text = f"""
    calendar cn-service {{ zone "Asia/Shanghai"  mon..fri 09:00-18:00 }}
    form other {{ }}
    {SERVICE}
    test "t" {{
      at 2026-07-03T09:00+08:00
      given asset C-1 {{ installed_at 2026-01-31  contract_until 2027-01-31 }}
      {expectation}
    }}"""
    ((_, failures),) = played(text)
    assert len(failures) == 1
    assert found in failures[0][1]
