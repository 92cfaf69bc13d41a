"""Test blocks: they speak of rules, fields and states that exist, and may bring people of their own."""

from svcctl.language.checks.actions import Actions
from svcctl.language.checks.compare import check_comparison
from svcctl.language.checks.expressions import Expressions
from svcctl.language.checks.known import Known
from svcctl.language.checks.times import expect_calendar, expect_clock
from svcctl.language.scenario_block import (
    ExpectAction,
    Expectation,
    ExpectDue,
    ExpectField,
    ExpectRule,
    Given,
    Moment,
    Row,
    TestBlock,
)
from svcctl.language.tree import Field, Literal, Node, place_of

#: The words of a given that name something rules may then speak of: engineer `li { team a  skill b 3 }`.
_NAMED = ("team", "region", "role", "skill", "queue")


def check_test(known: Known, block: TestBlock) -> TestBlock:
    scene = known.with_names(_brought(block))
    actions = Actions(scene)
    givens = tuple(_given(scene, given) for given in block.givens)
    moments = tuple(_moment(scene, actions, moment) for moment in block.moments)
    return block.replace(givens=givens, moments=moments, rows=tuple(_row(scene, actions, row) for row in block.rows))


def _row(known: Known, actions: Actions, row: Row) -> Row:
    expects = (_expectation(known, actions, expect) for expect in row.expects)
    return row.replace(given=_given(known, row.given), expects=tuple(each for each in expects if each is not None))


def _brought(block: TestBlock) -> dict[str, set[str]]:
    """The names that a test brings along, by sort."""
    brought: dict[str, set[str]] = {}
    for given in block.givens:
        if given.name is not None:
            brought.setdefault(given.kind, set()).add(given.name)
        if given.kind == "ticket":
            continue
        for words, value in given.fields:
            for sort in _NAMED:
                if words[0] in (sort, sort + "s"):
                    name = words[1] if len(words) > 1 else value.value
                    brought.setdefault(sort, set()).add(str(name))
    return brought


def _given(known: Known, given: Given) -> Given:
    if given.kind != "ticket":
        return given
    fields = []
    for words, value in given.fields:
        path = ".".join(words)
        whole = any(term.startswith(path + ".") for term in known.scopes["ticket"])
        checked = value if whole and not known.term("ticket", path) else _field(known, path, value, words[0], given)
        if checked is not None:
            fields.append((words, checked))
    return given.replace(fields=tuple(fields))


def _field(known: Known, path: str, value: Literal, word: str, node: Node) -> Literal | None:
    """The value of a ticket's field, as that field holds it."""
    term = known.term("ticket", path)
    place = place_of(word, node)
    if term is None:
        known.unknown_field(path, place, known.scopes["ticket"])
        return None
    typed = Expressions(known, "ticket").fit(value, term.type, path)
    if typed is None or not isinstance(typed.node, Literal):
        return None
    target = Field(path, span=place, type=term.type)
    return typed.node if check_comparison(known, "ticket", "==", (target, term.type), typed) else None


def _moment(known: Known, actions: Actions, moment: Moment) -> Moment:
    states = known.names("state")
    for move in moment.moves:
        if states is not None and move not in states and move not in known.move_names:
            known.unknown("state", move, {*states, *known.move_names}, place_of(move, moment))
    expect_calendar(known, moment.offset, moment.span)
    for path, _ in moment.reads:
        if not path.startswith("meter."):
            help = [f"write `meter.{path}`"]
            known.findings.error(
                "unknown-field", f"`{path}` is no meter of an asset", place_of(path, moment), help=help
            )
    expects = (_expectation(known, actions, expect) for expect in moment.expects)
    return moment.replace(expects=tuple(expect for expect in expects if expect is not None))


def _expectation(known: Known, actions: Actions, expect: Expectation) -> Expectation | None:
    match expect:
        case ExpectRule(rule=rule):
            if rule != "otherwise":
                known.expect("rule", rule, place_of(rule, expect))
        case ExpectField(path=path, value=Literal(value=None)):
            if known.term("ticket", path) is None:
                known.unknown_field(path, place_of(path, expect), known.scopes["ticket"])
                return None
        case ExpectField(path=path, value=value):
            checked = _field(known, path, value, path, expect)
            return None if checked is None else expect.replace(value=checked)
        case ExpectDue(target=target):
            expect_clock(known, target, expect.span)
        case ExpectAction(action=action):
            resolved = actions.one(action)
            return None if resolved is None else expect.replace(action=resolved)
        case _:
            pass
    return expect
