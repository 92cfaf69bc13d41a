"""The text of trees of every kind, as one would write it without care for its form."""

from collections.abc import Callable
from typing import Any

from svcctl.language import block, blocks, calendar_block, care_block, scenario_block
from svcctl.language.print_care import print_subject, print_timing
from svcctl.language.printer import (
    print_action,
    print_expression,
    print_literal,
    print_name,
    print_recipient,
    print_text,
    print_value,
)

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def written(module: blocks.Module) -> str:
    """The text of a file, with a clause a line and nothing in its place."""
    imports = "".join(f"import {print_text(one.path)}\n" for one in module.imports)
    return imports + "".join(_block(one) for one in module.blocks)


def _block(one: blocks.AnyBlock) -> str:
    kind, clauses = WRITERS[type(one)]
    head = [kind, print_text(one.id) if kind == "test" else print_name(one.id)]
    head += [print_text(one.title)] if one.title is not None and kind != "test" else []
    head += [one.hit] if isinstance(one, blocks.DispatchBlock) else []
    return f"{' '.join(head)} {_braces(clauses(one))}"


def _braces(clauses: list[str]) -> str:
    return "{\n" + "".join(f"{clause}\n" for clause in clauses) + "}\n"


def _optional(word: str, said: Any, text: Callable[[Any], str]) -> list[str]:
    return [] if said is None else [f"{word} {text(said)}".strip()]


def _listed(items: Any, text: Callable[[Any], str]) -> str:
    return ", ".join(text(item) for item in items)


def _hours(intervals: tuple[calendar_block.Interval, ...]) -> str:
    def time(at: int) -> str:
        return f"{at // 60:02}:{at % 60:02}"

    return ",".join(f"{time(start)}-{time(end)}" for start, end in intervals)


def _calendar(one: calendar_block.CalendarBlock) -> list[str]:
    return [
        f"zone {print_text(one.zone)}",
        *(f"{_listed(part.days, lambda day: DAYS[day])} {_hours(part.intervals)}" for part in one.weekly),
        *(f"holidays {print_name(region)}" for region in one.holidays),
        *(f"on {shift.day} {_hours(shift.intervals)}" for shift in one.shifts),
        *(f"break {pause.day} {_hours(pause.intervals)}" for pause in one.breaks),
        *(f"closed {days.first}..{days.last}" for days in one.closed),
    ]


def _form(one: blocks.FormBlock) -> list[str]:
    clauses = []
    for field in one.fields:
        words = [field.name, field.kind]
        words += [field.unit] if field.unit is not None else []
        words += [f"[{_listed(field.choices, print_name)}]"] if field.choices else []
        words += ["required"] if field.required else []
        words += _optional("", field.label, print_text)
        words += [f"at least {field.at_least}"] if field.at_least else []
        clauses.append(" ".join(words))
    return clauses


def _flow(one: blocks.FlowBlock) -> list[str]:
    moves = (
        f"{_listed(move.sources, print_name)} -> {_listed(move.targets, print_name)} "
        + "".join(_optional("as", move.name, print_name))
        for move in one.moves
    )
    return [
        *_optional("for", one.condition, print_expression),
        *moves,
        *(f"to {print_name(need.state)} require {_listed(need.needs, str)}" for need in one.demands),
        *(f"within {limit.within} in {print_name(limit.state)}" for limit in one.limits),
        *(f"{mark.kind} at {_listed(mark.states, print_name)}" for mark in one.milestones),
    ]


def _sla(one: blocks.SlaBlock) -> list[str]:
    targets = (
        f"{target.kind} within {target.within} " + "".join(_optional("on", target.calendar, print_name))
        for target in one.targets
    )
    pauses = [f"pause in {_listed(one.pauses, print_name)}"] if one.pauses else []
    return [*_optional("for", one.condition, print_expression), *targets, *pauses]


def _dispatch(one: blocks.DispatchBlock) -> list[str]:
    clauses = []
    for rule in one.rules:
        inner = _optional("when", rule.when, print_expression)
        inner += [f"priority {rule.priority}"] if rule.priority else []
        inner += map(print_action, rule.actions)
        title = "" if rule.title is None else print_text(rule.title)
        clauses.append(f"rule {print_name(rule.id)} {title} {_braces(inner)}")
    otherwise = [] if one.otherwise is None else [f"otherwise {_braces([*map(print_action, one.otherwise)])}"]
    return [*clauses, *otherwise]


def _trigger(trigger: blocks.Trigger) -> str:
    match trigger:
        case block.After(delay):
            return f"after {delay}"
        case blocks.AtShare(share, target):
            return f"at {share * 100:f}% of {target}"
        case blocks.BeforeDue(lead, target, late):
            return f"{lead} {'after' if late else 'before'} {target}"
        case blocks.Breached(target):
            return f"when {target} breached"


def _escalation(one: blocks.EscalationBlock) -> list[str]:
    clauses = _optional("for", one.condition, print_expression) + _optional("while", one.during, print_expression)
    for mute in one.mutes:
        clauses.append(f"mutes {_listed(mute.rules, print_name)} " + "".join(_optional("by", mute.by, str)))
    for step in one.steps:
        repeat = [] if step.repeat is None else [f"repeat every {step.repeat.every} up to {step.repeat.times} times"]
        clauses.append(f"{_trigger(step.trigger)} {_braces([*map(print_action, step.actions), *repeat])}")
    return clauses


def _criterion(one: blocks.Criterion) -> str:
    words = [print_expression(one.condition), *_optional("over", one.over, str)]
    words += [] if one.coverage is None else [f"coverage >= {one.coverage * 100:f}%"]
    words += [f"in {one.samples} batches of {one.size}"] if one.size is not None else []
    words += [f"in {one.samples} runs"] if one.samples is not None and one.size is None else []
    return " ".join([*words, *_optional("by", one.by, print_recipient)])


def _acceptance(one: blocks.AcceptanceBlock) -> list[str]:
    clauses = _optional("for", one.condition, print_expression)
    for need in one.requirements:
        inner = [_criterion(need.criterion), *_optional("method", need.method, print_text)]
        inner += [f"evidence {kind.kind} at least {kind.at_least}" for kind in need.evidence]
        title = "" if need.title is None else print_text(need.title)
        clauses.append(f"require {print_name(need.id)} {title} {_braces(inner)}")
    clauses += [f"verifier is not {_listed(one.verifier_is_not, print_recipient)}"] if one.verifier_is_not else []
    for approval in one.approvals:
        when = "".join(_optional("when", approval.when, print_expression))
        clauses.append(f"approval by {print_recipient(approval.by)} {when}")
    return clauses


def _care(one: care_block.CareBlock) -> list[str]:
    timing = print_timing(one)
    return [print_subject(one), *([timing] if timing else []), *map(print_action, one.actions)]


def _expectation(one: scenario_block.Expectation) -> str:
    match one:
        case scenario_block.ExpectRule(rule):
            return f"rule {print_name(rule)}"
        case scenario_block.ExpectField(path, value):
            return f"{path} {print_literal(value)}"
        case scenario_block.ExpectDue(target, at):
            return f"{target} due {print_value(at)}"
        case scenario_block.ExpectAccepted(accepted):
            return "accepted" if accepted else "not accepted"
        case scenario_block.ExpectNothing():
            return "nothing"
        case scenario_block.ExpectAction(action):
            return print_action(action)


def _test(one: scenario_block.TestBlock) -> list[str]:
    clauses = [f"at {print_value(one.start)}"]
    for given in one.givens:
        inner = [f"{' '.join(map(print_name, words[1:]))} {print_literal(value)}" for words, value in given.fields]
        heads = [words[0] for words, _ in given.fields]
        fields = [f"{head} {rest.strip()}" for head, rest in zip(heads, inner, strict=True)]
        clauses.append(f"given {given.kind} {'' if given.name is None else print_name(given.name)} {_braces(fields)}")
    for moment in one.moments:
        clauses.append(f"at + {moment.offset}")
        clauses += [f"move {print_name(state)}" for state in moment.moves]
        clauses += [f"read {path} {print_literal(value)}" for path, value in moment.reads]
        clauses += [f"expect {_listed(moment.expects, _expectation)}"] if moment.expects else []
    return clauses + [_table(row) for row in one.rows]


def _table(row: scenario_block.Row) -> str:
    """A table of one row."""
    expected = [each for each in row.expects if isinstance(each, scenario_block.ExpectField)]
    given = _listed(row.given.fields, lambda field: field[0][0])
    values = _listed(row.given.fields, lambda field: print_literal(field[1]))
    cells = _listed(expected, lambda each: print_literal(each.value))
    return f"table {given} -> {_listed(expected, lambda each: each.path)} {_braces([f'{values} -> {cells}'])}"


WRITERS: dict[type, tuple[str, Callable[[Any], list[str]]]] = {
    calendar_block.CalendarBlock: ("calendar", _calendar),
    blocks.FormBlock: ("form", _form),
    blocks.FlowBlock: ("flow", _flow),
    blocks.SlaBlock: ("sla", _sla),
    blocks.DispatchBlock: ("dispatch", _dispatch),
    blocks.EscalationBlock: ("escalation", _escalation),
    blocks.AcceptanceBlock: ("acceptance", _acceptance),
    care_block.CareBlock: ("care", _care),
    scenario_block.TestBlock: ("test", _test),
}
