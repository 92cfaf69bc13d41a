"""The public door for plugs: everything that a plugin may import from svcctl. Changed only with a major version.

What needs pydantic or urllib3 brings them in when it is first asked for, not before. A plug that uses
`HttpClient` or `ChatRobot` declares urllib3 as a dependency of its own.
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
    from svcctl.extension.cutting import longest_fitting, whole
    from svcctl.extension.http import HttpAnswer, HttpClient, checked_url, judged_by_value, place_of, refused_by_status
    from svcctl.extension.robot import ChatRobot, mobile_of

__all__ = [
    "CONNECTOR_CAPABILITIES",
    "NOTIFIER_CAPABILITIES",
    "Change",
    "ChatRobot",
    "Connector",
    "Damage",
    "Delivery",
    "Document",
    "Event",
    "FoldError",
    "Head",
    "Health",
    "HttpAnswer",
    "HttpClient",
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
    "checked_url",
    "judged_by_value",
    "longest_fitting",
    "mobile_of",
    "parse_instant",
    "place_of",
    "refused_by_status",
    "stored",
    "whole",
    "zone_named",
]

_MODULES = {
    "config": ("PluginConfig", "SecretStr"),
    "cutting": ("longest_fitting", "whole"),
    "http": ("HttpAnswer", "HttpClient", "checked_url", "judged_by_value", "place_of", "refused_by_status"),
    "robot": ("ChatRobot", "mobile_of"),
}


def __getattr__(name: str) -> Any:
    for module, names in _MODULES.items():
        if name in names:
            from importlib import import_module

            return getattr(import_module(f"svcctl.extension.{module}"), name)
    raise AttributeError(f"module `svcctl.plugin_api` has no `{name}`")
