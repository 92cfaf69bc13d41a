"""What the configuration says about dates, warranties and tiers; and texts of Tryton's as svcctl has them."""

import calendar
from collections.abc import Mapping
from datetime import date, tzinfo
from typing import Any

from svcctl.plugin_api import Record, Refusal, parse_instant, stored


class Terms(Record):
    """`zone` of Tryton's dates; months of warranty, of all products and of some by their code; tiers of customers by
    the names of their categories, the first that fits."""

    zone: tzinfo
    warranty_months: int | None
    warranty_months_of: Mapping[str, int]
    tiers: Mapping[str, str]

    def months(self, product: str | None) -> int | None:
        return self.warranty_months_of.get(product or "", self.warranty_months)

    def start_of(self, day: date) -> str:
        """When the day begins, in RFC 3339."""
        return stored(parse_instant(day.isoformat(), self.zone))

    def end_of_warranty(self, sold: date, months: int) -> str:
        """When it ends, exclusive: at the start of the same day of the month, or of its last where it is shorter.

        Raises Refusal `bad-input` where that is no date.
        """
        years, month = divmod(sold.month - 1 + months, 12)
        year, month = sold.year + years, month + 1
        try:
            return self.start_of(date(year, month, min(sold.day, calendar.monthrange(year, month)[1])))
        except (ValueError, OverflowError):
            raise Refusal("bad-input", f"the warranty of what was sold on {sold} ends after the year 9999") from None


def referred(reference: Any, model: str) -> int | None:
    """The id in a reference to a record of the model, such as 7 in `sale.line,7`."""
    kind, _, id = str(reference or "").partition(",")
    return int(id) if kind == model and id.isdigit() else None
