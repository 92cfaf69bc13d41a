"""What a change of a ticket wants of the ERPs: queued in the outbox, in the commit of the change.

An action of the plan reserves its parts; taken out of the plan it gives them back. A ticket that is closed or
cancelled writes off the parts that were used, gives back what is still reserved, sends its costs, and is brought up to
date on the customer's record. What is wanted already is known from the outbox, so nothing is wanted twice, however
often a ticket is reopened and closed again.
"""

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from itertools import groupby
from typing import Any

from svcctl.desk.desk import Desk
from svcctl.desk.erp import Erp, erps
from svcctl.desk.erp_outbox import pushes_of, queue_push
from svcctl.desk.outbox import drop_message
from svcctl.foundation.digest import sha256
from svcctl.foundation.instant import stored
from svcctl.foundation.record import Record
from svcctl.ticket.document import from_document, to_document
from svcctl.ticket.event import Document
from svcctl.ticket.model import Cost, PartUsed, PlannedPart, Ticket

#: A change of anything else wants nothing of an ERP.
_CONCERN = ("state", "plan", "parts", "costs", "customer")
#: A cost's kind as ERPs call it, where they call it otherwise.
_COST_KINDS = {"labour": "repair", "labor": "repair"}


def follow_erps(desk: Desk, before: Document | None, after: Document, kind: str) -> None:
    """Queue what follows from a change of a ticket. What came in from another system wants nothing by coming."""
    if kind == "imported" or not any((before or {}).get(field) != after.get(field) for field in _CONCERN):
        return
    ticket = from_document(Ticket, after)
    was = from_document(Ticket, before) if before is not None else None
    for erp in erps(desk.workspace.settings):
        if erp.push and (not erp.flows or ticket.flow in erp.flows):
            _Wants(desk, erp, was, ticket).queue()


def has_ended(desk: Desk, ticket: Ticket) -> bool:
    """Whether a ticket is closed or cancelled; where its flow has no state for that, whether it is resolved."""
    milestones = desk.rulebook.milestones(ticket.flow)
    closing = set(milestones.close) & set(desk.rulebook.flow(ticket.flow).states)
    return ticket.state in ((*milestones.close, *milestones.cancel) if closing else milestones.done)


class _Wants:
    """What a ticket, that was `was` before, wants of one ERP."""

    def __init__(self, desk: Desk, erp: Erp, was: Ticket | None, ticket: Ticket) -> None:
        self.desk = desk
        self.erp = erp
        self.was = was
        self.ticket = ticket
        self.ended = has_ended(desk, ticket)
        self.ends = self.ended and not (was is not None and has_ended(desk, was))
        self.reopens = was is not None and has_ended(desk, was) and not self.ended
        self.earlier = list(pushes_of(desk.transaction, ticket.id, erp.name))

    def queue(self) -> None:
        wanted = self.erp.push
        if "reservation" in wanted:
            self._reserve()
        if self.ended:
            if "part_used" in wanted:
                self._write_off()
            if "reservation" in wanted:
                self._give_back(_reservations(self.earlier))
            if "cost" in wanted:
                self._send_costs()
        if "complaint" in wanted:
            self._sync()

    def _push(self, kind: str, record: Mapping[str, Any], **more: Any) -> None:
        desk = self.desk
        pushed = queue_push(desk.transaction, self.erp.name, kind, self.ticket.id, record, desk.now, desk.actor, **more)
        self.earlier.append(pushed)

    # ------------------------------------------------------------------ parts

    def _reserve(self) -> None:
        planned = dict(_planned(self.ticket)) if not self.ended else {}
        known = {document["line"] for document in self.earlier if document["kind"] == "reservation"}
        for line, part in planned.items():
            if line not in known:
                self._push("reservation", _part(part.part, part.count, part.location), line=line)
        if not self.ended:
            self._give_back(document for document in _reservations(self.earlier) if document["line"] not in planned)

    def _give_back(self, reservations: Iterable[Document]) -> None:
        for document in list(reservations):
            if not self._forget(document):
                self._push("release", {**document["record"], "reservation": document["key"]})

    def _forget(self, document: Document) -> bool:
        """Drop a reservation that the ERP cannot know of; whether it was one."""
        if document["status"] != "pending" or document["attempts"]:
            return False
        desk = self.desk
        drop_message(desk.transaction, document["id"], desk.now, desk.actor, undone=True)
        self.earlier.remove(document)
        return True

    def _write_off(self) -> None:
        new = _new_lines(self.ticket, self.ticket.parts, self.was.parts if self.was and not self.ends else ())
        written = {document["line"] for document in self.earlier if document["kind"] == "part_used"}
        for line, used in new:
            if line in written:
                continue
            record = {**_part(used.part, used.count, used.location), **_given(used, "old_serial", "new_serial")}
            reserved = next((each for each in _reservations(self.earlier) if _covers(each, used)), None)
            if reserved is not None and not self._forget(reserved):
                record = {**reserved["record"], **record, "reservation": reserved["key"]}
            self._push("part_used", {**record, **_given(self.ticket, "customer", "asset")}, line=line)

    # ----------------------------------------------------- costs and complaint

    def _send_costs(self) -> None:
        new = _new_lines(self.ticket, self.ticket.costs, self.was.costs if self.was and not self.ends else ())
        sent = {line for document in self.earlier if document["kind"] == "cost" for line in document["lines"]}
        lines = [(line, cost) for line, cost in new if line not in sent]

        def voucher(item: tuple[str, Cost]) -> tuple[bool, str]:
            return self._is_billable(item[1]), item[1].currency

        for (billable, currency), some in groupby(sorted(lines, key=voucher), key=voucher):
            chosen = list(some)
            amounts = [
                {"kind": _COST_KINDS.get(cost.kind, cost.kind), "amount": _plain(cost.amount)} for _, cost in chosen
            ]
            record = {"lines": amounts, "currency": currency, **_given(self.ticket, "customer", "asset")}
            self._push("cost", {**record, "billable": billable}, lines=[line for line, _ in chosen])

    def _is_billable(self, cost: Cost) -> bool:
        """Whether the customer pays: as it was said, or else as the settings say. What is not known nobody bills."""
        if cost.billable is not None:
            return cost.billable
        if self.ticket.customer is None or cost.kind == "goodwill" or self.erp.bill == "never":
            return False
        if self.erp.bill == "always":
            return True
        asset = self.desk.known("assets", self.ticket.asset)
        until = asset.warranty_until if asset is not None else None
        covered = asset is not None and asset.contract_until is not None
        covered = covered and asset.contract_until > self.ticket.reported_at
        return until is not None and until <= self.ticket.reported_at and not covered

    def _sync(self) -> None:
        ticket, was = self.ticket, self.was
        if ticket.customer is None:
            return
        if not (was is None or was.customer != ticket.customer or self.reopens or self.ends):
            return
        title = ticket.title or ticket.description.partition("\n")[0] or ticket.type or ticket.id
        record: dict[str, Any] = {
            "title": title,
            **({"text": ticket.description} if ticket.description else {}),
            **_given(ticket, "customer", "asset"),
            "state": "closed" if self.ended else "open",
            "opened_at": stored(ticket.reported_at),
        }
        if self.ended:
            record["closed_at"] = stored(ticket.states[-1].at)
            resolution = _resolution(ticket)
            record |= {"resolution": resolution} if resolution else {}
        self._push("complaint", record)


def _reservations(pushes: Iterable[Document]) -> Iterator[Document]:
    """The reservations that hold as far as anybody knows: neither refused, nor given back, nor used up."""
    known = list(pushes)
    gone = {document["record"].get("reservation") for document in known if document["kind"] != "reservation"}
    for document in known:
        never = document["status"] == "rejected" or (document["status"] == "dropped" and not document["attempts"])
        if document["kind"] == "reservation" and document["key"] not in gone and not never:
            yield document


def _covers(reservation: Document, used: PartUsed) -> bool:
    record = reservation["record"]
    return bool(record["part"] == used.part) and used.location in (None, record.get("location"))


def _planned(ticket: Ticket) -> Iterator[tuple[str, PlannedPart]]:
    """Each part of the plan with what its reservation is known by."""
    for step in ticket.plan:
        for number, part in enumerate(step.parts, 1):
            yield f"{step.id}/{number} {_digest(step.what, part)}", part


def _new_lines(ticket: Ticket, lines: tuple[Any, ...], before: tuple[Any, ...]) -> Iterator[tuple[str, Any]]:
    """Parts or costs with what each is known by; without those that were there before, and those from before the ticket
    came in: the system that it came from knows of them."""
    for number, line in enumerate(lines):
        if line.at >= ticket.created_at and number >= len(before):
            yield f"{number} {_digest(line)}", line


def _digest(*values: Record | str) -> str:
    return sha256(repr([to_document(value) for value in values]).encode("utf-8", "surrogatepass")).hexdigest()[:8]


def _part(part: str, count: int, location: str | None) -> dict[str, Any]:
    return {"part": part, "quantity": str(count), **({"location": location} if location else {})}


def _given(holder: Any, *names: str) -> dict[str, Any]:
    return {name: value for name in names if (value := getattr(holder, name)) is not None}


def _plain(amount: Decimal) -> str:
    return f"{amount:f}"


def _resolution(ticket: Ticket) -> str:
    """What was found and done, a line each."""
    cause = ticket.cause
    found = [text for text in (cause.direct, cause.indirect, cause.root) if text]
    return "\n".join([*found, *(step.what for step in ticket.plan if step.done_at is not None or not found)])
