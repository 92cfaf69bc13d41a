"""JSON in JSONB, and beside it where JSONB would give back something else.

JSONB has no NUL and no lone surrogates, does not tell 1e22 from an integer, and has no -0.0; engines differ in how they
print large numbers. What holds such a value is kept as its text, in the column `exact`, and `document` is NULL then.
"""

import json
import re
from typing import Any

from svcctl.plugin_api import Refusal, canonical

#: Looks at the text alone: what only looks like such a value, inside a string, is kept as text as well.
_INEXACT = re.compile(rb"\\u(?:0000|d[89a-f])|[:,\[]-?(?:\d[\d.]*[eE]|0\.0[,}\]]|\d{16})")

Stored = tuple[str | None, bytes | None]


def stored_value(value: Any, what: str) -> Stored:
    """The two columns of a value. Raises Refusal `bad-input` naming `what` where it is no JSON."""
    return stored_text(canonical(value, what))


def stored_text(text: bytes) -> Stored:
    """The same for canonical JSON."""
    return (None, text) if _INEXACT.search(text) else (text.decode(), None)


def read_value(document: Any, exact: bytes | None) -> dict[str, Any]:
    """The mapping in two columns. Raises Refusal `store-damaged` where there is none."""
    try:
        value = document if exact is None else loads(exact)
    except ValueError:
        value = None
    if not isinstance(value, dict):
        what = "the database holds something else where svcctl wrote a document"
        raise Refusal("store-damaged", what, help="`svcctl store verify --deep` says where")
    return value


def loads(text: str | bytes) -> Any:
    """JSON with the keys in the order of the canonical form: that of JSONB is another."""
    return json.loads(text, object_pairs_hook=lambda pairs: dict(sorted(pairs)))
