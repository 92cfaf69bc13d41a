"""The block of rule tests: what is given, and what is expected when."""

from datetime import datetime
from typing import Literal as OneOf

from svcctl.foundation.quantity import Duration, Elapsed
from svcctl.language.block import Block, ClockKind
from svcctl.language.tree import Action, Literal, Node


class Given(Node):
    """`given engineer li { path value ... }`, `given ticket { ... }`: fields as written, in order.

    A field is its words and its value: `("skill", "access-control")` with 3 for `skill access-control 3`.
    """

    kind: OneOf[
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
    ]
    name: str | None
    fields: tuple[tuple[tuple[str, ...], Literal], ...]


class ExpectAction(Node):
    """The action is taken at that instant: `expect remind assignee`."""

    action: Action


class ExpectRule(Node):
    rule: str


class ExpectField(Node):
    """What a field of the ticket is afterwards: `expect priority high`, `expect assignee li`, `expect queue triage`.

    In the row of a table the value None says that it has none."""

    path: str
    value: Literal


class ExpectDue(Node):
    """`expect resolve due 2026-11-24T17:00+08:00`."""

    target: ClockKind
    at: datetime


class ExpectAccepted(Node):
    """`expect accepted`, `expect not accepted`."""

    accepted: bool


class ExpectNothing(Node):
    """`expect nothing`: no escalation fires at that instant."""


Expectation = ExpectAction | ExpectRule | ExpectField | ExpectDue | ExpectAccepted | ExpectNothing


class Moment(Node):
    """`at +30m expect ...`, `at +10m move accepted`: what happens, then what must hold, at `offset` after the start.

    `reads` are readings of the given asset's meters, by path.
    """

    offset: Duration
    moves: tuple[str, ...] = ()
    expects: tuple[Expectation, ...] = ()
    reads: tuple[tuple[str, Literal], ...] = ()


class Row(Node):
    """One row of a table: the ticket's fields, and what must hold at the start."""

    given: Given
    expects: tuple[Expectation, ...]


class TestBlock(Block, kw_only=True):
    """`id` is the title. With `rows` it plays once for each, whose ticket has its fields as well."""

    __test__ = False  # not a test class of pytest's

    start: datetime
    givens: tuple[Given, ...]
    moments: tuple[Moment, ...]
    rows: tuple[Row, ...] = ()

    def played(self) -> "tuple[TestBlock, ...]":
        """The tests that this one is: itself, or one for each row, named after what the row says."""
        return tuple(self._of(row) for row in self.rows) or (self,)

    def _of(self, row: Row) -> "TestBlock":
        said = ", ".join(f"{'.'.join(words)} {value.value}" for words, value in row.given.fields)
        moments = (Moment(Elapsed(0), expects=row.expects, span=row.span), *self.moments)
        return self.replace(
            id=f"{self.id}: {said or 'nothing said'}",
            givens=(*self.givens, row.given),
            moments=moments,
            rows=(),
            span=row.span,
        )
