"""Callbacks of the grammar for care: on which days, for which assets and tickets, and what is done."""

from typing import Any

from svcctl.language import block, care_block, tree
from svcctl.language.build import Clause, Shapes, over
from svcctl.language.tokens import Token

_TIMINGS = ("every", "before", "after")
_MONTHS = {"month": 1, "year": 12}
_DAYS = {"day": 1, "week": 7}


class CareBuilder(Shapes):
    """Makes care blocks and their actions."""

    def care(self, c: list[Any]) -> care_block.CareBlock:
        keyword, name, title, clauses, end = c
        timings = [clause for clause in clauses if clause.kind in _TIMINGS]
        for clause in timings[1:]:
            self.report(
                "repeated-clause",
                f"`{name}` says already when it comes",
                clause.span,
                "leave one of the two out, or write another `care` block",
            )
        subject = self.once(clauses, "for")
        if subject is None:
            self.missing(
                clauses, "care", name, "say for what it is: `for asset where under_contract`, `for ticket in closed`"
            )
        return care_block.CareBlock(
            id=name,
            title=title,
            timing=timings[0].value if timings else None,
            actions=self.each(clauses, "action"),
            **(subject or {"subject": "asset"}),
            span=over(keyword, end),
        )

    def care_clause(self, c: list[Any]) -> Clause:
        return c[0]  # type: ignore[no-any-return]

    def for_asset(self, c: list[Any]) -> Clause:
        said = {"subject": "asset", "where": c[2], "when": c[3]}
        return Clause("for", said, over(c[0], c[3] or c[2] or c[1]))

    def for_ticket(self, c: list[Any]) -> Clause:
        said = {"subject": "ticket", "states": tuple(c[3]), "where": c[4]}
        return Clause("for", said, over(c[0], c[4] or c[3][-1]))

    def period(self, c: list[Any]) -> Token:
        token: Token = c[0]
        return token

    def cadence(self, c: list[Any]) -> Clause:
        keyword, number, period, options = c
        said: dict[str, Any] = {}
        for option in options:
            if said.keys() & option.value.keys():
                self.report("repeated-clause", "this is said twice for one cadence", option.span, "leave one out")
            said.update(option.value)
        count, unit = self.whole(number), period.text.removesuffix("s")
        span = over(keyword, options[-1])
        made = care_block.Every(months=count * _MONTHS.get(unit, 0), days=count * _DAYS.get(unit, 0), **said, span=span)
        return Clause("every", made, span)

    def first_option(self, c: list[Any]) -> list[Clause]:
        return [Clause("option", {"origin": c[1].value}, over(c[0], c[1]))]

    def until(self, c: list[Any]) -> Clause:
        return Clause("option", {"until": c[1].value}, over(c[0], c[1]))

    def on_workdays(self, c: list[Any]) -> Clause:
        return Clause("option", {"workdays": True}, over(c[0], c[1]))

    def lead(self, c: list[Any]) -> Clause:
        return Clause("option", {"lead": c[1].value}, over(c[0], c[1]))

    def named_day(self, c: list[Any]) -> Clause:
        return Clause("day", c[0], c[0].span)

    def before_day(self, c: list[Any]) -> Clause:
        span = over(c[0], c[2])
        return Clause("before", care_block.BeforeDay(c[0].value, c[2], span=span), span)

    def after_entry(self, c: list[Any]) -> Clause:
        span = over(c[0], c[1])
        return Clause("after", block.After(c[1].value, span=span), span)

    def open_ticket(self, c: list[Any]) -> tree.OpenTicket:
        return tree.OpenTicket(c[2], c[3], span=over(c[0], c[2]))

    def send_survey(self, c: list[Any]) -> tree.SendSurvey:
        return tree.SendSurvey(c[2], c[3], span=over(c[0], c[3] or c[2]))

    def again(self, c: list[Any]) -> tree.Repeat:
        return tree.Repeat(c[2].value, self.whole(c[5]), span=over(c[0], c[6]))

    def read(self, c: list[Any]) -> Clause:
        return Clause("read", [(c[1], c[2])], over(c[0], c[2]))
