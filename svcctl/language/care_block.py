"""The block of preventive care: what is seen to before anybody complains."""

from datetime import date
from typing import Literal as OneOf

from svcctl.foundation.quantity import Duration
from svcctl.language.block import After, Block
from svcctl.language.tree import Action, Expression, Node


class Every(Node):
    """`every 6 months from installed_at until contract_until on workdays lead 14d`: `months` or `days` apart, from a
    field of the asset or a date; the first is one step after it."""

    origin: str | date
    months: int = 0
    days: int = 0
    until: str | date | None = None
    workdays: bool = False
    lead: Duration | None = None


class BeforeDay(Node):
    """`30d before warranty_until`: before the day of a field of the asset."""

    lead: Duration
    path: str


class CareBlock(Block, kw_only=True):
    """Work that comes from an asset, or after a ticket, and not from a complaint.

    `for asset where WHERE when WHEN`: on its days where `timing` says which, or when `when` begins to hold.
    `for ticket in STATES where WHERE`: so long (`timing`) after it entered one of the states.
    """

    subject: OneOf["asset", "ticket"]
    timing: Every | BeforeDay | After | None
    actions: tuple[Action, ...]
    states: tuple[str, ...] = ()
    where: Expression | None = None
    when: Expression | None = None
