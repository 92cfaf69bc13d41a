"""The blocks of a file, with the rules of dispatch blocks and the fields of forms in them."""

from collections.abc import Iterator
from typing import Any

from svcctl.editor.view import View
from svcctl.foundation.record import Record
from svcctl.foundation.source import Span
from svcctl.language.blocks import DispatchBlock, FormBlock
from svcctl.language.checks.known import SORTS
from svcctl.language.tree import place_of


class Entry(Record):
    """A block, rule or field: what it is called, what sort it is, and where it stands."""

    name: str
    kind: str
    title: str
    whole: Span
    name_span: Span
    inner: tuple["Entry", ...] = ()


def outline(view: View, name: str) -> tuple[Entry, ...]:
    """The blocks of a file, in order of place."""
    blocks = sorted(view.parsed[name].module.blocks, key=lambda block: block.span)
    return tuple(_entry(block, block.id, SORTS[type(block)], tuple(_inner(block))) for block in blocks)


def _inner(block: Any) -> Iterator[Entry]:
    if isinstance(block, DispatchBlock):
        yield from (_entry(rule, rule.id, "rule") for rule in block.rules)
    if isinstance(block, FormBlock):
        yield from (_entry(field, field.name, "field") for field in block.fields)


def _entry(node: Any, name: str, kind: str, inner: tuple[Entry, ...] = ()) -> Entry:
    title = getattr(node, "title", None) or getattr(node, "label", None) or ""
    return Entry(str(name), kind, str(title), node.span, place_of(name, node), inner)
