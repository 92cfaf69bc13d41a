"""A finding in a text, as a value; `svcctl.report` renders it."""

from collections.abc import Iterable
from enum import StrEnum

from svcctl.foundation.record import Record
from svcctl.foundation.source import Span


class Severity(StrEnum):
    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


class Label(Record):
    """A place and what to say under its caret."""

    span: Span
    text: str = ""


class Fix(Record):
    """A replacement that is certain: `span` becomes `text`."""

    span: Span
    text: str


class Diagnostic(Record):
    """One mistake or doubt.

    `code` is a stable kebab-case word, `message` one lower-case sentence without a full stop that
    quotes the user's own words in backticks, `primary` where it is, `related` other places that
    matter, `help` what to write instead, `example` a case that shows it (a witness ticket).
    """

    severity: Severity
    code: str
    message: str
    primary: Label
    related: tuple[Label, ...] = ()
    help: tuple[str, ...] = ()
    fix: Fix | None = None
    example: tuple[str, ...] = ()

    @property
    def is_error(self) -> bool:
        return self.severity is Severity.ERROR


def error(code: str, message: str, span: Span, under: str = "", *help: str) -> Diagnostic:
    """An error at `span` with `under` as the words beside its caret."""
    return Diagnostic(Severity.ERROR, code, message, Label(span, under), help=help)


def warning(code: str, message: str, span: Span, under: str = "", *help: str) -> Diagnostic:
    """A warning at `span` with `under` as the words beside its caret."""
    return Diagnostic(Severity.WARNING, code, message, Label(span, under), help=help)


def has_errors(diagnostics: Iterable[Diagnostic]) -> bool:
    return any(diagnostic.is_error for diagnostic in diagnostics)


def in_reading_order(diagnostics: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """Sorted by file, place and code, without repeats: the order never depends on how they were found."""
    unique = dict.fromkeys(diagnostics)
    return tuple(
        sorted(unique, key=lambda d: (d.primary.span.source, d.primary.span.start, d.primary.span.end, d.code))
    )
