"""How connectors write svcctl's values into ERPs, and what ERPs say as svcctl's."""

import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from svcctl.extension.http_connector import CallFailed

_KEYS = re.compile(r"svcctl: ([0-9A-Za-z, -]+)")


def reference(ticket: str, key: str) -> str:
    """What marks an effect in the ERP: the ticket's number, for people, and the key."""
    return f"{ticket} {key}"


def keys_in(text: str | None) -> tuple[str, ...]:
    """The keys with which `with_keys` has marked a text."""
    found = _KEYS.findall(text or "")
    return tuple(found[-1].strip().split(", ")) if found else ()


def with_keys(text: str, keys: Iterable[str]) -> str:
    """A text that says by which pushes it was written: each state of a complaint comes with a key of its own."""
    return f"{text}\n\nsvcctl: {', '.join(keys)}".lstrip()


def complaint_text(record: Mapping[str, Any]) -> str:
    """What is said of a ticket on the customer's record."""
    parts = [record.get("text"), record.get("resolution") and f"→ {record['resolution']}"]
    return "\n\n".join(str(part) for part in parts if part)


def plain(number: Any) -> str:
    """A number of an ERP's as decimal text, without an exponent or needless zeros. Raises CallFailed for no number."""
    try:
        value = Decimal(str(number).strip())
    except ArithmeticError:
        value = Decimal("NaN")
    if not value.is_finite():
        raise CallFailed.rejected(f"the ERP gave `{number}` for a number", "bad-answer")
    return f"{value.normalize() + 0:f}"


def as_number(text: Any) -> int | float:
    """Decimal text as the number that JSON writes; up to fifteen digits are kept as they are."""
    value = Decimal(str(text))
    return int(value) if value == value.to_integral_value() else float(value)


def stock_record(quantities: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """The record of a stock, from locations and the quantity in each; a location may come more than once."""
    locations: dict[str, Decimal] = {}
    for location, quantity in quantities:
        locations[location] = locations.get(location, Decimal(0)) + Decimal(plain(quantity))
    return {
        "quantity": plain(sum(locations.values(), Decimal(0))),
        "locations": {location: plain(quantity) for location, quantity in locations.items()},
    }


def without_blanks(record: Mapping[str, Any]) -> dict[str, Any]:
    """The fields that say something: an ERP writes nothing as null, as an empty text, or as false."""
    return {name: value for name, value in record.items() if value not in (None, "", False, [], {})}


def contacts(name: str | None, phone: str | None, email: str | None) -> list[dict[str, Any]]:
    """One contact, if there is a way to reach it."""
    address = without_blanks({"phone": phone, "email": email})
    return [{"name": name or "", "address": address}] if address else []
