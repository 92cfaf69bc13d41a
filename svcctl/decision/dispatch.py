"""Dispatch: which rule a ticket falls under, what that does, and why."""

from itertools import islice

from svcctl.decision.decision import ChoiceTrace, Decision, Effect, RuleTrace
from svcctl.decision.effects import Resolved, effects_of
from svcctl.decision.recipients import Holder
from svcctl.decision.roster import Roster
from svcctl.decision.rulebook import Dispatcher, Rulebook
from svcctl.decision.trace import trace_rule
from svcctl.facts.facts import Facts
from svcctl.foundation.record import Record
from svcctl.language.tree import Action

#: Rules that are recorded as unknown with one decision, in each block.
MOST_UNKNOWN = 10

_GIVES = frozenset({"assign", "queue"})


class _Path(Record):
    """The decision so far, on its way from block to block."""

    effects: tuple[Effect, ...] = ()
    through: tuple[str, ...] = ()
    considered: tuple[RuleTrace, ...] = ()
    choices: tuple[ChoiceTrace, ...] = ()
    holder: Holder | None = None


def decide(rulebook: Rulebook, facts: Facts, roster: Roster, *, block: str | None = None) -> Decision:
    """What the dispatch rules do with the ticket of `facts`, and why.

    Begins at `block`, or where every ticket begins, and follows `delegate`; of what a rule sets, the block that it
    delegates to knows. A rule whose condition is unknown does not match, and is recorded. Under `unique` two
    rules that match decide nothing: a `failed` effect names them. Where an assignment finds nobody in any of its
    choices, `otherwise` of the block is done as well; where nobody has the ticket after that either, where nothing
    matches and there is no `otherwise`, and where there is no block at all, a `failed` effect says so.
    Raises Refusal `unknown-rule` for a block that is not there.
    """
    start = block or rulebook.entry
    if start is None:
        return Decision("", None, (_failed("no dispatch block decides where tickets begin"),))
    return _decide(rulebook, facts, roster, start, _Path())


def _decide(rulebook: Rulebook, facts: Facts, roster: Roster, id: str, path: _Path) -> Decision:
    dispatcher = rulebook.dispatch(id)
    places = _matched(dispatcher, facts)
    traces = _considered(dispatcher, places, facts)
    matched = tuple(dispatcher.rules[place] for place in places)
    path = path.replace(considered=(*path.considered, *traces))
    otherwise = dispatcher.block.otherwise
    rules = tuple(str(rule.id) for rule in matched)
    if dispatcher.block.hit == "unique" and len(matched) > 1:
        named = " and ".join(f"`{rule}`" for rule in rules)
        clash = _failed(f"rules {named} match, and in dispatch `{id}` only one may")
        return Decision(id, None, (*path.effects, clash), path.through, rules, path.considered, path.choices)
    if not matched and otherwise is None:
        nothing = _failed(f"no rule of dispatch `{id}` matches, and it has no `otherwise`")
        return Decision(id, None, (*path.effects, nothing), path.through, (), path.considered, path.choices)
    actions: tuple[Action, ...] = tuple(action for rule in matched for action in rule.actions)
    if not matched:
        actions = otherwise or ()
    calendar = rulebook.calendar(None)
    done = effects_of(actions, facts, roster, calendar, path.holder)
    effects, choices = done.effects, done.choices
    if done.unassigned:
        fallback = effects_of(otherwise, done.facts, roster, calendar, done.holder) if matched and otherwise else None
        effects, choices, done = _fallen_back(done, fallback)
    path = path.replace(effects=(*path.effects, *effects), choices=(*path.choices, *choices), holder=done.holder)
    if done.delegate is None:
        rule = rules[0] if rules else None
        return Decision(id, rule, path.effects, path.through, rules, path.considered, path.choices)
    path = path.replace(through=(*path.through, id))
    if done.delegate in path.through:
        circle = " to ".join(f"`{each}`" for each in (*path.through, done.delegate))
        effect = _failed(f"dispatch goes in a circle, from {circle}")
        return Decision(id, None, (*path.effects, effect), path.through, rules, path.considered, path.choices)
    return _decide(rulebook, done.facts, roster, done.delegate, path)


def _fallen_back(
    done: Resolved, fallback: Resolved | None
) -> tuple[tuple[Effect, ...], tuple[ChoiceTrace, ...], Resolved]:
    """What comes of actions for which nobody was found, once `otherwise` was tried."""
    effects, choices, last = done.effects, done.choices, done
    if fallback is not None:
        effects, choices, last = (*effects, *fallback.effects), (*choices, *fallback.choices), fallback
    if last.delegate is None and not any(effect.verb in _GIVES for effect in effects):
        effects = (*effects, _failed(f"nobody was found: {'; '.join(done.unassigned)}"))
    return effects, choices, last


def _failed(what: str) -> Effect:
    return Effect("failed", path="assign", value=f"assignment failed: {what}")


def _matched(dispatcher: Dispatcher, facts: Facts) -> tuple[int, ...]:
    """The places of the rules that decide, by the hit policy of the block."""
    if dispatcher.block.hit in ("first", "priority"):
        place = dispatcher.index.first(facts)
        return () if place < 0 else (place,)
    return tuple(dispatcher.index.all(facts))


def _considered(dispatcher: Dispatcher, matched: tuple[int, ...], facts: Facts) -> tuple[RuleTrace, ...]:
    """The rules worth telling of, in the order in which they are tried: what matched, and what is unknown before it."""
    stops = dispatcher.block.hit in ("first", "priority") and matched
    end = matched[0] if stops else len(dispatcher.rules)
    told = dict.fromkeys(islice(dispatcher.index.unknown(facts, end), MOST_UNKNOWN), False)
    told.update((place, True) for place in matched)
    return tuple(dispatcher.trace(place, facts, matched=told[place]) for place in sorted(told))


def explain_rule(rulebook: Rulebook, rule: str, facts: Facts) -> RuleTrace:
    """One dispatch rule against one ticket, clause by clause. Raises Refusal `unknown-rule`."""
    return trace_rule(rulebook.rule(rule), facts)


def near_misses(rulebook: Rulebook, facts: Facts, block: str, most: int = 10) -> tuple[RuleTrace, ...]:
    """The rules of a block that fail by the fewest clauses, nearest first, `most` at the most.

    Looks at every rule, so it is for explanations, not for decisions. Raises Refusal `unknown-rule`.
    """
    traces = [trace_rule(rule, facts) for rule in rulebook.dispatch(block).rules]
    ranked = [
        (sum(clause.outcome is not True for clause in trace.clauses), place)
        for place, trace in enumerate(traces)
        if trace.matched is not True
    ]
    return tuple(traces[place] for _, place in sorted(ranked)[:most])
