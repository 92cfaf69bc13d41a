"""What a rule may speak of, given to the checker as an argument. `svcctl.facts` and `svcctl.actions` make it."""

from collections.abc import Mapping
from types import MappingProxyType

from svcctl.foundation.record import Record
from svcctl.language.types import Type


class Term(Record):
    """One thing a rule can ask: its type, its meaning in a sentence, and whether a ticket may lack it.

    `count`: it counts something, so that it is a whole number and never below 0.
    """

    type: Type
    meaning: str
    optional: bool = False
    count: bool = False


class Verb(Record):
    """One thing a rule can do: where it may stand (`dispatch`, `escalation`, ...) and its meaning in a sentence."""

    blocks: frozenset[str]
    meaning: str


class Vocabulary(Record):
    """The names that exist.

    `scopes`: for each place where an expression may stand, its terms by dotted path:
      `ticket` (every condition), `candidate` (the `where` and `prefer` of an assignment: `ticket` plus the
      engineer's own, which win), `acceptance` (criteria: `ticket` plus measurements and survey).
      A path ending in `.*` (`measured.*`) admits any last name.
    `verbs`: actions by their first word.
    `names`: known names by sort (`team`, `engineer`, `skill`, `role`, `region`, `channel`, ...); a sort that is
      absent is open: any name is taken on trust. Names that rule files define themselves (calendars, forms,
      flows, states, slas, dispatch blocks) are the checker's own and need not be here.
    `settable`: the ticket fields that `set` may change.
    `default_calendar`: the calendar in force where a rule names none.
    """

    scopes: Mapping[str, Mapping[str, Term]]
    verbs: Mapping[str, Verb] = MappingProxyType({})
    names: Mapping[str, frozenset[str]] = MappingProxyType({})
    settable: frozenset[str] = frozenset()
    default_calendar: str | None = None
