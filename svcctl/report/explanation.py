"""Why: a decision as recorded with its event, told as the rule with each clause's value beside it."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from svcctl.foundation.instant import parse_instant
from svcctl.foundation.width import display_width
from svcctl.report.table import Looks, brief, cell, padded, paint

_OUTCOMES = {True: ("yes", "32"), False: ("no", "31"), None: ("unknown", "33")}
_MATCHES = {True: ("matched", "32"), False: ("did not match", "31"), None: ("unknown, which is no match", "33")}


def explanation_items(history: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Of a ticket's events (as JSON) those that rules caused, with their reasons, and promises asked for anew. An
    undoing tells what it takes back, which is no reason."""
    return [
        {"id": event["id"], "at": event["at"], "kind": event["kind"], "rule": event.get("rule"), "why": event["why"]}
        for event in history
        if event.get("why") is not None and event["kind"] != "undone"
    ]


def explanation_page(items: Iterable[Mapping[str, Any]], looks: Looks, *, full: bool = False) -> str:
    """Each decision told for people; `full` also tells the clauses of rules that did not match."""
    pages = ["\n".join(_decision(item, looks, full)) for item in items]
    return "\n\n".join(pages) + "\n" if pages else "no rule has decided anything about this ticket\n"


def _decision(item: Mapping[str, Any], looks: Looks, full: bool) -> Iterator[str]:
    why = item["why"]
    rule = item.get("rule") or "no rule"
    yield f"{paint(item['id'], '1', looks)} {item['kind']} {brief(parse_instant(item['at']), looks.zone)} by `{rule}`"
    if "reason" in why:
        yield f"  what is promised was asked anew: {cell(why['reason'])}"
        return
    if "step" in why:
        yield from _step(why, looks)
        return
    if "occasion" in why:
        yield from _occasion(why, looks)
        return
    path = [*why.get("through", ()), why["block"]]
    yield f"  dispatch {' -> '.join(path)}" + ("" if why.get("rule") else ": no rule matched")
    for trace in why.get("considered", ()):
        yield from _rule(trace, looks, full)
    for choice in why.get("choices", ()):
        yield from _choice(choice, looks)
    effects = list(why.get("effects", ()))
    if effects:
        yield "  so"
        yield from _effects(effects, looks)


def _step(why: Mapping[str, Any], looks: Looks) -> Iterator[str]:
    due = brief(parse_instant(why["due_at"]), looks.zone)
    yield f"  step {why['step']}, due {due}: {', '.join(why['actions'])}"
    if why.get("unknown"):
        yield "  its condition was unknown, so it fired to be safe"
    if why.get("missed"):
        yield f"  {why['missed']} repeats that were missed are merged into it"
    if why.get("superseded"):
        yield f"  in the stead of what was past already: {', '.join(why['superseded'])}"
    yield from _effects(why.get("effects", ()), looks)


def _occasion(why: Mapping[str, Any], looks: Looks) -> Iterator[str]:
    done = f": {', '.join(why['actions'])}" if why.get("actions") else ""
    yield f"  care due {brief(parse_instant(why['due_at']), looks.zone)}{done}"
    if why.get("missed"):
        yield f"  it stands for {why['missed']} before it that were missed"


def _effects(effects: Iterable[Mapping[str, Any]], looks: Looks) -> Iterator[str]:
    for effect in effects:
        yield f"    {_effect(effect)}"
        if effect.get("absent"):
            yield "      nobody on duty: " + ", ".join(_absence(absence, looks) for absence in effect["absent"])


def _absence(absence: Mapping[str, Any], looks: Looks) -> str:
    until = f" until {brief(parse_instant(absence['until']), looks.zone)}" if "until" in absence else ""
    return f"{absence['who']} {absence['reason']}{until}"


def _rule(trace: Mapping[str, Any], looks: Looks, full: bool) -> Iterator[str]:
    matched = trace.get("matched")
    word, style = _MATCHES[matched]
    yield f"  rule {trace['rule']}: {paint(word, style, looks)}"
    clauses = list(trace.get("clauses", ()))
    if not full:  # what decided is enough: a rule that fails does so by any one clause, and one that matches by all
        clauses = [clause for clause in clauses if clause.get("outcome") is matched]
    wide = max((display_width(clause["text"]) for clause in clauses), default=0)
    for clause in clauses:
        word, style = _OUTCOMES[clause.get("outcome")]
        values = ", ".join(_seen(path, value) for path, value in clause.get("values", {}).items())
        line = (
            f"    {paint(padded(word, 7), style, looks)}  {padded(clause['text'], wide)}  {paint(values, '2', looks)}"
        )
        yield line.rstrip()


def _choice(choice: Mapping[str, Any], looks: Looks) -> Iterator[str]:
    taken = choice.get("taken")
    yield f"  {choice['choice']}: {paint(taken, '32', looks) if taken else paint('nobody', '31', looks)}"
    others = [name for name in choice.get("ranked", ()) if name != taken]
    if others:
        yield f"    next in line: {', '.join(others)}"
    refused = list(choice.get("refused", ()))
    wide = max((display_width(entry["engineer"]) for entry in refused), default=0)
    yield from (f"    not {padded(entry['engineer'], wide)}  {entry['reason']}" for entry in refused)


def _seen(path: str, value: Any) -> str:
    return f"{path} is missing" if value is None else f"{path} = {cell(value)}"


def _effect(effect: Mapping[str, Any]) -> str:
    people = ", ".join(f"{person['kind']} {person['id']}" for person in effect.get("to", ()))
    target = f"{effect['path']} " if effect.get("path") else ""
    value = cell(effect.get("value"))
    urgent = " (urgent)" if effect.get("urgent") else ""
    return " ".join(f"{effect['verb']} {target}{value} {people}".split()) + urgent
