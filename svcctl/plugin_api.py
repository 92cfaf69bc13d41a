"""The public door for plugs: everything that a plugin may import from svcctl. Changed only with a major version.

What needs pydantic or urllib3 brings them in when it is first asked for, not before. A plug that uses
`HttpClient`, `HttpConnector` or `ChatRobot` declares urllib3 as a dependency of its own.
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
    Attachment,
    Delivery,
    Health,
    Limits,
    Message,
    Notifier,
    Plug,
    Receipt,
    Rendered,
    StorePlug,
)
from svcctl.foundation.errors import Refusal
from svcctl.foundation.instant import parse_instant, stored, zone_named
from svcctl.foundation.record import Record
from svcctl.store.contract import Damage, Document, Head, Progress, Reader, Store, TableSchema, Transaction, Where
from svcctl.ticket.event import Event, FoldError, fold, value_at

if TYPE_CHECKING:
    from pydantic import SecretStr

    from svcctl.extension.config import PluginConfig
    from svcctl.extension.cutting import longest_fitting, whole
    from svcctl.extension.erp_values import (
        as_number,
        complaint_text,
        contacts,
        keys_in,
        plain,
        reference,
        stock_record,
        with_keys,
        without_blanks,
    )
    from svcctl.extension.fields import message_fields
    from svcctl.extension.http import HttpAnswer, HttpClient, checked_url, judged_by_value, place_of, refused_by_status
    from svcctl.extension.http_connector import CallFailed, HttpConnector
    from svcctl.extension.reasons import reason
    from svcctl.extension.robot import ChatRobot, mobile_of
    from svcctl.extension.rounds import Row, Source
    from svcctl.extension.stockkeeping import Bill, BillKind, Stockkeeper, finish, named
    from svcctl.store.encoding import canonical, copied, expect_size
    from svcctl.store.identity import id_of
    from svcctl.store.line import START, broken_link, content_text, digest_of, ends_before, not_kept, reseal, seal
    from svcctl.store.query import meets, order_key
    from svcctl.store.versions import as_read, as_recorded

__all__ = [
    "CONNECTOR_CAPABILITIES",
    "NOTIFIER_CAPABILITIES",
    "START",
    "Attachment",
    "Bill",
    "BillKind",
    "CallFailed",
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
    "HttpConnector",
    "Limits",
    "LookupKind",
    "LookupRequest",
    "LookupResult",
    "Message",
    "Notifier",
    "Person",
    "Plug",
    "PluginConfig",
    "Progress",
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
    "Row",
    "SecretStr",
    "Source",
    "Stockkeeper",
    "Store",
    "StorePlug",
    "TableSchema",
    "Transaction",
    "Where",
    "as_number",
    "as_read",
    "as_recorded",
    "broken_link",
    "canonical",
    "checked_url",
    "complaint_text",
    "contacts",
    "content_text",
    "copied",
    "digest_of",
    "ends_before",
    "expect_size",
    "finish",
    "fold",
    "id_of",
    "judged_by_value",
    "keys_in",
    "longest_fitting",
    "meets",
    "message_fields",
    "mobile_of",
    "named",
    "not_kept",
    "order_key",
    "parse_instant",
    "place_of",
    "plain",
    "reason",
    "reference",
    "refused_by_status",
    "reseal",
    "seal",
    "stock_record",
    "stored",
    "value_at",
    "whole",
    "with_keys",
    "without_blanks",
    "zone_named",
]

_MODULES = {
    "extension.config": ("PluginConfig", "SecretStr"),
    "extension.cutting": ("longest_fitting", "whole"),
    "extension.http": ("HttpAnswer", "HttpClient", "checked_url", "judged_by_value", "place_of", "refused_by_status"),
    "extension.erp_values": (
        "as_number",
        "complaint_text",
        "contacts",
        "keys_in",
        "plain",
        "reference",
        "stock_record",
        "with_keys",
        "without_blanks",
    ),
    "extension.fields": ("message_fields",),
    "extension.http_connector": ("CallFailed", "HttpConnector"),
    "extension.reasons": ("reason",),
    "extension.robot": ("ChatRobot", "mobile_of"),
    "store.encoding": ("canonical", "copied", "expect_size"),
    "store.identity": ("id_of",),
    "store.line": ("START", "broken_link", "content_text", "digest_of", "ends_before", "not_kept", "reseal", "seal"),
    "store.query": ("meets", "order_key"),
    "store.versions": ("as_read", "as_recorded"),
    "extension.rounds": ("Row", "Source"),
    "extension.stockkeeping": ("Bill", "BillKind", "Stockkeeper", "finish", "named"),
}


def __getattr__(name: str) -> Any:
    for module, names in _MODULES.items():
        if name in names:
            from importlib import import_module

            return getattr(import_module(f"svcctl.{module}"), name)
    raise AttributeError(f"module `svcctl.plugin_api` has no `{name}`")
