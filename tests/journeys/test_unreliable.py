"""A thousand tickets while the ERP and the robot fail at random and deliverers are killed: in the end every message was
delivered and recorded, and every effect on the ERP is there once."""

import os
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from svcctl.desk import planning, work
from svcctl.desk.desk import Desk
from svcctl.desk.erp_intake import ask_erps
from svcctl.desk.intake import open_ticket
from svcctl.desk.records import save_record
from svcctl.desk.workspace import Workspace
from svcctl.ticket.model import PlannedPart
from tests.journeys.unreliable import Failing, Works

TICKETS = int(os.environ.get("SVCCTL_TEST_TICKETS", "1000"))


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A folder in memory, where there is one: thousands of commits would wait for the disk and prove nothing more."""
    memory = Path("/dev/shm")
    if not os.access(memory, os.W_OK):
        yield tmp_path
        return
    with TemporaryDirectory(dir=memory) as folder:
        yield Path(folder)


@pytest.fixture
def works(folder: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Works]:
    share = getattr(request, "param", 0.2)
    servers = Failing(seed=20261122, share=share)
    made = Works(folder, servers, seconds=1 if share else 30)
    monkeypatch.syspath_prepend(made.site)
    yield made
    servers.close()


def opened(works: Works, workspace: Workspace, *numbers: int) -> list[str]:
    """Tickets as the service desk takes them in. The ERP is asked about every fifth serial; it may not answer."""
    given = []
    for number in numbers:
        values = {"type": "fault", "title": f"fault {number}", "asset": f"S-{number}", "fields": {"symptom": "dark"}}
        answers = ask_erps(workspace, values, works.now) if number % 5 == 0 else ()
        if number % 5:
            values |= {"customer": "C-1", "product_model": "X200", "batch": f"B{number}"}
        given.append((values, answers))
        works.now += timedelta(seconds=15)

    def take_in(desk: Desk) -> list[str]:
        ids = []
        for number, (values, answers) in zip(numbers, given, strict=True):
            if number % 5:
                save_record(desk, "asset", {"id": f"S-{number}"})
            ids.append(open_ticket(desk, values, answers=answers).id)
            work.assign(desk, ids[-1], "li")
            if number % 4 == 0:
                parts = (PlannedPart("MB-1", 1, "main"), PlannedPart("SR-1", 2))
                planning.plan(desk, ids[-1], "replace the board", "li", works.now, "it works", None, parts)
        return ids

    return list(works.do(workspace, take_in))


def finished(works: Works, workspace: Workspace, *ids: str) -> None:
    def finish(desk: Desk) -> None:
        for id in ids:
            work.use_part(desk, id, "MB-1", 1)
            work.spend(desk, id, "travel", Decimal("120.50"))
            for state in ("in_progress", "resolved", "closed"):
                work.move(desk, id, state)

    works.do(workspace, finish)


def in_tens(items: Sequence[Any]) -> Iterator[Sequence[Any]]:
    for start in range(0, len(items), 10):
        yield items[start : start + 10]


def people(desk: Desk) -> None:
    save_record(desk, "engineer", {"id": "li", "name": "Li"})
    save_record(desk, "customer", {"id": "C-1"})


@pytest.mark.slow
def test_a_thousand_tickets_reach_an_erp_and_a_robot_that_fail(works: Works) -> None:
    workspace = works.workspace
    works.do(workspace, people)
    ids = [id for numbers in in_tens(range(TICKETS)) for id in opened(works, workspace, *numbers)]
    codes = [code for _ in range(5) for code in works.deliver(processes=2)]
    for some in in_tens(ids[::4]):
        finished(works, workspace, *some)
    codes += [code for _ in range(400) if works.left() for code in works.deliver(processes=2)]
    assert works.left() == 0
    servers = works.servers
    outbox = works.documents("outbox")

    assert servers.wrong == []
    assert servers.kills > 0
    assert codes.count(-9) > 0
    assert set(servers.met) == {"refused", "hung up", "timed out", "cut off", "failed afterwards"}
    # What was dropped is a reservation that was not needed any more before it had ever left.
    dropped = [document for document in outbox if document["status"] == "dropped"]
    assert all(doc["kind"] == "reservation" and doc["undone"] and not doc["attempts"] for doc in dropped)
    assert {document["status"] for document in outbox} <= {"delivered", "dropped"}

    # Each message came to the robot at least once.
    assert sorted(document["ticket"] for document in outbox if document["channel"] == "group") == ids
    assert set(servers.said) == set(ids)

    # Each effect that was wanted is in the ERP once, and nothing else is.
    pushes = [doc for doc in outbox if doc["channel"] == "erp.main" and doc["kind"] != "lookup"]
    wanted = {document["key"]: document for document in pushes if document["status"] == "delivered"}
    assert set(servers.effects) == set(wanted)
    had = Counter((effect["ticket"], effect["kind"], effect.get("state")) for effect in servers.effects.values())
    closed = set(ids[::4])
    once: set[tuple[str, str, str | None]] = {(id, "complaint", "open") for id in ids if id not in closed}
    once |= {(id, kind, None) for id in closed for kind in ("part_used", "cost")}
    once |= {(id, "complaint", "closed") for id in closed}
    # Of whom the ERP told the customer only after it was closed, the record was never open.
    perhaps = {(id, "complaint", "open") for id in closed}
    assert once <= had.keys()
    assert {of for of in had if of[1] not in ("reservation", "release")} <= once | perhaps
    assert {count for of, count in had.items() if of[1] not in ("reservation", "release")} == {1}
    reserved = Counter(key for key, effect in servers.effects.items() if effect["kind"] == "reservation")
    settled = Counter(effect["reservation"] for effect in servers.effects.values() if "reservation" in effect)
    assert reserved == settled

    # The tickets tell of all of it, with the names that the ERP gave, and know what the ERP was asked at last.
    tickets = works.documents("tickets")
    done = Counter(entry["kind"] for ticket in tickets for entry in ticket["erp"] if entry["outcome"] == "done")
    assert done == Counter(effect["kind"] for effect in servers.effects.values())
    assert all(entry["remote_id"] for ticket in tickets for entry in ticket["erp"] if entry["outcome"] == "done")
    assert all((ticket["customer"], ticket["product_model"]) == ("C-1", "X200") for ticket in tickets)

    # Whoever was killed left something unknown, which was said when it was repeated.
    history = (event for document in outbox for event in workspace.store.history("outbox", document["id"]))
    repeats = [event.why["repeats"] for event in history if event.why and "repeats" in event.why]
    assert repeats
    assert all("is unknown" in text for text in repeats)
    assert list(workspace.store.verify(deep=True)) == []


@pytest.mark.parametrize("works", [0.0], indirect=True)
def test_a_deliverer_killed_after_sending_leaves_unknown_which_is_repeated_and_said(works: Works) -> None:
    workspace = works.workspace
    works.do(workspace, people)
    works.servers.kill = lambda: False
    [id] = opened(works, workspace, 1)
    for wanted in ("complaint", "notify"):
        seen = len(works.servers.effects) + sum(works.servers.said.values())
        _kill_at_next(works)
        assert works.deliver() == [-9]
        assert len(works.servers.effects) + sum(works.servers.said.values()) == seen + 1
        [lost] = [doc for doc in works.documents("outbox") if doc["kind"] == wanted]
        assert lost["status"] == "leased"
        assert shown(works, lost["id"]) == "unknown"
    assert works.deliver() == [0]
    assert {document["status"] for document in works.documents("outbox")} == {"delivered"}
    assert works.servers.said[id] == 2
    assert len(works.servers.effects) == 1
    for document in works.documents("outbox"):
        leases = [e for e in workspace.store.history("outbox", document["id"]) if e.kind == "leased"]
        assert [event.why for event in leases] == [
            None,
            {"repeats": "attempt 1 was not recorded: whether it was delivered is unknown"},
        ]
    [entry] = [entry for entry in works.documents("tickets")[0]["erp"] if entry["kind"] == "complaint"]
    assert (entry["outcome"], entry["remote_id"]) == ("done", "E1")


def _kill_at_next(works: Works) -> None:
    """Kill whoever delivers once the next request has had its effect, before anybody is told."""
    servers = works.servers
    effect = servers._done

    def done(handler: object, body: bytes) -> bytes:
        content = effect(handler, body)  # type: ignore[arg-type]
        servers._done = effect  # type: ignore[method-assign]
        assert works._kill_one()
        works.running[0].wait()
        return content

    servers._done = done  # type: ignore[method-assign]


def shown(works: Works, id: str) -> str:
    """The status that `outbox list` shows once the lease is over."""
    from svcctl.desk.queries import find_messages

    return next(str(doc["status"]) for doc in find_messages(works.workspace, works.now) if doc["id"] == id)


@pytest.mark.parametrize("works", [0.0], indirect=True)
def test_several_deliverers_send_nothing_twice_that_is_known_to_be_sent(works: Works) -> None:
    works.servers.kill = lambda: False
    workspace = works.workspace
    works.do(workspace, people)
    ids = opened(works, workspace, *range(1, 60, 2))
    assert works.deliver(processes=4) == [0, 0, 0, 0]
    assert works.left() == 0
    assert works.servers.said == Counter(ids)
    assert len(works.servers.effects) == len(ids)
    assert {document["attempts"] for document in works.documents("outbox")} == {1}
