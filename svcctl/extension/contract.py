"""The contract of every plug, and of notifiers. Plugin authors import all of it from `svcctl.plugin_api`.

One request object goes in and one result object comes out, so that a later svcctl can say more without
breaking the plugs that exist.
"""

import json
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar, Literal
from urllib.parse import parse_qsl, quote, quote_plus, unquote, urlsplit

from svcctl.decision.decision import Person
from svcctl.foundation.record import Record
from svcctl.store.contract import Store, TableSchema


class Health(Record):
    """Whether a plug would work now; `text` says what was tried and what came back."""

    ok: bool
    text: str


class Plug(ABC):
    """What notifiers and connectors share.

    A subclass has a nested class `Config` (a `svcctl.plugin_api.PluginConfig`), of which `config` is a valid
    instance with its secrets resolved. Making a plug must not touch the network.
    """

    Config: ClassVar[type[Any]]
    capabilities: ClassVar[frozenset[str]] = frozenset()

    config: Any

    def __init__(self, config: Any) -> None:
        self.config = config

    @abstractmethod
    def check(self) -> Health:
        """Whether the plug would work now, without effects that anybody notices. May touch the network."""

    def close(self) -> None:  # noqa: B027 - most plugs have nothing to give back
        """Give back connections and files. The plug may not be used afterwards."""

    def scrub(self, text: str) -> str:
        """The text with the secrets of the configuration taken out."""
        return scrubbed(text, self.config)


class Attachment(Record):
    """A file that may go with a message: evidence of its ticket. `digest` is the SHA-256 of its `size` bytes."""

    kind: str
    name: str
    path: Path
    size: int
    digest: str


class Message(Record):
    """Something to be said to somebody about a ticket.

    `kind` is `notify`, `remind`, `survey` or another word for why; `rule` the rule that wanted it. The outbox
    gives `id` and `key`: the key is the same on every attempt, so that receivers can drop repeats. `attachments` is the
    evidence that the ticket had when the message was queued, for notifiers that declare `attachments`.
    """

    ticket: str
    kind: str
    to: Person
    channel: str
    subject: str
    text: str
    created_at: datetime
    urgent: bool = False
    rule: str | None = None
    id: str = ""
    key: str = ""
    attachments: tuple[Attachment, ...] = ()


class Rendered(Record):
    """A message as it would be sent. A dry run shows it, so nothing in it is secret.

    `to` is the address or place as people know it; `headers` what goes beside `body`; `shortened` says that
    text was cut to the channel's limits; `attachments` are the files that go with it, read by `deliver`.
    """

    to: str
    body: str
    content_type: str = "text/plain"
    subject: str = ""
    headers: Mapping[str, str] = {}
    shortened: bool = False
    attachments: tuple[Attachment, ...] = ()


class Delivery(Record):
    """One attempt to send: `attempt` counts from 1; `key` is the message's."""

    rendered: Rendered
    key: str
    attempt: int = 1


class Receipt(Record):
    """What became of an attempt.

    `delivered`: the other side has taken it (`remote_id` is its name there). `retry`: it was not taken and may
    be later, after `after` seconds where the other side said so. `rejected`: it will never be taken. `unknown`:
    it may have been taken; it is sent again with the same key. `code` is the other side's own.
    """

    outcome: Literal["delivered", "retry", "rejected", "unknown"]
    text: str = ""
    code: str | None = None
    remote_id: str | None = None
    after: int | None = None

    @classmethod
    def delivered(cls, remote_id: str | None = None, *, text: str = "") -> "Receipt":
        return cls("delivered", text, remote_id=remote_id)

    @classmethod
    def retry(cls, text: str, *, code: str | None = None, after: int | None = None) -> "Receipt":
        return cls("retry", text, code, after=after)

    @classmethod
    def rejected(cls, text: str, *, code: str | None = None) -> "Receipt":
        return cls("rejected", text, code)

    @classmethod
    def unknown(cls, text: str, *, code: str | None = None) -> "Receipt":
        return cls("unknown", text, code)


class Limits(Record):
    """What a channel bears: messages a minute, bytes of a body, and the seconds that one attempt may last."""

    per_minute: int | None = None
    body_bytes: int | None = None
    attempt_seconds: int = 60


#: Parts of an address: a path has a token where one is so long, and what is shorter than the other hides nothing.
_TOKEN, _SHORTEST = 12, 4

#: What a notifier may declare. `drops_repeats`: the receiver honours the key, so a repeat reaches nobody twice.
NOTIFIER_CAPABILITIES = frozenset({"urgent", "markdown", "mentions", "threads", "attachments", "drops_repeats"})


class Notifier(Plug):
    """A channel by which messages leave. Entry-point group `svcctl.notifiers.v1`."""

    @property
    def limits(self) -> Limits:
        """May depend on the configuration."""
        return Limits()

    @abstractmethod
    def render(self, message: Message) -> Rendered:
        """The message as it would be sent. Pure: no network, no clock, the same answer every time."""

    @abstractmethod
    def deliver(self, delivery: Delivery) -> Receipt:
        """Send it, within `limits.attempt_seconds`. What cannot be told apart from delivered is `unknown`.

        May raise anything: svcctl then takes it as `unknown`.
        """


class StorePlug(Plug):
    """What opens and makes stores of one kind. Entry-point group `svcctl.stores.v1`.

    The configuration says which store it is. Store authors find in `svcctl.plugin_api` what every store does alike
    (the form and hash of a commit, conditions, versions of documents), and in `svcctl.testing.store` its tests.
    """

    @abstractmethod
    def open(self, tables: Mapping[str, TableSchema], *, lock_timeout: float) -> Store:
        """The store that is there; `lock_timeout` in seconds.

        Raises Refusal `no-workspace` where there is none, or one that was not made whole, `store-newer`,
        `plugin-unavailable` where it cannot be reached, `store-busy`.
        """

    @abstractmethod
    def create(
        self,
        tables: Mapping[str, TableSchema],
        *,
        lock_timeout: float,
        commits: Iterable[Mapping[str, Any]] = (),
    ) -> Store:
        """A new store that has these commits, byte for byte: whole, or `open` finds none.

        Raises Refusal `already-exists`, `bad-input` where the commits are no chain, `plugin-unavailable`.
        """


def scrubbed(text: str, config: Any) -> str:
    """The text with every secret of a configuration as `***`: plain, percent-encoded or as JSON writes it, and of one
    that is an address what stands in it as a secret, too."""
    secrets = {part for secret in _secrets(config) for part in (secret, *_parts(secret))}
    forms = {form for secret in secrets for form in _forms(secret)}
    for form in sorted(forms, key=len, reverse=True):
        text = text.replace(form, "***")
    return text


def _forms(secret: str) -> Iterable[str]:
    yield from (secret, quote(secret, safe=""), quote_plus(secret))
    yield from (json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1])


def _parts(secret: str) -> Iterable[str]:
    """What of an address lets somebody in: its password, the values of its query, what is long in its path."""
    if "://" not in secret:
        return
    try:
        address = urlsplit(secret)
    except ValueError:
        return
    found = [address.password or "", *(value for _, value in parse_qsl(address.query))]
    found += [unquote(part) for part in address.path.split("/") if len(part) >= _TOKEN]
    if any(len(part) >= _TOKEN for part in address.path.split("/")):
        found.append(address.path)
    if address.query:
        found += [address.query, f"{address.path}?{address.query}"]
    yield from (part for part in found if len(part) >= _SHORTEST)


def _secrets(value: Any) -> Iterable[str]:
    """The plain text of every secret in a configuration, however deep."""
    if hasattr(value, "get_secret_value"):
        secret = value.get_secret_value()
        return (secret,) if secret else ()
    if hasattr(type(value), "model_fields"):
        value = vars(value)
    if isinstance(value, Mapping):
        value = value.values()
    elif not isinstance(value, list | tuple | set | frozenset):
        return ()
    return (secret for item in tuple(value) for secret in _secrets(item))
