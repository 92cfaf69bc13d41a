"""Callbacks of the grammar for what is decided: dispatch, acceptance, and tests."""

from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

from svcctl.foundation.diagnostic import Label, error
from svcctl.foundation.errors import nearest
from svcctl.foundation.quantity import Elapsed
from svcctl.foundation.source import Span
from svcctl.language import blocks, scenario_block, tree
from svcctl.language.build import Clause, Clauses, Shapes, over
from svcctl.language.tree import Word

#: What is no condition as it stands, but for a yes-or-no field.
_OPERANDS = (tree.Name, tree.Literal, tree.Aggregate, tree.Arithmetic, tree.Default)
_OPTIONS = ("over", "coverage", "in", "by", "method", "evidence")
_HITS = ("first", "unique", "priority", "collect")
_GIVEN = (
    "ticket",
    "engineer",
    "team",
    "customer",
    "site",
    "asset",
    "measurement",
    "survey",
    "evidence",
    "signature",
    "message",
)


class RuleBuilder(Shapes):
    """Makes dispatch, acceptance and test blocks."""

    # ---------------------------------------------------------------- dispatch

    def dispatch(self, c: list[Any]) -> blocks.DispatchBlock:
        keyword, name, title, hit, clauses, end = c
        policy: Any = "first"
        if hit is not None:
            policy = self.pick(hit, _HITS, "hit policy", "unknown-hit-policy")
        else:
            self.report(
                "missing-hit-policy",
                f"dispatch `{name}` does not say which rule wins when several match",
                name.span,
                f"write `dispatch {name} first {{`, or `unique`, `priority`, `collect`",
            )
        return blocks.DispatchBlock(
            id=name,
            title=title,
            hit=policy,
            rules=tuple(rule for rule in self.each(clauses, "rule") if rule.id),
            otherwise=self.once(clauses, "otherwise"),
            span=over(keyword, end),
        )

    def dispatch_rule(self, c: list[Any]) -> Clause:
        keyword, name, title, clauses, end = c
        span = over(keyword, end)
        made = blocks.DispatchRule(
            name,
            self.once(clauses, "when"),
            self.each(clauses, "action"),
            title,
            self.once(clauses, "priority", 0),
            span=span,
        )
        return Clause("rule", made, span)

    def otherwise(self, c: list[Any]) -> Clause:
        return Clause("otherwise", self.each(c[1], "action"), over(c[0], c[2]))

    def when(self, c: list[Any]) -> Clause:
        return Clause("when", c[1], over(c[0], c[1]))

    def rule_priority(self, c: list[Any]) -> Clause:
        return Clause("priority", self.whole(c[1]), over(c[0], c[1]))

    def rule_clause(self, c: list[Any]) -> Clause:
        return c[0]  # type: ignore[no-any-return]

    flow_clause = sla_clause = acceptance_clause = escalation_clause = step_clause = rule_clause

    def action_clause(self, c: list[Any]) -> Clause:
        return Clause("action", c[0], c[0].span)

    # -------------------------------------------------------------- acceptance

    def acceptance(self, c: list[Any]) -> blocks.AcceptanceBlock:
        keyword, name, title, clauses, end = c
        return blocks.AcceptanceBlock(
            id=name,
            title=title,
            condition=self.once(clauses, "for"),
            requirements=tuple(made for made in self.each(clauses, "require") if made is not None),
            verifier_is_not=tuple(who for clause in clauses if clause.kind == "verifier" for who in clause.value),
            approvals=self.each(clauses, "approval"),
            span=over(keyword, end),
        )

    def requirement(self, c: list[Any]) -> Clause:
        keyword, name, title, clauses, end = c
        span = over(keyword, end)
        criterion = self._only_criterion(clauses)
        if criterion is None:
            self.missing(clauses, "requirement", name, "say what must hold: `max(measured.noise) < 45 dB over 24h`")
        if criterion is None or not name:
            return Clause("require", None, span)
        made = blocks.Requirement(
            name, criterion, title, self.once(clauses, "method"), self.each(clauses, "evidence"), span=span
        )
        return Clause("require", made, span)

    def _only_criterion(self, clauses: Clauses) -> blocks.Criterion | None:
        found = [clause for clause in clauses if clause.kind == "criterion"]
        for before, clause in pairwise(found):
            condition = clause.value.condition
            left = getattr(condition, "left", condition)
            meant = nearest(left.path, _OPTIONS) if isinstance(left, tree.Name) and len(left.path) > 2 else None
            if meant is not None:
                message = f"`{left.path}` is not understood here"
                self.report("unknown-word", message, left.span, f"did you mean `{meant}`?")
            elif isinstance(condition, _OPERANDS) or isinstance(before.value.condition, _OPERANDS):
                finding = error("syntax", "something is missing before this", clause.span)
                help = "write an operator such as `==`, `is present` or `and` before it"
                related = (Label(before.span, "the first part"),)
                self.findings.append(finding.replace(help=(help,), related=related))
                clauses.broken = True
                return None
            else:
                help = "join the two with `and`, or write another `require`"
                self.report("repeated-clause", "this requirement has a condition already", clause.span, help)
        return found[0].value if found else None

    def verifier(self, c: list[Any]) -> Clause:
        return Clause("verifier", c[3], over(c[0], c[3][-1]))

    def approval(self, c: list[Any]) -> Clause:
        span = over(c[0], c[3] or c[2])
        return Clause("approval", blocks.Approval(c[2], c[3], span=span), span)

    def criterion(self, c: list[Any]) -> Clause:
        condition, options = c
        values: dict[str, Any] = {}
        for option in options:
            if values.keys() & option.value.keys():
                self.report("repeated-clause", "this is said twice for one criterion", option.span, "leave one out")
            values.update(option.value)
        span = over(condition, options[-1] if options else condition)
        return Clause("criterion", blocks.Criterion(condition, **values, span=span), span)

    def over(self, c: list[Any]) -> Clause:
        duration: Any = c[1].value
        if not isinstance(duration, Elapsed):
            self.report(
                "bad-duration", "readings are taken in elapsed time, not in business time", c[1].span, "write `24h`"
            )
            duration = None
        return Clause("option", {"over": duration}, over(c[0], c[1]))

    def coverage(self, c: list[Any]) -> Clause:
        if c[1].meant != ">=":
            self.report(
                "bad-coverage", "coverage can only be asked for with `>=`", c[1].span, "write `coverage >= 95%`"
            )
        return Clause("option", {"coverage": c[2].value.amount / 100}, over(c[0], c[2]))

    def batches(self, c: list[Any]) -> Clause:
        return Clause("option", {"samples": self.whole(c[1]), "size": self.whole(c[4])}, over(c[0], c[4]))

    def runs(self, c: list[Any]) -> Clause:
        return Clause("option", {"samples": self.whole(c[1])}, over(c[0], c[2]))

    def judged_by(self, c: list[Any]) -> Clause:
        return Clause("option", {"by": c[1]}, over(c[0], c[1]))

    def method(self, c: list[Any]) -> Clause:
        return Clause("method", c[1].value, over(c[0], c[1]))

    def evidence(self, c: list[Any]) -> Clause:
        count = c[2].value if len(c) > 2 else 1
        span = over(c[0], c[-1])
        return Clause("evidence", blocks.EvidenceNeed(Word(c[1].text, c[1].span), count, span=span), span)

    # -------------------------------------------------------------------- test

    def test(self, c: list[Any]) -> scenario_block.TestBlock:
        keyword, title, clauses, end = c
        name = self.name([title])
        start = self.once(clauses, "at")
        if start is None:
            self.missing(clauses, "test", name, "say when it begins: `at 2026-11-23T09:00+08:00`")
        return scenario_block.TestBlock(
            id=name,
            title=name,
            start=start or datetime(2000, 1, 1, tzinfo=UTC),
            givens=self.each(clauses, "given"),
            moments=tuple(self._moments(clauses)),
            rows=tuple(row for rows in self.each(clauses, "table") for row in rows),
            span=over(keyword, end),
        )

    def _moments(self, clauses: Clauses) -> list[scenario_block.Moment]:
        """Moves and expectations belong to the `at` before them, or to the start."""
        made: list[scenario_block.Moment] = []
        offset: Any = Elapsed(0)
        moves: list[str] = []
        expects: list[Any] = []
        reads: list[Any] = []
        span: Span | None = None
        for clause in clauses:
            if clause.kind == "moment":
                if span is not None:
                    made.append(scenario_block.Moment(offset, tuple(moves), tuple(expects), tuple(reads), span=span))
                offset, moves, expects, reads, span = clause.value, [], [], [], clause.span
            elif clause.kind in ("move", "expect", "read"):
                {"move": moves, "expect": expects, "read": reads}[clause.kind].extend(clause.value)
                span = clause.span if span is None else span.to(clause.span)
        if span is not None:
            made.append(scenario_block.Moment(offset, tuple(moves), tuple(expects), tuple(reads), span=span))
        return made

    def start(self, c: list[Any]) -> Clause:
        return Clause("at", c[1].value, over(c[0], c[1]))

    def moment(self, c: list[Any]) -> Clause:
        return Clause("moment", c[2].value, over(c[0], c[2]))

    def move(self, c: list[Any]) -> Clause:
        return Clause("move", [c[1]], over(c[0], c[1]))

    def expect(self, c: list[Any]) -> Clause:
        return Clause("expect", c[1], over(c[0], c[1][-1]))

    def given(self, c: list[Any]) -> Clause:
        keyword, kind, name, clauses, end = c
        span = over(keyword, end)
        sort: Any = self.pick(kind, _GIVEN, "kind of thing", "unknown-kind")
        # Of a kind that is not known nobody can say which fields it has.
        fields = self.each(clauses, "field") if nearest(kind.text, _GIVEN) else ()
        return Clause("given", scenario_block.Given(sort, name, fields, span=span), span)

    def given_value(self, c: list[Any]) -> Clause:
        return Clause("field", ((c[0],), c[1]), over(c[0], c[1]))

    def given_skill(self, c: list[Any]) -> Clause:
        level = self.whole(c[2]) if len(c) > 2 else 1
        value = tree.Literal(level, span=c[-1].span)
        return Clause("field", ((c[0].text, c[1]), value), over(c[0], c[-1]))

    def word(self, c: list[Any]) -> tree.Literal:
        return tree.Literal(c[0], span=c[0].span)

    def values(self, c: list[Any]) -> tree.Literal:
        return tree.Literal(tuple(item.value for item in c[1]), span=over(c[0], c[2]))

    def expect_rule(self, c: list[Any]) -> scenario_block.ExpectRule:
        return scenario_block.ExpectRule(c[1], span=over(c[0], c[1]))

    def expect_accepted(self, c: list[Any]) -> scenario_block.ExpectAccepted:
        return scenario_block.ExpectAccepted(True, span=c[0].span)

    def expect_not_accepted(self, c: list[Any]) -> scenario_block.ExpectAccepted:
        return scenario_block.ExpectAccepted(False, span=over(c[0], c[1]))

    def expect_nothing(self, c: list[Any]) -> scenario_block.ExpectNothing:
        return scenario_block.ExpectNothing(span=c[0].span)

    def expect_due(self, c: list[Any]) -> scenario_block.ExpectDue:
        return scenario_block.ExpectDue(c[0], c[2].value, span=over(c[0], c[2]))

    def expect_action(self, c: list[Any]) -> scenario_block.ExpectAction:
        return scenario_block.ExpectAction(c[0], span=c[0].span)

    def expect_field(self, c: list[Any]) -> scenario_block.ExpectField:
        return scenario_block.ExpectField(c[0], c[1], span=over(c[0], c[1]))
