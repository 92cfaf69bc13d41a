"""`svcctl acceptance`: is what was done good enough, against measured criteria?"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from svcctl.cli.batch import dry
from svcctl.cli.call import Call
from svcctl.cli.verb import verb
from svcctl.foundation.errors import Exit
from svcctl.report.output import Answer

if TYPE_CHECKING:
    from svcctl.decision.decision import Checklist
    from svcctl.desk.desk import Desk


@verb("acceptance show")
@click.argument("id")
def show(call: Call, id: str) -> Answer:
    """What acceptance asks of a ticket, what of it holds and what is missing. Changes nothing."""
    return _answer(call, id, _as_item(_as_it_stands(call, id)), Exit.DONE)


@verb("acceptance check", writes=True, revision=True)
@click.argument("id")
def check(call: Call, id: str) -> Answer:
    """Evaluate the checklist; the ticket moves on only when all of it holds, else the exit code is 1."""
    from svcctl.desk import acceptance

    return _judged(call, id, acceptance.check)


@verb("acceptance sign", writes=True, revision=True)
@click.argument("id")
@click.option("--role", default="verifier", metavar="ROLE", help="verifier, or the role or team that approves.")
def sign(call: Call, id: str, role: str) -> Answer:
    """Sign as the actor, and evaluate the checklist as `acceptance check` does."""
    from svcctl.desk import acceptance

    return _judged(call, id, lambda desk, id: acceptance.sign(desk, id, role))


def _judged(call: Call, id: str, operation: "Callable[[Desk, str], Checklist]") -> Answer:
    from svcctl.desk.turn import perform_on

    found: list[Checklist] = []
    document = perform_on(call.workspace, call.turn, id, lambda desk, id: found.append(operation(desk, id)))
    checklist = found[0] if found else _as_it_stands(call, id)  # a repeat by its key does not run again
    item = {**_as_item(checklist), "state": document["state"]}
    return _answer(call, id, item, Exit.DONE if checklist.accepted else Exit.NO)


def _as_it_stands(call: Call, id: str) -> "Checklist":
    from svcctl.desk.acceptance import checklist
    from svcctl.desk.reading_desk import reading_desk

    desk = reading_desk(call.workspace, call.now)
    return checklist(desk, desk.ticket(id))


def _as_item(found: "Checklist") -> dict[str, Any]:
    from svcctl.ticket.document import to_document

    checks = [{"holds": None, **to_document(check)} for check in found.checks]
    return {"accepted": found.accepted, "blocks": list(found.blocks), "checks": checks}


def _answer(call: Call, id: str, item: dict[str, Any], exit: Exit) -> Answer:
    from svcctl.report.checklist import checklist_page

    whole = {"id": id, **item}
    return Answer(whole, page=lambda looks: checklist_page(whole, looks), exit=exit, notes=dry(call))
