"""Turns: one commit with its guards; a batch goes on past what is refused, or takes all or nothing."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from svcctl.desk import work
from svcctl.desk.desk import Desk
from svcctl.desk.tables import TABLES
from svcctl.desk.turn import perform, perform_each, perform_on
from svcctl.store.json_store import JsonStore
from svcctl.ticket.event import Document
from tests.desk.floor import Floor, refusal_of


@pytest.fixture(params=["memory", "disk"])
def floor(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Floor]:
    """The same on the real store."""
    store = JsonStore.create(tmp_path / "store", TABLES) if request.param == "disk" else None
    floor = Floor('escalation late { after 30m { tag "late" } }', store)
    yield floor
    floor.workspace.store.close()


def say(desk: Desk, id: str) -> None:
    work.comment(desk, id, "hello")


def move(desk: Desk, id: str) -> None:
    work.move(desk, id, "triaged")


def new(floor: Floor, **guards: Any) -> Document:
    def opened(desk: Desk) -> Document:
        from svcctl.desk.intake import open_ticket

        return desk.document(open_ticket(desk, {"title": "x"}).id)

    return perform(floor.workspace, floor.turn(**guards), opened)


def test_a_repeat_with_the_same_key_returns_the_first_result(floor: Floor) -> None:
    first = new(floor, key="k", arguments=("new", "x"))
    floor.later(hours=1)
    assert new(floor, key="k", arguments=("new", "x")) == first
    assert refusal_of(lambda: new(floor, key="k", arguments=("new", "y"))).code == "key-reused"
    assert len(list(floor.workspace.store.find("tickets"))) == 1


def test_an_operation_repeated_with_its_key_is_done_once(floor: Floor) -> None:
    id = new(floor)["id"]
    turn = floor.turn(key="k", arguments=("comment",))
    first = perform_on(floor.workspace, turn, id, say)
    assert perform_on(floor.workspace, turn, id, say) == first
    assert len(floor.ticket(id).comments) == 1


def test_a_ticket_that_moved_on_is_not_changed(floor: Floor) -> None:
    id = new(floor)["id"]
    assert perform_on(floor.workspace, floor.turn(if_revision=1), id, say)["revision"] == 2
    refused = refusal_of(lambda: perform_on(floor.workspace, floor.turn(if_revision=1), id, say))
    assert (refused.code, refused.message) == ("stale-revision", f"{id} is at revision 2, not 1")
    stale = floor.turn(if_revision=1)
    [result] = perform_each(floor.workspace, stale, [id], say)
    assert result.refusal is not None
    assert (
        refusal_of(lambda: list(perform_each(floor.workspace, stale, [id], say, atomic=True))).code == "stale-revision"
    )
    assert len(floor.ticket(id).comments) == 1


def test_a_dry_run_shows_and_keeps_nothing(floor: Floor) -> None:
    id = new(floor)["id"]
    head = floor.workspace.store.head()
    assert perform_on(floor.workspace, floor.turn(dry_run=True), id, move)["state"] == "triaged"
    assert new(floor, dry_run=True)["id"] != id
    assert floor.workspace.store.head() == head
    assert floor.ticket(id).state == "new"


def test_a_batch_goes_on_past_a_bad_item(floor: Floor) -> None:
    one, two = new(floor)["id"], new(floor)["id"]
    perform_on(floor.workspace, floor.turn(), one, move)
    results = list(perform_each(floor.workspace, floor.turn(), [one, "T-000099", two], move))
    assert [result.id for result in results] == [one, "T-000099", two]
    codes = [result.refusal.code if result.refusal else None for result in results]
    assert codes == ["illegal-move", "unknown-ticket", None]
    assert results[2].document is not None
    assert results[2].document["state"] == "triaged"


def test_atomic_takes_all_or_nothing(floor: Floor) -> None:
    ids = [new(floor)["id"] for _ in range(3)]
    perform_on(floor.workspace, floor.turn(), ids[2], move)
    head = floor.workspace.store.head()
    refused = refusal_of(lambda: list(perform_each(floor.workspace, floor.turn(), ids, move, atomic=True)))
    assert refused.code == "illegal-move"
    assert floor.workspace.store.head() == head
    results = list(perform_each(floor.workspace, floor.turn(), ids[:2], move, atomic=True))
    assert [(result.id, (result.document or {})["state"]) for result in results] == [(id, "triaged") for id in ids[:2]]
    assert floor.workspace.store.head().sequence == head.sequence + 1


def test_each_item_of_a_batch_has_a_key_of_its_own(floor: Floor) -> None:
    ids = [new(floor)["id"] for _ in range(2)]
    turn = floor.turn(key="k", arguments=("comment", *ids))
    first = list(perform_each(floor.workspace, turn, ids, say))
    assert list(perform_each(floor.workspace, turn, ids, say)) == first
    assert [len(floor.ticket(id).comments) for id in ids] == [1, 1]


def test_every_change_is_the_fold_of_its_events(floor: Floor) -> None:
    id = new(floor)["id"]
    for operation in (say, move, say):
        floor.later(minutes=40)
        perform_on(floor.workspace, floor.turn(), id, operation)
    assert list(floor.workspace.store.verify(deep=True)) == []
    assert [event.kind for event in floor.history(id)] == ["created", "commented", "moved", "commented"]
    assert refusal_of(lambda: floor.ticket("T-000099")).code == "unknown-ticket"
