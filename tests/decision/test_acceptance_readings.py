"""Acceptance by readings: how long, by which method, in which batches and runs, and by whom."""

from datetime import timedelta
from decimal import Decimal

from svcctl.ticket.model import Measurement
from tests.decision.books import book
from tests.decision.checklists import METER, RUN, STABLE, START, batch, check, checklist, outcome, readings


def test_no_readings_at_all() -> None:
    assert outcome("quiet", measurements=()) == (None, "", "there is no reading of `noise`")


def test_one_loud_reading_in_the_run_fails() -> None:
    loud = readings(["42", "47.5", *["41"] * 143], timedelta(minutes=10))
    assert outcome("quiet", measurements=loud) == (False, "max 47.5 dB over 24h, coverage 100 %", "")


def test_a_loud_reading_before_the_run_does_not_count() -> None:
    before = Measurement("noise", Decimal(52), START - timedelta(minutes=20), "li", "dB", method=METER)
    assert check("quiet", measurements=(before, *RUN)).holds is True


def test_a_run_too_short_says_how_much_is_left() -> None:
    short = RUN[:19]
    assert outcome("quiet", measurements=short) == (
        None,
        "max 43.2 dB over 3h",
        "readings of `noise` span 3h of 24h: measure for 21h more",
    )


def test_a_run_need_not_fit_the_time_exactly() -> None:
    uneven = readings(["42"] * 220, timedelta(minutes=7))
    assert outcome("quiet", measurements=uneven)[:2] == (True, "max 42 dB over 24h 2m, coverage 100 %")


def test_a_hole_in_the_run_lowers_its_coverage() -> None:
    holed = RUN[:60] + RUN[72:]
    assert outcome("quiet", measurements=holed) == (
        None,
        "max 43.2 dB over 24h, coverage 90.9 %",
        "readings of `noise` cover 90.9 % of 24h, not 95 %: measure again with no gap longer than 20m",
    )
    assert check("quiet", measurements=RUN[:60] + RUN[66:]).actual == "max 43.2 dB over 24h, coverage 95.1 %"
    assert check("quiet", measurements=RUN[:60] + RUN[66:]).holds is True


def test_two_readings_a_day_apart_are_no_run() -> None:
    ends = readings(["42", "42"], timedelta(hours=24))
    assert outcome("quiet", measurements=ends)[0] is None


def test_readings_by_another_method_do_not_count_and_are_named() -> None:
    by_ear = tuple(reading.replace(method="by ear") for reading in RUN)
    assert outcome("quiet", measurements=by_ear) == (
        None,
        "",
        "there is no reading of `noise`; 145 readings were not taken by the method `sound level meter, on site`",
    )
    loud = readings(["60"], timedelta(minutes=1), method="by ear")
    assert check("quiet", measurements=(*RUN, *loud)).holds is True


def test_readings_in_another_unit_of_another_dimension_are_not_compared() -> None:
    wrong = tuple(reading.replace(unit="V") for reading in RUN)
    assert outcome("quiet", measurements=wrong)[0] is None


def test_readings_must_be_recorded_by_whom_it_says() -> None:
    rules = book("acceptance a { require warm { min(measured.heat) > 20 °C  by team customer-care } }")
    heat = Measurement("heat", Decimal(21), START, "li", "°C")
    (found,) = checklist(rules, measurements=(heat,)).checks
    assert (found.holds, found.missing) == (
        None,
        "there is no reading of `heat`; 1 reading was not recorded by team customer-care",
    )
    (found,) = checklist(rules, measurements=(heat.replace(actor="chen"),)).checks
    assert (found.holds, found.actual) == (True, "min 21 °C")


def test_batches_must_be_large_enough_and_each_must_hold() -> None:
    two = (*batch("B1", 1000), *batch("B2", 400), *batch("B3", 1000))
    assert outcome("yield", measurements=two) == (
        None,
        "min 99.6 % in 2 of 3 batches",
        "2 of 3 batches of 1000 are complete: `B2` has 400",
    )
    bad = (*batch("B1", 1000), *batch("B2", 1000, "99.1"), *batch("B3", 1000))
    assert outcome("yield", measurements=bad) == (False, "min 99.1 % in 3 batches (B1, B2, B3)", "")
    later = tuple(
        reading.replace(at=START + timedelta(hours=1)) for reading in (*batch("B4", 1000), *batch("B5", 1000))
    )
    assert outcome("yield", measurements=(*bad, *later))[:2] == (True, "min 99.6 % in 3 batches (B3, B4, B5)")


def test_a_batch_is_as_large_as_its_readings() -> None:
    many = tuple(
        Measurement("yield", Decimal("99.7"), START, "li", "%", batch=f"B{number % 3}") for number in range(3000)
    )
    assert outcome("yield", measurements=many)[0] is True
    assert outcome("yield", measurements=many[:-1])[0] is None


def test_runs_are_readings_or_counted() -> None:
    assert outcome("stable", measurements=STABLE[:99]) == (
        None,
        "0 in 99 of 100 runs",
        "there are 99 of 100 runs: 1 more",
    )
    assert outcome("stable", measurements=(*STABLE[:99], STABLE[99].replace(value=Decimal(1))))[0] is False
    counted = (STABLE[0], Measurement("runs", Decimal(100), START, "li"))
    assert outcome("stable", measurements=counted)[:2] == (True, "0 in 100 runs")
    few = (*STABLE[:2], Measurement("runs", Decimal(60), START, "li"))
    assert outcome("stable", measurements=few)[2] == "there are 60 of 100 runs: 40 more"
    group = tuple(reading.replace(batch="R1") for reading in counted)
    assert outcome("stable", measurements=group)[:2] == (True, "0 in 100 runs")


def test_only_the_latest_runs_count() -> None:
    early = STABLE[0].replace(value=Decimal(3), at=START - timedelta(hours=1))
    assert outcome("stable", measurements=(early, *STABLE))[0] is True
