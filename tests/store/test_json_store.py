import json
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from tinydb import TinyDB

from svcctl.foundation.errors import Refusal
from svcctl.store.contract import Head, Where
from svcctl.store.json_store import JsonStore
from svcctl.ticket.event import Document, Event, FoldError

AT = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
Create = Callable[..., str]
Edit = Callable[..., Document]
Reopen = Callable[..., JsonStore]


def test_a_new_store_is_empty_and_sound(store: JsonStore) -> None:
    assert store.head() == Head(0, "0" * 64)
    assert store.get("tickets", "T-000001") is None
    assert list(store.find("tickets")) == []
    assert list(store.commits()) == []
    assert list(store.verify(deep=True)) == []


def test_a_store_is_not_made_twice_nor_opened_where_there_is_none(store: JsonStore, root: Path) -> None:
    with pytest.raises(Refusal) as made:
        JsonStore.create(root, {})
    assert made.value.code == "already-exists"
    with pytest.raises(Refusal) as opened:
        JsonStore.open(root / "elsewhere", {})
    assert opened.value.code == "no-workspace"


def test_a_newer_store_is_refused_and_left_as_it_is(store: JsonStore, root: Path, reopen: Reopen) -> None:
    path = root / "store.json"
    text = path.read_text().replace('"format": 1', '"format": 2')
    path.write_text(text)
    with pytest.raises(Refusal) as refusal:
        reopen()
    assert refusal.value.code == "store-newer"
    assert path.read_text() == text


def test_store_json_that_says_nothing_is_damage(store: JsonStore, root: Path, reopen: Reopen) -> None:
    (root / "store.json").write_text("[]")
    with pytest.raises(Refusal, match=r"store\.json") as refusal:
        reopen()
    assert refusal.value.code == "store-damaged"


def test_what_was_written_is_there_for_the_next_process(
    store: JsonStore, create: Create, edit: Edit, reopen: Reopen
) -> None:
    id = create(store, state="new", weight=2)
    edit(store, id, state="open")
    edit(store, "华东-01", "customers", name="东方工地")
    again = reopen()
    assert again.get("tickets", id) == {"id": "T-000001", "revision": 2, "state": "open", "weight": 2}
    assert again.get("customers", "华东-01") == {"id": "华东-01", "revision": 1, "name": "东方工地"}
    assert [event.kind for event in again.history("tickets", id)] == ["created", "edited"]
    assert again.head() == store.head()


@pytest.mark.parametrize("id", ["", "T-1", "T-0000001", "T-000000", "T-000002", "t-000001", "T-٠٠٠٠٠١", "../T-000001"])
def test_only_the_id_as_it_was_given_finds_a_document(store: JsonStore, create: Create, id: str) -> None:
    create(store)
    assert store.get("tickets", id) is None
    assert list(store.history("tickets", id)) == []


def test_ids_are_never_given_twice(store: JsonStore, create: Create, reopen: Reopen) -> None:
    def two_ids_one_ticket(transaction: Any) -> None:
        given = transaction.next_id("tickets"), transaction.next_id("tickets")
        transaction.record(Event("tickets", given[0], "created", AT, "li"))

    store.write(two_ids_one_ticket, at=AT, actor="li")
    assert create(reopen()) == "T-000003"


def test_an_id_that_was_not_given_cannot_be_recorded(store: JsonStore) -> None:
    def work(transaction: Any) -> None:
        transaction.record(Event("tickets", "T-000009", "created", AT, "li"))

    with pytest.raises(ValueError, match="T-000009"):
        store.write(work, at=AT, actor="li")


def test_pages_hold_32_documents_one_a_line_and_open_with_plain_tinydb(
    store: JsonStore, root: Path, create: Create
) -> None:
    for weight in range(40):
        create(store, weight=weight, note="黑屏")
    page = root / "data/tickets/0000/0000001.json"
    lines = page.read_text().splitlines()
    assert [line[:4] for line in lines[2:-1]] == [f'"{number}"' for number in range(32, 41)]
    assert "黑屏" in lines[2]
    with TinyDB(page) as database:
        assert [document.doc_id for document in database.table("tickets")] == list(range(32, 41))
        assert database.table("tickets").get(doc_id=33) == store.get("tickets", "T-000033")


def test_the_journal_is_a_chain_of_readable_lines(store: JsonStore, root: Path, create: Create) -> None:
    create(store, note="进水")
    create(store)
    first, second = (root / "journal/000001.jsonl").read_text().splitlines()
    assert "进水" in first
    assert json.loads(second)["previous"] == json.loads(first)["hash"]
    assert [line["sequence"] for line in store.commits()] == [1, 2]
    assert [line["highest"]["tickets"] for line in store.commits(after=1)] == [2]
    assert list(store.commits(after=2)) == list(store.commits(after=7)) == []


def test_an_exception_leaves_everything_as_it_was(store: JsonStore, root: Path, create: Create) -> None:
    create(store, state="new")
    before = {path: path.read_bytes() for path in root.rglob("*.json*")}

    def work(transaction: Any) -> None:
        transaction.record(Event("tickets", "T-000001", "edited", AT, "li", {"state": ("new", "open")}))
        transaction.record(Event("tickets", "T-000001", "edited", AT, "li", {"state": ("new", "closed")}))

    with pytest.raises(FoldError):
        store.write(work, at=AT, actor="li")
    assert {path: path.read_bytes() for path in root.rglob("*.json*")} == before


def test_no_events_make_no_commit_and_a_dry_run_makes_none_either(store: JsonStore) -> None:
    def work(transaction: Any) -> Any:
        return transaction.record(Event("tickets", transaction.next_id("tickets"), "created", AT, "li"))

    assert store.write(lambda transaction: 7, at=AT, actor="li") == 7
    assert store.write(work, at=AT, actor="li", dry_run=True)["id"] == "T-000001"
    assert store.head().sequence == 0
    assert store.get("tickets", "T-000001") is None


def test_a_transaction_sees_its_own_changes_and_others_do_not(store: JsonStore, create: Create) -> None:
    create(store, state="new", weight=1)

    def work(transaction: Any) -> None:
        transaction.record(Event("tickets", "T-000001", "edited", AT, "li", {"state": ("new", "open")}))
        second = transaction.next_id("tickets")
        transaction.record(Event("tickets", second, "created", AT, "li", {"state": (None, "open")}))
        transaction.record(Event("customers", "li", "created", AT, "li", {"name": (None, "Li")}))
        opened = Where("state", "==", "open")
        assert [document["id"] for document in transaction.find("tickets", opened)] == ["T-000001", second]
        assert [d["id"] for d in transaction.find("tickets", order="weight", descending=True)] == ["T-000001", second]
        assert transaction.count("tickets", opened) == 2
        assert transaction.count("tickets", Where("note", "==", None)) == 2
        assert transaction.get("customers", "li")["name"] == "Li"
        assert [event.kind for event in transaction.history("tickets", "T-000001")] == ["created", "edited"]
        assert list(store.find("tickets", opened)) == []
        assert store.count("tickets") == 1
        transaction.record(Event("tickets", second, "edited", AT, "li", {"state": ("open", "closed")}))
        assert transaction.count("tickets", opened) == 1

    store.write(work, at=AT, actor="li")
    assert store.count("tickets") == 2


def test_what_is_given_out_can_be_changed_without_changing_the_store(store: JsonStore, create: Create) -> None:
    create(store, tags=["noise"])

    def work(transaction: Any) -> None:
        transaction.get("tickets", "T-000001")["tags"].append("mine")
        recorded = transaction.record(Event("tickets", "T-000001", "tagged", AT, "li", add={"tags": ("wet",)}))
        recorded["tags"].append("mine")

    store.write(work, at=AT, actor="li")
    document = store.get("tickets", "T-000001")
    assert document is not None
    assert document["tags"] == ["noise", "wet"]
    assert list(store.verify(deep=True)) == []


def test_a_key_returns_the_first_result_without_running_again(store: JsonStore, reopen: Reopen) -> None:
    runs = []

    def work(transaction: Any) -> Any:
        runs.append(1)
        return [transaction.record(Event("tickets", transaction.next_id("tickets"), "created", AT, "li"))["id"]]

    again = {"at": AT, "actor": "li", "key": "mail-17", "arguments": ("ticket", "new")}
    assert store.write(work, **again) == ["T-000001"]  # type: ignore[arg-type]
    assert reopen().write(work, **again) == ["T-000001"]  # type: ignore[arg-type]
    assert len(runs) == 1
    with pytest.raises(Refusal) as refusal:
        store.write(work, at=AT, actor="li", key="mail-17", arguments=("ticket", "list"))
    assert refusal.value.code == "key-reused"


def test_a_large_commit_is_one_line_and_every_page_once(store: JsonStore, root: Path) -> None:
    def work(transaction: Any) -> None:
        for weight in range(1000):
            id = transaction.next_id("tickets")
            transaction.record(Event("tickets", id, "created", AT, "li", {"weight": (None, weight)}))

    store.write(work, at=AT, actor="li")
    assert store.head().sequence == 1
    assert len(list(root.glob("data/tickets/0000/*.json"))) == 32
    assert store.count("tickets", Where("weight", ">=", 900)) == 100
    assert list(store.verify(deep=True)) == []


def test_segments_close_and_may_be_compressed(
    store: JsonStore, root: Path, create: Create, edit: Edit, monkeypatch: pytest.MonkeyPatch
) -> None:
    import gzip

    monkeypatch.setattr("svcctl.store.journal.SEGMENT_BYTES", 600)
    create(store, weight=1)
    for weight in range(2, 9):
        edit(store, "T-000001", weight=weight)
    segments = sorted(path.name for path in root.glob("journal/*"))
    assert segments[:2] == ["000001.jsonl", "000002.jsonl"]
    first = root / "journal/000001.jsonl"
    first.with_suffix(".jsonl.gz").write_bytes(gzip.compress(first.read_bytes()))
    first.unlink()
    (root / "index.db").unlink(missing_ok=True)
    assert len(list(store.history("tickets", "T-000001"))) == 8
    assert [document["weight"] for document in store.find("tickets", Where("weight", ">", 7))] == [8]
    assert list(store.verify(deep=True)) == []


def test_a_point_read_imports_neither_sqlite_nor_tinydb(store: JsonStore, root: Path, create: Create) -> None:
    create(store)
    program = (
        "import sys; from pathlib import Path; from svcctl.store.json_store import JsonStore\n"
        "from svcctl.store.contract import TableSchema\n"
        f"store = JsonStore.open(Path({str(root)!r}), {{'tickets': TableSchema('T')}})\n"
        "assert store.get('tickets', 'T-000001')\n"
        "print(*{'sqlite3', 'tinydb', 'hashlib', 'dataclasses'} & set(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=Path(__file__).parents[2]
    )
    assert done.stdout.strip() == ""
