"""Customers: Tryton's parties, by their code."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from svcctl_erp_tryton.door import Door, Fields
from svcctl_erp_tryton.terms import Terms

FIELDS = ("code", "name", "active", "lang.code", "addresses", "contact_mechanisms", "categories")
#: Kinds of contact mechanisms that svcctl can reach people by.
_CHANNELS = ("phone", "mobile", "email")


def customers(door: Door, parties: Sequence[Fields], terms: Terms) -> Mapping[int, Mapping[str, Any]]:
    """The records of parties that were read with `FIELDS`, by their ids."""
    ids = [party["id"] for party in parties]
    mechanisms = by(
        door.read(
            "party.contact_mechanism",
            [("party", "in", ids), ("type", "in", _CHANNELS)],
            ["party", "type", "value", "name"],
            order=[("id", "ASC")],
        ),
        "party",
    )
    regions = by(door.read("party.address", [("party", "in", ids)], ["party", "subdivision.name"]), "party")
    categories = _categories(door, parties) if terms.tiers else {}
    found: dict[int, Mapping[str, Any]] = {}
    for party in parties:
        region = next((row["subdivision"]["name"] for row in regions.get(party["id"], ()) if row["subdivision"]), None)
        own = {categories.get(id) for id in party["categories"]}
        tier = next((tier for name, tier in terms.tiers.items() if name in own), None)
        fields = {
            "name": party["name"] or "",
            "tier": tier,
            "region": region,
            "language": party["lang"]["code"].partition("_")[0] if party["lang"] else None,
            "contacts": _contacts(party["name"] or party["code"], mechanisms.get(party["id"], ())),
        }
        found[party["id"]] = {name: value for name, value in fields.items() if value not in (None, [])}
    return found


def by(rows: Iterable[Fields], field: str) -> Mapping[int, list[Fields]]:
    """Rows by the id that they have in a field."""
    found: dict[int, list[Fields]] = {}
    for row in rows:
        found.setdefault(row[field], []).append(row)
    return found


def _contacts(party: str, mechanisms: Iterable[Fields]) -> list[Mapping[str, Any]]:
    """One contact for each name that the mechanisms have; those without one are the party's own."""
    found: dict[str, dict[str, str]] = {}
    for row in mechanisms:
        address = found.setdefault(row["name"] or party, {})
        if row["value"]:
            address.setdefault(row["type"], row["value"])
    return [{"name": name, "address": address} for name, address in found.items()]


def _categories(door: Door, parties: Iterable[Fields]) -> Mapping[int, str]:
    ids = sorted({id for party in parties for id in party["categories"]})
    return {row["id"]: row["name"] for row in door.read("party.category", [("id", "in", ids)], ["name"])}
