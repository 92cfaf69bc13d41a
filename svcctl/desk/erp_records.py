"""What an ERP says of a customer, a site or an asset: checked, brought into svcctl's own record, and kept beside it as
it was said, with where it came from and when."""

from collections.abc import Mapping
from datetime import UTC, datetime, tzinfo
from typing import TYPE_CHECKING, Any

from svcctl.foundation.errors import Refusal
from svcctl.foundation.instant import parse_instant, stored
from svcctl.foundation.record import Record

if TYPE_CHECKING:
    from svcctl.desk.desk import Desk
    from svcctl.extension.connector import PullKind

#: What ERPs said last, by `ERP/KIND/ID`.
ERP_RECORDS = "erp_records"
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


def keep(desk: "Desk", erp: str, kind: "PullKind", id: str, record: ErpRecord | None, at: datetime, origin: str) -> str:
    """Bring what an ERP said at an instant into the record, and keep it as it was said; `origin` is how it came.

    `created`, `changed`, `unchanged`, or `gone` where the ERP has no such record (any more): svcctl's own stays, for
    its tickets speak of it.
    """
    from svcctl.desk.records import save_record
    from svcctl.ticket.event import Event, changes

    before = desk.transaction.get(ERP_RECORDS, f"{erp}/{kind}/{id}")
    new: dict[str, Any] = {
        "erp": erp,
        "kind": kind,
        "record": id,
        "found": record is not None,
        "fields": dict(record.fields) if record is not None else None,
        "history": list(record.history) or None if record is not None else None,
        "refused": None,
    }
    # A later pull does not say what was done to an asset: what a look-up said of it stays.
    if origin == "pull" and record is not None and not record.history:
        del new["history"]
    said = changes(before, new)
    if said or origin != "pull":
        said = changes(before, {**new, "asked_at": stored(at), "origin": origin})
    if said:
        desk.transaction.record(Event(ERP_RECORDS, f"{erp}/{kind}/{id}", "said", desk.now, desk.actor, said))
    if record is None:
        return "gone"
    return save_record(desk, kind, {"id": id, **record.fields}, why={"erp": erp, "asked_at": stored(at)})[1]


def _entry(entry: Any, zone: tzinfo, what: str) -> Mapping[str, str]:
    if not isinstance(entry, Mapping) or not {"date", "text"} <= entry.keys():
        raise Refusal("bad-input", f"{what}: each entry of `history` needs `date` and `text`, not `{entry}`")
    return {"date": stored(parse_instant(str(entry["date"]), zone)), "text": str(entry["text"]).strip()}
