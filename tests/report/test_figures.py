"""The figures of a report, worked out by hand beside them."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from svcctl.foundation.errors import Refusal
from svcctl.foundation.instant import zone_named
from svcctl.foundation.width import display_width
from svcctl.report.definitions import FIGURES, SECTIONS
from svcctl.report.figures import Amount, Population, Standing, median, percentile
from svcctl.report.service_report import ALWAYS, Period, figures_json, report_page, report_service
from svcctl.report.table import Looks
from svcctl.ticket.clocks import derive_clocks
from svcctl.ticket.model import Comment, Link, PinnedTarget, StateEntry, Survey, Ticket

START = datetime(2026, 10, 12, 1, tzinfo=UTC)
NOW = START + timedelta(days=40)


def standing(
    id: str, *states: tuple[str, float], resolve: str | None = None, tier: str | None = None, **more: Any
) -> Standing:
    """A ticket reported at START that entered states so many hours later, with a time to resolve."""
    reported = more.pop("reported_at", START)
    log = tuple(StateEntry(state, reported + timedelta(hours=hours)) for state, hours in (("new", 0), *states))
    targets = (PinnedTarget("resolve", "gold", resolve),) if resolve else ()
    ticket = Ticket(id, 1, log[-1].state, START, reported, states=log, targets=targets, **more)
    return Standing(ticket, derive_clocks(ticket, {}, NOW), tier=tier)


def amount(figure: str, standings: Sequence[Standing], **more: Any) -> Amount:
    return FIGURES[figure].measure(Population(tuple(standings), NOW, len(standings), **more))


DONE_EARLY = standing("T-1", ("accepted", 1), ("resolved", 10), resolve="24h", assignee="li", type="hardware_fault")
DONE_LATE = standing("T-2", ("accepted", 3), ("resolved", 30), ("closed", 50), resolve="24h", assignee="li")
REOPENED = standing("T-3", ("resolved", 8), ("in_progress", 20), ("resolved", 26), resolve="24h", assignee="wang")
OVERDUE = standing("T-4", resolve="24h")
WAITING = standing("T-5", resolve="2400h", reported_at=NOW - timedelta(hours=30))
CANCELLED = standing("T-6", ("cancelled", 2), resolve="24h")
UNPROMISED = standing("T-7", ("accepted", 2))
ALL = (DONE_EARLY, DONE_LATE, REOPENED, OVERDUE, WAITING, CANCELLED, UNPROMISED)


@pytest.mark.parametrize(
    ("figure", "value", "numerator", "denominator"),
    [
        ("tickets", "7", None, None),
        ("responded", "5", None, None),
        # 1, 3, 8 (resolved), 2 (cancelled) and 2 hours
        ("response_median", "2.00", None, 5),
        ("response_mean", "3.20", None, 5),
        ("response_p90", "8.00", None, 5),
        ("resolved", "3", None, None),
        # 10, 30 and 26 hours
        ("handling_median", "26.00", None, 3),
        ("handling_mean", "22.00", None, 3),
        ("handling_p90", "30.00", None, 3),
        # kept: T-1 and T-3 (12 of its 26 hours do not count); broken: T-2, T-4
        ("resolve_attainment", "50.0", 2, 4),
        ("respond_attainment", None, 0, 0),
        # late: T-2 and T-4, of 6 with a promise and 7 in all
        ("on_time_promised", "66.7", 4, 6),
        ("on_time", "71.4", 5, 7),
        ("first_time_fix", "66.7", 2, 3),
        ("reopen_rate", "33.3", 1, 3),
        ("open", "3", None, None),
        ("age_median", "960.00", None, 3),
        ("age_under_1d", "0", 0, 3),
        ("age_1d_to_3d", "1", 1, 3),
        ("age_over_30d", "2", 2, 3),
        ("csat_mean", None, None, 0),
    ],
)
def test_a_figure_is_what_its_definition_says(
    figure: str, value: str | None, numerator: int | None, denominator: int | None
) -> None:
    expected = Amount(None if value is None else Decimal(value), numerator, denominator)
    assert amount(figure, ALL) == expected


def test_a_recurrence_unmakes_a_first_time_fix() -> None:
    assert amount("first_time_fix", [DONE_EARLY], recurred=frozenset({"T-1"})).numerator == 0
    again = standing("T-8", links=(Link("recurrence", "T-1"),))
    (quality,) = report_service([DONE_EARLY, again], NOW, sections=["quality"])
    assert quality.rows[0].amounts["first_time_fix"] == Amount(Decimal("0.0"), 0, 1)


def test_a_public_reply_is_a_response() -> None:
    said = Comment("we look at it", START + timedelta(minutes=30), "li", public=True)
    heard = Comment("hello?", START + timedelta(minutes=5), "customer", public=True, by_customer=True)
    assert amount("response_median", [standing("T-9", ("accepted", 4), comments=(heard, said))]).value == Decimal(
        "0.50"
    )


def test_verdicts_and_due_times_of_other_systems_count() -> None:
    verdict = Ticket("T-1", 1, "closed", START, START, states=(StateEntry("new", START), StateEntry("closed", NOW)))
    late = verdict.replace(targets=(PinnedTarget("resolve", "boston", met=False),))
    due = verdict.replace(targets=(PinnedTarget("resolve", "boston", due_at=NOW),))
    found = [Standing(ticket, derive_clocks(ticket, {}, NOW)) for ticket in (late, due, verdict)]
    assert amount("on_time", found) == Amount(Decimal("66.7"), 2, 3)


def test_surveys_are_counted() -> None:
    happy = standing("T-1", ("closed", 1), survey=Survey("satisfied", START))
    angry = standing("T-2", ("closed", 1), survey=Survey("very_dissatisfied", START))
    silent = standing("T-3", ("closed", 1))
    people = [happy, angry, silent]
    assert amount("satisfied", people) == Amount(Decimal("50.0"), 1, 2)
    assert amount("answer_rate", people) == Amount(Decimal("66.7"), 2, 3)
    assert amount("csat_mean", people).value == Decimal("2.50")


def test_black_screens_that_share_a_batch_stand_out() -> None:
    shared = [standing(f"T-{n}", product_model="FT-9", batch="2026-03A", type="hardware_fault") for n in range(1, 6)]
    others = [standing(f"T-1{n}", product_model="FT-9", batch=f"2026-0{n}B", type="hardware_fault") for n in range(4)]
    unknown = [standing("T-20"), standing("T-21")]
    installed: dict[tuple[str | None, ...], int] = {("FT-9", "2026-03A"): 20}
    (spots,) = report_service([*others, *shared, *unknown], NOW, sections=["hot-spots"], assets=installed)
    (row,) = spots.rows
    assert row.group == ("FT-9", "2026-03A", "hardware_fault")
    assert row.amounts["tickets"].value == 5
    assert row.amounts["share_of_all"] == Amount(Decimal("45.5"), 5, 11)
    assert row.amounts["per_100_assets"] == Amount(Decimal("25.0"), 5, 20)
    (by_batch,) = report_service(shared, NOW, sections=["hot-spots"], by="batch", assets={**installed, ("X", "B"): 9})
    assert by_batch.rows[0].amounts["per_100_assets"] == Amount(Decimal("25.0"), 5, 20)
    (by_type,) = report_service(shared, NOW, sections=["hot-spots"], by="type", assets=installed)
    assert by_type.rows[0].amounts["assets"].value is None


def test_a_period_holds_its_start_and_not_its_end() -> None:
    def counted(period: Period) -> Decimal | None:
        (volume,) = report_service(ALL, NOW, period=period, sections=["volume"])
        return sum((row.amounts["tickets"].value or Decimal(0) for row in volume.rows), Decimal(0))

    assert counted(Period(since=START, until=START + timedelta(seconds=1))) == 6
    assert counted(Period(until=START)) == 0
    assert counted(ALWAYS) == 7


def test_splitting_makes_a_row_for_each_value() -> None:
    gold = standing("T-1", ("resolved", 2), tier="gold", type="noise")
    (response,) = report_service([gold, OVERDUE], NOW, by="tier", sections=["response"])
    assert {row.group: row.amounts["responded"].value for row in response.rows} == {("gold",): 1, (None,): 0}
    (engineers,) = report_service(ALL, NOW, by="tier", sections=["engineers"])
    assert engineers.section.by == ("assignee",)
    assert {row.group[0] for row in engineers.rows} == {"li", "wang", None}


@pytest.mark.parametrize(("options", "meant"), [({"by": "tiers"}, "tier"), ({"sections": ["slas"]}, "sla")])
def test_an_unknown_name_has_a_suggestion(options: dict[str, Any], meant: str) -> None:
    with pytest.raises(Refusal) as refused:
        report_service(ALL, NOW, **options)
    assert refused.value.help == f"did you mean `{meant}`?"


def test_every_figure_is_shown_somewhere_and_carries_its_definition() -> None:
    shown = {name for section in SECTIONS.values() for name in section.figures}
    assert shown == set(FIGURES)
    rows = list(figures_json(report_service(ALL, NOW)))
    assert {row["figure"] for row in rows} >= set(FIGURES) - {"assets", "per_100_assets"}
    assert all(row["definition"] and row["unit"] for row in rows)
    assert len({row["id"] for row in rows}) == len(rows)
    json.dumps([row["group"] for row in rows])


def test_the_page_defines_each_figure_and_aligns_chinese() -> None:
    chinese = standing("T-1", type="硬件故障")
    latin = standing("T-2", type="noise")
    zone = zone_named("Asia/Shanghai")
    page = report_page(report_service([chinese, latin], NOW, sections=["volume"]), NOW, ALWAYS, Looks(zone))
    lines = page.splitlines()
    assert "as of 2026-11-21 09:00 Asia/Shanghai" in lines[0]
    rows = [line for line in lines if line.startswith(("硬件故障", "noise"))]
    assert len({display_width(line) for line in rows}) == 1
    assert "  tickets: tickets reported in the period" in lines


@given(st.lists(st.decimals(0, 10**6, places=2), min_size=1, max_size=50), st.integers(1, 100))
def test_percentiles_are_of_the_values(values: list[Decimal], percent: int) -> None:
    found = percentile(values, percent)
    assert found in values
    assert sum(value <= found for value in values) * 100 >= percent * len(values)
    assert min(values) <= median(values) <= max(values)


HOURS = st.floats(0, 2000).map(lambda hours: round(hours, 2))


@given(
    st.lists(
        st.tuples(HOURS, st.lists(st.sampled_from(["resolved", "in_progress", "cancelled"]), max_size=4)), max_size=8
    )
)
def test_figures_of_any_tickets_agree_with_each_other(given_tickets: list[tuple[float, list[str]]]) -> None:
    people = [
        standing(
            f"T-{n}", *((state, hour + 1) for hour, state in enumerate(log)), reported_at=NOW - timedelta(hours=ago)
        )
        for n, (ago, log) in enumerate(given_tickets)
    ]
    bands = [name for name in SECTIONS["backlog"].figures if name.startswith("age_") and name[4] in "u137o"]
    assert sum((amount(name, people).value or Decimal(0)) for name in bands) == amount("open", people).value
    for name, definition in FIGURES.items():
        found = amount(name, people)
        if definition.unit == "%" and found.value is not None:
            assert found.numerator is not None
            assert found.denominator is not None
            assert 0 <= found.numerator <= found.denominator
            assert 0 <= found.value <= 100
