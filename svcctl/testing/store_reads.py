"""What every store must answer: points, queries and histories."""

from typing import Any

import pytest

from svcctl.foundation.errors import Refusal
from svcctl.store.contract import Store, Where
from svcctl.testing.store_cases import AT, HOSTILE, StoreCase, change, make, write
from svcctl.ticket.event import Event, fold_all


class ReadContract(StoreCase):
    """Point reads and queries."""

    def test_a_document_is_the_fold_of_its_events(self, store: Store) -> None:
        id = write(store, lambda t: make(t, state="new", site={"region": "east"}))
        write(store, lambda t: t.record(Event("tickets", id, "moved", AT, "wu", {"state": ("new", "done")})))
        event = Event("tickets", id, "said", AT, "wu", {"site.floor": (None, 3)}, {"notes": ("first", "second")})
        write(store, lambda t: t.record(event.replace(rule="night", why={"because": [1]})))
        document = store.get("tickets", id)
        assert document == {
            "id": "T-000001",
            "revision": 3,
            "state": "done",
            "site": {"region": "east", "floor": 3},
            "notes": ["first", "second"],
        }
        history = list(store.history("tickets", id))
        assert [one.kind for one in history] == ["created", "moved", "said"]
        assert (history[2].rule, history[2].why, history[2].at) == ("night", {"because": [1]}, AT)
        assert fold_all(history) == document

    def test_what_is_not_there_is_none(self, store: Store) -> None:
        write(store, make)
        for id in ("T-000002", "T-1", "M-000001", "", "../T-000001", "T-0000001", "T-\u0661", "x" * 5000):
            assert store.get("tickets", id) is None
            assert list(store.history("tickets", id)) == []
        assert store.get("customers", "nobody") is None

    @pytest.mark.parametrize("id", ["li", "华东-01", "../../etc/passwd", "a\0b", "\udcff", "", "T-000001", "CON"])
    def test_tables_without_a_prefix_take_any_id_of_the_callers(self, store: Store, id: str) -> None:
        write(store, lambda t: change(t, "customers", id, tier="gold"))
        write(store, lambda t: change(t, "customers", id, tier="silver"))
        assert store.get("customers", id) == {"id": id, "revision": 2, "tier": "silver"}
        with pytest.raises(ValueError, match=r".*"):
            write(store, lambda t: t.next_id("customers"))
        with pytest.raises(ValueError, match=r".*"):
            write(store, lambda t: change(t, "tickets", "T-000007", state="x"))

    @pytest.mark.parametrize("value", HOSTILE, ids=range(len(HOSTILE)))
    def test_every_value_is_kept_exactly(self, store: Store, value: Any) -> None:
        write(store, lambda t: make(t, note=value, state=value))
        [found] = store.find("tickets")
        assert repr((found["note"], found["state"])) == repr((value, value))
        assert store.get("tickets", "T-000001") == found

    @pytest.mark.parametrize("value", [float("nan"), {1, 2}, b"bytes", AT], ids=repr)
    def test_what_is_not_json_is_refused(self, store: Store, value: Any) -> None:
        with pytest.raises(Refusal) as refused:
            write(store, lambda t: make(t, note=value))
        assert refused.value.code == "bad-input"
        assert store.head().sequence == 0

    @pytest.mark.parametrize(
        ("where", "found"),
        [
            ((), [1, 2, 3, 4, 5]),
            ((Where("state", "==", "new"),), [1, 4]),
            ((Where("state", "!=", "new"),), [2, 3, 5]),
            ((Where("state", "==", None),), [3]),
            ((Where("state", "!=", None),), [1, 2, 4, 5]),
            ((Where("state", "in", ("open", "new")),), [1, 2, 4]),
            ((Where("state", "in", ()),), []),
            ((Where("weight", "<", 10),), [1, 5]),
            ((Where("weight", ">=", 2.5),), [2]),
            ((Where("weight", ">=", "1"),), [4]),
            ((Where("weight", "<", None),), []),
            ((Where("site.region", "==", "东"),), [5]),
            ((Where("site", "==", {"region": "东"}),), [5]),
            ((Where("note", "==", "x"), Where("state", "==", "new")), [4]),
            ((Where("id", "==", "T-000002"),), [2]),
        ],
    )
    def test_conditions_compare_text_with_text_and_numbers_with_numbers(
        self, store: Store, where: tuple[Where, ...], found: list[int]
    ) -> None:
        self.five(store)
        expected = [f"T-{number:06d}" for number in found]
        assert [document["id"] for document in store.find("tickets", *where)] == expected
        assert store.count("tickets", *where) == len(expected)
        assert write(store, lambda t: [one["id"] for one in t.find("tickets", *where)]) == expected

    @pytest.mark.parametrize(
        ("options", "found"),
        [
            ({"order": "weight"}, "35124"),
            ({"order": "weight", "descending": True}, "42153"),
            ({"order": "weight", "limit": 2}, "35"),
            ({"order": "note"}, "12354"),
            ({"order": "note", "descending": True, "limit": 3}, "453"),
            ({"descending": True}, "54321"),
            ({"limit": 0}, ""),
        ],
    )
    def test_order_is_absent_then_numbers_then_text_then_creation(
        self, store: Store, options: dict[str, Any], found: str
    ) -> None:
        self.five(store)
        assert "".join(document["id"][-1] for document in store.find("tickets", **options)) == found

    def test_a_field_follows_every_change(self, store: Store) -> None:
        self.five(store)
        write(store, lambda t: change(t, "tickets", "T-000005", site=None))
        assert store.count("tickets", Where("site.region", "==", "东")) == 0
        write(store, lambda t: change(t, "tickets", "T-000001", state=["new"], **{"site.region": "东"}))
        assert [one["id"] for one in store.find("tickets", Where("site.region", "==", "东"))] == ["T-000001"]
        assert [one["id"] for one in store.find("tickets", Where("state", "==", "new"))] == ["T-000004"]
