"""The contract of ERP connectors: they look up, pull changes by cursor, and push effects with a key."""

from abc import abstractmethod
from collections.abc import Mapping
from typing import Any, Literal

from svcctl.extension.contract import Limits, Plug
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

    `customer`, `asset`: fields of the svcctl record of that name (`name`, `tier`, `model`, `batch`, `customer`, ...);
    an asset may have `installed_on` (a date) for `installed_at`, and beside its fields `history`: what was done to it
    as the ERP knows it, a list of `{date, text}`, the oldest first;
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
    """An effect on the ERP, wanted by `ticket`. The same `key` must have its effect once, however often it comes.

    `key` has at most 40 ASCII letters, digits and `-`, and is one svcctl's alone. What one ticket wants comes in the
    order in which it was wanted; what ended undelivered is missing. Numbers are decimal text, times RFC 3339;
    what has a `?` may be absent. By kind, `record` holds

    `reservation`: `{part, quantity, location?}`;
    `release`: `{part, quantity, location?, reservation}`, where `reservation` is the key of the reservation that it
    takes back; where the ERP has none by that key (any more), there is nothing to do, and that is `done`;
    `part_used`: `{part, quantity, location?, old_serial?, new_serial?, reservation?, customer?, asset?}`, where
    `reservation` is the key of the reservation that it uses up;
    `cost`: `{lines: [{kind, amount, text?}], currency, customer?, asset?, billable}`, each line's `kind` being
    `repair`, `travel`, `parts` or another word; `billable` asks for a draft invoice to the customer, else it is a
    posted voucher of internal cost;
    `complaint`: `{title, text?, customer?, asset?, state, opened_at, closed_at?, resolution?}`, the ticket on the
    customer's record, where `state` is `open` or `closed`: found by the ticket's number, made where it is not there,
    else brought up to date. Each state comes with a key of its own.
    """

    kind: PushKind
    key: str
    ticket: str
    record: Mapping[str, Any]


class PushResult(Record):
    """What became of it. `done`: the effect is there. `repeated`: the key was known, nothing was done again, and
    `remote_id` is the first time's. `retry`, `rejected` and `unknown` as in `Receipt`.

    `remote_id` is the name of what was made or changed, as people find it in the ERP.
    """

    outcome: Literal["done", "repeated", "retry", "rejected", "unknown"]
    text: str = ""
    code: str | None = None
    remote_id: str | None = None
    after: int | None = None

    @classmethod
    def done(cls, remote_id: str | None = None, *, text: str = "") -> "PushResult":
        return cls("done", text, remote_id=remote_id)

    @classmethod
    def repeated(cls, remote_id: str | None = None, *, text: str = "") -> "PushResult":
        return cls("repeated", text, remote_id=remote_id)

    @classmethod
    def retry(cls, text: str, *, code: str | None = None, after: int | None = None) -> "PushResult":
        return cls("retry", text, code, after=after)

    @classmethod
    def rejected(cls, text: str, *, code: str | None = None) -> "PushResult":
        return cls("rejected", text, code)

    @classmethod
    def unknown(cls, text: str, *, code: str | None = None) -> "PushResult":
        return cls("unknown", text, code)


class Connector(Plug):
    """A door to an ERP. Entry-point group `svcctl.erp.v1`.

    svcctl asks only for what `capabilities` declares. Methods may raise `Refusal` (`bad-input` for data that
    cannot be read, `plugin-unavailable` where the ERP cannot be reached); anything else is taken as the latter. A
    `push` that raises counts as `unknown`. No lock of the store is held while a method runs, and each ends within
    `limits.attempt_seconds`.
    """

    @property
    def limits(self) -> Limits:
        """May depend on the configuration. `per_minute` counts pushes."""
        return Limits()

    @abstractmethod
    def lookup(self, request: LookupRequest) -> LookupResult:
        """Read one thing."""

    @abstractmethod
    def pull(self, request: PullRequest) -> PullResult:
        """Read what changed. A change may be given twice, never left out."""

    @abstractmethod
    def push(self, request: PushRequest) -> PushResult:
        """Have an effect, once for each key."""
