"""Mutation of rules: which small mistakes no test would notice, each with a test that would."""

from collections.abc import Callable, Iterator
from datetime import datetime
from itertools import chain
from typing import Any

from svcctl.decision.mutants import Mutant, mutants
from svcctl.decision.rulebook import Rulebook, compile_rules
from svcctl.decision.trace import clauses_of
from svcctl.desk.coverage import Watched
from svcctl.desk.rulefiles import RuleSet, check_sources
from svcctl.desk.scenario import run_tests
from svcctl.desk.why import terms_of
from svcctl.desk.workspace import Workspace
from svcctl.foundation.errors import Refusal
from svcctl.foundation.instant import shown
from svcctl.foundation.record import Record
from svcctl.foundation.source import Source, Span
from svcctl.language.analysis.blocks import joint_conditions
from svcctl.language.analysis.conditions import Conditions
from svcctl.language.analysis.dispatching import BlockRegions
from svcctl.language.analysis.regions import Region, TooManyBoxes
from svcctl.language.analysis.witness import Witness, point, print_field, witness
from svcctl.language.block import After
from svcctl.language.blocks import AnyBlock, DispatchBlock, EscalationBlock, FlowBlock, SlaBlock
from svcctl.language.printer import print_action, print_name, print_text
from svcctl.language.scenario_block import TestBlock
from svcctl.language.tree import And

#: Witnesses that are tried for a test.
_TRIED = 8


class Survivor(Record):
    """A mistake that no test notices: the mutant, a ticket that it decides otherwise, and a test that would notice.

    `test` is empty where none was found that passes for the rules and fails for the mutant.
    """

    mutant: Mutant
    example: str = ""
    test: str = ""


class Outcome(Record):
    """How many mutants there are, were tried, were noticed, and change nothing; and the survivors."""

    mutants: int
    tried: int
    killed: int
    equivalent: int
    survivors: tuple[Survivor, ...]


def mutate(rule_set: RuleSet, workspace: Workspace, more_time: Callable[[], bool]) -> Outcome:
    """Try every mutant as long as `more_time` says that there is some.

    Raises Refusal `rules-broken`, and `tests-failed` where the tests do not pass for the rules as they are, or there
    are none.
    """
    return _Hunt(rule_set, workspace).run(more_time)


class _Hunt:
    def __init__(self, rule_set: RuleSet, workspace: Workspace) -> None:
        self.rule_set = rule_set
        self.workspace = workspace
        self.book = rule_set.compiled()
        self.tests = [played for test in self.book.rules.tests for played in test.played()]
        self.terms = terms_of(workspace)
        if not self.tests:
            raise Refusal("tests-failed", "there is no test to run", help='write one: `test "..." { ... }`')
        self.asked = self._asked()

    def run(self, more_time: Callable[[], bool]) -> Outcome:
        found = list(mutants(self.book.rules))
        tried = killed = equivalent = 0
        survivors = []
        for mutant in found:
            if not more_time():
                break
            tried += 1
            if self._noticed(mutant):
                killed += 1
                continue
            differing = self._differing(mutant)
            if differing == []:
                equivalent += 1
            else:
                survivors.append(self._survivor(mutant, differing or []))
        return Outcome(len(found), tried, killed, equivalent, tuple(survivors))

    def _asked(self) -> dict[Span, frozenset[Span]]:
        """The clauses that each test asks: a mistake in others it cannot notice."""
        watched = Watched(self.book.rules)
        asked: dict[Span, frozenset[Span]] = {}
        for test in self.tests:
            if self._fails(watched, [test]):
                raise Refusal("tests-failed", "the tests do not pass as it is", help="see `svcctl rules test`")
            asked[test.span] = watched.take()
        return asked

    def _noticed(self, mutant: Mutant) -> bool:
        """Whether some test fails. Those beside the rules are asked first, of them those that ask the clause with the
        mistake, and of them what noticed the last mutant."""
        condition = mutant.before or getattr(mutant.block, "condition", None)
        spans = {clause.span for clause in clauses_of(condition)}
        here = {span for span in spans if span.start <= mutant.span.start and mutant.span.end <= span.end}
        able = [test for test in self.tests if not spans or not spans.isdisjoint(self.asked[test.span])]
        beside = mutant.span.source.removesuffix(".rules")
        able.sort(
            key=lambda test: (not test.span.source.startswith(beside), here.isdisjoint(self.asked[test.span])),
        )
        killer = self._fails(compile_rules(mutant.rules), able)
        if killer is None:
            return False
        self.tests.remove(killer)
        self.tests.insert(0, killer)
        return True

    def _fails(self, book: Rulebook, tests: list[TestBlock]) -> TestBlock | None:
        results = run_tests(book, tests, self.workspace.home, self.workspace.settings)
        return next((test for test, result in zip(tests, results, strict=False) if not result.passed), None)

    # ------------------------------------------------------------- witnesses

    def _differing(self, mutant: Mutant) -> list[tuple[Witness, str]] | None:
        """Tickets that the mutant decides otherwise, each with the rule that decides about it as it is; None where
        that cannot be told, nothing where there is none."""
        try:
            if isinstance(mutant.block, DispatchBlock):
                return list(self._of_dispatch(mutant, mutant.block))
            conditions = Conditions(self.terms)
            if mutant.before is None:
                return self._covered(conditions, mutant.block)
            before, after = conditions.read(mutant.before), conditions.read(mutant.after)
            space = conditions.seal()
            (yes, no), (others, not_others) = before(), after()
            if isinstance(mutant.block, EscalationBlock):  # what is unknown fires
                yes, others = not_others, no
            apart = chain(space.subtract(yes, others), space.subtract(others, yes))
            return [(witness(space, box), "") for box in apart]
        except TooManyBoxes:
            return None

    def _covered(self, conditions: Conditions, block: AnyBlock) -> list[tuple[Witness, str]]:
        """Tickets that a block is for."""
        plan = conditions.read(And(tuple(joint for _, joined in joint_conditions(block) for joint in joined)))
        space = conditions.seal()
        return [(witness(space, box), "") for box in plan()[0] if space.possible(box)]

    def _of_dispatch(self, mutant: Mutant, block: DispatchBlock) -> Iterator[tuple[Witness, str]]:
        """Tickets for which another rule decides: those of the one condition and not of the other, less what the rules
        above take."""
        mutated = next(rule for rule in block.rules if rule.id == mutant.rule).replace(id="", when=mutant.after)
        regions = BlockRegions(block.replace(rules=(*block.rules, mutated)), self.terms)
        place = next(number for number, rule in enumerate(regions.rules) if rule.id == mutant.rule)
        last = next(number for number, rule in enumerate(regions.rules) if rule.id == "")
        before, after = regions.regions[place], regions.regions[last]
        if before is None or after is None:
            raise TooManyBoxes
        space = regions.space
        apart: Region = [*space.subtract(before, after), *space.subtract(after, before)]
        if block.hit in ("first", "priority"):
            apart = regions.cover.left(apart, place)
        for box in apart:
            at = point(space, box)
            taken = next(
                (
                    str(rule.id)
                    for rule, region in zip(regions.rules, regions.regions, strict=True)
                    if rule.id and any(all(at[axis] & mask for axis, mask in each.items()) for each in region or ())
                ),
                "otherwise",
            )
            yield witness(space, box), taken

    # ----------------------------------------------------------------- tests

    def _survivor(self, mutant: Mutant, differing: list[tuple[Witness, str]]) -> Survivor:
        example = differing[0][0].text if differing else ""
        for seen, rule in differing[:_TRIED] or [(Witness({}), "")]:
            for more, expectation in self._expectations(mutant, seen, rule):
                text = self._written(mutant, seen, expectation, more)
                if self._tells(mutant, text):
                    return Survivor(mutant, seen.text or "any ticket", text)
        return Survivor(mutant, example)

    @property
    def _start(self) -> datetime:
        return self.tests[0].start

    def _expectations(self, mutant: Mutant, seen: Witness, rule: str) -> Iterator[tuple[str, str]]:
        """What a test could expect of the rules as they are, each with what else it would have to be given."""
        match mutant.block:
            case DispatchBlock():
                yield "", f"expect rule {rule}"
            case SlaBlock() as sla:
                for target in sla.targets:
                    due = self._found(mutant, seen, f"expect {target.kind} due 2000-01-01T00:00+00:00")
                    if due:
                        yield "", f"expect {target.kind} due {due}"
            case EscalationBlock() as block:
                for step in block.steps:
                    if isinstance(step.trigger, After):
                        action = print_action(step.actions[0])
                        yield "", f"at +{step.trigger.delay} expect {action}"
                        yield "", f"at +{step.trigger.delay} expect nothing"
            case FlowBlock():
                moves = (move for flow in self.book.flows for move in flow.moves)
                for source, onward in dict.fromkeys(
                    (a, b) for move in moves for a in move.sources for b in move.targets
                ):
                    yield (
                        f"state {print_name(source)}",
                        f"at +1m move {print_name(onward)} expect state {print_name(onward)}",
                    )
            case _:
                yield "", "expect accepted"
                yield "", "expect not accepted"

    def _written(self, mutant: Mutant, seen: Witness, expectation: str, more: str = "") -> str:
        name = mutant.rule or str(mutant.block.id)
        what = f"not {mutant.instead}" if mutant.instead else "not without it"
        given = "  ".join([*self._given(seen), *([more] if more else [])])
        lines = [
            f"test {print_text(f'{name}: {mutant.written}, {what}')} {{",
            f"  at {shown(self._start, self.workspace.zone)}",
        ]
        lines += [f"  given ticket {{ {given} }}"] if given else ["  given ticket { }"]
        return "\n".join([*lines, *self._measured(seen), f"  {expectation}", "}"]) + "\n"

    def _given(self, seen: Witness) -> Iterator[str]:
        for path, value in seen.values.items():
            if value is None or "(" in path:
                continue
            for item in value if isinstance(value, tuple) else (value,):
                yield f"{path} {print_field(item, path in seen.quoted or isinstance(value, tuple))}"

    def _measured(self, seen: Witness) -> Iterator[str]:
        for path, value in seen.values.items():
            function, _, rest = path.partition("(measured.")
            if rest and value is not None and function in ("max", "min", "avg"):
                yield f"  given measurement {rest.rstrip(')')} {{ value {print_field(value, False)} }}"

    def _checked(self, text: str) -> TestBlock | None:
        """The test of a text, checked among the rules; None where it cannot be written so."""
        sources = {**self.rule_set.sources, "": Source("", text)}
        checked = check_sources(sources.values(), self.workspace.known_names, self.rule_set.rules.default_calendar)
        if any(finding.is_error for finding in checked.diagnostics if finding.primary.span.source == ""):
            return None
        return next((test for test in checked.rules.tests if test.span.source == ""), None)

    def _tells(self, mutant: Mutant, text: str) -> bool:
        """Whether a test passes for the rules and fails for the mutant."""
        test = self._checked(text)
        if test is None or self._fails(self.book, [test]) is not None:
            return False
        return self._fails(compile_rules(mutant.rules), [test]) is not None

    def _found(self, mutant: Mutant, seen: Witness, expectation: str) -> str | None:
        """What is there instead of what a test expects: an instant, or nothing to go by."""
        test = self._checked(self._written(mutant, seen, expectation))
        if test is None:
            return None
        [result] = run_tests(self.book, [test], self.workspace.home, self.workspace.settings)
        found: Any = result.failures[0].found if result.failures else ""
        return found if isinstance(found, str) and found[:2] == "20" else None
