"""Pulling from a real Tryton: everything once, then what changed, wherever that of which a record is made changed."""

from collections.abc import Callable
from secrets import token_hex
from typing import Any

import pytest
from svcctl_erp_tryton import TrytonConnector
from tryton_connect import Connect
from tryton_effects import Books

from svcctl.plugin_api import PushRequest
from svcctl.testing.connector import RECORDS, pulled

Pull = Callable[[], dict[tuple[str, str], Any]]


@pytest.fixture(params=[500, 1])
def pull(request: pytest.FixtureRequest, connecting: Connect) -> Pull:
    """What is new since the last call, by kind and id; nothing is new when it is made."""
    tryton = connecting(page=request.param)
    state = {"cursor": pulled(tryton)[1]}

    def new() -> dict[tuple[str, str], Any]:
        changes, state["cursor"] = pulled(tryton, state["cursor"])
        return {(change.kind, change.id): change.record for change in changes}

    return new


@pytest.mark.parametrize("page", [2, 500])
def test_the_first_pull_brings_all_whatever_the_page(connecting: Connect, page: int) -> None:
    changes, cursor = pulled(connecting(page=page))
    found: dict[tuple[str, str], Any] = {(change.kind, change.id): change.record for change in changes}
    assert {
        ("customer", "C-1"),
        ("customer", "C-2"),
        ("customer", "SUP-1"),
        ("asset", "S-1"),
        ("asset", "S-3"),
    } <= found.keys()
    assert ("asset", "S-4") not in found
    assert found["asset", "S-3"]["customer"] == "C-1"
    assert found["asset", "S-3"]["warranty_until"] == "2028-02-13T16:00:00Z"
    assert pulled(connecting(page=page), cursor)[0] == []


def test_a_new_party_and_its_new_contact_bring_the_customer(pull: Pull, books: Books) -> None:
    code = f"N-{token_hex(4)}"
    party = books.door.create("party.party", {"name": "新客户", "code": code})
    assert pull() == {("customer", code): {"name": "新客户"}}
    books.door.create("party.contact_mechanism", {"party": party, "type": "email", "value": "a@example.org"})
    [contact] = pull()["customer", code]["contacts"]
    assert contact == {"name": "新客户", "address": {"email": "a@example.org"}}
    books.door.write("party.party", party, {"active": False})
    assert pull() == {("customer", code): None}
    assert pull() == {}


def test_a_lot_that_is_shipped_becomes_an_asset_and_one_that_is_put_away_is_gone(
    pull: Pull, books: Books, logged_in: TrytonConnector
) -> None:
    number = f"L-{token_hex(4)}"
    lot = books.receive("X200", 1.0, "STO", number)
    assert lot is not None
    assert pull() == {}
    record = {**RECORDS["part_used"], "part": "X200", "new_serial": number, "customer": "C-2"}
    used = logged_in.push(PushRequest("part_used", token_hex(16), f"T-{token_hex(5)}", record))
    assert used.outcome == "done"
    [((kind, id), asset)] = pull().items()
    assert (kind, id) == ("asset", number)
    assert (asset["model"], asset["customer"]) == ("X200", "C-2")
    assert pull() == {}
    books.door.write("stock.lot", lot, {"active": False})
    assert pull() == {("asset", number): None}
    assert pull() == {}


def test_a_change_that_is_committed_late_is_not_left_out(connecting: Connect, books: Books) -> None:
    """The pull begins ten minutes before the newest that it saw; what it gave of that is not given again."""
    tryton = connecting()
    first, second = (
        books.door.create("party.party", {"name": name, "code": f"{name}-{token_hex(4)}"}) for name in ("early", "late")
    )
    rows = {row["id"]: row["code"] for row in books.door.read("party.party", [("id", "in", [first, second])], ["code"])}
    _, cursor = pulled(tryton)
    forgotten = cursor.replace(f'"{first}":', '"0":')
    assert forgotten != cursor
    assert [change.id for change in pulled(tryton, forgotten)[0]] == [rows[first]]
