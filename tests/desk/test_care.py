"""Care of assets at the desk: tickets and messages come once, and survive outages and changed rules."""

from svcctl.desk.assets import read_meters
from svcctl.ticket.event import Event
from tests.desk.care_floor import SERVICE, Cared, chiller
from tests.desk.floor import refusal_of


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
    never = {"calendar": (None, "never")}
    floor.do(lambda desk: desk.transaction.record(Event("sites", "cellar", "changed", desk.now, "lin", never)))
    floor.at("2026-07-31T09:00")
    refused, done = sorted(floor.sweep(), key=lambda row: row["asset"], reverse=True)
    assert (refused["did"], refused["asset"], done["asset"]) == ("refused", "C-2", "C-1")


# -------------------------------------------------------------------- meters


FILTER = """
form consumable { }
care filter-due { for asset when meter.filter_hours >= 0.9 * product.filter_life
                  open ticket consumable "Filter of {asset.serial} at {meter.filter_hours}" }
"""


def read(floor: Cared, value: str) -> None:
    floor.later(hours=1)
    floor.do(lambda desk: read_meters(desk, "C-1", {"filter_hours": value}))


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


# -------------------------------------------------------------------- expiry


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
