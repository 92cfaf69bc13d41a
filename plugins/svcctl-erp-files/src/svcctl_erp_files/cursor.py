"""The cursor of a pull: what every record was, so that the next pull knows exactly what is new, other or gone.

It is a JSON mapping of table to record id to a digest (12 hexadecimal digits), some 25 bytes a record; the
connector itself remembers nothing.
"""

import json
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from svcctl.plugin_api import Refusal

Seen = dict[str, dict[str, str]]


def digest(record: Mapping[str, Any]) -> str:
    """What tells a record from another one that it was before."""
    text = json.dumps(record, sort_keys=True)
    return sha256(text.encode()).hexdigest()[:12]


def to_cursor(seen: Seen) -> str:
    """What was seen, as the text that the next pull is given."""
    return json.dumps(seen, ensure_ascii=True, separators=(",", ":"), sort_keys=True)


def from_cursor(cursor: str | None) -> Seen:
    """What an earlier pull saw. Raises Refusal `bad-input` for a cursor that is not one."""
    if cursor is None:
        return {}
    try:
        seen = json.loads(cursor)
        return {table: {id: str(old) for id, old in records.items()} for table, records in seen.items()}
    except (ValueError, AttributeError, RecursionError):
        raise Refusal(
            "bad-input", "the cursor is not one of the files connector", help="pull without a cursor: everything comes"
        ) from None
