"""The block of rule tests: what is given, and what is expected when."""

from datetime import datetime
from typing import Literal as OneOf

from svcctl.foundation.quantity import Duration
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
    """What a field of the ticket is afterwards: `expect priority high`, `expect assignee li`, `expect queue triage`."""

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


class TestBlock(Block, kw_only=True):
    """`id` is the title."""

    __test__ = False  # not a test class of pytest's

    start: datetime
    givens: tuple[Given, ...]
    moments: tuple[Moment, ...]
