"""Words that nothing here is called. An empty answer to a question that was mistyped looks like good news, above all in
a script; a reading under a mistyped name is one that no criterion sees."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Literal

from svcctl.decision.flow import DEFAULT_FLOW
from svcctl.decision.trace import fields_of
from svcctl.desk.erp import CHANNEL
from svcctl.desk.kinds import KINDS
from svcctl.desk.tables import TICKETS
from svcctl.desk.workspace import Workspace
from svcctl.foundation.errors import Refusal, nearest
from svcctl.store.contract import Where
from svcctl.ticket.model import PRIORITIES

#: Filters whose values are records, and the table of these.
_RECORDS = {"assignee": "engineers", "team": "teams", "customer": "customers", "site": "sites", "asset": "assets"}
#: Tables so small that a name is looked for among all of their ids.
_SMALL = frozenset({"engineers", "teams"})


def slips(workspace: Workspace, values: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """A warning for each value of a filter that no ticket has and that does not exist, as far as that is known."""
    for field, given in values.items():
        for value in given:
            if workspace.store.count(TICKETS, Where(field, "==", value)):
                continue
            known = _known(workspace, field, value)
            if known is None or value in known:
                continue
            yield f"warning: there is no {field} `{value}`{_hint(value, known)}"


def _known(workspace: Workspace, field: str, value: str) -> Collection[str] | None:
    """What a value of the filter can be, None where it can be anything; of large tables only whether it is there."""
    table = _RECORDS.get(field)
    if table is not None:
        there = workspace.store.get(table, value) is not None
        if there or not workspace.store.count(table):
            return None
        return {record["id"] for record in workspace.store.find(table)} if table in _SMALL else ()
    if field == "priority":
        return PRIORITIES
    try:
        if field == "state":
            return {state for flow in (*workspace.rulebook.flows, DEFAULT_FLOW) for state in flow.states}
        return set(workspace.rulebook.forms) or None if field == "type" else None
    except Refusal:  # rules that are broken do not keep anybody from looking
        return None


def strange_fields(table: str, paths: Iterable[str]) -> Iterator[str]:
    """A warning for each path that no document of a table has."""
    known = {*KINDS[table]._fields, "open" if table == TICKETS else "revision"}
    for path in dict.fromkeys(paths):
        field = path.partition(".")[0]
        if field not in known:
            yield f"warning: {table} have no field `{field}`{_hint(field, known)}"


def strange_messages(workspace: Workspace, ticket: str | None, channel: str | None) -> Iterator[str]:
    """A warning for a ticket or channel that there is not, by which one looks for messages."""
    if ticket is not None and workspace.store.get(TICKETS, ticket) is None:
        yield f"warning: there is no ticket `{ticket}`"
    settings = workspace.settings
    known = {*settings.channels, *(CHANNEL + name for name in settings.erp)}
    if channel is not None and channel not in known:
        yield f"warning: there is no channel `{channel}`{_hint(channel, known)}"


def _hint(word: str, known: Collection[str]) -> str:
    meant = nearest(word, set(known))
    return f"; did you mean `{meant}`?" if meant else ""


def unasked(workspace: Workspace, scope: Literal["measured", "environment"], names: Iterable[str]) -> Iterator[str]:
    """A warning for each name of a reading or of a condition on site that no rule asks for, and that is nearly one that
    they do ask for: others are kept for people to read."""
    paths = fields_of(workspace.rulebook.rules)
    asked = {path.removeprefix(f"{scope}.") for path in paths if path.startswith(f"{scope}.")}
    for name in dict.fromkeys(names):
        meant = None if name in asked else nearest(name, asked)
        if meant is not None:
            yield f"warning: no rule asks for `{scope}.{name}`; did you mean `{meant}`?"
