"""Why-not, and rules as they are written, told for people."""

from collections.abc import Iterator, Mapping
from typing import Any

from svcctl.report.table import Looks, cell, paint


def why_not_page(found: Mapping[str, Any], looks: Looks) -> str:
    """Why a rule did not decide about a ticket, and what would have to be otherwise."""
    return "\n".join(_why_not(found, looks)) + "\n"


def _why_not(found: Mapping[str, Any], looks: Looks) -> Iterator[str]:
    rule, block, taker = found["rule"], found["block"], found["taken_by"]
    where = "" if found["reached"] else f"; this ticket does not come to dispatch `{block}`"
    if found["decided"]:
        yield f"rule `{rule}` matches{where}"
    else:
        other = f", and `{taker}` takes the ticket before it" if taker and found["matched"] else ""
        other = other or (f"; `{taker}` takes the ticket" if taker else "; no rule of its block takes the ticket")
        matched = {True: "matches", False: "does not match", None: "is unknown, which is no match"}[found["matched"]]
        yield f"rule `{rule}` {matched}{other}{where}"
        yield from _changes(found, looks)
    for lacking in found["lacking"]:
        yield f"  {lacking.choice}"
        yield f"    {paint(lacking.engineer, '33', looks)}  {'; '.join(lacking.lacks)}"


def _changes(found: Mapping[str, Any], looks: Looks) -> Iterator[str]:
    changes = found["changes"]
    if changes is None:
        yield "  it cannot: no ticket comes to it" if found["proven"] else "  what would change that was not found"
        return
    sure = "the smallest change after which it decides" if found["proven"] else "a change after which it matches"
    yield f"  {sure}:"
    for change in changes:
        now = "missing" if change["now"] is None else cell(change["now"]) or "empty"
        seen = " (a test that is not looked into)" if change["opaque"] else ""
        yield f"    {paint(change['needed'], '32', looks)}{seen}, and it is {now}"


def rule_text(found: Mapping[str, Any], looks: Looks) -> str:
    """A rule or block as it is written, its place, and what it takes."""
    return "\n".join(_rule(found, looks)) + "\n"


def _rule(found: Mapping[str, Any], looks: Looks) -> Iterator[str]:
    yield f"{paint(found['id'], '1', looks)}  {found['kind']}  {found['place']}"
    yield ""
    yield found["text"]
    if "takes" not in found:
        return
    yield ""
    yield f"number {found['order']} of {found['of']} in dispatch `{found['block']}`"
    if found["after"]:
        yield f"some of its tickets are taken before it by {', '.join(f'`{rule}`' for rule in found['after'])}"
    if found["takes"] is None:
        yield "what it takes has too many cases to tell"
    elif not found["takes"]:
        yield "it takes nothing"
    else:
        yield "it takes"
        yield from (f"  {case}" for case in found["takes"])
        if found["more"]:
            yield f"  and {found['more']} cases more"
