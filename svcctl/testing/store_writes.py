"""What every store must keep: commits that are whole or not at all, keys, the trail, and crashes."""

from collections.abc import Callable, Iterator, Sequence
from threading import Thread
from typing import Any

import pytest

from svcctl.foundation.errors import Refusal
from svcctl.store.contract import Document, Head, Store, Transaction, Where
from svcctl.testing.store_cases import AT, Crash, StoreCase, change, make, write
from svcctl.ticket.event import Event, FoldError


class WriteContract(StoreCase):
    """Commits, idempotency keys, the chain, and what a crash leaves."""

    def test_several_documents_their_messages_and_wake_times_are_one_commit(self, store: Store) -> None:
        first = write(store, lambda t: [make(t, state="new", wake_at="2026-11-23T02:00:00Z") for _ in range(40)])

        def work(transaction: Transaction) -> list[str]:
            for id in (first[0], first[39]):
                change(transaction, "tickets", id, state="late", wake_at="2026-11-24T02:00:00Z")
                make(transaction, "outbox", status="pending", ticket=id)
            assert transaction.count("outbox", Where("status", "==", "pending")) == 2
            assert store.count("outbox") == 0
            return [one["id"] for one in transaction.find("tickets", order="wake_at", descending=True, limit=2)]

        assert write(store, work) == [first[39], first[0]]
        assert store.head().sequence == 2
        assert store.count("outbox", Where("status", "==", "pending")) == 2
        due = store.find("tickets", Where("wake_at", "<=", "2026-11-23T02:00:00Z"), order="wake_at", limit=2)
        assert [one["id"] for one in due] == first[1:3]
        assert [len(line["events"]) for line in store.commits()] == [40, 4]

    def test_an_exception_leaves_everything_as_it_was(self, store: Store) -> None:
        self.five(store)
        before = list(store.find("tickets")), store.head()

        def work(transaction: Transaction) -> None:
            change(transaction, "tickets", "T-000001", state="gone")
            make(transaction, "outbox")
            transaction.record(Event("tickets", "T-000002", "moved", AT, "wu", {"state": ("new", "done")}))

        with pytest.raises(FoldError):
            write(store, work)
        assert (list(store.find("tickets")), store.head()) == before
        assert store.count("outbox") == 0
        assert write(store, make) == "T-000006"
        assert list(store.verify(deep=True)) == []

    def test_a_dry_run_shows_the_result_and_keeps_nothing(self, store: Store) -> None:
        assert write(store, make, dry_run=True) == "T-000001"
        assert store.head() == Head(0, "0" * 64)
        assert list(store.find("tickets")) == []

    def test_a_claim_gives_what_find_does_and_sees_what_the_transaction_changed(self, store: Store) -> None:
        self.five(store)
        new = Where("state", "==", "new")

        def work(transaction: Transaction) -> list[list[str]]:
            asked: Sequence[Callable[[], Iterator[Document]]] = (
                lambda: transaction.claim("tickets", new, order="weight", limit=1),
                lambda: transaction.claim("tickets", new),
                lambda: transaction.claim("tickets", Where("id", "==", "T-000005")),
                lambda: transaction.claim("tickets"),
            )
            first = [[one["id"][-1] for one in ask()] for ask in asked]
            change(transaction, "tickets", "T-000001", state="done")
            make(transaction, state="new", weight=1)
            return [*first, *([one["id"][-1] for one in ask()] for ask in asked[:2])]

        expected = [["1"], ["1", "4"], ["5"], ["1", "2", "3", "4", "5"], ["6"], ["4", "6"]]
        assert write(store, work, dry_run=True) == write(store, work) == expected
        assert [one["id"][-1] for one in store.find("tickets", new)] == ["4", "6"]
        assert write(store, lambda t: len(list(t.claim("tickets")))) == 6

    def test_no_events_make_no_commit(self, store: Store) -> None:
        assert write(store, lambda t: t.count("tickets"), key="k") == 0
        assert store.head().sequence == 0

    def test_what_is_given_out_can_be_changed_without_changing_the_store(self, store: Store) -> None:
        def work(transaction: Transaction) -> None:
            make(transaction, tags=["noise"])
            for document in (transaction.get("tickets", "T-000001"), *transaction.find("tickets")):
                assert document is not None
                document["tags"].append("heat")

        write(store, work)
        for document in (store.get("tickets", "T-000001"), *store.find("tickets")):
            assert document is not None
            assert document == {"id": "T-000001", "revision": 1, "tags": ["noise"]}
            document["tags"].append("heat")

    def test_work_that_read_an_older_revision_can_tell(self, store: Store) -> None:
        id = write(store, lambda t: make(t, weight=1))
        seen = store.get("tickets", id)
        assert seen is not None
        write(store, lambda t: change(t, "tickets", id, weight=2))

        def work(transaction: Transaction) -> None:
            found = transaction.get("tickets", id)
            assert found is not None
            assert found["revision"] == seen["revision"] + 1
            transaction.record(Event("tickets", id, "edited", AT, "wu", {"weight": (seen["weight"], 3)}))

        with pytest.raises(FoldError):
            write(store, work)
        found = store.get("tickets", id)
        assert found is not None
        assert (found["weight"], found["revision"]) == (2, 2)

    def test_threads_lose_no_update(self, store: Store) -> None:
        write(store, lambda t: make(t, weight=0))

        def add(transaction: Transaction) -> None:
            document = transaction.get("tickets", "T-000001")
            assert document is not None
            change(transaction, "tickets", "T-000001", weight=document["weight"] + 1)

        def many() -> None:
            for _ in range(10):
                write(store, add)
            store.close()

        threads = [Thread(target=many) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert store.count("tickets", Where("weight", "==", 40)) == 1
        assert list(store.verify(deep=True)) == []

    def test_a_key_returns_the_first_result_and_refuses_other_arguments(self, store: Store) -> None:
        def once(*arguments: str) -> Any:
            return write(store, lambda t: {"made": make(t)}, key="k", arguments=arguments)

        assert once("a", "b") == once("a", "b") == {"made": "T-000001"}
        for other in ((), ("ab",), ("b", "a")):
            with pytest.raises(Refusal) as refused:
                once(*other)
            assert refused.value.code == "key-reused"
        assert store.count("tickets") == 1
        assert write(store, make, key="\ud800") == "T-000002"

    def test_a_key_of_work_that_failed_is_free(self, store: Store) -> None:
        def fail(transaction: Transaction) -> None:
            make(transaction)
            raise KeyError("work")

        with pytest.raises(KeyError):
            write(store, fail, key="k")
        with pytest.raises(Refusal, match="the result"):
            write(store, lambda t: (make(t), object())[1], key="k")
        assert write(store, make, key="k", arguments=("again",)) == "T-000001"

    def test_commits_are_a_chain_that_ends_at_the_head(self, store: Store) -> None:
        assert store.head() == Head(0, "0" * 64)
        write(store, lambda t: make(t, state="new"))
        write(store, make)
        lines = list(store.commits())
        assert [line["sequence"] for line in lines] == [1, 2]
        assert lines[0]["previous"] == "0" * 64
        assert lines[1]["previous"] == lines[0]["hash"]
        assert store.head() == Head(2, lines[1]["hash"])
        assert [line["sequence"] for line in store.commits(after=1)] == [2]
        assert list(store.commits(after=2)) == []
        assert lines[0]["actor"] == "li"
        assert lines[0]["events"][0]["set"] == {"state": [None, "new"]}
        assert list(store.verify()) == list(store.verify(deep=True)) == []

    def test_another_process_sees_what_was_acknowledged(
        self, store: Store, another: Callable[[], Store] | None
    ) -> None:
        if another is None:
            pytest.skip("the store lives in one process")
        id = write(store, lambda t: make(t, state="new"), key="k")
        other = another()
        assert other.get("tickets", id) == store.get("tickets", id)
        assert other.head() == store.head()
        assert write(other, make, key="k") == id
        assert write(other, lambda t: change(t, "tickets", id, state="done"))["revision"] == 2
        assert [one["id"] for one in store.find("tickets", Where("state", "==", "done"))] == [id]
        assert list(store.history("tickets", id)) == list(other.history("tickets", id))

    def test_a_crash_leaves_a_commit_whole_or_leaves_nothing_of_it(
        self, store: Store, another: Callable[[], Store] | None, crashes: Sequence[Crash]
    ) -> None:
        if another is None or not crashes:
            pytest.skip("the store does not outlive its process")
        write(store, lambda t: [make(t, weight=0) for _ in range(40)])
        weight = 0

        def work(transaction: Transaction) -> None:
            for id in ("T-000001", "T-000040"):
                change(transaction, "tickets", id, weight=weight + 1)
            make(transaction, "outbox", status="pending", weight=weight + 1)

        for crash in crashes:
            head = store.head()
            with crash(), pytest.raises(BaseException, match=r".*"):
                write(store, work)
            store = another()
            weight = self._whole(store, (weight, weight + 1))
            assert store.head().sequence - head.sequence in (0, 1)
            write(store, work)
            weight = self._whole(another(), (weight + 1,))

    def _whole(self, store: Store, possible: tuple[int, ...]) -> int:
        """The weight that every part of the last commit agrees on."""
        weights = {(store.get("tickets", id) or {})["weight"] for id in ("T-000001", "T-000040")}
        assert len(weights) == 1
        [weight] = weights
        assert isinstance(weight, int)
        assert weight in possible
        assert store.count("tickets", Where("weight", "==", weight)) == (2 if weight else 40)
        assert store.count("outbox", Where("status", "==", "pending")) == weight
        assert list(store.verify(deep=True)) == []
        return weight
