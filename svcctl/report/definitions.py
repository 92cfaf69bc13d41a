"""Every figure of a report by name, with its definition, and the sections that they are shown in."""

from collections.abc import Mapping

from svcctl.foundation.record import Record
from svcctl.report import figures as of
from svcctl.report.figures import Measure


class Definition(Record):
    """What a figure is called in a table, its unit, what exactly is counted or measured, and how."""

    title: str
    unit: str
    text: str
    measure: Measure


class Section(Record):
    """Figures that are read together. `by` is the field whose values make the rows, None for a single row;
    `least` leaves out rows of fewer tickets, `most` shows so many."""

    title: str
    figures: tuple[str, ...]
    by: tuple[str, ...] = ()
    least: int = 0
    most: int | None = None


_SLOW = "the same; 90 % took no longer"
_MEAN = "the same, mean"
_KEPT = "kept, of those kept or broken: stopped in time, of stopped or past due; open and not yet due is not counted"

FIGURES: Mapping[str, Definition] = {
    "tickets": Definition("tickets", "tickets", "tickets reported in the period", of.tickets_that(of.is_any)),
    "share_of_all": Definition("share %", "%", "of all tickets reported in the period", of.share_of_all),
    "responded": Definition(
        "responded",
        "tickets",
        "tickets that were answered: by a public comment, or by entering a state that implies it",
        of.tickets_that(lambda standing: of.response_hours(standing) is not None),
    ),
    "response_median": Definition(
        "median h",
        "h",
        "elapsed hours from the report to the first response; the middle value",
        of.of_hours(of.response_hours, of.median),
    ),
    "response_mean": Definition("mean h", "h", _MEAN, of.of_hours(of.response_hours, of.mean)),
    "response_p90": Definition("p90 h", "h", _SLOW, of.of_hours(of.response_hours, of.p90)),
    "resolved": Definition(
        "resolved",
        "tickets",
        "tickets that stand resolved or closed, cancelled ones not",
        of.tickets_that(of.is_resolved),
    ),
    "handling_median": Definition(
        "median h",
        "h",
        "elapsed hours from the report to the resolution that stands, waiting included; the middle value",
        of.of_hours(of.handling_hours, of.median),
    ),
    "handling_mean": Definition("mean h", "h", _MEAN, of.of_hours(of.handling_hours, of.mean)),
    "handling_p90": Definition("p90 h", "h", _SLOW, of.of_hours(of.handling_hours, of.p90)),
    "respond_attainment": Definition(
        "respond %",
        "%",
        f"promises of a first response {_KEPT}",
        of.share_that(of.is_kept("respond"), of.is_judged("respond")),
    ),
    "arrive_attainment": Definition(
        "arrive %",
        "%",
        "promises to be on site, counted the same way",
        of.share_that(of.is_kept("arrive"), of.is_judged("arrive")),
    ),
    "resolve_attainment": Definition(
        "resolve %",
        "%",
        "promises to resolve, counted the same way",
        of.share_that(of.is_kept("resolve"), of.is_judged("resolve")),
    ),
    "on_time_promised": Definition(
        "on time %",
        "%",
        "tickets with a time to resolve: resolved within it, or still open and not past it; an imported verdict stands",
        of.share_that(of.on_time, of.is_promised),
    ),
    "on_time": Definition(
        "on time of all %",
        "%",
        "the same of all tickets; without a promised time is on time",
        of.share_that(of.on_time, of.is_any),
    ),
    "first_time_fix": Definition(
        "first-time fix %",
        "%",
        "of the tickets that stand resolved: never reopened, and no other ticket is a recurrence of it",
        of.first_time_fix,
    ),
    "reopen_rate": Definition(
        "reopened %",
        "%",
        "of the tickets ever resolved: taken up again at least once",
        of.share_that(of.was_reopened, of.was_resolved),
    ),
    "reopened": Definition(
        "reopened", "tickets", "tickets taken up again at least once", of.tickets_that(of.was_reopened)
    ),
    "open": Definition(
        "open", "tickets", "tickets neither resolved, closed nor cancelled", of.tickets_that(of.stands_open)
    ),
    "age_median": Definition(
        "median age h", "h", "elapsed hours since the report of open tickets; the middle value", of.of_ages(of.median)
    ),
    "age_p90": Definition("p90 age h", "h", "the same; 90 % are no older", of.of_ages(of.p90)),
    "age_under_1d": Definition("< 1 d", "tickets", "open tickets reported less than 24 hours ago", of.in_band(0, 1)),
    "age_1d_to_3d": Definition(
        "1-3 d", "tickets", "open tickets from 24 hours to less than 3 days old", of.in_band(1, 3)
    ),
    "age_3d_to_7d": Definition("3-7 d", "tickets", "from 3 to less than 7 days old", of.in_band(3, 7)),
    "age_7d_to_30d": Definition("7-30 d", "tickets", "from 7 to less than 30 days old", of.in_band(7, 30)),
    "age_over_30d": Definition(">= 30 d", "tickets", "30 days old and more", of.in_band(30, None)),
    "assets": Definition("assets", "assets", "assets of this model and batch on record", of.assets),
    "per_100_assets": Definition("per 100", "per 100", "tickets for each 100 of these assets", of.per_100_assets),
    "answered": Definition(
        "answers", "tickets", "tickets with an answer to the survey", of.tickets_that(of.is_surveyed)
    ),
    "answer_rate": Definition(
        "answered %",
        "%",
        "of the tickets that stand resolved: with an answer",
        of.share_that(of.is_surveyed, of.is_resolved),
    ),
    "satisfied": Definition(
        "satisfied %",
        "%",
        "of the answers: satisfied or very satisfied",
        of.share_that(of.is_satisfied, of.is_surveyed),
    ),
    "csat_mean": Definition(
        "mean score",
        "of 5",
        "of the answers from 1 (very dissatisfied) to 5 (very satisfied)",
        of.of_hours(of.score, of.mean),
    ),
}

SECTIONS: Mapping[str, Section] = {
    "volume": Section("Volume", ("tickets", "share_of_all"), by=("type",)),
    "response": Section("Time to respond", ("responded", "response_median", "response_mean", "response_p90")),
    "handling": Section("Time to resolve", ("resolved", "handling_median", "handling_mean", "handling_p90")),
    "sla": Section(
        "Service levels",
        ("respond_attainment", "arrive_attainment", "resolve_attainment", "on_time_promised", "on_time"),
    ),
    "quality": Section("Quality", ("first_time_fix", "reopen_rate")),
    "backlog": Section(
        "Backlog",
        (
            "open",
            "age_median",
            "age_p90",
            "age_under_1d",
            "age_1d_to_3d",
            "age_3d_to_7d",
            "age_7d_to_30d",
            "age_over_30d",
        ),
    ),
    "engineers": Section(
        "Engineers",
        ("tickets", "resolved", "open", "handling_median", "reopened", "on_time_promised"),
        by=("assignee",),
    ),
    "hot-spots": Section(
        "Hot spots",
        ("tickets", "share_of_all", "assets", "per_100_assets"),
        by=("model", "batch", "type"),
        least=2,
        most=10,
    ),
    "satisfaction": Section("Satisfaction", ("answered", "answer_rate", "satisfied", "csat_mean")),
}
