"""Sends what is wanted of an ERP to its connector, asks again what it could not answer, and tells the ticket."""

from datetime import datetime
from typing import TYPE_CHECKING

from svcctl.desk.erp import asked
from svcctl.desk.erp_outbox import LOOKUP, tell_ticket
from svcctl.desk.sending import NOT_TAKEN, Sender, as_receipt, limits_of
from svcctl.desk.workspace import Workspace
from svcctl.extension.connector import Connector, PushRequest
from svcctl.extension.contract import Limits, Receipt
from svcctl.foundation.errors import Refusal
from svcctl.foundation.instant import parse_instant
from svcctl.store.contract import Transaction
from svcctl.ticket.event import Document

if TYPE_CHECKING:
    from svcctl.desk.erp_intake import Answer

#: Refusals of a connector that another attempt may not meet.
_PASSING = frozenset({"plugin-unavailable"})


class ErpSender(Sender):
    """Sends to the ERP of a name. It is given a week: its books have to be right after a long weekend, too."""

    attempts = 45

    def __init__(self, workspace: Workspace, connector: Connector, name: str) -> None:
        self._workspace = workspace
        self._connector = connector
        self._name = name
        self._answers: dict[str, Answer] = {}

    @property
    def limits(self) -> Limits:
        return limits_of(self._connector)

    def rehearse(self, document: Document) -> Receipt:
        return self._not_taken(document) or Receipt.delivered(text=document["subject"])

    def send(self, document: Document) -> Receipt:
        if document["kind"] == LOOKUP:
            return self._look_up(document)
        kind, refused = document["kind"], self._not_taken(document)
        if refused is not None:
            return refused
        request = PushRequest(kind, document["key"], document["ticket"], document["record"])
        try:
            result = asked(self._connector, self._name, object, lambda: self._connector.push(request))
        except Refusal as refusal:
            if refusal.code in _PASSING:
                return Receipt.unknown(refusal.message, code=refusal.code)
            return Receipt.rejected(refusal.message, code=refusal.code)
        return as_receipt(result, self._connector.scrub)

    def ended(self, transaction: Transaction, document: Document, receipt: Receipt, at: datetime, actor: str) -> None:
        answer = self._answers.pop(document["id"], None)
        if answer is not None and document["status"] == "delivered":
            from svcctl.desk.desk import Desk
            from svcctl.desk.erp_intake import fill_later

            fill_later(Desk(self._workspace, transaction, at, actor), document["ticket"], answer)
        if receipt.code == NOT_TAKEN:
            return
        outcome = "done" if document["status"] == "delivered" else document["status"]
        tell_ticket(transaction, document, outcome, at, actor, remote_id=receipt.remote_id)

    def _not_taken(self, document: Document) -> Receipt | None:
        kind = document["kind"]
        if kind == LOOKUP or f"push.{kind}" in self._connector.capabilities:
            return None
        return Receipt.rejected(f"the connector takes no `{kind}`", code=NOT_TAKEN)

    def _look_up(self, document: Document) -> Receipt:
        from svcctl.desk.erp_intake import ask

        try:
            _ = self._workspace.rulebook  # what is found changes the ticket, which needs its rules
            at = parse_instant(document["tried_at"])
            answer = ask(self._connector, self._name, document["record"]["id"], at, self._workspace)
        except Refusal as refusal:
            return Receipt.retry(refusal.message, code=refusal.code)
        self._answers[document["id"]] = answer
        return Receipt.delivered(text=answer.text)
