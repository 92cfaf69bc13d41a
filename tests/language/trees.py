"""Trees of every kind of block, as hypothesis draws them."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, get_args

from hypothesis import strategies as st

from svcctl.foundation.quantity import Business, Elapsed, Quantity
from svcctl.language import block, blocks, calendar_block, care_block, scenario_block, tree

Draw = st.SearchStrategy[Any]

# ------------------------------------------------------------------- leaves

names = st.sampled_from(["li", "site-hardware", "现场硬件组", "hardware_fault", "second line", "x.y z"])
words = st.sampled_from(["li", "site-hardware", "现场硬件组", "hardware_fault"])
paths = st.sampled_from(["priority", "site.region", "asset.serial", "问题.类型"])
texts = st.sampled_from(["黑屏", 'say "x"\\', "a, b; c # d", "", "{asset.serial}"])
titles = st.none() | texts
elapsed = st.sampled_from([Elapsed(0), Elapsed(90), Elapsed(1800), Elapsed(7200), Elapsed(86400)])
durations = elapsed | st.sampled_from([Business(seconds=5400), Business(seconds=14400), Business(days=2)])
dates = st.dates(date(2020, 1, 1), date(2030, 12, 31))
instants = st.just(datetime(2026, 11, 23, 1, tzinfo=UTC))
quantities = st.builds(Quantity, st.sampled_from([Decimal("45"), Decimal("-0.5")]), st.sampled_from(["dB", "%", "°C"]))
values = st.one_of(st.integers(-9, 99), st.booleans(), quantities, elapsed, dates, instants)


def few(items: Draw, least: int = 1, most: int = 3) -> Draw:
    return st.lists(items, min_size=least, max_size=most).map(tuple)


literals = st.builds(tree.Literal, values) | st.builds(tree.Literal, texts, st.just(True))
leaves = st.builds(tree.Name, paths) | literals | st.builds(tree.Default, st.builds(tree.Name, paths), literals)


def _larger(inner: Draw) -> Draw:
    return st.one_of(
        st.builds(tree.Not, inner.filter(lambda operand: not isinstance(operand, tree.Not))),
        st.builds(tree.And, few(inner, 2)),
        st.builds(tree.Or, few(inner, 2)),
        st.builds(tree.Comparison, st.sampled_from(["==", "!=", "<", ">="]), inner, inner),
        st.builds(tree.Membership, inner, few(inner), st.booleans()),
        st.builds(tree.Contains, inner, few(inner), st.sampled_from(["any", "all"])),
        st.builds(tree.Presence, inner, st.booleans()),
        st.builds(tree.Aggregate, st.sampled_from(["max", "count"]), inner),
        st.builds(tree.Arithmetic, st.sampled_from(["+", "-", "*", "/"]), inner, inner),
    )


expressions = st.recursive(leaves, _larger, max_leaves=6)
conditions = st.none() | expressions

# ------------------------------------------------------------------ actions

recipients = st.one_of(
    st.builds(tree.Recipient, st.sampled_from(["assignee", "customer"])),
    st.builds(tree.Recipient, st.sampled_from(["team", "role", "engineer"]), names),
    st.builds(lambda of: tree.Recipient("manager", None, of), st.builds(tree.Recipient, st.just("team"), names)),
)
needs = st.builds(tree.SkillNeed, names, st.sampled_from([">=", "=="]), st.integers(0, 5))
preferences = st.builds(tree.Preference, st.sampled_from(["fewest", "most", "highest", "nearest"]), paths)
choices = st.one_of(
    st.builds(tree.EngineerChoice, st.none() | names, few(needs, 0), conditions, few(preferences, 0)),
    st.builds(tree.RecipientChoice, recipients),
)
shown = st.one_of(
    st.builds(tree.Notify, recipients, st.booleans(), st.booleans(), titles),
    st.builds(tree.Tag, names),
)
actions = st.one_of(
    shown,
    st.builds(tree.Assign, few(choices)),
    st.builds(tree.SetField, paths, literals),
    st.builds(tree.Queue, names),
    st.builds(tree.Delegate, names),
    st.builds(tree.AttachSimilar, st.integers(1, 9), paths),
)
repeats = st.builds(tree.Repeat, durations, st.integers(1, 9))
ordered = st.one_of(
    shown,
    st.builds(tree.OpenTicket, names, titles),
    st.builds(tree.SendSurvey, names, st.none() | repeats),
)

# ------------------------------------------------------------------- blocks

minutes = st.integers(0, 1439)
intervals = few(st.tuples(minutes, minutes).filter(lambda pair: pair[0] != pair[1]))
weekly = st.builds(
    calendar_block.Weekly, st.lists(st.integers(0, 6), min_size=1, max_size=7, unique=True).map(tuple), intervals
)
calendars = st.builds(
    calendar_block.CalendarBlock,
    id=names,
    title=titles,
    zone=texts,
    weekly=few(weekly, 0),
    holidays=few(names, 0),
    shifts=few(st.builds(calendar_block.Shift, dates, intervals), 0),
    breaks=few(st.builds(calendar_block.Break, dates, intervals), 0),
    closed=few(st.tuples(dates, dates).map(sorted).map(lambda two: calendar_block.Closed(*two)), 0),
)
_kinds = [kind for kind in get_args(blocks.FieldKind) if kind not in ("quantity", "choice")]
_rest = {"required": st.booleans(), "label": titles, "at_least": st.integers(0, 3)}
fields = st.one_of(
    st.builds(blocks.FormField, words, st.sampled_from(_kinds), **_rest),
    st.builds(blocks.FormField, words, st.just("quantity"), unit=st.sampled_from(["dB", "MΩ"]), **_rest),
    st.builds(blocks.FormField, words, st.just("choice"), choices=few(names), **_rest),
)
forms = st.builds(blocks.FormBlock, id=names, title=titles, fields=few(fields, 0))
flows = st.builds(
    blocks.FlowBlock,
    id=names,
    title=titles,
    moves=few(st.builds(blocks.Move, few(names), few(names), st.none() | names)),
    demands=few(st.builds(blocks.Demand, names, few(paths)), 0),
    limits=few(st.builds(blocks.Limit, names, durations), 0),
    condition=conditions,
    milestones=few(st.builds(blocks.Milestone, st.sampled_from(["respond", "close"]), few(names)), 0),
)
targets = st.builds(blocks.Target, st.sampled_from(["respond", "update"]), durations, st.none() | names)
slas = st.builds(
    blocks.SlaBlock, id=names, title=titles, condition=conditions, targets=few(targets), pauses=few(names, 0)
)
rules = st.builds(blocks.DispatchRule, names, conditions, few(actions, 0), titles, st.integers(0, 9))
dispatches = st.builds(
    blocks.DispatchBlock,
    id=names,
    title=titles,
    hit=st.sampled_from(["first", "unique", "priority", "collect"]),
    rules=few(rules, 0),
    otherwise=st.none() | few(actions, 0),
)
clocks = st.sampled_from(["resolve", "limit"])
triggers = st.one_of(
    st.builds(block.After, durations),
    st.builds(blocks.AtShare, st.sampled_from([Decimal("0.75"), Decimal("1.5")]), clocks),
    st.builds(blocks.BeforeDue, durations, clocks, st.booleans()),
    st.builds(blocks.Breached, clocks),
)
steps = st.builds(blocks.Step, triggers, few(actions, 0), st.none() | repeats)
escalations = st.builds(
    blocks.EscalationBlock,
    id=names,
    title=titles,
    condition=conditions,
    during=conditions,
    steps=few(steps, 0),
    mutes=few(st.builds(blocks.Mute, few(names), st.none() | paths), 0),
)
criteria = st.builds(
    lambda sampling, **rest: blocks.Criterion(**rest, **dict(zip(("samples", "size"), sampling, strict=False))),
    st.sampled_from([(), (100,), (3, 1000)]),
    condition=expressions,
    over=st.none() | elapsed,
    coverage=st.none() | st.just(Decimal("0.95")),
    by=st.none() | recipients,
)
requirements = st.builds(
    blocks.Requirement,
    names,
    criteria,
    titles,
    st.none() | texts,
    few(st.builds(blocks.EvidenceNeed, words, st.integers(1, 3)), 0),
)
acceptances = st.builds(
    blocks.AcceptanceBlock,
    id=names,
    title=titles,
    condition=conditions,
    requirements=few(requirements, 0),
    verifier_is_not=few(recipients, 0),
    approvals=few(st.builds(blocks.Approval, recipients, conditions), 0),
)
_days = paths | dates
cadences = st.builds(
    lambda counts, **rest: care_block.Every(**dict(zip(("months", "days"), counts, strict=True)), **rest),
    st.sampled_from([(1, 0), (6, 0), (0, 1), (0, 14)]),
    origin=_days,
    until=st.none() | _days,
    workdays=st.booleans(),
    lead=st.none() | durations,
)
cares = st.one_of(
    st.builds(
        care_block.CareBlock,
        id=names,
        title=titles,
        subject=st.just("asset"),
        timing=st.none() | cadences | st.builds(care_block.BeforeDay, durations, paths),
        actions=few(ordered, 0),
        where=conditions,
        when=conditions,
    ),
    st.builds(
        care_block.CareBlock,
        id=names,
        title=titles,
        subject=st.just("ticket"),
        timing=st.none() | st.builds(block.After, durations),
        actions=few(ordered, 0),
        states=few(names),
        where=conditions,
    ),
)
_said = literals | st.builds(tree.Literal, words)
given_fields = st.one_of(
    st.tuples(st.tuples(paths), _said | st.builds(tree.Literal, few(st.integers(0, 9)))),
    st.tuples(st.tuples(st.just("skill"), names), st.builds(tree.Literal, st.integers(1, 5))),
)
givens = st.builds(
    scenario_block.Given, st.sampled_from(["ticket", "engineer", "asset"]), st.none() | names, few(given_fields, 0)
)
expectations = st.one_of(
    st.builds(scenario_block.ExpectRule, names),
    st.builds(scenario_block.ExpectField, paths, _said),
    st.builds(scenario_block.ExpectDue, clocks, instants),
    st.builds(scenario_block.ExpectAccepted, st.booleans()),
    st.builds(scenario_block.ExpectNothing),
    st.builds(scenario_block.ExpectAction, ordered),
)
moments = st.builds(
    scenario_block.Moment, durations, few(names, 0), few(expectations, 0), few(st.tuples(paths, literals), 0)
)
rows = st.builds(
    lambda given, expects: scenario_block.Row(scenario_block.Given("ticket", None, given), expects),
    few(st.tuples(st.tuples(paths), _said)),
    few(st.builds(scenario_block.ExpectField, paths, _said)),
)
tests = st.builds(
    lambda title, **rest: scenario_block.TestBlock(id=title, title=title, **rest),
    texts.filter(bool),
    start=instants,
    givens=few(givens, 0),
    moments=few(moments, 0),
    rows=few(rows, 0),
)
any_block = st.one_of(calendars, forms, flows, slas, dispatches, escalations, acceptances, cares, tests)
modules = st.builds(blocks.Module, st.just("t.rules"), few(st.builds(blocks.Import, texts), 0, 2), few(any_block, 0, 3))
