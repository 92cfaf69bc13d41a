"""The report of a service: sections of figures over a period, split by a field, as values and as pages."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import starmap
from typing import Any

from svcctl.foundation.errors import Refusal, nearest
from svcctl.foundation.record import Record
from svcctl.report.definitions import FIGURES, SECTIONS, Section
from svcctl.report.figures import Amount, Population, Standing
from svcctl.report.table import Looks, brief, cell, lay_out, paint

#: Fields that figures can be split by, with the ticket's field of each.
SPLITS: Mapping[str, str] = {
    "type": "type",
    "product_line": "product_line",
    "model": "product_model",
    "batch": "batch",
    "region": "region",
    "channel": "channel",
    "tier": "",
    "team": "team",
    "assignee": "assignee",
    "priority": "priority",
    "mode": "mode",
    "customer": "customer",
    "site": "site",
    "state": "state",
    "queue": "queue",
}
#: Units of figures that are something of something.
_SHARES = ("%", "per 100")
Group = tuple[str | None, ...]


class Period(Record):
    """Tickets reported from `since` on and before `until`; None is without a bound."""

    since: datetime | None = None
    until: datetime | None = None

    def holds(self, standing: Standing) -> bool:
        reported = standing.ticket.reported_at
        return (self.since is None or reported >= self.since) and (self.until is None or reported < self.until)


ALWAYS = Period()


class Row(Record):
    """The amounts of one group of tickets, by the name of the figure; `group` is empty for all of them."""

    group: Group
    amounts: Mapping[str, Amount]


class Reported(Record):
    """One section as it came out."""

    name: str
    section: Section
    rows: tuple[Row, ...]


def report_service(
    standings: Iterable[Standing],
    now: datetime,
    *,
    period: Period = ALWAYS,
    by: str | None = None,
    sections: Sequence[str] = (),
    assets: Mapping[Group, int] | None = None,
) -> tuple[Reported, ...]:
    """The sections asked for, or all; `by` splits those that are not split by nature.

    `assets` is how many are installed of each model and batch. Raises Refusal `bad-argument` for a section or
    a field that there is not.
    """
    if by is not None:
        _known("field", by, SPLITS)
    chosen = [_known("section", name, SECTIONS) for name in sections] or list(SECTIONS)
    everything = list(standings)
    recurred = frozenset(
        link.ticket for standing in everything for link in standing.ticket.links if link.kind == "recurrence"
    )
    inside = tuple(standing for standing in everything if period.holds(standing))
    all_of = Population(inside, now, len(inside), recurred)
    return tuple(_reported(name, SECTIONS[name], all_of, by, assets) for name in chosen)


def figures_json(reported: Iterable[Reported]) -> Iterator[dict[str, Any]]:
    """Each figure of each row by itself, with its definition."""
    for part in reported:
        for row in part.rows:
            for name, amount in row.amounts.items():
                definition = FIGURES[name]
                yield {
                    "id": "/".join((part.name, *(text or "" for text in row.group), name)),
                    "section": part.name,
                    "figure": name,
                    "by": list(part.section.by),
                    "group": list(row.group),
                    "value": amount.value,
                    "unit": definition.unit,
                    "numerator": amount.numerator,
                    "denominator": amount.denominator,
                    "definition": definition.text,
                }


def report_page(reported: Sequence[Reported], now: datetime, period: Period, looks: Looks) -> str:
    """The report as people read it: each section as a table with its definitions under it."""
    since = brief(period.since, looks.zone) if period.since else "the beginning"
    until = brief(period.until, looks.zone) if period.until else "now"
    head = f"Tickets reported from {since} until {until}; as of {brief(now, looks.zone)} {looks.zone}\n"
    return "\n".join([head, *(_section_page(part, looks) for part in reported)])


def _section_page(part: Reported, looks: Looks) -> str:
    names = part.section.figures
    titles = [*part.section.by, *(FIGURES[name].title for name in names)]
    if part.rows:
        rows = [[*(text or "-" for text in row.group), *starmap(_shown, row.amounts.items())] for row in part.rows]
        table = lay_out(rows, titles, looks, right="l" * len(part.section.by) + "r" * len(names))
    else:
        table = "none\n"
    meanings = [f"  {FIGURES[name].title}: {FIGURES[name].text}" for name in names]
    return paint(part.section.title, "1", looks) + "\n" + table + paint("\n".join(meanings), "2", looks) + "\n"


def _shown(name: str, amount: Amount) -> str:
    if amount.value is None:
        return "-"
    text = cell(amount.value)
    return f"{text} ({amount.numerator}/{amount.denominator})" if FIGURES[name].unit in _SHARES else text


def _reported(
    name: str, section: Section, population: Population, by: str | None, assets: Mapping[Group, int] | None
) -> Reported:
    if by is not None and section.by != ("assignee",):
        section = section.replace(by=(by,))
    if not section.by:
        return Reported(name, section, (_row((), section, population),))
    groups: dict[Group, list[Standing]] = {}
    for standing in population.standings:
        groups.setdefault(tuple(_value(standing, field) for field in section.by), []).append(standing)
    kept = [
        group for group, members in groups.items() if len(members) >= section.least and (group[0] or not section.least)
    ]
    kept.sort(key=lambda group: (-len(groups[group]), tuple(text or "" for text in group)))
    return Reported(
        name,
        section,
        tuple(
            _row(
                group,
                section,
                population.replace(standings=tuple(groups[group]), assets=_installed(assets or {}, section.by, group)),
            )
            for group in kept[: section.most]
        ),
    )


def _installed(assets: Mapping[Group, int], fields: Sequence[str], group: Group) -> int | None:
    """How many assets there are of the model and batch that a group names, None where it names neither."""
    named = dict(zip(fields, group, strict=True))
    if not {"model", "batch"} & named.keys():
        return None
    return sum(
        count
        for (model, batch), count in assets.items()
        if named.get("model", model) == model and named.get("batch", batch) == batch
    )


def _row(group: Group, section: Section, population: Population) -> Row:
    return Row(group, {name: FIGURES[name].measure(population) for name in section.figures})


def _value(standing: Standing, field: str) -> str | None:
    if field == "tier":
        return standing.tier
    value = getattr(standing.ticket, SPLITS[field])
    return None if value is None else str(value)


def _known(what: str, name: str, table: Mapping[str, Any]) -> str:
    if name not in table:
        meant = nearest(name, set(table))
        raise Refusal(
            "bad-argument",
            f"there is no {what} `{name}` in reports",
            help=f"did you mean `{meant}`?" if meant else "one of " + ", ".join(table),
        )
    return name
