"""Where names stand in rules: what defines them, and what speaks of them."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from svcctl.decision.acceptance import VERIFIER
from svcctl.editor.view import View
from svcctl.foundation.record import Record
from svcctl.foundation.source import Span
from svcctl.language import blocks, scenario_block, tree
from svcctl.language.block import Block
from svcctl.language.care_block import CareBlock
from svcctl.language.checks.known import SORTS, Known
from svcctl.language.tree import Word

#: What a sort of names of the workspace is that rule files define under another name.
_SAME = {"type": "form"}
#: Fields of nodes that hold a name, or several, and the sort of these.
_HELD: Mapping[type[Record], Mapping[str, str]] = {
    blocks.Target: {"calendar": "calendar"},
    blocks.Demand: {"state": "state", "needs": "field"},
    blocks.Limit: {"state": "state"},
    blocks.Milestone: {"states": "state"},
    blocks.SlaBlock: {"pauses": "state"},
    blocks.Mute: {"rules": "escalation", "by": "field"},
    CareBlock: {"states": "state"},
    tree.Delegate: {"block": "dispatch"},
    tree.Queue: {"name": "queue"},
    tree.OpenTicket: {"type": "form"},
    tree.EngineerChoice: {"team": "team"},
    tree.SkillNeed: {"skill": "skill"},
    tree.AttachSimilar: {"path": "field"},
    scenario_block.ExpectRule: {"rule": "rule"},
    scenario_block.ExpectField: {"path": "field"},
    scenario_block.Moment: {"moves": "state"},
}


class Mention(Record):
    """A name of a sort (`calendar`, `form`, `rule`, `state`, `field`, `team`, ...) at a place; `defines` it, or not."""

    sort: str
    name: str
    span: Span
    defines: bool = False


def mentions(view: View) -> tuple[Mention, ...]:
    """Every name in every file, in reading order. Of a block with mistakes only what needs no knowledge of types."""
    checked = {block.span: block for sort in vars(view.rules).values() if isinstance(sort, tuple) for block in sort}
    found: dict[tuple[Span, str], Mention] = {}
    errors = [finding.primary.span for finding in view.findings if finding.is_error]
    for module in view.modules:
        for block in module.blocks:
            whole = checked.get(block.span, block)
            wrong = any(span.source == block.span.source and _meet(span, block.span) for span in errors)
            for mention in (*_of_block(whole, view.known), *(_of_block(block, view.known) if wrong else ())):
                found.setdefault((mention.span, mention.sort), mention)  # `a <-> b` is two moves with the same words
    return tuple(sorted(found.values(), key=lambda mention: mention.span))


def mention_at(view: View, name: str, offset: int) -> Mention | None:
    """The name at a place of a file; at the end of a word it is that word."""
    there = (each for each in mentions(view) if each.span.source == name and each.span.start <= offset <= each.span.end)
    return min(there, key=lambda each: each.span.end - each.span.start, default=None)


def definitions(view: View, meant: Mention) -> tuple[Mention, ...]:
    """Where a name is defined: of a state, where each flow first names it."""
    same = [each for each in mentions(view) if (each.sort, each.name) == (meant.sort, meant.name)]
    return tuple(each for each in same if each.defines)


def references(view: View, meant: Mention) -> tuple[Mention, ...]:
    """Every place where a name stands, its definition included."""
    return tuple(each for each in mentions(view) if (each.sort, each.name) == (meant.sort, meant.name))


# ---------------------------------------------------------------------- walking


def _of_block(block: blocks.AnyBlock, known: Known) -> Iterator[Mention]:
    if isinstance(block, blocks.FlowBlock):
        yield from _states(block)
    yield from _walked(block, known)


def _states(flow: blocks.FlowBlock) -> Iterator[Mention]:
    """The states of a flow; the first mention of each defines it."""
    first: set[str] = set()
    moves = sorted(flow.moves, key=lambda move: move.span)
    words = [word for move in moves for word in (*move.sources, *move.targets)]
    for word in sorted(words, key=_place):
        yield from _named("state", word, defines=word not in first)
        first.add(word)


def _walked(node: Any, known: Known) -> Iterator[Mention]:
    if isinstance(node, tuple):
        for part in node:
            yield from _walked(part, known)
        return
    if not isinstance(node, Record):
        return
    if isinstance(node, Block | blocks.DispatchRule):
        sort = "rule" if isinstance(node, blocks.DispatchRule) else SORTS[type(node)]
        if sort != "test":
            yield from _named(sort, node.id, defines=True)
    for field, sort in _HELD.get(type(node), {}).items():
        held = getattr(node, field)
        for word in held if isinstance(held, tuple) else (held,):
            if sort != "field" or word in known.form_fields:
                yield from _named(sort, word)
    special = _SPECIAL.get(type(node))
    if special is not None:
        yield from special(node, known)
    for field in node._fields:
        yield from _walked(getattr(node, field), known)


def _recipient(node: tree.Recipient, known: Known) -> Iterator[Mention]:
    del known
    if node.kind in ("team", "role", "engineer"):
        yield from _named(node.kind, node.name)


def _field(node: tree.Field | tree.Name, known: Known) -> Iterator[Mention]:
    if node.path in known.form_fields:
        yield Mention("field", str(node.path), node.span)


def _literal(node: tree.Literal, known: Known) -> Iterator[Mention]:
    del known
    if node.type is not None and node.type.name and isinstance(node.value, str):
        yield Mention(_SAME.get(node.type.name, node.type.name), str(node.value), node.span)


def _form_field(node: blocks.FormField, known: Known) -> Iterator[Mention]:
    del known
    yield from _named("field", node.name, defines=True)


def _preference(node: tree.Preference, known: Known) -> Iterator[Mention]:
    del known
    if node.order == "highest" and isinstance(node.path, Word):
        yield Mention("skill", node.path.removeprefix("skill."), node.path.span)


def _given(node: scenario_block.Given, known: Known) -> Iterator[Mention]:
    if node.kind in ("team", "engineer"):
        yield from _named(node.kind, node.name)
    elif node.kind == "signature" and node.name != VERIFIER:
        yield from _named("role", node.name)
    for words, literal in node.fields:
        if words[0] in known.form_fields and node.kind == "ticket":
            yield from _named("field", words[0])
        elif node.kind == "engineer" and words[0] in ("team", "calendar", "role", "region") and len(words) == 1:
            yield Mention(words[0], str(literal.value), literal.span)
        elif words[0] == "skill" and len(words) > 1:
            yield from _named("skill", words[1])


_SPECIAL: Mapping[type[Record], Callable[[Any, Known], Iterator[Mention]]] = {
    tree.Recipient: _recipient,
    tree.Field: _field,
    tree.Name: _field,
    tree.Literal: _literal,
    tree.Preference: _preference,
    blocks.FormField: _form_field,
    scenario_block.Given: _given,
}


def _named(sort: str, word: str | None, defines: bool = False) -> Iterator[Mention]:
    if isinstance(word, Word) and word.span.end > word.span.start:
        yield Mention(sort, str(word), word.span, defines)


def _meet(one: Span, other: Span) -> bool:
    return one.start < other.end and other.start < one.end


def _place(word: str) -> Span:
    return word.span if isinstance(word, Word) else Span("", 0, 0)
