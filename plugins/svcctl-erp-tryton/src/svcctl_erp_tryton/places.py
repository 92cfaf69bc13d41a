"""Places of stock: Tryton's locations, by the names that svcctl uses."""

from collections.abc import Mapping
from typing import Any

from svcctl.plugin_api import CallFailed, plain
from svcctl_erp_tryton.door import Door, Fields

_FIELDS = ("name", "code", "type", "storage_location", "output_location", "input_location")


class Places:
    """Locations in which stock is kept. `names` maps svcctl's names to codes of locations, where they differ; else a
    place has its code, or its name where it has none. A warehouse stands for its storage location."""

    def __init__(self, door: Door, company: int, names: Mapping[str, str]) -> None:
        self.company = company
        self._door = door
        self._names = names
        self._codes = {code: name for name, code in names.items()}

    def find(self, name: str) -> Fields | None:
        """The location of a name; None where there is none, or where it is not clear which."""
        code = self._names.get(name, name)
        for field in ("code", "name"):
            domain = [(field, "=", code), ("type", "in", ["storage", "view", "warehouse"])]
            rows = self._door.read("stock.location", domain, _FIELDS, limit=2)
            if rows:
                return self._inside(rows[0]) if len(rows) == 1 else None
        return None

    def wanted(self, name: str | None) -> Fields:
        """The location that a push names, or the storage location of the first warehouse. Raises CallFailed."""
        if name is not None:
            place = self.find(name)
            if place is None:
                raise CallFailed.rejected(
                    f"no location, or more than one, has the code or name `{name}`", "no-location"
                )
            return place
        rows = self._door.read("stock.location", [("type", "=", "warehouse")], _FIELDS, order=[("id", "ASC")], limit=1)
        if not rows:
            raise CallFailed.rejected("there is no warehouse in Tryton", "no-location")
        return self._inside(rows[0])

    def warehouse(self, place: Fields) -> Fields:
        """The warehouse of a location. Raises CallFailed where it is in none."""
        domain = [("type", "=", "warehouse"), ("parent", "parent_of", [place["id"]])]
        rows = self._door.read("stock.location", domain, _FIELDS, limit=1)
        if not rows:
            raise CallFailed.rejected(f"the location `{place['name']}` is in no warehouse", "no-location")
        return rows[0]

    def by_id(self, id: int) -> Fields:
        """The location of an id. Raises CallFailed where it may not be seen."""
        rows = self._door.read("stock.location", [("id", "=", id)], _FIELDS)
        if not rows:
            raise CallFailed.rejected(f"the location with the id {id} may not be read", "no-location")
        return rows[0]

    def name(self, location: Fields) -> str:
        """What svcctl calls it."""
        code: str = location["code"] or location["name"]
        return self._codes.get(code, code)

    def stock(self, product: int, location: str | None) -> Mapping[str, str] | None:
        """How much is free by place, without what is assigned; None for a place that is not there.

        Without a location: each that has some. What lies in the input and output zones of a warehouse is on its way.
        """
        context = {"product": product, "stock_assign": True, "with_childs": location is not None}
        if location is not None:
            place = self.find(location)
            if place is None:
                return None
            [row] = self._door.read("stock.location", [("id", "=", place["id"])], ["quantity"], context=context)
            return {location: plain(row["quantity"])}
        zones = self._door.read("stock.location", [("type", "=", "warehouse")], _FIELDS)
        away = [zone[field] for zone in zones for field in ("input_location", "output_location") if zone[field]]
        kept = {zone["storage_location"] for zone in zones}
        domain: list[Any] = [("type", "=", "storage"), ("id", "not in", [id for id in away if id not in kept])]
        rows = self._door.read("stock.location", domain, [*_FIELDS, "quantity"], context=context)
        return {self.name(row): plain(row["quantity"]) for row in rows if row["quantity"]}

    def _inside(self, location: Fields) -> Fields:
        if location["type"] != "warehouse":
            return location
        return self.by_id(location["storage_location"])
