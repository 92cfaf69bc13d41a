"""The ERPs that a workspace's settings name, and what svcctl itself does with each."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Any, TypeVar

from svcctl.desk.settings import ERP_KEYS, Settings
from svcctl.desk.workspace import Workspace
from svcctl.foundation.errors import Refusal
from svcctl.foundation.quantity import Elapsed, parse_duration
from svcctl.foundation.record import Record

if TYPE_CHECKING:
    from svcctl.extension.connector import Connector, LookupRequest, LookupResult

T = TypeVar("T")

#: Before the name of an ERP: the channel of what is pushed to it.
CHANNEL = "erp."


class Erp(Record):
    """One ERP's part in the loop, as `ERP_KEYS` says it. `keep` is how long an answer is not asked for again."""

    name: str
    push: frozenset[str]
    flows: frozenset[str]
    intake: bool
    keep: timedelta
    bill: str

    @property
    def channel(self) -> str:
        return CHANNEL + self.name


def erps(settings: Settings) -> Iterator[Erp]:
    """Each ERP, in the order of the settings. Raises Refusal `bad-configuration`."""
    for name, table in settings.erp.items():
        said = {key: table.get(key, row.default) for key, row in ERP_KEYS.items()}
        keep = parse_duration(said["keep"])
        if not isinstance(keep, Elapsed):
            raise Refusal(
                "bad-configuration", f"`erp.{name}.keep` is `{said['keep']}`", help="write elapsed time such as `24h`"
            )
        yield Erp(
            name,
            frozenset(said["push"]),
            frozenset(said["flows"]),
            said["intake"],
            timedelta(seconds=keep.seconds),
            said["bill"],
        )


@contextmanager
def connected(workspace: Workspace, name: str) -> Iterator["Connector"]:
    """The connector of `[erp.NAME]`, closed in the end. Raises Refusal as the registry does."""
    from svcctl.extension.guard import closing

    plugin, table = plug_table(workspace.settings.erp[name])
    with closing(workspace.registry.connector(plugin, table, f"erp.{name}")) as connector:
        yield connector


def plug_table(table: Mapping[str, Any], place: str = "erp") -> tuple[str, dict[str, Any]]:
    """The plugin that a table of `[erp]` or `[channels]` names, and what of it is the plugin's own."""
    own = {"plugin", *(ERP_KEYS if place == "erp" else ())}
    return str(table["plugin"]), {key: value for key, value in table.items() if key not in own}


def asked(connector: "Connector", name: str, kind: type[T], ask: Callable[[], T]) -> T:
    """What a connector answers, which is of its kind. Raises Refusal as the connector does, without secrets; whatever
    else it raises or answers is `plugin-unavailable`."""
    from svcctl.extension.guard import PlugFailed, guarded

    try:
        with guarded(connector.scrub):
            answer = ask()
            if not isinstance(answer, kind):
                raise TypeError(f"it gave no {kind.__name__}")
            return answer
    except PlugFailed as failed:
        raise Refusal("plugin-unavailable", f"the connector of `{name}` failed: {failed}") from None


def looked_up(connector: "Connector", name: str, request: "LookupRequest") -> "LookupResult":
    """What a connector knows of one thing, as JSON has it. Raises Refusal as `asked` does."""
    import json

    from svcctl.extension.connector import LookupResult

    def look() -> LookupResult:
        found = connector.lookup(request)
        if not isinstance(found, LookupResult) or found.record is None:
            return found
        if not isinstance(found.record, Mapping):
            raise TypeError("its LookupResult has no record")
        return found.replace(record=json.loads(json.dumps(dict(found.record), default=str)))

    return asked(connector, name, LookupResult, look)


def chosen_erp(settings: Settings, name: str | None) -> str:
    """The ERP of a name, or the only one. Raises Refusal `bad-configuration`."""
    if name in settings.erp:
        return str(name)
    if name is None and len(settings.erp) == 1:
        return next(iter(settings.erp))
    known = ", ".join(f"`{known}`" for known in settings.erp)
    raise Refusal(
        "bad-configuration",
        f"no ERP `{name}` is configured" if name else "it is not clear which ERP to ask",
        help=f"name one of {known} with --erp" if known else 'write [erp.NAME] with a line `plugin = "files"`',
    )
