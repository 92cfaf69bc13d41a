"""JSON as the store writes it, and what it refuses to write.

UTF-8 and compact, so that text in any language stays readable in `git diff` and `jq`. A lone
surrogate has no UTF-8 form: only a value that holds one is written with `\\u` escapes, which keep it.
"""

import json
from collections.abc import Mapping
from typing import Any

from svcctl.foundation.errors import Refusal

#: How deep lists and mappings may be nested; far below where Python's own reader gives up.
DEPTH = 100
#: How large one document may be. Each change of it writes it anew, so there must be an end to it.
DOCUMENT_BYTES = 32 * 1024 * 1024

_READABLE = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False)
_ESCAPED = json.JSONEncoder(ensure_ascii=True, separators=(",", ":"), allow_nan=False)
_READABLE_SORTED = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False, sort_keys=True)
_ESCAPED_SORTED = json.JSONEncoder(ensure_ascii=True, separators=(",", ":"), allow_nan=False, sort_keys=True)


def encoded(value: Any) -> bytes:
    """The value in the order of its own keys: the form of documents in pages."""
    try:
        return _READABLE.encode(value).encode()
    except UnicodeEncodeError:
        return _ESCAPED.encode(value).encode()


def canonical(value: Any, what: str) -> bytes:
    """The value with sorted keys: the form of everything in the journal.

    Raises Refusal `bad-input` naming `what` where the value is not JSON, or nested deeper than `DEPTH`.
    """
    try:
        try:
            text = _READABLE_SORTED.encode(value)
            data = text.encode()
        except UnicodeEncodeError:
            text = _ESCAPED_SORTED.encode(value)
            data = text.encode()
    except (TypeError, ValueError) as error:
        raise Refusal("bad-input", f"{what} cannot be kept as JSON: {error}") from None
    except RecursionError:
        raise _too_deep(what) from None
    if text.count("{") + text.count("[") > DEPTH and _depth_exceeds(value, DEPTH):
        raise _too_deep(what)
    return data


def expect_size(id: str, size: int) -> None:
    """Raises Refusal `bad-input` for a document of more bytes than `DOCUMENT_BYTES`."""
    if size > DOCUMENT_BYTES:
        raise Refusal(
            "bad-input",
            f"`{id}` would have {size / 2**20:.1f} MB, more than the {DOCUMENT_BYTES >> 20} MB of one document",
            help="attach long texts as files, or go on in a linked ticket",
        )


def _too_deep(what: str) -> Refusal:
    return Refusal("bad-input", f"{what} is nested deeper than {DEPTH} levels", help="flatten the value")


def _depth_exceeds(value: Any, limit: int) -> bool:
    if isinstance(value, Mapping):
        inner = list(value.values())
    elif isinstance(value, list | tuple):
        inner = list(value)
    else:
        return False
    return limit == 0 or any(_depth_exceeds(item, limit - 1) for item in inner)


def copied(value: Any) -> Any:
    """A copy of plain JSON that shares no list or mapping with it."""
    if isinstance(value, dict):
        return {key: copied(item) for key, item in value.items()}
    if isinstance(value, list):
        return [copied(item) for item in value]
    return value
