"""Needs: what a move demands of a ticket, what of it is missing, and how to bring it."""

from collections import Counter
from collections.abc import Iterator, Mapping

from svcctl.decision.acceptance import check_acceptance
from svcctl.decision.flow import check_move
from svcctl.desk.desk import Desk
from svcctl.foundation.errors import Refusal
from svcctl.language.blocks import FormField
from svcctl.ticket.model import Ticket

_COMMANDS = {
    "acceptance": "svcctl acceptance check {id}",
    "plan": "svcctl ticket plan {id}",
    "cause": "svcctl ticket cause {id}",
    "check_in": "svcctl ticket move {id} {state} --check-in PLACE",
    "survey": "svcctl ticket survey {id}",
    "evidence": "svcctl ticket attach {id} FILE",
}


def missing_for(desk: Desk, ticket: Ticket, state: str) -> Mapping[str, str]:
    """The needs that a ticket still lacks to go to a state that it may move to, each in words: what the flow demands
    there, and where its work is then done, the evidence that its form asks for. Raises Refusal `illegal-move` where it
    may not."""
    facts = desk.facts(ticket)

    def accepted() -> bool:
        return check_acceptance(desk.rulebook, facts, desk.roster).accepted

    _, missing = check_move(desk.rulebook.flow(ticket.flow), ticket.state, state, facts, accepted)
    resolved = desk.rulebook.milestones(ticket.flow).resolved
    if state in resolved and ticket.state not in resolved:
        attached = Counter(evidence.kind for evidence in ticket.evidence)
        for field in _asked_evidence(desk, ticket):
            has, wants = attached[field.name], max(field.at_least, 1)
            if has < wants and field.name not in missing:
                told = f"of `{field.name}` there is {has}, not {wants}" if has else f"`{field.name}` is missing"
                missing = {**missing, field.name: told}
    return missing


def expect_nothing_missing(desk: Desk, ticket: Ticket, state: str) -> None:
    """Raises Refusal `illegal-move` where a ticket cannot go to a state yet, with all that is missing."""
    missing = missing_for(desk, ticket, state)
    if missing:
        evidence = {field.name for field in _asked_evidence(desk, ticket)}
        commands = dict.fromkeys(_command(ticket.id, state, need, need in evidence) for need in missing)
        raise Refusal(
            "illegal-move",
            f"{ticket.id} cannot go to `{state}` yet: {'; '.join(missing.values())}",
            help="; ".join(f"`{command}`" for command in commands if command),
            details={"missing": list(missing)},
        )


def _asked_evidence(desk: Desk, ticket: Ticket) -> Iterator[FormField]:
    """The evidence that the form of a ticket asks for: all that is required, or has to be there so many times."""
    form = desk.rulebook.form(ticket.type)
    for field in form.fields if form is not None else ():
        if field.kind == "evidence" and (field.required or field.at_least):
            yield field


def _command(id: str, state: str, need: str, is_evidence: bool) -> str:
    """What to type to bring one need; empty where that depends."""
    scope, _, kind = need.partition(".")
    command = _COMMANDS["evidence" if is_evidence else scope] if is_evidence or scope in _COMMANDS else ""
    kind = need if is_evidence else kind if scope == "evidence" else ""
    return command.format(id=id, state=state) + (f" --kind {kind}" if kind else "")
