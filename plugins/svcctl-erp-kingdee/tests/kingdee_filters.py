"""The language in which a query says which rows it wants."""

import re
from collections.abc import Iterable
from typing import Any

from kingdee_forms import Refused

_TEST = re.compile(r"([\w.]+) (=|>|>=|like) (?:'((?:[^']|'')*)'|(\d+))(?: and |$)")


def tests(text: str) -> Iterable[tuple[str, str, Any]]:
    """Field, operator and value of each test in a filter. Raises Refused."""
    end = 0
    for match in _TEST.finditer(text):
        assert match.start() == end, text
        end = match.end()
        field, operator, quoted, number = match.groups()
        yield field, operator, int(number) if quoted is None else quoted.replace("''", "'")
    if end != len(text):
        raise Refused(8, f"过滤条件有误: {text}")


def meets(value: Any, operator: str, wanted: Any) -> bool:
    if isinstance(value, list):
        return any(meets(each, operator, wanted) for each in value)
    if value is None:
        return False
    if operator == "like":
        return re.fullmatch(".*".join(map(re.escape, wanted.split("%"))), value, re.DOTALL) is not None
    if operator == "=":
        return bool(value == wanted)
    if operator == ">":
        return bool(value > wanted)
    return bool(value.replace("T", " ") >= wanted)
