"""What a place means, in Markdown: what was found there, what defines a name, what a fact or a word says."""

from svcctl.editor.names import Mention, definitions, mention_at
from svcctl.editor.places import spot_at, word_at
from svcctl.editor.view import View
from svcctl.foundation.diagnostic import Diagnostic
from svcctl.foundation.record import Record
from svcctl.foundation.shipped import code_page
from svcctl.foundation.source import Span
from svcctl.language.checks.findings import described
from svcctl.language.types import Kind, Type

#: Lines of a block that are shown of its definition.
_MOST_LINES = 14


class Meaning(Record):
    """Markdown about a stretch of a file."""

    text: str
    span: Span


def meaning_at(view: View, name: str, offset: int) -> Meaning | None:
    """What there is to say about a place of a file; None where it is nothing that has a meaning of its own."""
    parts: list[str] = []
    span: Span | None = None
    for finding in view.findings_in(name):
        if finding.primary.span.start <= offset <= finding.primary.span.end:
            parts.append(page_of(finding))
            span = span or finding.primary.span
    meant = mention_at(view, name, offset)
    word = word_at(view, name, offset)
    if meant is not None:
        parts.append(_of_name(view, meant))
        span = span or meant.span
    elif word.end > word.start:
        told = _of_word(view, name, word)
        if told:
            parts.append(told)
            span = span or word
    return Meaning("\n\n---\n\n".join(parts), span) if parts and span is not None else None


def page_of(finding: Diagnostic) -> str:
    """A finding with the page of its code, where there is one."""
    _, _, page = (code_page(finding.code) or "").partition("\n")
    return f"**{finding.code}**: {finding.message}\n\n{page.strip()}".rstrip()


def _of_name(view: View, meant: Mention) -> str:
    said = f"**{meant.name}** ({_SORTS.get(meant.sort, meant.sort)})"
    if meant.sort == "field":
        term = view.known.term("ticket", meant.name)
        if term is not None:
            said += f": {_type_in_words(term.type)}. {term.meaning}"
    for definition in definitions(view, meant)[:1]:
        source = view.sources[definition.span.source]
        block = _block_around(view, definition)
        lines = source.text[block.start : block.end].splitlines()
        more = [*lines[:_MOST_LINES], "  ..."] if len(lines) > _MOST_LINES else lines
        said += f"\n\n```svcctl-rules\n{chr(10).join(more)}\n```\n\n{source.place(definition.span)}"
    return said


#: What a sort of names is called, where that is not the sort.
_SORTS = {"form": "ticket type", "dispatch": "dispatch block", "field": "field of a form"}


def _block_around(view: View, definition: Mention) -> Span:
    """The rule or block that a definition stands in; of a field or state its line."""
    span = definition.span
    source = view.sources[span.source]
    if definition.sort in ("field", "state"):
        start = source.text.rfind("\n", 0, span.start) + 1
        end = source.text.find("\n", span.end)
        return Span(span.source, start, end if end >= 0 else len(source.text))
    blocks = view.parsed[span.source].module.blocks
    inner = [rule.span for block in blocks for rule in getattr(block, "rules", ()) if definition.sort == "rule"]
    around = (each for each in (*inner, *(block.span for block in blocks)) if each.start <= span.start < each.end)
    return next(around, span)


def _of_word(view: View, name: str, word: Span) -> str:
    text = view.sources[name].text[word.start : word.end]
    spot = spot_at(view, name, word.start)
    term = view.known.term(spot.scope, text)
    verb = view.vocabulary.verbs.get(text)
    if verb is not None and text in spot.expected.words:
        return f"**{text}**: {verb.meaning}"
    if term is None:
        return ""
    optional = "\n\nA ticket may lack it." if term.optional and spot.scope != "asset" else ""
    return f"**{text}**: {_type_in_words(term.type)}\n\n{term.meaning}{optional}"


def _type_in_words(type: Type) -> str:
    if type.choices:
        return (" < " if type.ordered else ", ").join(type.choices)
    if type.kind is Kind.LIST and type.of is not None:
        return f"a list of {type.name or described(Type(type.of))}"
    return f"one of the {type.name}s" if type.name else described(type)
