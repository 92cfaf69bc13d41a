"""The contract of ERP connectors: they look up, pull changes by cursor, and push effects with a key."""

from abc import abstractmethod
from collections.abc import Mapping
from typing import Any, Literal

from svcctl.extension.contract import Plug
from svcctl.foundation.record import Record

LookupKind = Literal["customer", "asset", "warranty", "part", "stock"]
PullKind = Literal["customer", "site", "asset"]
PushKind = Literal["reservation", "release", "part_used", "cost", "complaint"]

#: What a connector may declare: `lookup.KIND`, `pull`, `push.KIND`.
CONNECTOR_CAPABILITIES = frozenset(
    {f"lookup.{kind}" for kind in ("customer", "asset", "warranty", "part", "stock")}
    | {"pull"}
    | {f"push.{kind}" for kind in ("reservation", "release", "part_used", "cost", "complaint")}
)


class LookupRequest(Record):
    """Ask for one thing by its id: a serial number for `asset` and `warranty`, a part number for `part` and
    `stock`. `location` narrows `stock` to one place."""

    kind: LookupKind
    id: str
    location: str | None = None


class LookupResult(Record):
    """What the ERP knows, or None where it knows no such thing. By kind, `record` holds

    `customer`, `asset`: fields of the svcctl record of that name (`name`, `tier`, `model`, `batch`, ...);
    `warranty`: `until` (RFC 3339, exclusive), `from` and `months` where they are known;
    `part`: `name`, `unit`; `stock`: `quantity` in all and `locations`, a mapping to the quantity in each.

    Quantities are decimal text. `text` says where it was found, for people.
    """

    record: Mapping[str, Any] | None
    text: str = ""

    @property
    def found(self) -> bool:
        return self.record is not None


class PullRequest(Record):
    """Ask what changed since `cursor` (None: everything)."""

    cursor: str | None = None


class Change(Record):
    """A record as it is now in the ERP; None where it is gone."""

    kind: PullKind
    id: str
    record: Mapping[str, Any] | None


class PullResult(Record):
    """The changes, and the cursor to be kept for the next pull; `more` asks to pull again at once."""

    changes: tuple[Change, ...]
    cursor: str
    more: bool = False


class PushRequest(Record):
    """An effect on the ERP, wanted by `ticket`. The same `key` must have its effect once, however often it comes."""

    kind: PushKind
    key: str
    ticket: str
    record: Mapping[str, Any]


class PushResult(Record):
    """What became of it. `repeated`: the key was known, nothing was done again; the others as in `Receipt`."""

    outcome: Literal["done", "repeated", "retry", "rejected", "unknown"]
    text: str = ""
    code: str | None = None
    remote_id: str | None = None
    after: int | None = None


class Connector(Plug):
    """A door to an ERP. Entry-point group `svcctl.erp.v1`.

    svcctl asks only for what `capabilities` declares. Methods may raise `Refusal` (`bad-input` for data that
    cannot be read, `plugin-unavailable` where the ERP cannot be reached); anything else is taken as the latter.
    """

    @abstractmethod
    def lookup(self, request: LookupRequest) -> LookupResult:
        """Read one thing."""

    @abstractmethod
    def pull(self, request: PullRequest) -> PullResult:
        """Read what changed. A change may be given twice, never left out."""

    @abstractmethod
    def push(self, request: PushRequest) -> PushResult:
        """Have an effect, once for each key."""
