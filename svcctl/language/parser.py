"""Text to tree: reads every block by itself and goes on after a mistake, so that each is reported once."""

import gc
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from threading import Lock

from svcctl.foundation.diagnostic import Diagnostic, in_reading_order
from svcctl.foundation.record import Record
from svcctl.foundation.source import Source, Span
from svcctl.language.blocks import AnyBlock, Import, Module
from svcctl.language.grammar import grammar
from svcctl.language.lexer import cut
from svcctl.language.outline import Outline
from svcctl.language.reading import SPOILERS, Reading
from svcctl.language.tokens import Token

_LOCK = Lock()
#: What is told even of a last line that is not written to its end.
_OF_THE_CUT = SPOILERS | {"unclosed-block"}


class Parsed(Record):
    """A rule file as read: its tree without the parts that could not be read, every mistake of form, its tokens as what
    they were taken for, its comments, and the offsets at which clauses begin."""

    module: Module
    findings: tuple[Diagnostic, ...]
    tokens: Sequence[Token]
    comments: tuple[Span, ...]
    clauses: frozenset[int]


def parse_rules(source: Source) -> tuple[Module, tuple[Diagnostic, ...]]:
    """The tree of a rule file, without the parts that could not be read, and every mistake of form in it."""
    parsed = parse_whole(source)
    return parsed.module, parsed.findings


def parse_whole(source: Source) -> Parsed:
    """The tree of a rule file, and the text that it was read from in its parts."""
    findings: list[Diagnostic] = []
    lost: list[Span] = []
    imports: list[Import] = []
    blocks: list[AnyBlock] = []
    tokens: list[Token] = []
    clauses: list[int] = []
    with _LOCK, _no_collection():
        rules = grammar()
        lexed = cut(source, rules.keywords)
        outline = Outline(source, lexed.tokens)
        for stretch in outline.stretches():
            reading = Reading(rules, stretch, source)
            made = reading.read()
            mended = outline.mended(stretch) if reading.stumbled else None
            if mended is not None:
                reading = Reading(rules, mended, source)
                made = reading.read()
            findings.extend(reading.findings)
            lost.extend(reading.lost)
            tokens.extend(reading.tokens)
            clauses.extend(reading.clauses)
            if isinstance(made, Import):
                imports.append(made)
            elif made is not None and made.id:
                blocks.append(made)
    found = in_reading_order(_until_cut(source, outline, [*outline.findings, *findings]))
    # A mistake whose fix is certain leaves nothing out of the tree that other blocks may speak of.
    doubtful = (finding for finding in found if finding.fix is None)
    unread = (*lost, *(finding.primary.span for finding in doubtful))
    if outline.is_cut_short:
        unread = (*unread, Span(source.name, len(source.text) + 1, len(source.text) + 1))
    whole = Span(source.name, 0, len(source.text))
    module = Module(source.name, tuple(imports), tuple(blocks), unread=unread, span=whole)
    return Parsed(module, found, tokens, lexed.comments, frozenset(clauses))


def _until_cut(source: Source, outline: Outline, findings: list[Diagnostic]) -> list[Diagnostic]:
    """The findings without those of a last line that was not written to its end: a text cut short is one mistake."""
    if not outline.is_cut_short or source.text.endswith("\n"):
        return findings
    last_line = source.text.rfind("\n") + 1
    return [one for one in findings if one.code in _OF_THE_CUT or one.primary.span.start < last_line]


@contextmanager
def _no_collection() -> Iterator[None]:
    """Garbage collection would walk the growing tree again and again, a third of the time, and find nothing."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()
