"""Reserving, releasing and using parts in ERPs whose stock moves by bills that are saved first and audited later.

None of them reserves a part without a sales order, so what is reserved is transferred to a warehouse of its own. Each
bill bears a reference, and each push goes on from the state in which it finds its bills.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from typing import Any, Literal

from svcctl.extension.connector import PushRequest, PushResult
from svcctl.extension.erp_values import reference
from svcctl.extension.http_connector import CallFailed
from svcctl.foundation.record import Record

BillKind = Literal["transfer", "issue"]


class Bill(Record):
    """A bill as the ERP has it: `id` is its own name for it, `number` that of people, `remark` svcctl's reference."""

    id: str
    number: str
    audited: bool
    remark: str


class Stockkeeper(ABC):
    """A subclass gives how bills are found, saved, audited and dropped. `location` is where parts are taken from where
    none is named, `reserved_location` where they lie while they are reserved."""

    location: str | None
    reserved_location: str | None

    @abstractmethod
    def bill(self, kind: BillKind, remark: str) -> Bill | None:
        """The bill with a remark."""

    @abstractmethod
    def returning(self, key: str) -> Bill | None:
        """The transfer whose remark ends in `returns KEY`."""

    @abstractmethod
    def save(self, kind: BillKind, remark: str, record: Mapping[str, Any], source: str, target: str | None) -> Bill:
        """A new bill that moves `part` and `quantity`, not audited yet; an issue has no target."""

    @abstractmethod
    def audit(self, kind: BillKind, bill: Bill) -> None:
        """Let a saved bill move the stock."""

    @abstractmethod
    def drop(self, bill: Bill) -> None:
        """Delete a transfer that was never audited."""

    @abstractmethod
    def moved(self, bill: Bill) -> tuple[str, str, str]:
        """The part, the quantity and the source of a transfer."""

    def reserve(self, request: PushRequest) -> PushResult:
        remark = reference(request.ticket, request.key)
        return self._audited(
            "transfer", remark, lambda: (request.record, self._source(request), self.reserved_location)
        )

    def release(self, request: PushRequest) -> PushResult:
        """A transfer back of all that was reserved."""
        return self._take_back(request) or PushResult.done(text="there is no such reservation any more")

    def use(self, request: PushRequest) -> PushResult:
        """An issue, after what was reserved is taken back, so that any quantity may be used."""
        remark = reference(request.ticket, request.key)
        earlier = self.bill("issue", remark)
        if earlier is None and "reservation" in request.record:
            self._take_back(request)
        return self._audited("issue", remark, lambda: (request.record, self._source(request), None), earlier)

    def _take_back(self, request: PushRequest) -> PushResult | None:
        """None where nothing is reserved any more. A reservation that was never audited is dropped."""
        key = request.record["reservation"]
        remark = f"{reference(request.ticket, request.key)} returns {key}"
        earlier = self.returning(key)
        if earlier and earlier.remark != remark:
            return None
        reserved = self.bill("transfer", reference(request.ticket, key))
        if reserved is None:
            return None
        if not reserved.audited:
            self.drop(reserved)
            return PushResult.done(reserved.number)

        def model() -> tuple[Mapping[str, Any], str, str]:
            part, quantity, source = self.moved(reserved)
            return {"part": part, "quantity": quantity}, str(self.reserved_location), source

        return self._audited("transfer", remark, model, earlier)

    def _audited(
        self,
        kind: BillKind,
        remark: str,
        model: Callable[[], tuple[Mapping[str, Any], str, str | None]],
        earlier: Bill | None = None,
    ) -> PushResult:
        bill = earlier or self.bill(kind, remark)
        if bill and bill.audited:
            return PushResult.repeated(bill.number)
        if bill is None:
            bill = self.save(kind, remark, *model())
        finish(bill.number, lambda: self.audit(kind, bill))
        return PushResult.done(bill.number)

    def _source(self, request: PushRequest) -> str:
        location = request.record.get("location") or self.location
        if not location:
            raise CallFailed.rejected("no location is named, and none is configured", "no-location")
        return str(location)


def finish(number: str, audit: Callable[[], None]) -> None:
    """Audit what has been saved. A failure says so, for the bill is there."""
    try:
        audit()
    except CallFailed as failed:
        text = f"`{number}` is saved, not audited: {failed.receipt.text}"
        raise CallFailed(failed.receipt.replace(text=text)) from None


def named(names: Mapping[str, str], kind: str, key: str) -> str:
    """What a kind of cost is booked on, by the configuration `key`; `other` stands for the kinds that it leaves out."""
    name = names.get(kind) or names.get("other")
    if not name:
        raise CallFailed.rejected(f"`{key}` has neither `{kind}` nor `other`", "not-configured")
    return name
