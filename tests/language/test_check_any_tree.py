"""Whatever names a tree has, the checker answers with findings, and what it lets pass has no name left."""

from datetime import UTC, date, datetime
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from svcctl.foundation.quantity import Business, Elapsed, Quantity
from svcctl.foundation.record import Record
from svcctl.foundation.source import Span
from svcctl.language import block, blocks, calendar_block, scenario_block, tree
from svcctl.language.checker import check_rules
from svcctl.language.vocabulary import Vocabulary

names = st.sampled_from(
    ["type", "state", "priority", "urgent", "site.region", "beijing", "age.business", "measured.noise", "li", "a", "b"]
) | st.text(st.sampled_from("ab.黑"), min_size=1, max_size=4)
values: st.SearchStrategy[object] = st.one_of(
    st.booleans(),
    st.integers(-3, 99),
    st.sampled_from([Decimal("0.5"), "urgent", "黑屏", date(2026, 1, 1), datetime(2026, 1, 1, tzinfo=UTC)]),
    st.sampled_from([Elapsed(90), Business(seconds=3600), Business(days=2)]),
    st.builds(Quantity, st.just(Decimal(5)), st.sampled_from(["dB", "db", "%", "CNY", "s", "小时"])),
)
spans = st.builds(Span, st.sampled_from(["a.rules", "b.rules"]), st.integers(0, 9), st.integers(10, 20))
leaves: st.SearchStrategy[tree.Expression] = st.builds(tree.Name, names, span=spans) | st.builds(
    lambda value, span: tree.Literal(value, span=span), values, spans
)


def _larger(inner: st.SearchStrategy[tree.Expression]) -> st.SearchStrategy[tree.Expression]:
    few = st.lists(inner, min_size=1, max_size=3).map(tuple)
    return st.one_of(
        st.builds(tree.Not, inner),
        st.builds(tree.And, few),
        st.builds(tree.Or, few),
        st.builds(tree.Comparison, st.sampled_from(["==", "!=", "<", ">="]), inner, inner, span=spans),
        st.builds(tree.Membership, inner, few, st.booleans()),
        st.builds(tree.Contains, inner, few, st.sampled_from(["one", "any"])),
        st.builds(tree.Matches, inner, st.sampled_from(["a", "(a"])),
        st.builds(tree.Presence, inner, st.booleans()),
        st.builds(tree.Default, inner, inner),
        st.builds(tree.Aggregate, st.sampled_from(["max", "count"]), inner),
        st.builds(tree.Arithmetic, st.sampled_from(["+", "-", "*", "/"]), inner, inner),
    )


expressions = st.recursive(leaves, _larger, max_leaves=8)
durations = st.sampled_from([Elapsed(60), Elapsed(0), Business(seconds=7200), Business(days=1)])
recipients = st.builds(tree.Recipient, st.sampled_from(["assignee", "customer", "team", "role", "engineer"]), names)
actions: st.SearchStrategy[tuple[tree.Action, ...]] = st.lists(
    st.one_of(
        st.builds(lambda one: tree.Assign((tree.RecipientChoice(one),)), recipients),
        st.builds(
            lambda team, skill, where, path: tree.Assign(
                (tree.EngineerChoice(team, (tree.SkillNeed(skill),), where, (tree.Preference("fewest", path),)),)
            ),
            names,
            names,
            expressions,
            names,
        ),
        st.builds(tree.SetField, names, leaves),
        st.builds(tree.Notify, recipients, st.booleans()),
        st.builds(tree.Queue, names),
        st.builds(tree.Delegate, names),
        st.builds(tree.AttachSimilar, st.just(3), names),
    ),
    max_size=2,
).map(tuple)
condition = st.none() | expressions
rules = st.lists(st.builds(blocks.DispatchRule, names, condition, actions), max_size=3).map(tuple)
triggers: st.SearchStrategy[blocks.Trigger] = st.one_of(
    st.builds(block.After, durations),
    st.builds(blocks.AtShare, st.sampled_from([Decimal("0.75"), Decimal(0)]), st.just("resolve")),
    st.builds(blocks.BeforeDue, durations, st.sampled_from(["resolve", "arrive"]), st.booleans()),
    st.builds(blocks.Breached, st.just("respond")),
)
steps = st.lists(
    st.builds(blocks.Step, triggers, actions, st.none() | st.builds(tree.Repeat, durations, st.integers(0, 2))),
    max_size=3,
).map(tuple)
any_block: st.SearchStrategy[blocks.AnyBlock] = st.one_of(
    st.builds(blocks.DispatchBlock, id=names, hit=st.just("first"), rules=rules, otherwise=st.none() | actions),
    st.builds(blocks.EscalationBlock, id=names, condition=condition, during=condition, steps=steps),
    st.builds(
        lambda id, states, need: blocks.FlowBlock(
            id=id, moves=(blocks.Move(states[:1], states[1:]),), demands=(blocks.Demand(states[0], (need,)),)
        ),
        names,
        st.tuples(names, names),
        names,
    ),
    st.builds(
        lambda id, field: blocks.FormBlock(id=id, fields=(field,)),
        names,
        st.builds(blocks.FormField, names, st.sampled_from(["text", "quantity", "choice"]), unit=st.none() | names),
    ),
    st.builds(
        lambda id, when, within, calendar: blocks.SlaBlock(
            id=id, condition=when, targets=(blocks.Target("resolve", within, calendar),)
        ),
        names,
        condition,
        durations,
        st.none() | names,
    ),
    st.builds(
        lambda id, when, criterion: blocks.AcceptanceBlock(
            id=id, condition=when, requirements=(blocks.Requirement(id, blocks.Criterion(criterion, samples=3)),)
        ),
        names,
        condition,
        expressions,
    ),
    st.builds(
        lambda id, path, value, rule: scenario_block.TestBlock(
            id=id,
            start=datetime(2026, 1, 1, tzinfo=UTC),
            givens=(scenario_block.Given("ticket", None, (((path,), value),)),),
            moments=(scenario_block.Moment(Elapsed(0), (rule,), (scenario_block.ExpectRule(rule),)),),
        ),
        names,
        names,
        st.builds(lambda value: tree.Literal(value), values),
        names,
    ),
    st.builds(
        lambda id, zone, spans: calendar_block.CalendarBlock(
            id=id, zone=zone, weekly=(calendar_block.Weekly((0, 1), spans),)
        ),
        names,
        st.sampled_from(["UTC", "Mars/Phobos", ""]),
        st.lists(st.tuples(st.integers(0, 1439), st.integers(0, 1440)), max_size=3).map(tuple),
    ),
)


def modules_of(content: list[blocks.AnyBlock], imports: list[str]) -> list[blocks.Module]:
    half = len(content) // 2
    imported = tuple(blocks.Import(path) for path in imports)
    return [
        blocks.Module("a.rules", imported, tuple(content[:half])),
        blocks.Module("b.rules", imported, tuple(content[half:])),
    ]


def has_name(value: object) -> bool:
    """Whether a name is left to look up anywhere in a record."""
    if isinstance(value, tree.Name):
        return True
    if isinstance(value, tuple):
        return any(has_name(item) for item in value)
    return isinstance(value, Record) and any(has_name(item) for item in vars(value).values())


@given(st.lists(any_block, max_size=6), st.lists(st.sampled_from(["a.rules", "b.rules", "../c"]), max_size=2))
def test_the_checker_answers_for_every_tree(
    vocabulary: Vocabulary, content: list[blocks.AnyBlock], imports: list[str]
) -> None:
    rules, found = check_rules(modules_of(content, imports), vocabulary)
    again = check_rules(modules_of(content, imports)[::-1], vocabulary)
    assert again == (rules, found)
    assert not any(has_name(getattr(rules, kind)) for kind in rules._fields)
    for finding in found:
        assert finding.message[:1].islower() or finding.message.startswith("`")
        assert not finding.message.endswith(".")
