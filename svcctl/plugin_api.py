"""The public door for plugs: everything that a plugin may import from svcctl. Changed only with a major version.

`PluginConfig` and `SecretStr` bring pydantic in when they are first asked for, not before.
"""

from typing import TYPE_CHECKING, Any

from svcctl.decision.decision import Person
from svcctl.extension.connector import (
    CONNECTOR_CAPABILITIES,
    Change,
    Connector,
    LookupKind,
    LookupRequest,
    LookupResult,
    PullKind,
    PullRequest,
    PullResult,
    PushKind,
    PushRequest,
    PushResult,
)
from svcctl.extension.contract import (
    NOTIFIER_CAPABILITIES,
    Delivery,
    Health,
    Limits,
    Message,
    Notifier,
    Plug,
    Receipt,
    Rendered,
)
from svcctl.foundation.errors import Refusal
from svcctl.foundation.instant import parse_instant, stored, zone_named
from svcctl.foundation.record import Record
from svcctl.store.contract import Damage, Document, Head, Reader, Store, TableSchema, Transaction, Where
from svcctl.ticket.event import Event, FoldError

if TYPE_CHECKING:
    from pydantic import SecretStr

    from svcctl.extension.config import PluginConfig

__all__ = [
    "CONNECTOR_CAPABILITIES",
    "NOTIFIER_CAPABILITIES",
    "Change",
    "Connector",
    "Damage",
    "Delivery",
    "Document",
    "Event",
    "FoldError",
    "Head",
    "Health",
    "Limits",
    "LookupKind",
    "LookupRequest",
    "LookupResult",
    "Message",
    "Notifier",
    "Person",
    "Plug",
    "PluginConfig",
    "PullKind",
    "PullRequest",
    "PullResult",
    "PushKind",
    "PushRequest",
    "PushResult",
    "Reader",
    "Receipt",
    "Record",
    "Refusal",
    "Rendered",
    "SecretStr",
    "Store",
    "TableSchema",
    "Transaction",
    "Where",
    "parse_instant",
    "stored",
    "zone_named",
]


def __getattr__(name: str) -> Any:
    if name in ("PluginConfig", "SecretStr"):
        import svcctl.extension.config

        return getattr(svcctl.extension.config, name)
    raise AttributeError(f"module `svcctl.plugin_api` has no `{name}`")
