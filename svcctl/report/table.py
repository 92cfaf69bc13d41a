"""Tables and pages of plain text, aligned by display cells: Chinese characters take two."""

import re
import sys
from collections.abc import Mapping, Sequence
from datetime import datetime, tzinfo
from decimal import Decimal
from importlib import import_module
from types import ModuleType
from typing import Any

from svcctl.foundation.record import Record
from svcctl.foundation.width import display_width

_CONTROL = r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]"
#: What tabulate adds to the width of a title.
_TITLE_PADDING = 2


class Looks(Record):
    """How text is to look: times in `zone`, cut to `width` cells (None: not at all), with or without `color`."""

    zone: tzinfo
    width: int | None = None
    color: bool = False


def paint(text: str, code: str, looks: Looks) -> str:
    """The text in an ANSI style (`1` bold, `2` faint, `31` red), where colour is wanted."""
    return f"\x1b[{code}m{text}\x1b[0m" if looks.color else text


def clean(text: str) -> str:
    """The text without what could steer a terminal: control and direction characters are written out."""
    if text.isprintable():
        return text
    return re.sub(
        _CONTROL, lambda found: f"\\x{ord(found[0]):02x}" if ord(found[0]) < 256 else f"\\u{ord(found[0]):04x}", text
    )


def brief(moment: datetime, zone: tzinfo) -> str:
    """Wall time to the minute, as people read it beside a zone named once."""
    return moment.astimezone(zone).strftime("%Y-%m-%d %H:%M")


def cell(value: Any) -> str:
    """One value on one line; nothing for None."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Mapping):
        return ", ".join(f"{key}={cell(item)}" for key, item in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(cell(item) for item in value)
    if isinstance(value, Decimal):
        return f"{value:f}"
    return " ".join(clean(str(value)).split())


def lay_out(
    rows: Sequence[Sequence[str]], titles: Sequence[str], looks: Looks, *, cut: int | None = None, right: str = ""
) -> str:
    """A table with its titles; column number `cut` gives way where the table is wider than the terminal.

    `right` has an `r` at the place of each column that is aligned to the right.
    """
    if rows and cut is not None and looks.width is not None:
        rows = _fitted(rows, titles, cut, looks.width)
    tabulate = _tabulate()
    aligned = ["right" if right[index : index + 1] == "r" else "left" for index in range(len(titles))]
    headers = [paint(title, "1", looks) for title in titles]
    text = tabulate([*map(list, rows)], headers, tablefmt="simple", disable_numparse=True, colalign=aligned)
    return "\n".join(line.rstrip() for line in text.splitlines()) + "\n"


def _tabulate() -> Any:
    """tabulate's one function, without half of what it imports and does not need here.

    It asks for its own version as it is imported, and what answers begins with a parser of mail; wcwidth, by which it
    measures text, is large, and needed only for rare characters; so are the entities of HTML. Each is answered for
    while it imports them.
    """
    told: Mapping[str, Mapping[str, object]] = {
        "importlib.metadata": {"version": lambda name: "", "PackageNotFoundError": LookupError},
        "wcwidth": {"wcswidth": display_width},
        "html": {"escape": lambda text: import_module("html").escape(text)},
        "dataclasses": {"is_dataclass": lambda item: hasattr(item, "__dataclass_fields__")},
    }
    standing_in = {name: _StandIn(name, said) for name, said in told.items() if name not in sys.modules}
    sys.modules.update(standing_in)
    try:
        from tabulate import tabulate
    finally:
        for name in standing_in:
            del sys.modules[name]
    return tabulate


class _StandIn(ModuleType):
    """Some attributes of a module, which is imported after all where another is asked for later."""

    def __init__(self, name: str, said: Mapping[str, object]) -> None:
        super().__init__(name)
        self.__dict__.update(said)

    def __getattr__(self, name: str) -> Any:
        if sys.modules.get(self.__name__) is self:
            raise AttributeError(name)
        return getattr(import_module(self.__name__), name)


def pairs(entries: Sequence[tuple[str, str]], looks: Looks) -> str:
    """Names and values in two columns, without a title."""
    if not entries:
        return ""
    width = max(display_width(name) for name, _ in entries)
    return "".join(f"{paint(padded(name, width), '1', looks)}  {value}".rstrip() + "\n" for name, value in entries)


def padded(text: str, width: int) -> str:
    """The text with spaces up to a width in cells."""
    return text + " " * (width - display_width(text))


def shortened(text: str, width: int) -> str:
    """The text, or as much of it as fits into `width` cells with an ellipsis."""
    if display_width(text) <= width:
        return text
    kept = text[: max(width - 1, 0)]
    while kept and display_width(kept) > width - 1:
        kept = kept[:-1]
    return f"{kept}…"


def _fitted(rows: Sequence[Sequence[str]], titles: Sequence[str], cut: int, width: int) -> Sequence[Sequence[str]]:
    columns = zip(titles, zip(*rows, strict=True), strict=True)
    widths = [max(display_width(title) + _TITLE_PADDING, *map(display_width, column)) for title, column in columns]
    room = max(width - 2 * (len(widths) - 1) - sum(widths) + widths[cut], 8)
    if widths[cut] <= room:
        return rows
    return [[shortened(text, room) if index == cut else text for index, text in enumerate(row)] for row in rows]
