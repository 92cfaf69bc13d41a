"""Reserving by transfer, on an ERP in memory that fails before or after any of its steps."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from svcctl.extension.connector import PushKind, PushRequest, PushResult
from svcctl.extension.contract import Receipt
from svcctl.extension.http_connector import CallFailed
from svcctl.extension.stockkeeping import Bill, BillKind, Stockkeeper, named


class Memory(Stockkeeper):
    """Bills and stock; `failures` says of each step whether it fails: 1 before, 2 after what it does."""

    def __init__(self, failures: Iterator[int]) -> None:
        self.location, self.reserved_location = "main", "reserved"
        self.failures = failures
        self.bills: dict[str, tuple[BillKind, Bill, Decimal, str, str | None]] = {}
        self.stock = {"main": Decimal(1000), "reserved": Decimal(0), "van": Decimal(1)}

    def step(self) -> int:
        fails = next(self.failures, 0)
        if fails == 1:
            raise CallFailed(Receipt.retry("busy"))
        return fails

    def after(self, fails: int) -> None:
        if fails == 2:
            raise CallFailed(Receipt.unknown("the answer was lost"))

    def bill(self, kind: BillKind, remark: str) -> Bill | None:
        self.step()
        return next((bill for k, bill, *_ in self.bills.values() if (k, bill.remark) == (kind, remark)), None)

    def returning(self, key: str) -> Bill | None:
        self.step()
        return next((bill for _, bill, *_ in self.bills.values() if bill.remark.endswith(f"returns {key}")), None)

    def save(self, kind: BillKind, remark: str, record: Mapping[str, Any], source: str, target: str | None) -> Bill:
        fails = self.step()
        number = f"B{len(self.bills) + 1}"
        bill = Bill(number, number, False, remark)
        self.bills[number] = (kind, bill, Decimal(record["quantity"]), source, target)
        self.after(fails)
        return bill

    def audit(self, kind: BillKind, bill: Bill) -> None:
        fails = self.step()
        _, known, quantity, source, target = self.bills[bill.id]
        assert not known.audited
        if self.stock[source] < quantity:
            raise CallFailed.rejected("there is not enough", "no-stock")
        self.stock[source] -= quantity
        if target:
            self.stock[target] += quantity
        self.bills[bill.id] = (kind, known.replace(audited=True), quantity, source, target)
        self.after(fails)

    def drop(self, bill: Bill) -> None:
        fails = self.step()
        del self.bills[bill.id]
        self.after(fails)

    def moved(self, bill: Bill) -> tuple[str, str, str]:
        self.step()
        _, _, quantity, source, _ = self.bills[bill.id]
        return "P-1", str(quantity), source

    def push(self, kind: PushKind, key: str, **record: Any) -> PushResult:
        """As the outbox does it: again and again, until it is taken or refused."""
        request = PushRequest(kind, key, "T-1", {"part": "P-1", **record})
        do = {"reservation": self.reserve, "release": self.release, "part_used": self.use}[kind]
        while True:
            try:
                return do(request)
            except CallFailed as failed:
                if failed.receipt.outcome == "rejected":
                    return PushResult.rejected(failed.receipt.text, code=failed.receipt.code)


@given(
    st.lists(
        st.tuples(st.integers(1, 9), st.sampled_from(["release", "use", "use some", "keep", "release twice"])),
        max_size=6,
    ),
    st.lists(st.integers(0, 2), max_size=60),
)
def test_stock_is_where_the_pushes_say_whatever_fails(steps: list[tuple[int, str]], failures: list[int]) -> None:
    erp = Memory(iter(failures))
    used = kept = Decimal(0)
    for number, (quantity, then) in enumerate(steps):
        key = f"r{number}"
        assert erp.push("reservation", key, quantity=str(quantity)).outcome in ("done", "repeated")
        assert erp.push("reservation", key, quantity=str(quantity)).outcome == "repeated"
        if then.startswith("use"):
            amount = 1 if then == "use some" else quantity
            erp.push("part_used", f"u{number}", quantity=str(amount), reservation=key)
            assert erp.push("part_used", f"u{number}", quantity=str(amount), reservation=key).outcome == "repeated"
            used += amount
        if then == "keep":
            kept += quantity
        else:
            for again in range(2 if then == "release twice" else 1):
                erp.push("release", f"x{number}-{again}", quantity=str(quantity), reservation=key)
    assert erp.stock["reserved"] == kept
    assert erp.stock["main"] == 1000 - used - kept
    assert all(bill.audited for _, bill, *_ in erp.bills.values())


def test_what_could_not_be_audited_is_dropped_by_its_release() -> None:
    erp = Memory(iter(()))
    result = erp.push("reservation", "k1", quantity="2", location="van")
    assert (result.outcome, result.text) == ("rejected", "`B1` is saved, not audited: there is not enough")
    assert erp.push("release", "k2", quantity="2", reservation="k1").remote_id == "B1"
    assert not erp.bills
    assert erp.push("release", "k3", quantity="2", reservation="k1").text == "there is no such reservation any more"


def test_a_part_comes_from_somewhere() -> None:
    erp = Memory(iter(()))
    erp.location = None
    assert erp.push("part_used", "k1", quantity="1").code == "no-location"


def test_other_kinds_of_cost_have_one_account() -> None:
    assert named({"travel": "1", "other": "2"}, "travel", "accounts") == "1"
    assert named({"travel": "1", "other": "2"}, "parts", "accounts") == "2"
    with pytest.raises(CallFailed, match="`accounts` has neither `parts` nor `other`"):
        named({"travel": "1"}, "parts", "accounts")
