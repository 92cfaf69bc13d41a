"""The syntax tree of expressions and actions; `blocks` has the blocks they stand in.

Nodes are frozen and carry their span, which does not count when trees are compared. The parser
builds names as they stand; the checker returns the same tree with every `Name` resolved to a
`Field` or a `Literal`, so that what runs has no names left to look up.
"""

from typing import Literal as OneOf

from svcctl.foundation.quantity import Duration
from svcctl.foundation.record import Record, spot
from svcctl.foundation.source import Span
from svcctl.language.types import TEXT, Type

NOWHERE = Span("", 0, 0)


class Node(Record):
    span: Span = spot(default=NOWHERE, kw_only=True)


class Word(str):
    """A name as it stands in a clause, with its place; equal to the plain text.

    The parser gives one wherever a node holds a name as text (an id, a state, a team), so that a finding
    can point at that word alone.
    """

    __slots__ = ("span",)
    span: Span

    def __new__(cls, text: str, span: Span = NOWHERE) -> "Word":
        word = super().__new__(cls, text)
        word.span = span
        return word


def place_of(word: str | None, node: Node) -> Span:
    """Where a word of a node stands; the node's own place where the word does not say."""
    return word.span if isinstance(word, Word) and word.span != NOWHERE else node.span


# ---------------------------------------------------------------- expressions


class Name(Node):
    """A dotted name not yet resolved: a field of the ticket, or a word such as `urgent`."""

    path: str


class Field(Node):
    """A fact, by its path in the vocabulary."""

    path: str
    type: Type = spot(default=TEXT, kw_only=True)


class Literal(Node):
    """A value written out: str, bool, int, Decimal, Quantity, Elapsed, Business, datetime, date.

    A whole number is an int, one with a fraction a Decimal. A word of a choice is a str; `quoted`
    says that it was written as text.
    """

    value: object
    quoted: bool = False
    type: Type | None = spot(default=None, kw_only=True)


class Not(Node):
    operand: "Expression"


class And(Node):
    parts: tuple["Expression", ...]


class Or(Node):
    parts: tuple["Expression", ...]


class Comparison(Node):
    """`left op right`; `==` and `!=` on any type, the others on ordered ones."""

    op: OneOf["==", "!=", "<", "<=", ">", ">="]
    left: "Expression"
    right: "Expression"


class Membership(Node):
    """`left in [...]`, `left not in [...]`."""

    left: "Expression"
    values: tuple["Expression", ...]
    negated: bool = False


class Contains(Node):
    """`left contains "x"`, `contains any [...]`, `contains all [...]`: text in any case, or an item of a list."""

    left: "Expression"
    values: tuple["Expression", ...]
    mode: OneOf["one", "any", "all"] = "one"


class Matches(Node):
    """`left matches "pattern"`: a regular expression found anywhere in a text, in time linear in the text."""

    left: "Expression"
    pattern: str


class Presence(Node):
    """`field is present`, `field is missing`: never unknown."""

    operand: "Expression"
    present: bool


class Default(Node):
    """`field or default value`."""

    operand: "Expression"
    value: "Expression"


class Aggregate(Node):
    """`max(measured.noise)`; max, min, avg, sum or count. Of nothing it is unknown, but count and sum are 0."""

    function: OneOf["max", "min", "avg", "sum", "count"]
    operand: "Expression"


class Arithmetic(Node):
    """`left op right` on numbers, quantities and durations."""

    op: OneOf["+", "-", "*", "/"]
    left: "Expression"
    right: "Expression"


Expression = (
    Name
    | Field
    | Literal
    | Not
    | And
    | Or
    | Comparison
    | Membership
    | Contains
    | Matches
    | Presence
    | Default
    | Aggregate
    | Arithmetic
)

# -------------------------------------------------------------------- actions


class Recipient(Node):
    """Who is meant: `assignee`, `customer`, `manager` (`of` the assignee, a team or a further manager), `team X`,
    `role X`, `engineer X`, `watchers`."""

    kind: OneOf["assignee", "customer", "manager", "team", "role", "engineer"]
    name: str | None = None
    of: "Recipient | None" = None


class SkillNeed(Node):
    """`having skill S >= N`; a level of 1 where none is written."""

    skill: str
    op: OneOf["==", "!=", "<", "<=", ">", ">="] = ">="
    level: int = 1


class Preference(Node):
    """`fewest open_tickets`, `most F`, `nearest to site`, `highest skill S`, `longest idle` ..."""

    order: OneOf["fewest", "most", "nearest", "highest"]
    path: str


class EngineerChoice(Node):
    """`engineer from team T having ... where ... prefer ...`; any team where none is named."""

    team: str | None
    having: tuple[SkillNeed, ...] = ()
    where: Expression | None = None
    prefer: tuple[Preference, ...] = ()


class RecipientChoice(Node):
    """`assign manager of assignee`, `assign team T`, `assign engineer li`."""

    recipient: Recipient


Choice = EngineerChoice | RecipientChoice


class Assign(Node):
    """Choices in order: the next one is tried when nobody qualifies in the one before."""

    choices: tuple[Choice, ...]


class SetField(Node):
    path: str
    value: Expression


class Notify(Node):
    """`notify R` or `remind R`; `urgent` is not held back to the recipient's working hours."""

    recipient: Recipient
    remind: bool = False
    urgent: bool = False
    text: str | None = None


class Tag(Node):
    tag: str


class Queue(Node):
    """Put the ticket in a queue, that of a team or a name of its own, with nobody assigned."""

    name: str


class Delegate(Node):
    """Let another dispatch block decide."""

    block: str


class AttachSimilar(Node):
    """`attach 3 similar by product.model`: the last closed tickets with the same value go with this one."""

    count: int
    path: str


class Repeat(Node):
    """`repeat every D up to N times`, `again after D up to N times`: N repeats after the first firing."""

    every: Duration
    times: int


class OpenTicket(Node):
    """`open ticket TYPE "text with {asset.serial}"`."""

    type: str
    text: str | None = None


class SendSurvey(Node):
    """`send survey csat again after 3d up to 2 times`: again until the customer has answered."""

    survey: str
    again: Repeat | None = None


Action = Assign | SetField | Notify | Tag | Queue | Delegate | AttachSimilar | OpenTicket | SendSurvey
