"""The catalog of actions: every row is one thing that a rule may do."""

from svcctl.language.vocabulary import Verb

_EVERYWHERE = frozenset({"dispatch", "escalation"})
_TELLS = frozenset({"dispatch", "escalation", "care"})
_CARE = frozenset({"care"})
_DISPATCH = frozenset({"dispatch"})

ACTIONS: dict[str, Verb] = {
    "assign": Verb(_EVERYWHERE, "give the ticket to an engineer or a team"),
    "set": Verb(_EVERYWHERE, "set a field of the ticket"),
    "notify": Verb(_TELLS, "send a message about the ticket"),
    "remind": Verb(_TELLS, "remind someone that the ticket waits for them"),
    "tag": Verb(_EVERYWHERE, "put a tag on the ticket"),
    "queue": Verb(_EVERYWHERE, "put the ticket in a queue, with nobody assigned"),
    "delegate": Verb(_DISPATCH, "let another dispatch block decide"),
    "attach": Verb(_DISPATCH, "link the last closed tickets that are alike"),
    "open": Verb(_CARE, "open a ticket for the asset"),
    "send": Verb(_CARE, "ask the customer what they think of the work"),
}

#: The ticket fields that `set` may change.
SETTABLE = frozenset({"priority", "urgency", "impact", "type", "mode", "region", "queue", "expected_at"})
