"""From rows to svcctl's records: customers, sites, assets with their warranty, parts and stock."""

import calendar
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta, tzinfo
from decimal import Decimal, InvalidOperation
from typing import Any

from svcctl.plugin_api import Record, Refusal, parse_instant, stored
from svcctl_erp_files.tables import Row

Fields = dict[str, Any]


class Terms(Record):
    """How dates are read: `zone` of times without an offset, months of warranty where an asset names none."""

    zone: tzinfo
    warranty_months: int | None


def customer(row: Row, terms: Terms) -> Fields:
    """`contact`, `phone` and `email` make one contact."""
    fields = _texts(row, "name", "tier", "region", "language")
    address = _texts(row, "phone", "email")
    if row.text("contact") or address:
        fields["contacts"] = [{"name": row.text("contact") or fields.get("name", ""), "address": address}]
    return fields


def site(row: Row, terms: Terms) -> Fields:
    """`latitude` and `longitude` in degrees make its location."""
    fields = _texts(row, "name", "customer", "region", "address", "calendar")
    if row.text("latitude") or row.text("longitude"):
        fields["location"] = [float(_number(row, "latitude")), float(_number(row, "longitude"))]
    return fields


def asset(row: Row, terms: Terms) -> Fields:
    """With `warranty_until`, given or computed."""
    fields = _texts(row, "model", "product_line", "batch", "customer", "site")
    if row.text("installed_at"):
        fields["installed_at"] = stored(_instant(row, "installed_at", terms))
    covered = warranty(row, terms)
    if covered:
        fields["warranty_until"] = covered["until"]
    return fields


def warranty(row: Row, terms: Terms) -> Fields | None:
    """Until when an asset is covered, exclusive; None where its row does not say.

    `warranty_until` counts first: a date alone is the last day that is covered. Else it is months after
    `sold_at`, or else `installed_at`: the same day of the month, or its last day where there is none.
    """
    try:
        return _covered(row, terms)
    except (OverflowError, ValueError):
        raise Refusal("bad-input", f"{row.place}: the warranty ends after the year 9999") from None


def _covered(row: Row, terms: Terms) -> Fields | None:
    if row.text("warranty_until"):
        until = _instant(row, "warranty_until", terms)
        if len(row.needed("warranty_until")) == len("2026-01-31"):
            until = _in_zone(until.astimezone(terms.zone).replace(tzinfo=None) + timedelta(days=1), terms)
        return {"until": stored(until)}
    start = next((name for name in ("sold_at", "installed_at") if row.text(name)), None)
    months = _months(row) if row.text("warranty_months") else terms.warranty_months
    if start is None or months is None:
        return None
    since = _instant(row, start, terms)
    until = _in_zone(_later(since.astimezone(terms.zone).replace(tzinfo=None), months), terms)
    return {"until": stored(until), "from": stored(since), "months": months}


def part(row: Row, terms: Terms) -> Fields:
    """Its name and unit."""
    return _texts(row, "name", "unit")


def stock(rows: Iterable[Row], part: str, location: str | None) -> Fields | None:
    """How much of a part there is, in all and by location; None where no row is about it."""
    found = [row for row in rows if row.needed("part") == part]
    locations: dict[str, Decimal] = {}
    for row in found:
        place = row.text("location") or ""
        if location in (None, place):
            locations[place] = locations.get(place, Decimal(0)) + _number(row, "quantity")
    if not found:
        return None
    quantity = sum(locations.values(), Decimal(0))
    return {"quantity": _plain(quantity), "locations": {place: _plain(each) for place, each in locations.items()}}


def history(rows: Iterable[Row], asset: str, terms: Terms) -> list[Fields]:
    """What was done to an asset, the oldest first."""
    found = [row for row in rows if row.needed("asset") == asset]
    entries = [{"date": stored(_instant(row, "date", terms)), "text": row.needed("text")} for row in found]
    return sorted(entries, key=lambda entry: entry["date"])


def by_id(rows: Iterable[Row]) -> Mapping[str, Row]:
    """Rows by their `id`. Raises Refusal `bad-input` where one is empty or there twice."""
    found: dict[str, Row] = {}
    for row in rows:
        id = row.needed("id")
        if id in found:
            raise Refusal("bad-input", f"{row.place}: `{id}` is there already, at {found[id].place}")
        found[id] = row
    return found


#: How the rows of the tables that are pulled become records.
READERS: Mapping[str, Callable[[Row, Terms], Fields]] = {"customers": customer, "sites": site, "assets": asset}


def _texts(row: Row, *names: str) -> Fields:
    return {name: text for name in names if (text := row.text(name)) is not None}


def _number(row: Row, name: str) -> Decimal:
    text = row.needed(name)
    try:
        number = Decimal(text)
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite():
        raise Refusal("bad-input", f"{row.place}: `{name}` is `{text}`, which is no number")
    return number


def _months(row: Row) -> int:
    number = _number(row, "warranty_months")
    if number != int(number) or not 0 <= number <= 1200:
        raise Refusal("bad-input", f"{row.place}: `warranty_months` is `{number}`, not a number of whole months")
    return int(number)


def _instant(row: Row, name: str, terms: Terms) -> datetime:
    text = row.needed(name)
    try:
        return parse_instant(text, terms.zone)
    except Refusal as wrong:
        raise Refusal("bad-input", f"{row.place}: `{name}`: {wrong.message}", help=wrong.help) from None


def _in_zone(wall: datetime, terms: Terms) -> datetime:
    return parse_instant(wall.isoformat(sep=" "), terms.zone)


def _later(wall: datetime, months: int) -> datetime:
    years, month = divmod(wall.month - 1 + months, 12)
    year, month = wall.year + years, month + 1
    return wall.replace(year=year, month=month, day=min(wall.day, calendar.monthrange(year, month)[1]))


def _plain(quantity: Decimal) -> str:
    return f"{quantity.normalize():f}"
