"""The types of the rules language."""

from enum import StrEnum

from svcctl.foundation.record import Record


class Kind(StrEnum):
    """What sort of values a type has."""

    TEXT = "text"
    NUMBER = "number"
    TRUTH = "yes or no"
    CHOICE = "choice"
    QUANTITY = "quantity"
    ELAPSED = "elapsed time"
    BUSINESS = "business time"
    INSTANT = "instant"
    DATE = "date"
    LIST = "list"
    EVIDENCE = "evidence"
    PERSON = "person"


class Type(Record):
    """A kind, and what narrows it.

    `choices` (of a choice): the values in their order, so that `csat >= satisfied` has a meaning; empty where any
    word goes. `ordered`: whether `<` makes sense on them. `dimension` (of a quantity): as in
    `svcctl.foundation.quantity`. `of` (of a list): the kind of its items.
    `name` (of a choice): which names of the vocabulary it draws on (`team`, `region`, `state`, ...).
    """

    kind: Kind
    choices: tuple[str, ...] = ()
    ordered: bool = False
    dimension: str = ""
    of: Kind | None = None
    name: str = ""


TEXT = Type(Kind.TEXT)
NUMBER = Type(Kind.NUMBER)
TRUTH = Type(Kind.TRUTH)
ELAPSED = Type(Kind.ELAPSED)
BUSINESS = Type(Kind.BUSINESS)
INSTANT = Type(Kind.INSTANT)
DATE = Type(Kind.DATE)
EVIDENCE = Type(Kind.EVIDENCE)
PERSON = Type(Kind.PERSON)
PERCENT = Type(Kind.QUANTITY, dimension="ratio")


def choice(*choices: str, ordered: bool = False, name: str = "") -> Type:
    """A choice among words; with no words, any word of the names `name`, or any at all."""
    return Type(Kind.CHOICE, choices=choices, ordered=ordered, name=name)


def quantity(dimension: str) -> Type:
    """A quantity of a dimension; an empty dimension is one that only the data knows."""
    return Type(Kind.QUANTITY, dimension=dimension)


def list_of(kind: Kind, name: str = "") -> Type:
    return Type(Kind.LIST, of=kind, name=name)
