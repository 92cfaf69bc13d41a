"""What an ERP says of a customer, a site or an asset, as svcctl keeps it."""

from collections.abc import Mapping
from datetime import UTC, datetime, tzinfo
from typing import TYPE_CHECKING, Any

from svcctl.foundation.errors import Refusal
from svcctl.foundation.instant import parse_instant, stored
from svcctl.foundation.record import Record

if TYPE_CHECKING:
    from svcctl.extension.connector import PullKind

TABLE_OF: Mapping[str, str] = {"customer": "customers", "site": "sites", "asset": "assets"}


class ErpRecord(Record):
    """A record's fields as they are stored, and what the ERP knows was done to it: each a date and a text."""

    fields: Mapping[str, Any]
    history: tuple[Mapping[str, str], ...] = ()


def admitted(kind: "PullKind", id: str, record: Mapping[str, Any], zone: tzinfo = UTC) -> ErpRecord:
    """What a connector gave for a record, checked; dates and times without an offset are in `zone`.

    Raises Refusal `bad-input` naming what is wrong.
    """
    from svcctl.desk.door import DOORS, admit

    given = {name: value for name, value in record.items() if value is not None}
    history = given.pop("history", ())
    what = f"{kind} `{id}` as the ERP has it"
    if "installed_on" in given:
        installed = given.pop("installed_on")
        given.setdefault("installed_at", installed)
    checked = admit(DOORS[TABLE_OF[kind]], {**given, "id": id}, what)
    fields = checked.model_dump(mode="json", include=set(given) - {"id"})
    for name in fields:
        if isinstance(getattr(checked, name), datetime):
            fields[name] = stored(parse_instant(str(given[name]), zone))
    return ErpRecord(fields, tuple(_entry(entry, zone, what) for entry in history))


def _entry(entry: Any, zone: tzinfo, what: str) -> Mapping[str, str]:
    if not isinstance(entry, Mapping) or not {"date", "text"} <= entry.keys():
        raise Refusal("bad-input", f"{what}: each entry of `history` needs `date` and `text`, not `{entry}`")
    return {"date": stored(parse_instant(str(entry["date"]), zone)), "text": str(entry["text"]).strip()}
