"""The engines beside which svcctl's dispatch is measured, each given the same rules in its own form."""

import importlib
import json
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

Decide = Callable[[Mapping[str, Any]], Any]
Rule = Mapping[str, Any]

#: How conditions that compare are written.
SIGNS = {"gt": ">", "ge": ">=", "lt": "<", "le": "<=", "eq": "=="}


def _zen(rules: Sequence[Rule]) -> Decide:
    """zen-engine: one decision table, hit policy first, a column for each field and bound."""
    zen = importlib.import_module("zen")

    columns: dict[str, str] = {}
    rows = []
    for number, rule in enumerate(rules):
        row = {"_id": str(number), "out": str(number)}
        for condition in rule["conds"]:
            path, op, value = condition["f"], condition["op"], condition["v"]
            said = json.dumps(value, ensure_ascii=False)
            cell = {"eq": said, "contains": f"contains($, {said})", "match": f"matches($, {said})"}.get(op)
            if op == "match" and value.startswith("("):  # it reads a pattern anew each time, and words as they are
                words = (json.dumps(word, ensure_ascii=False) for word in value[1:-1].split("|"))
                cell = " or ".join(f"contains($, {word})" for word in words)
            if op == "in":
                cell = ", ".join(json.dumps(each, ensure_ascii=False) for each in value)
            column = columns.setdefault(path, f"c{len(columns)}")
            if column in row:
                column = columns.setdefault(f"{path}#2", f"c{len(columns)}")
            row[column] = cell or f"{SIGNS[op]} {said}"
        rows.append(row)
    inputs = [
        {"id": id, "name": path, "field": path.split("#")[0], "type": "expression"} for path, id in columns.items()
    ]
    table = {
        "hitPolicy": "first",
        "inputs": inputs,
        "outputs": [{"id": "out", "name": "out", "field": "rule", "type": "expression"}],
        "rules": rows,
    }
    kinds: tuple[tuple[str, str, dict[str, Any]], ...] = (
        ("in", "inputNode", {}),
        ("t", "decisionTableNode", {"content": table}),
        ("out", "outputNode", {}),
    )
    nodes = [{"id": id, "name": id, "type": kind, "position": {"x": 0, "y": 0}, **more} for id, kind, more in kinds]
    edges = [
        {"id": "1", "type": "edge", "sourceId": "in", "targetId": "t"},
        {"id": "2", "type": "edge", "sourceId": "t", "targetId": "out"},
    ]
    # A static loader's content is compiled once, with its columns indexed; a decision made by hand is read each time.
    engine = zen.ZenEngine({"loader": {"type": "static", "content": {"rules": {"nodes": nodes, "edges": edges}}}})

    def decide(ticket: Mapping[str, Any]) -> Any:
        found = engine.evaluate("rules", ticket)["result"]
        return int(found["rule"]) if found else -1

    return decide


def _rule_engine(rules: Sequence[Rule]) -> Decide:
    """rule-engine: one expression a rule, tried in order."""
    rule_engine = importlib.import_module("rule_engine")

    def written(condition: Mapping[str, Any]) -> str:
        path, op, value = condition["f"], condition["op"], json.dumps(condition["v"], ensure_ascii=False)
        words = {"in": f"{path} in {value}", "contains": f"{value} in {path}", "match": f"{path} =~~ {value}"}
        return words.get(op) or f"{path} {SIGNS[op]} {value}"

    compiled = [rule_engine.Rule(" and ".join(map(written, rule["conds"]))) for rule in rules]
    return lambda ticket: next((number for number, rule in enumerate(compiled) if rule.matches(ticket)), -1)


INSTALLED: Mapping[str, Callable[[Sequence[Rule]], Decide]] = {"zen-engine": _zen, "rule-engine": _rule_engine}


def engines_of(folder: Path, rules: Sequence[Rule], profile: str) -> Iterator[tuple[str, Decide]]:
    for path in sorted((folder / "engines").glob("[!_]*.py")):
        try:
            engine = importlib.import_module(f"engines.{path.stem}").ENGINE()
            if len(rules) > engine.MAX_R or (profile == "full" and engine.UNSUPPORTED) or engine.batch_only:
                continue
            with tempfile.TemporaryDirectory() as place:
                file = str(Path(place) / f"rules.{engine.ext}")
                engine.export(rules, file)
                engine.load(file)
        except Exception as problem:  # what is not installed, or cannot take so many rules
            print(f"  {path.stem} takes no part: {type(problem).__name__}: {str(problem)[:60]}")
            continue
        yield path.stem.rstrip("_"), engine.decide
