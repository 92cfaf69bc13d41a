"""How fast rules decide about tickets as they are stored: decisions per second at 10 to 10,000 rules, the facts of the
ticket collected each time. Run by `make bench`.

`rule` is which rule takes the ticket; `decision` the whole decision with its effects, whose reasons are worked out when
they are read; `read` has read them too. Sizes are measured in turns, so that a noisy machine slows all of them alike;
what to read is the ratio in the last column. Every decision is compared with that of looking at every rule.
"""

import random
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from time import perf_counter

from svcctl.decision.dispatch import decide
from svcctl.decision.evaluator import holds
from svcctl.decision.roster import Roster
from svcctl.decision.rulebook import Rulebook, compile_rules
from svcctl.facts.case import Case
from svcctl.facts.facts import Facts, collect_facts
from svcctl.foundation.quantity import Elapsed
from svcctl.language.blocks import DispatchBlock, DispatchRule, Rules
from svcctl.language.tree import And, Comparison, Contains, Expression, Field, Literal, Matches, Membership, Queue
from svcctl.language.types import ELAPSED, NUMBER, TEXT, choice
from svcctl.ticket.model import PRIORITIES, Ticket

SIZES = (10, 100, 1_000, 10_000)
TICKETS = 500
ROUNDS = 7
NOW = datetime(2026, 11, 23, 2, tzinfo=UTC)

TYPES = [f"type-{number}" for number in range(20)]
LINES = [f"line-{number}" for number in range(30)]
REGIONS = [f"region-{number}" for number in range(30)]
CHANNELS = ["phone", "email", "web", "app", "wechat", "store"]
WORDS = [
    "漏水",
    "异响",
    "不制冷",
    "压缩机",
    "主板",
    "跳闸",
    "冒烟",
    "显示屏",
    "leak",
    "noise",
    "E1",
    "timeout",
    "sensor",
    "fan",
]
CHOICE = choice()
PRIORITY = choice(*PRIORITIES, ordered=True)


def _word(path: str, word: str) -> Expression:
    return Comparison("==", Field(path, type=CHOICE), Literal(word, type=CHOICE))


def _others(draw: random.Random) -> list[Expression]:
    """Conditions that are no equality, from which rules take some."""
    words = tuple(Literal(word, True, type=TEXT) for word in draw.sample(WORDS, 2))
    channels = tuple(Literal(word, type=CHOICE) for word in draw.sample(CHANNELS, 3))
    hours = draw.choice([2, 4, 8, 12, 24, 48])
    return [
        Membership(Field("channel", type=CHOICE), channels),
        Comparison(">=", Field("age.elapsed", type=ELAPSED), Literal(Elapsed(hours * 3600), type=ELAPSED)),
        Comparison(">=", Field("priority", type=PRIORITY), Literal(draw.choice(PRIORITIES[1:]), type=PRIORITY)),
        Comparison(">=", Field("humidity", type=NUMBER), Literal(Decimal(draw.randint(20, 80)), type=NUMBER)),
        Contains(Field("description", type=TEXT), words, "any"),
        Matches(Field("description", type=TEXT), f"{draw.choice(WORDS)}.*{draw.choice(WORDS)}"),
    ]


def _rules(size: int) -> Rulebook:
    """Specific rules first, broad ones last, as dispatch tables are written."""
    draw = random.Random(size)
    rules = []
    for number in range(size):
        equal = [_word("type", draw.choice(TYPES)), _word("product.line", draw.choice(LINES))]
        equal.append(_word("site.region", draw.choice(REGIONS)))
        kept = draw.sample(equal, 2 if number < size * 0.7 else 1 if number < size * 0.9 else 0)
        condition = And((*kept, *draw.sample(_others(draw), draw.randint(2, 3))))
        rules.append(DispatchRule(f"r{number}", condition, (Queue("q"),)))
    block = DispatchBlock(id="intake", hit="first", rules=tuple(rules), otherwise=(Queue("triage"),))
    return compile_rules(Rules(dispatches=(block,), entry="intake"))


def _cases() -> list[Case]:
    draw = random.Random(7)
    cases = []
    for number in range(TICKETS):
        ticket = Ticket(
            id=f"T{number}",
            revision=1,
            state="new",
            created_at=NOW,
            reported_at=datetime(2026, 11, draw.randint(20, 22), draw.randint(0, 23), tzinfo=UTC),
            type=draw.choice(TYPES),
            product_line=draw.choice(LINES),
            region=draw.choice(REGIONS),
            channel=draw.choice(CHANNELS),
            priority=draw.choice([*PRIORITIES, None]),
            description=" ".join(draw.sample(WORDS, 4)) + "，客户反映机器使用三天后需要工程师尽快处理" * 2,
            fields={"humidity": draw.randint(0, 100)},
        )
        cases.append(Case(ticket, NOW))
    return cases


def _seconds(act: Callable[[Facts], object], cases: Sequence[Case]) -> float:
    """Seconds for one decision, the collecting of its facts included."""
    started = perf_counter()
    for case in cases:
        act(collect_facts(case))
    return (perf_counter() - started) / len(cases)


def main() -> None:
    cases, roster = _cases(), Roster()
    books = {size: _rules(size) for size in SIZES}
    for size, book in books.items():
        dispatcher = book.dispatch("intake")
        for case in cases if size <= 1_000 else cases[:50]:
            facts = collect_facts(case)
            naive = next((rule.id for rule in dispatcher.rules if rule.when and holds(rule.when, facts)), None)
            assert decide(book, facts, roster).rule == naive, f"{size} rules decide {case.ticket.id} differently"
    bare: dict[int, list[float]] = {size: [] for size in SIZES}
    full: dict[int, list[float]] = {size: [] for size in SIZES}
    read: dict[int, list[float]] = {size: [] for size in SIZES}
    for _ in range(ROUNDS):
        for size, book in books.items():
            dispatcher = book.dispatch("intake")
            bare[size].append(_seconds(dispatcher.index.first, cases))
            full[size].append(_seconds(lambda facts, book=book: decide(book, facts, roster), cases))  # type: ignore[misc]
            read[size].append(_seconds(lambda facts, book=book: len(decide(book, facts, roster).considered), cases))  # type: ignore[misc]
    print(f"{'rules':>8} {'rule/s':>12} {'decision/s':>12} {'read/s':>12} {'rule: times 10 rules':>22}")
    for size in SIZES:
        one, whole, told = min(bare[size]), min(full[size]), min(read[size])
        times = one / min(bare[SIZES[0]])
        print(f"{size:>8,} {1 / one:>12,.0f} {1 / whole:>12,.0f} {1 / told:>12,.0f} {times:>22.2f}")


if __name__ == "__main__":
    main()
