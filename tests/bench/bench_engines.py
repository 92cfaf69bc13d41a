"""svcctl's dispatch beside other rule engines: same tickets, same rules, every decision compared. Run by `make bench`.

`BENCH_ENGINES=DIR` names a folder with `workload.py` and `engines/*.py` of other engines (each an `ENGINE` with
`export`, `load` and `decide`); without it zen-engine and rule-engine take part where they are installed (extra
`bench`), on a workload made here. All are measured in turns in one process, in small lots of tickets, and of each lot
the fastest run counts: what to read are the ratios.

Of svcctl two things are measured, each from the ticket as a mapping: `rule` is which rule takes it; `reasons` the
same with its reasons, every clause with the values that it saw.
"""

import importlib
import os
import random
import sys
from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from time import perf_counter
from typing import Any

from svcctl.decision.dispatcher import Dispatcher
from svcctl.decision.rulebook import compile_rules
from svcctl.language.blocks import DispatchBlock, DispatchRule, Rules
from svcctl.language.tree import And, Comparison, Contains, Expression, Field, Literal, Matches, Membership
from svcctl.language.types import NUMBER, TEXT, choice
from tests.bench.other_engines import INSTALLED, SIGNS, Decide, Rule, engines_of

SIZES = (10, 100, 1_000, 10_000)
TICKETS, LOT, ROUNDS = 600, 50, 12
#: An engine that takes longer than so many seconds for a decision is measured on few tickets.
SLOW = 0.002

Ticket = dict[str, Any]

_NUMBERS = ("age_hours", "priority", "reopened")


# ------------------------------------------------------------------------- svcctl


def _literal(value: Any) -> Literal:
    if isinstance(value, float):
        value = Decimal(repr(value))
    return Literal(value, type=TEXT if isinstance(value, str) else NUMBER)


def _clause(condition: Mapping[str, Any]) -> Expression:
    path, op, value = condition["f"], condition["op"], condition["v"]
    type = NUMBER if path in _NUMBERS else TEXT if path == "description" else choice(name=path)
    field = Field(path, type=type)
    if op in SIGNS:
        return Comparison(SIGNS[op], field, _literal(value))  # type: ignore[arg-type]
    if op == "in":
        return Membership(field, tuple(map(_literal, value)))
    return Contains(field, (_literal(value),)) if op == "contains" else Matches(field, value)


def _dispatcher(rules: Sequence[Rule]) -> Dispatcher:
    written = tuple(DispatchRule(rule["id"], And(tuple(map(_clause, rule["conds"]))), ()) for rule in rules)
    block = DispatchBlock(id="d", hit="first", rules=written, otherwise=())
    return compile_rules(Rules(dispatches=(block,), entry="d")).dispatch("d")


def _facts(ticket: Mapping[str, Any]) -> dict[str, Any]:
    product, customer = ticket["product"], ticket["customer"]
    return {
        "type": ticket["type"],
        "product.line": product["line"],
        "product.model": product["model"],
        "customer.tier": customer["tier"],
        "customer.region": customer["region"],
        "channel": ticket["channel"],
        "priority": ticket["priority"],
        "description": ticket["description"],
        "age_hours": ticket["age_hours"],
        "reopened": ticket["reopened"],
    }


def _svcctl(rules: Sequence[Rule]) -> dict[str, Decide]:
    dispatcher = _dispatcher(rules)
    first, matching, considered = dispatcher.index.first, dispatcher.matching, dispatcher.considered

    def reasons(ticket: Mapping[str, Any]) -> int:
        facts = _facts(ticket)
        places, doubts = matching(facts)
        considered(facts, places, doubts)
        return places[0] if places else -1

    return {"svcctl rule": lambda ticket: first(_facts(ticket)), "svcctl reasons": reasons}


# ----------------------------------------------------------------------- workload


def _own_workload(size: int, profile: str) -> tuple[list[Rule], list[Ticket]]:
    """Specific rules first and broad ones last, as dispatch tables are written."""
    draw = random.Random(f"{size} {profile}")
    words = ["漏水", "异响", "不制冷", "压缩机", "主板", "跳闸", "冒烟", "leak", "noise", "timeout", "sensor", "fan"]
    pools = {
        "type": [f"type-{number}" for number in range(20)],
        "product.line": [f"line-{number}" for number in range(30)],
        "customer.region": [f"region-{number}" for number in range(30)],
    }
    channels = ["phone", "email", "web", "app", "wechat", "store"]
    rules: list[Rule] = []
    for number in range(size):
        equal = 2 if number < size * 0.7 else 1 if number < size * 0.9 else 0
        conditions = [{"f": path, "op": "eq", "v": draw.choice(pools[path])} for path in draw.sample([*pools], equal)]
        others: list[dict[str, Any]] = [
            {"f": "channel", "op": "in", "v": draw.sample(channels, 3)},
            {"f": "age_hours", "op": draw.choice(["gt", "le"]), "v": draw.choice([2.5, 8.0, 24.0, 48.5])},
            {"f": "priority", "op": "ge", "v": draw.choice([2, 3])},
            {"f": "description", "op": "contains", "v": draw.choice(words)},
        ]
        if profile == "full" and draw.random() < 0.4:
            text = (
                "(" + "|".join(draw.sample(words, 2)) + ")"
                if draw.random() < 0.85
                else ".*".join(draw.sample(words, 2))
            )
            others.append({"f": "description", "op": "match", "v": text})
        chosen = {each["f"]: each for each in draw.sample(others, draw.randint(2, 3))}
        rules.append({"id": f"r{number}", "conds": [*conditions, *chosen.values()]})
    tickets: list[Ticket] = [
        {
            "type": draw.choice(pools["type"]),
            "product": {"line": draw.choice(pools["product.line"]), "model": f"M{draw.randint(0, 99)}"},
            "customer": {"tier": draw.choice(["gold", "silver"]), "region": draw.choice(pools["customer.region"])},
            "channel": draw.choice(channels),
            "priority": draw.randint(1, 4),
            "description": " ".join(draw.sample(words, 3)) + "，客户反映机器使用三天后需要工程师尽快处理",
            "age_hours": round(draw.expovariate(1 / 36), 1),
            "reopened": draw.choice([0, 0, 0, 1]),
        }
        for _ in range(TICKETS)
    ]
    return rules, tickets


def _contenders(folder: Path | None, size: int, profile: str) -> tuple[list[Ticket], list[int], dict[str, Decide]]:
    """Tickets, the decisions expected of them, and who takes part. Without a folder what is expected is what looking at
    every rule by itself comes to."""
    if folder is not None:
        workload = importlib.import_module("workload")
        rules = workload.gen_rules(size, profile)
        tickets = workload.gen_tickets(TICKETS)
        expected = workload.oracle(rules, tickets[: TICKETS if size <= 1_000 else LOT])
        return tickets, expected, {**_svcctl(rules), **dict(engines_of(folder, rules, profile))}
    from svcctl.decision.evaluator import holds

    rules, tickets = _own_workload(size, profile)
    written = _dispatcher(rules).rules
    expected = [
        next((number for number, rule in enumerate(written) if rule.when and holds(rule.when, _facts(ticket))), -1)
        for ticket in tickets[: TICKETS if size <= 1_000 else LOT]
    ]
    contenders = _svcctl(rules)
    for name, make in INSTALLED.items():
        try:
            contenders[name] = make(rules)
        except ImportError:
            print(f"  {name} is not installed (extra `bench`)")
    return tickets, expected, contenders


def _measured(contenders: Mapping[str, Decide], tickets: Sequence[Ticket], expected: Sequence[int]) -> dict[str, float]:
    """Seconds for one decision of each."""
    lots: dict[str, list[Sequence[Ticket]]] = {}
    for name, decide in contenders.items():
        decide(tickets[0])  # what is made when it is first needed
        started = perf_counter()
        few = [decide(ticket) for ticket in tickets[:4]]
        slow = (perf_counter() - started) / 4 > SLOW
        asked = expected[:LOT] if slow else expected
        found = [*few, *(decide(ticket) for ticket in tickets[4 : len(asked)])]
        wrong = sum(one != other for one, other in zip(found, asked, strict=True))
        if wrong:
            raise AssertionError(f"{name} decides {wrong} of {len(asked)} tickets differently")
        lots[name] = [tickets[:4]] if slow else [tickets[at : at + LOT] for at in range(0, len(tickets), LOT)]
    best = {name: [float("inf")] * len(each) for name, each in lots.items()}
    for round in range(ROUNDS):
        for name, decide in contenders.items():
            if len(lots[name]) == 1 and round > 2:
                continue
            for number, lot in enumerate(lots[name]):
                started = perf_counter()
                for ticket in lot:
                    decide(ticket)
                best[name][number] = min(best[name][number], perf_counter() - started)
    return {name: sum(best[name]) / sum(map(len, each)) for name, each in lots.items()}


def main() -> None:
    folder = Path(os.environ["BENCH_ENGINES"]).resolve() if os.environ.get("BENCH_ENGINES") else None
    if folder is not None:
        sys.path.insert(0, str(folder))
    for profile in ("full", "noregex"):
        ten = 0.0
        for size in SIZES:
            tickets, expected, contenders = _contenders(folder, size, profile)
            seconds = _measured(contenders, tickets, expected)
            own = seconds["svcctl rule"]
            ten = ten or own
            others = {name: value for name, value in seconds.items() if not name.startswith("svcctl")}
            print(f"{profile}, {size:,} rules: {len(expected)} decisions verified")
            for name, value in sorted(seconds.items(), key=lambda item: item[1]):
                print(f"  {name:<16} {1 / value:>12,.0f} decisions/s  {value / own:>8.2f} times as long")
            if others:
                fastest = min(others, key=lambda name: others[name])
                print(
                    f"  {others[fastest] / own:.1f} times the fastest other ({fastest}); {own / ten:.2f} times 10 rules"
                )


if __name__ == "__main__":
    main()
