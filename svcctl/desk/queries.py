"""Questions to a workspace that change nothing."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import Any, get_args

from svcctl.desk.tables import TABLES, TICKETS
from svcctl.desk.workspace import Workspace
from svcctl.foundation.errors import Refusal, nearest
from svcctl.foundation.instant import parse_instant, stored
from svcctl.foundation.record import Record
from svcctl.store.contract import Reader, Where
from svcctl.ticket.event import Document, Event, value_at

#: Fields that `find_tickets` may be asked for by value, as people name them.
FILTERS = (
    "state", "type", "priority", "assignee", "team", "queue", "customer", "site", "asset", "product_line",
    "product_model", "batch", "region", "channel", "external",
)  # fmt: skip


class Choice(Record):
    """Which tickets, and in which order. `values` maps a field of `FILTERS` to the values that it may have;
    `since` and `until` bound the report, the end exclusive."""

    values: Mapping[str, Sequence[str]] = {}
    open: bool | None = None
    tags: tuple[str, ...] = ()
    since: datetime | None = None
    until: datetime | None = None
    order: str = "id"
    descending: bool = False
    limit: int | None = None


def find_tickets(workspace: Workspace, choice: Choice) -> Iterator[Document]:
    """The tickets of a choice, one by one."""
    where = [Where(field, "in", tuple(values)) for field, values in choice.values.items() if values]
    if choice.open is not None:
        where.append(Where("open", "==", choice.open))
    if choice.since is not None:
        where.append(Where("reported_at", ">=", stored(choice.since)))
    if choice.until is not None:
        where.append(Where("reported_at", "<", stored(choice.until)))
    order = None if choice.order == "id" and not choice.descending else choice.order
    limit = None if choice.tags else choice.limit
    found = workspace.store.find(TICKETS, *where, order=order, descending=choice.descending, limit=limit)
    wanted, left = set(choice.tags), choice.limit
    for document in found:
        if left == 0:
            return
        if wanted.issubset(document.get("tags", ())):
            left = None if left is None else left - 1
            yield document


def history_of(workspace: Workspace, table: str, id: str, what: str = "ticket") -> Iterator[Event]:
    """Every event of a document, oldest first. Raises Refusal `unknown-ticket` or `unknown-record`."""
    if workspace.store.get(table, id) is None:
        code = "unknown-ticket" if table == TICKETS else "unknown-record"
        raise Refusal(code, f"there is no {what} `{id}`", help=f"`svcctl {what} list` shows them")
    return workspace.store.history(table, id)


def installed_assets(workspace: Workspace) -> Mapping[tuple[str | None, ...], int]:
    """How many assets there are of each model and batch."""
    return Counter((asset.get("model"), asset.get("batch")) for asset in workspace.store.find("assets"))


def settings_rows(workspace: Workspace) -> list[dict[str, Any]]:
    """Each setting with its value, where it came from and what it means; secrets are references and stay so. What
    somebody wrote in plain text where a reference belongs is not shown."""
    from svcctl.desk.plugs import without_secrets
    from svcctl.desk.settings import KEYS, PLUGS, STORE

    settings = workspace.settings
    rows = [
        {"id": key, "value": settings[key], "origin": settings.origin[key], "meaning": row.meaning}
        for key, row in KEYS.items()
    ]
    for kind in PLUGS:
        for name, table in getattr(settings, kind).items():
            rows += [
                {"id": f"{kind}.{name}.{key}", "value": value, "origin": "configuration", "meaning": ""}
                for key, value in without_secrets(workspace, kind, table).items()
            ]
    return rows + [
        {"id": f"{STORE}.{key}", "value": value, "origin": "configuration", "meaning": ""}
        for key, value in (without_secrets(workspace, STORE, settings.store) if settings.store else {}).items()
    ]


def waiting_tickets(workspace: Workspace) -> Iterator[str]:
    """Ids of the open tickets that lie with nobody: no engineer, no team and no queue."""
    nobody = (Where(field, "==", None) for field in ("assignee", "team", "queue"))
    for document in workspace.store.find(TICKETS, Where("open", "==", True), *nobody):
        yield document["id"]


def find_messages(
    workspace: Workspace,
    now: datetime,
    status: Sequence[str] = (),
    ticket: str | None = None,
    channel: str | None = None,
    limit: int | None = None,
) -> Iterator[Document]:
    """Messages of the outbox with what they are at `now`, oldest first; `limit` keeps the last so many.

    Raises Refusal `bad-argument` for a status that there is not.
    """
    from svcctl.desk.outbox import Status, message_number, status_at

    strange = [word for word in status if word not in get_args(Status)]
    if strange:
        meant = nearest(strange[0], get_args(Status))
        known = ", ".join(f"`{word}`" for word in get_args(Status))
        help = f"did you mean `{meant}`?" if meant else f"there are {known}"
        raise Refusal("bad-argument", f"no message is ever `{strange[0]}`", help=help)
    where = [Where("status", "in", (*status, *(["leased"] if "unknown" in status else [])))] if status else []
    named = {"ticket": ticket, "channel": channel}
    where += [Where(field, "==", value) for field, value in named.items() if value is not None]
    order = None if limit is None else "created_at"
    found = workspace.store.find("outbox", *where, order=order, descending=limit is not None)
    told = ({**message, "status": status_at(message, now)} for message in found)
    chosen = (message for message in told if not status or message["status"] in status)
    if limit is None:
        return chosen
    return iter(sorted(islice(chosen, limit), key=lambda message: message_number(message["id"])))


def find_records(workspace: Workspace, noun: str, values: Mapping[str, str]) -> Iterator[Document]:
    """Customers, sites, products, assets, engineers or teams whose fields have these values, in order of id.

    Values are as people write them: a list has its items, a field that is absent its default, or else an empty text.
    Raises Refusal `bad-time` for a time that is none.
    """
    from svcctl.desk.kinds import KINDS
    from svcctl.desk.records import TABLE_OF, TIMES

    table, zone = TABLE_OF[noun], workspace.zone
    said = {
        name: stored(parse_instant(value, zone)) if name in TIMES and value else value for name, value in values.items()
    }
    quick = [Where(name, "==", value) for name, value in said.items() if value and name in TABLES[table].indexed]
    for document in workspace.store.find(table, *quick, order="id"):
        found = {name: value_at(document, name) for name in said}
        defaults = KINDS[table]._defaults
        if all(_is(defaults.get(name) if found[name] is None else found[name], value) for name, value in said.items()):
            yield document


def _is(value: Any, said: str) -> bool:
    from svcctl.facts.facts import plain_value

    if value in (None, (), [], {}):
        return said == ""
    if isinstance(value, list):
        return any(_is(item, said) for item in value)
    if isinstance(value, bool):
        return said.lower() in (("true", "yes") if value else ("false", "no"))
    if isinstance(value, int | float):
        return bool(plain_value(said) == plain_value(value))
    return bool(value == said)


def expect_revision(reader: Reader, table: str, id: str, revision: int | None) -> None:
    """Raises Refusal `stale-revision` where the record is at another revision; None expects nothing."""
    found = reader.get(table, id) if revision is not None else None
    if revision is not None and (found or {"revision": 0})["revision"] != revision:
        at = f"at revision {found['revision']}" if found else "not there"
        raise Refusal("stale-revision", f"{id} is {at}, not at revision {revision}", help="look at it again")
