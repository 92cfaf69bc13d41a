"""Values of ours in the words of the language server protocol."""

from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlparse
from urllib.request import url2pathname

from lsprotocol import types as lsp

from svcctl.editor.completing import Suggestion
from svcctl.editor.outline import Entry
from svcctl.editor.positions import Lines
from svcctl.editor.view import View
from svcctl.foundation.diagnostic import Diagnostic, Severity
from svcctl.foundation.source import Span

_SEVERITIES = {
    Severity.ERROR: lsp.DiagnosticSeverity.Error,
    Severity.WARNING: lsp.DiagnosticSeverity.Warning,
    Severity.NOTE: lsp.DiagnosticSeverity.Information,
}
_COMPLETIONS = {
    "keyword": lsp.CompletionItemKind.Keyword,
    "fact": lsp.CompletionItemKind.Field,
    "name": lsp.CompletionItemKind.Reference,
    "value": lsp.CompletionItemKind.EnumMember,
    "unit": lsp.CompletionItemKind.Unit,
}
_SYMBOLS = {"rule": lsp.SymbolKind.Function, "field": lsp.SymbolKind.Field}


def path_of(uri: str) -> Path:
    """The file of an address."""
    return Path(url2pathname(urlparse(uri).path))


def range_of(lines: Lines, span: Span) -> lsp.Range:
    start, end = lines.range(span)
    return lsp.Range(lsp.Position(*start), lsp.Position(*end))


def location(view: View, span: Span, uri_of: Callable[[str], str]) -> lsp.Location:
    """A place in a file; `uri_of` gives the address of a file by its name."""
    return lsp.Location(uri_of(span.source), range_of(Lines(view.sources[span.source].text), span))


def diagnostic(view: View, finding: Diagnostic, uri_of: Callable[[str], str]) -> lsp.Diagnostic:
    """A finding with all that is said of it, and the places that it speaks of."""
    lines = Lines(view.sources[finding.primary.span.source].text)
    more = [part for part in (finding.primary.text, *finding.help) if part]
    example = [f"example: {', '.join(finding.example)}"] if finding.example else []
    return lsp.Diagnostic(
        range=range_of(lines, finding.primary.span),
        message="\n".join([finding.message, *more, *example]),
        severity=_SEVERITIES[finding.severity],
        code=finding.code,
        source="svcctl",
        related_information=[
            lsp.DiagnosticRelatedInformation(location(view, label.span, uri_of), label.text or "here")
            for label in finding.related
            if label.span.source in view.sources
        ],
    )


def completion_item(lines: Lines, place: int, suggestion: Suggestion) -> lsp.CompletionItem:
    """A suggestion; `place` is its place in the list."""
    return lsp.CompletionItem(
        label=suggestion.text,
        kind=_COMPLETIONS[suggestion.kind],
        detail=suggestion.detail or None,
        documentation=suggestion.meaning or None,
        sort_text=f"{place:05}",
        filter_text=suggestion.text,
        text_edit=lsp.TextEdit(range_of(lines, suggestion.span), suggestion.text),
    )


def document_symbol(lines: Lines, entry: Entry) -> lsp.DocumentSymbol:
    return lsp.DocumentSymbol(
        name=entry.name,
        kind=_SYMBOLS.get(entry.kind, lsp.SymbolKind.Class),
        range=range_of(lines, entry.whole),
        selection_range=range_of(lines, entry.name_span),
        detail=entry.title or entry.kind,
        children=[document_symbol(lines, inner) for inner in entry.inner],
    )
