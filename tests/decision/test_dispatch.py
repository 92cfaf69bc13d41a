import pickle
from datetime import UTC, date, datetime
from typing import Any

import pytest

from svcctl.decision.decision import Decision, Effect
from svcctl.decision.dispatch import decide, explain_rule, near_misses
from svcctl.decision.flow import milestones_of
from svcctl.decision.roster import Roster
from svcctl.decision.rulebook import Rulebook, compile_rules
from svcctl.facts.case import Case
from svcctl.facts.facts import Facts, collect_facts
from svcctl.foundation.errors import Refusal
from svcctl.language.blocks import DispatchBlock, DispatchRule, FlowBlock, FormBlock, Move, Rules
from svcctl.language.calendar_block import Break, CalendarBlock, Closed, Shift, Weekly
from svcctl.language.tree import (
    Action,
    And,
    Assign,
    AttachSimilar,
    Choice,
    Comparison,
    Delegate,
    EngineerChoice,
    Expression,
    Field,
    Literal,
    Notify,
    Queue,
    Recipient,
    RecipientChoice,
    SetField,
    Tag,
)
from svcctl.language.types import TEXT, choice
from svcctl.ticket.document import to_document
from svcctl.ticket.milestones import STANDARD
from svcctl.ticket.model import PRIORITIES, Ticket
from svcctl.ticket.people import Engineer, Team

NOW = datetime(2026, 11, 23, 2, tzinfo=UTC)
ROSTER = Roster(
    {"li": Engineer("li", team="site"), "wang": Engineer("wang", team="site", manager="li", roles=("lead",))},
    {"site": Team("site"), "desk": Team("desk")},
    {"li": 1},
)
ASSIGNEE = Recipient("assignee")
TRIAGE: tuple[Action, ...] = (Queue("triage"),)


def is_word(path: str, word: str, *order: str) -> Expression:
    kind = choice(*order, ordered=bool(order))
    return Comparison("==", Field(path, type=kind), Literal(word, type=kind))


def rule(id: str, when: Expression | None, *actions: Action, priority: int = 0) -> DispatchRule:
    return DispatchRule(id, when, actions or (Tag(id),), priority=priority)


def book(hit: Any, *rules: DispatchRule, otherwise: tuple[Action, ...] | None = TRIAGE) -> Rulebook:
    return compile_rules(
        Rules(dispatches=(DispatchBlock(id="intake", hit=hit, rules=rules, otherwise=otherwise),), entry="intake")
    )


def facts(**fields: object) -> Facts:
    ticket = Ticket(id="T1", revision=1, state="new", created_at=NOW, reported_at=NOW, type="fault")
    return collect_facts(Case(ticket.replace(**fields), NOW))


def tags(decision: Decision) -> list[Any]:
    return [effect.value for effect in decision.effects if effect.verb == "tag"]


FAULT, NOISE = is_word("type", "fault"), is_word("type", "noise")
URGENT = is_word("priority", "urgent", *PRIORITIES)


def test_first_takes_the_first() -> None:
    decision = decide(book("first", rule("noise", NOISE), rule("a", FAULT), rule("b", FAULT)), facts(), ROSTER)
    assert (decision.block, decision.rule, tags(decision)) == ("intake", "a", ["a"])
    assert [trace.rule for trace in decision.considered] == ["a"]
    assert decision.considered[0].clauses[0].values == {"type": "fault"}


def test_rules_that_are_unknown_are_told_before_the_one_that_matched() -> None:
    rules = book("first", rule("urgent", And((FAULT, URGENT))), rule("a", FAULT), rule("later", URGENT))
    decision = decide(rules, facts(), ROSTER)
    assert [(trace.rule, trace.matched) for trace in decision.considered] == [("urgent", None), ("a", True)]
    assert decision.considered[0].clauses[1].values == {"priority": None}


def test_unique_refuses_two_and_names_both() -> None:
    rules = book("unique", rule("a", FAULT), rule("noise", NOISE), rule("b", FAULT))
    decision = decide(rules, facts(), ROSTER)
    (effect,) = decision.effects
    assert (decision.rule, decision.rules, effect.verb) == (None, ("a", "b"), "failed")
    assert "`a` and `b`" in effect.value
    assert decide(rules, facts(type="noise"), ROSTER).rule == "noise"


def test_priority_takes_the_highest_and_then_the_id() -> None:
    rules = book("priority", rule("c", FAULT, priority=1), rule("b", FAULT, priority=2), rule("a", FAULT, priority=2))
    assert decide(rules, facts(), ROSTER).rule == "a"


def test_collect_does_what_all_say_in_order_of_id() -> None:
    rules = book("collect", rule("b", FAULT), rule("noise", NOISE), rule("a", FAULT))
    decision = decide(rules, facts(), ROSTER)
    assert (decision.rules, tags(decision)) == (("a", "b"), ["a", "b"])


def test_otherwise_and_nothing() -> None:
    decision = decide(book("first", rule("noise", NOISE)), facts(), ROSTER)
    assert (decision.rule, decision.effects) == (None, (Effect("queue", value="triage"),))
    (effect,) = decide(book("first", rule("noise", NOISE), otherwise=None), facts(), ROSTER).effects
    assert effect.verb == "failed"
    (effect,) = decide(compile_rules(Rules()), facts(), ROSTER).effects
    assert effect.verb == "failed"


def assign(*choices: Choice) -> Assign:
    return Assign(choices)


NOBODY = EngineerChoice("nowhere")


def test_the_next_choice_is_tried_and_the_new_assignee_is_told() -> None:
    team = RecipientChoice(Recipient("team", "site"))
    decision = decide(
        book("first", rule("a", FAULT, assign(NOBODY, team), Notify(ASSIGNEE, text="go"))), facts(), ROSTER
    )
    given, told = decision.effects
    assert [trace.taken for trace in decision.choices] == [None, "site"]
    assert (given.to[0].id, told.to[0].id, told.value) == ("site", "site", "go")


def test_an_engineer_is_taken_and_a_role_gives_the_least_loaded() -> None:
    decision = decide(
        book("first", rule("a", FAULT, assign(EngineerChoice("site")), Notify(ASSIGNEE))), facts(), ROSTER
    )
    assert [effect.to[0].id for effect in decision.effects] == ["li", "li"]
    lead = assign(RecipientChoice(Recipient("role", "lead")))
    assert decide(book("first", rule("a", FAULT, lead)), facts(), ROSTER).effects[0].to[0].id == "wang"


def test_where_nobody_is_found_otherwise_is_done() -> None:
    rules = book("first", rule("a", FAULT, Tag("kept"), assign(NOBODY), Notify(ASSIGNEE)))
    decision = decide(rules, facts(), ROSTER)
    assert decision.rule == "a"
    assert [(effect.verb, effect.value) for effect in decision.effects] == [("tag", "kept"), ("queue", "triage")]


def test_where_otherwise_finds_nobody_either_it_is_said() -> None:
    for otherwise in (None, (assign(NOBODY),), (Tag("only"),)):
        decision = decide(book("first", rule("a", FAULT, assign(NOBODY)), otherwise=otherwise), facts(), ROSTER)
        assert decision.effects[-1].verb == "failed"
        assert "engineer from team nowhere" in decision.effects[-1].value
    decision = decide(book("first", rule("n", NOISE), otherwise=(assign(NOBODY),)), facts(), ROSTER)
    assert [effect.verb for effect in decision.effects] == ["failed"]


def test_a_message_to_nobody_is_said() -> None:
    (effect,) = decide(book("first", rule("a", FAULT, Notify(ASSIGNEE, remind=True))), facts(), ROSTER).effects
    assert (effect.verb, effect.path) == ("failed", "remind")
    assert "remind assignee" in effect.value


def test_other_actions() -> None:
    actions: tuple[Action, ...] = (
        SetField("priority", Literal("high", type=TEXT)),
        SetField("region", Field("site.region", type=TEXT)),
        AttachSimilar(3, "product.model"),
        Notify(Recipient("team", "desk"), urgent=True),
    )
    decision = decide(book("first", rule("a", FAULT, *actions)), facts(), ROSTER)
    first, unknown, attach, notify = decision.effects
    assert (first.verb, first.path, first.value) == ("set", "priority", "high")
    assert (unknown.verb, unknown.path) == ("failed", "set")
    assert (attach.verb, attach.path, attach.value) == ("attach", "product.model", 3)
    assert (notify.verb, notify.urgent, notify.to[0].id) == ("notify", True, "desk")


def test_delegation_knows_what_was_set() -> None:
    rules = Rules(
        dispatches=(
            DispatchBlock(id="desk", hit="first", rules=(rule("urgent", URGENT), rule("calm", None)), otherwise=TRIAGE),
            DispatchBlock(
                id="intake",
                hit="first",
                rules=(rule("fault", FAULT, SetField("priority", Literal("urgent", type=TEXT)), Delegate("desk")),),
                otherwise=TRIAGE,
            ),
        ),
        entry="intake",
    )
    decision = decide(compile_rules(rules), facts(priority="low"), ROSTER)
    assert (decision.block, decision.rule, decision.through) == ("desk", "urgent", ("intake",))
    assert [effect.verb for effect in decision.effects] == ["set", "tag"]
    assert [trace.rule for trace in decision.considered] == ["fault", "urgent"]
    assert decide(compile_rules(rules), facts(priority="low"), ROSTER, block="desk").rule == "calm"


def test_a_circle_of_blocks_is_said() -> None:
    decision = decide(book("first", rule("a", FAULT, Delegate("intake"))), facts(), ROSTER)
    assert decision.effects[-1].verb == "failed"
    assert "circle" in decision.effects[-1].value


def test_a_decision_can_be_recorded() -> None:
    decision = decide(book("first", rule("a", FAULT, assign(EngineerChoice("site")))), facts(), ROSTER)
    document = to_document(decision)
    assert document["considered"] == [
        {
            "rule": "a",
            "matched": True,
            "clauses": [{"text": "type == fault", "outcome": True, "values": {"type": "fault"}}],
        }
    ]
    assert document["choices"][0]["ranked"] == ["li", "wang"]


def test_why_and_why_not() -> None:
    rules = book("first", rule("both", And((NOISE, URGENT))), rule("one", And((FAULT, URGENT))), rule("a", FAULT))
    trace = explain_rule(rules, "both", facts(priority="low"))
    assert trace.matched is False
    assert [clause.outcome for clause in trace.clauses] == [False, False]
    assert [miss.rule for miss in near_misses(rules, facts(priority="low"), "intake")] == ["one", "both"]
    with pytest.raises(Refusal, match="no rule `bot`") as caught:
        explain_rule(rules, "bot", facts())
    assert caught.value.help == "did you mean `both`?"


def test_a_rulebook_survives_a_pickle() -> None:
    rules = book("first", rule("a", FAULT))
    decide(rules, facts(), ROSTER)
    copy = pickle.loads(pickle.dumps(rules))
    assert copy == rules
    assert decide(copy, facts(), ROSTER) == decide(rules, facts(), ROSTER)


def test_conditions_asked_often_answer_the_same() -> None:
    rules = compile_rules(Rules())
    assert [rules.test(FAULT, facts(type=kind)) for kind in ["fault", "noise", None] * 20] == [True, False, None] * 20


def test_calendars_forms_and_flows_by_name() -> None:
    day = date(2026, 12, 31)
    calendar = CalendarBlock(
        id="service",
        zone="Asia/Shanghai",
        weekly=(Weekly((0, 1), ((540, 720),)), Weekly((0,), ((780, 1020),))),
        shifts=(Shift(day, ((540, 600),)),),
        breaks=(Break(day, ((550, 560),)),),
        closed=(Closed(day, day),),
    )
    flow = FlowBlock(id="onsite", moves=(Move(("new",), ("closed",)),))
    rules = compile_rules(
        Rules(calendars=(calendar,), forms=(FormBlock(id="fault"),), flows=(flow,), default_calendar="service")
    )
    made = rules.calendars["service"]
    assert made.weekly[0] == ((540, 720), (780, 1020))
    assert (made.shifts[day], made.breaks[day], made.closed) == (((540, 600),), ((550, 560),), ((day, day),))
    assert rules.calendar(None) is made
    assert rules.calendar("other") is None
    assert rules.form("fault") == FormBlock(id="fault")
    assert rules.form(None) is None
    assert rules.flow("onsite") is flow
    assert rules.flow(None).id == "default"
    assert rules.flow_for(facts()) is flow
    assert rules.milestones("onsite") == milestones_of(flow)
    assert rules.milestones("other") == STANDARD


def test_a_thousand_tickets_and_rules_each_get_a_reason() -> None:
    kinds = [f"kind-{number % 90}" for number in range(1000)]
    rules = [
        rule(f"r{number}", And((is_word("type", kind), is_word("priority", PRIORITIES[number % 4], *PRIORITIES))))
        for number, kind in enumerate(kinds)
    ]
    many = book("first", *rules)
    for number, kind in enumerate(f"kind-{number % 100}" for number in range(1000)):
        decision = decide(many, facts(type=kind, priority=PRIORITIES[number % 4]), ROSTER)
        traces = [trace for trace in decision.considered if trace.matched]
        if decision.rule is None:
            assert decision.effects == (Effect("queue", value="triage"),)
        else:
            assert [trace.rule for trace in traces] == [decision.rule]
            assert all(clause.outcome and clause.values for clause in traces[0].clauses)
