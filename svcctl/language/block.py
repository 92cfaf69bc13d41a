"""What blocks of a rule file share."""

from typing import Literal as OneOf

from svcctl.foundation.quantity import Duration
from svcctl.language.tree import Node

TargetKind = OneOf["respond", "arrive", "resolve", "update"]

ClockKind = OneOf["respond", "arrive", "resolve", "update", "limit"]
"""What a step may hang on: a target, or the `limit` of the stay in a state."""


class Block(Node, kw_only=True):
    """`id` is unique in the workspace among blocks of its kind; dispatch rules among all rules."""

    id: str
    title: str | None = None


class After(Node):
    """`after D`: so long after the entry into the `while`."""

    delay: Duration
