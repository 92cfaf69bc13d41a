"""The vocabulary of rules, made from the catalog of facts."""

from collections.abc import Mapping

from svcctl.facts.asset import ASSET_TERMS
from svcctl.facts.catalog import CANDIDATE_FACTS, FACTS, WILDCARDS
from svcctl.language.vocabulary import Verb, Vocabulary


def fact_vocabulary(
    verbs: Mapping[str, Verb],
    settable: frozenset[str],
    names: Mapping[str, frozenset[str]] | None = None,
    default_calendar: str | None = None,
) -> Vocabulary:
    """What rules may speak of: the facts, with the actions and the workspace's names given."""
    ticket = {fact.path: fact.term for fact in FACTS} | WILDCARDS
    candidate = ticket | {fact.path: fact.term for fact in CANDIDATE_FACTS}
    scopes = {"ticket": ticket, "candidate": candidate, "acceptance": ticket, "asset": ASSET_TERMS}
    return Vocabulary(scopes, verbs, names or {}, settable, default_calendar)
