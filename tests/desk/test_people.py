"""Who there is, read no further than it is asked for."""

from collections.abc import Iterator
from typing import Any

from svcctl.desk.people import Load, People
from svcctl.store.contract import Where
from svcctl.ticket.people import Engineer

DOCUMENTS = {id: {"id": id, "name": id.title()} for id in ("li", "wang", "zhao")}


class Asked:
    """A reader that keeps what it is asked."""

    def __init__(self) -> None:
        self.asked: list[Any] = []
        self.open = {"li": 2}

    def get(self, table: str, id: str) -> dict[str, Any] | None:
        self.asked.append((table, id))
        return DOCUMENTS.get(id)

    def find(self, table: str, *where: Where) -> Iterator[dict[str, Any]]:
        self.asked.append(table)
        return iter(DOCUMENTS.values())

    def count(self, table: str, *where: Where) -> int:
        self.asked.append(where[0].value)
        return self.open.get(where[0].value, 0)


def test_one_is_read_once_and_all_only_where_they_are_gone_through() -> None:
    reader = Asked()
    people = People(reader, "engineers", Engineer)  # type: ignore[arg-type]
    assert people["wang"].name == "Wang"
    assert people.get("wang") is people["wang"]
    assert people.get("nobody") is None
    assert people.get("") is None
    assert reader.asked == [("engineers", "wang"), ("engineers", "nobody")]
    assert list(people) == ["li", "wang", "zhao"]
    assert len(people) == 3
    assert people.get("nobody") is None
    assert people["zhao"].name == "Zhao"
    assert reader.asked[2:] == ["engineers"]


def test_load_is_counted_once_and_then_followed() -> None:
    reader = Asked()
    load = Load(reader)  # type: ignore[arg-type]
    load.follow("li", 1)  # not counted yet: it will be counted with what was done until then
    reader.open["li"] = 3
    assert load.get("li", 0) == 3
    load.follow("li", -1)
    load.follow(None, 1)
    assert (load["li"], load["wang"]) == (2, 0)
    assert reader.asked == ["li", "wang"]
