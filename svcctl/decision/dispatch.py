"""Dispatch: which rule a ticket falls under, what that does, and why."""

from collections.abc import Iterable
from functools import partial
from itertools import chain

from svcctl.decision.columns import Doubts
from svcctl.decision.decision import ChoiceTrace, Decision, Effect, RuleTrace
from svcctl.decision.dispatcher import Dispatcher
from svcctl.decision.effects import Resolved, effects_of
from svcctl.decision.recipients import Holder
from svcctl.decision.roster import Roster
from svcctl.decision.rulebook import Rulebook
from svcctl.decision.telling import Telling
from svcctl.facts.facts import Facts
from svcctl.foundation.lazily import Lazily
from svcctl.language.tree import Action

_GIVES = frozenset({"assign", "queue"})


def decide(rulebook: Rulebook, facts: Facts, roster: Roster, *, block: str | None = None) -> Decision:
    """What the dispatch rules do with the ticket of `facts`, and why.

    Begins at `block`, or where every ticket begins, and follows `delegate`; of what a rule sets, the block that it
    delegates to knows. A rule whose condition is unknown does not match, and is recorded. Under `unique` two
    rules that match decide nothing: a `failed` effect names them. Where an assignment finds nobody in any of its
    choices, `otherwise` of the block is done as well; where nobody has the ticket after that either, where nothing
    matches and there is no `otherwise`, and where there is no block at all, a `failed` effect says so.
    Raises Refusal `unknown-rule` for a block that is not there.
    """
    id = block or rulebook.entry
    if id is None:
        return Decision("", None, (_failed("no dispatch block decides where tickets begin"),))
    calendar = rulebook.calendar(None)
    through: tuple[str, ...] = ()
    effects: tuple[Effect, ...] = ()
    choices: tuple[ChoiceTrace, ...] = ()
    looks: list[tuple[Dispatcher, Facts, tuple[int, ...], Doubts | None]] = []
    considered = Lazily(partial(_considered, looks))
    holder: Holder | None = None
    while True:
        dispatcher = rulebook.dispatch(id)
        places, doubts = dispatcher.matching(facts)
        looks.append((dispatcher, facts, places, doubts))
        matched = [dispatcher.rules[place] for place in places]
        otherwise = dispatcher.block.otherwise
        rules = tuple([str(rule.id) for rule in matched])
        if dispatcher.block.hit == "unique" and len(matched) > 1:
            named = " and ".join(f"`{rule}`" for rule in rules)
            clash = _failed(f"rules {named} match, and in dispatch `{id}` only one may")
            return Decision(id, None, (*effects, clash), through, rules, considered, choices)
        if not matched and otherwise is None:
            nothing = _failed(f"no rule of dispatch `{id}` matches, and it has no `otherwise`")
            return Decision(id, None, (*effects, nothing), through, (), considered, choices)
        actions: Iterable[Action] = (action for rule in matched for action in rule.actions)
        done = effects_of(actions if matched else otherwise or (), facts, roster, calendar, holder)
        made, tried = done.effects, done.choices
        if done.unassigned:
            fallback = (
                effects_of(otherwise, done.facts, roster, calendar, done.holder) if matched and otherwise else None
            )
            made, tried, done = _fallen_back(done, fallback)
        effects, choices, holder = (*effects, *made), (*choices, *tried), done.holder
        if done.delegate is None:
            return Decision(id, rules[0] if rules else None, effects, through, rules, considered, choices)
        through = (*through, id)
        if done.delegate in through:
            circle = " to ".join(f"`{each}`" for each in (*through, done.delegate))
            effect = _failed(f"dispatch goes in a circle, from {circle}")
            return Decision(id, None, (*effects, effect), through, rules, considered, choices)
        id, facts = done.delegate, done.facts


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


def _considered(looks: Iterable[tuple[Dispatcher, Facts, tuple[int, ...], Doubts | None]]) -> tuple[RuleTrace, ...]:
    """The rules worth telling of, block by block."""
    return tuple(chain.from_iterable(each.considered(facts, places, doubts) for each, facts, places, doubts in looks))


def explain_rule(rulebook: Rulebook, rule: str, facts: Facts) -> RuleTrace:
    """One dispatch rule against one ticket, clause by clause. Raises Refusal `unknown-rule`."""
    return Telling(rulebook.rule(rule)).trace(facts)


def near_misses(rulebook: Rulebook, facts: Facts, block: str, most: int = 10) -> tuple[RuleTrace, ...]:
    """The rules of a block that fail by the fewest clauses, nearest first, `most` at the most.

    Looks at every rule, so it is for explanations, not for decisions. Raises Refusal `unknown-rule`.
    """
    traces = [Telling(rule).trace(facts) for rule in rulebook.dispatch(block).rules]
    ranked = [
        (sum(clause.outcome is not True for clause in trace.clauses), place)
        for place, trace in enumerate(traces)
        if trace.matched is not True
    ]
    return tuple(traces[place] for _, place in sorted(ranked)[:most])
