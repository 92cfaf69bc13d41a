"""Callbacks of the grammar for the frame that service works in: calendars, forms, flows, service levels."""

from itertools import pairwise
from typing import Any, get_args

from svcctl.foundation.errors import nearest
from svcctl.foundation.quantity import UNITS
from svcctl.foundation.source import Span
from svcctl.language import blocks, calendar_block
from svcctl.language.build import Clause, Shapes, over
from svcctl.language.synonyms import FIELD_KINDS
from svcctl.language.tree import Word

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_KINDS = tuple(get_args(blocks.FieldKind))


class FrameBuilder(Shapes):
    """Makes calendar, form, flow and sla blocks."""

    def imported(self, c: list[Any]) -> blocks.Import:
        return blocks.Import(Word(c[1].value, c[1].span), span=over(c[0], c[1]))

    # ---------------------------------------------------------------- calendar

    def calendar(self, c: list[Any]) -> calendar_block.CalendarBlock:
        keyword, name, title, clauses, end = c
        zone = self.once(clauses, "zone")
        if zone is None:
            self.missing(clauses, "calendar", name, 'say where it is: `zone "Asia/Shanghai"`')
        return calendar_block.CalendarBlock(
            id=name,
            title=title,
            zone="UTC" if zone is None else zone,
            weekly=self.each(clauses, "weekly"),
            holidays=tuple(region for clause in clauses if clause.kind == "holidays" for region in clause.value),
            shifts=self.each(clauses, "on"),
            breaks=self.each(clauses, "break"),
            closed=tuple(dates for clause in clauses if clause.kind == "closed" for dates in clause.value),
            span=over(keyword, end),
        )

    def zone(self, c: list[Any]) -> Clause:
        return Clause("zone", Word(c[1].value, c[1].span), over(c[0], c[1]))

    def weekly(self, c: list[Any]) -> Clause:
        days = tuple(dict.fromkeys(day for group in c[0] for day in group[0]))
        span = Span(c[1].span.source, c[0][0][1].start, c[1].span.end)
        return Clause("weekly", calendar_block.Weekly(days, c[1].value, span=span), span)

    def daily(self, c: list[Any]) -> Clause:
        span = over(c[0], c[1])
        return Clause("weekly", calendar_block.Weekly(tuple(range(7)), c[1].value, span=span), span)

    def holidays(self, c: list[Any]) -> Clause:
        return Clause("holidays", c[1], over(c[0], c[1][-1]))

    def shift(self, c: list[Any]) -> Clause:
        span = over(c[0], c[2])
        return Clause("on", calendar_block.Shift(c[1].value, c[2].value, span=span), span)

    def break_(self, c: list[Any]) -> Clause:
        span = over(c[0], c[2])
        return Clause("break", calendar_block.Break(c[1].value, c[2].value, span=span), span)

    def closed(self, c: list[Any]) -> Clause:
        return Clause("closed", c[1], over(c[0], c[1][-1]))

    def one_date(self, c: list[Any]) -> calendar_block.Closed:
        return calendar_block.Closed(c[0].value, c[0].value, span=c[0].span)

    def some_dates(self, c: list[Any]) -> calendar_block.Closed:
        span = over(c[0], c[2])
        if c[2].value < c[0].value and c[0].flaw is None and c[2].flaw is None:
            self.report("bad-date", f"`{c[2].text}` is before `{c[0].text}`", span, "write the earlier day first")
        return calendar_block.Closed(c[0].value, c[2].value, span=span)

    def day(self, c: list[Any]) -> tuple[int, Span]:
        return _DAYS.index(c[0].text), c[0].span

    def one_day(self, c: list[Any]) -> tuple[tuple[int, ...], Span]:
        return (c[0][0],), c[0][1]

    def some_days(self, c: list[Any]) -> tuple[tuple[int, ...], Span]:
        first, last = c[0][0], c[2][0]
        return tuple(day % 7 for day in range(first, first + (last - first) % 7 + 1)), c[0][1].to(c[2][1])

    def intervals(self, c: list[Any]) -> Clause:
        found: list[Clause] = c[0]
        return Clause("intervals", tuple(clause.value for clause in found), over(found[0], found[-1]))

    def interval(self, c: list[Any]) -> Clause:
        span = over(c[0], c[2])
        if c[0].value == c[2].value and c[0].flaw is None and c[2].flaw is None:
            self.report(
                "bad-time", f"`{c[0].text}-{c[2].text}` is no time at all", span, "for a whole day write `00:00-24:00`"
            )
        return Clause("interval", (c[0].value, c[2].value), span)

    # -------------------------------------------------------------------- form

    def form(self, c: list[Any]) -> blocks.FormBlock:
        keyword, name, title, clauses, end = c
        return blocks.FormBlock(id=name, title=title, fields=self.each(clauses, "field"), span=over(keyword, end))

    def field(self, c: list[Any]) -> Clause:
        token, (kind, unit, choices, kind_end), options = c
        values: dict[str, Any] = {}
        last: Any = kind_end
        for option in options:
            values[option.kind] = option.value
            last = option
        span = over(token, last)
        if not kind:
            return Clause("unread", None, span)
        made = blocks.FormField(Word(token.text, token.span), kind, unit=unit, choices=choices, **values, span=span)
        return Clause("field", made, span)

    def plain_kind(self, c: list[Any]) -> tuple[str, Word | None, tuple[str, ...], Any]:
        """The kind; empty for one that is not known, because a guess would make the uses of the field wrong."""
        token = c[0]
        unit = Word(token.text, token.span) if token.text in UNITS else None
        meant = f"quantity {unit}" if unit is not None else FIELD_KINDS.get(token.text)
        if meant is None:
            kind = self.pick(token, _KINDS, "kind of field", "unknown-kind")
            return kind if nearest(token.text, _KINDS) else "", None, (), token
        message = f"there is no kind of field `{token.text}`"
        self.report("unknown-kind", message, token.span, f"write `{meant}`", instead=str(meant))
        return meant.partition(" ")[0], unit, (), token

    def quantity_kind(self, c: list[Any]) -> tuple[str, Word, tuple[str, ...], Any]:
        return "quantity", c[1], (), c[1]

    def choice_kind(self, c: list[Any]) -> tuple[str, None, tuple[Word, ...], Any]:
        return "choice", None, tuple(c[2]), c[3]

    def field_option(self, c: list[Any]) -> Clause:
        part = c[0]
        if isinstance(part, Clause):
            return part
        if part.type == "TEXT":
            return Clause("label", part.value, part.span)
        return Clause("required", True, part.span)

    def at_least(self, c: list[Any]) -> Clause:
        return Clause("at_least", self.whole(c[2]), over(c[0], c[2]))

    # -------------------------------------------------------------------- flow

    def flow(self, c: list[Any]) -> blocks.FlowBlock:
        keyword, name, title, clauses, end = c
        return blocks.FlowBlock(
            id=name,
            title=title,
            moves=tuple(move for clause in clauses if clause.kind == "moves" for move in clause.value),
            demands=tuple(demand for clause in clauses if clause.kind == "to" for demand in clause.value),
            limits=tuple(limit for clause in clauses if clause.kind == "within" for limit in clause.value),
            condition=self.once(clauses, "for"),
            milestones=self.each(clauses, "milestone"),
            span=over(keyword, end),
        )

    def chain(self, c: list[Any]) -> list[Any]:
        return c

    def longer_chain(self, c: list[Any]) -> Any:
        c[0] += c[1:]
        return c[0]

    def arrow(self, c: list[Any]) -> bool:
        return bool(c[0].type == "BOTH_WAYS")

    def moves(self, c: list[Any]) -> Clause:
        chain, name = c
        moves = []
        for (sources, targets), both in zip(pairwise(chain[::2]), chain[1::2], strict=True):
            span = over(sources[0], name or targets[-1])
            moves.append(blocks.Move(tuple(sources), tuple(targets), name, span=span))
            if both:
                moves.append(blocks.Move(tuple(targets), tuple(sources), name, span=span))
        return Clause("moves", moves, over(chain[0][0], name or chain[-1][-1]))

    def demand(self, c: list[Any]) -> Clause:
        span = over(c[0], c[3][-1])
        return Clause("to", [blocks.Demand(state, tuple(c[3]), span=span) for state in c[1]], span)

    def limit(self, c: list[Any]) -> Clause:
        span = over(c[0], c[3][-1])
        return Clause("within", [blocks.Limit(state, c[1].value, span=span) for state in c[3]], span)

    def milestone(self, c: list[Any]) -> Clause:
        span = over(c[0], c[2][-1])
        return Clause("milestone", blocks.Milestone(c[0], tuple(c[2]), span=span), span)

    # --------------------------------------------------------------------- sla

    def sla(self, c: list[Any]) -> blocks.SlaBlock:
        keyword, name, title, clauses, end = c
        return blocks.SlaBlock(
            id=name,
            title=title,
            condition=self.once(clauses, "for"),
            targets=self.each(clauses, "target"),
            pauses=tuple(state for clause in clauses if clause.kind == "pause" for state in clause.value),
            span=over(keyword, end),
        )

    def sla_target(self, c: list[Any]) -> Clause:
        kind, _, duration, calendar = c
        span = over(kind, calendar or duration)
        return Clause("target", blocks.Target(kind, duration.value, calendar, span=span), span)

    def pause(self, c: list[Any]) -> Clause:
        return Clause("pause", c[2], over(c[0], c[2][-1]))
