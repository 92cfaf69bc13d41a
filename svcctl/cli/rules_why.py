"""`svcctl rules explain`, `rules why-not`: why rules did what they did, what they say, and what a finding means."""

from typing import Any

import click

from svcctl.cli.call import Call
from svcctl.cli.verb import verb
from svcctl.foundation.errors import Refusal, nearest
from svcctl.report.output import Answer, columns


@verb("rules explain")
@click.argument("id", metavar="TICKET|RULE|CODE")
@click.option("--full", is_flag=True, help="Also the clauses that decided nothing.")
@click.option("--again", is_flag=True, help="Instead: what the rules as they are would decide now.")
def explain(call: Call, id: str, full: bool, again: bool) -> Answer:
    """Why a ticket is where it is: each rule that acted, with the clauses that decided, and every candidate who was
    refused. Of a rule or block: how it is written, where, and what it takes. Of a code of `rules check`: its page.
    """
    from svcctl.foundation.shipped import code_page

    page = None if again else code_page(id)
    if page is not None:
        return Answer({"id": id, "kind": "code", "text": page}, page=lambda looks: page)
    if not again and call.workspace.store.get("tickets", id) is None:
        found = _rule(call, id)
        if found is not None:
            return found
    return _decisions(call, id, full, again)


def _rule(call: Call, id: str) -> Answer | None:
    from svcctl.desk.why import rule_page, terms_of
    from svcctl.report.why import rule_text

    found = rule_page(call.workspace.rule_set, id, terms_of(call.workspace))
    return None if found is None else Answer(found, page=lambda looks: rule_text(found, looks))


def _decisions(call: Call, id: str, full: bool, again: bool) -> Answer:
    from svcctl.report.explanation import explanation_items, explanation_page

    items = explanation_items(_decided_again(call, id) if again else _recorded(call, id))
    return Answer(items, columns("at", "kind", "rule"), page=lambda looks: explanation_page(items, looks, full=full))


def _recorded(call: Call, id: str) -> list[dict[str, Any]]:
    from svcctl.desk.queries import history_of

    try:
        return [event.to_json() for event in history_of(call.workspace, "tickets", id)]
    except Refusal as refusal:
        if refusal.code != "unknown-ticket":
            raise
        from svcctl.desk.rule_queries import rule_rows

        meant = nearest(id, {row["id"] for row in rule_rows(call.workspace.rule_set)})
        raise Refusal(
            refusal.code,
            f"there is no ticket, rule or code `{id}`",
            help=f"did you mean `{meant}`?" if meant else "see `svcctl ticket list`, `svcctl rules list`",
        ) from None


def _decided_again(call: Call, id: str) -> list[dict[str, Any]]:
    from svcctl.desk.reading_desk import reading_desk
    from svcctl.desk.view import decide_again
    from svcctl.foundation.instant import stored
    from svcctl.ticket.document import to_document

    decision = decide_again(reading_desk(call.workspace, call.now), id)
    at, why = stored(call.now), to_document(decision)
    return [{"id": id, "at": at, "kind": "would be dispatched", "rule": decision.rule, "why": why}]


@verb("rules why-not")
@click.argument("rule")
@click.argument("id", metavar="TICKET")
def why_not(call: Call, rule: str, id: str) -> Answer:
    """The smallest change of TICKET after which RULE would decide about it, rules above it included; and what the
    nearest engineers lack where nobody qualifies."""
    from svcctl.desk.reading_desk import reading_desk
    from svcctl.desk.why import why_not_ticket
    from svcctl.report.why import why_not_page

    found = why_not_ticket(reading_desk(call.workspace, call.now), rule, id)
    return Answer(found, page=lambda looks: why_not_page(found, looks))
