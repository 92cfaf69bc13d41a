"""Where findings gather while rules are checked, and the wording that all checks share."""

from collections.abc import Collection, Iterable, Sequence

from svcctl.foundation.diagnostic import Diagnostic, Fix, Label, Severity
from svcctl.foundation.errors import nearest
from svcctl.foundation.source import Span
from svcctl.language.printer import print_name, print_text
from svcctl.language.types import Kind, Type

#: Above this many names a list of them helps nobody.
_FEW = 8

_NAMES = {
    Kind.NUMBER: "a number",
    Kind.CHOICE: "a choice",
    Kind.INSTANT: "an instant",
    Kind.DATE: "a date",
    Kind.LIST: "a list",
    Kind.PERSON: "a person",
}


class Findings:
    """The diagnostics found so far; `errors` counts those that are errors, and what is wrong only because of them."""

    def __init__(self) -> None:
        self.found: list[Diagnostic] = []
        self.errors = 0

    def error(
        self,
        code: str,
        message: str,
        span: Span,
        under: str = "",
        *,
        help: Iterable[str] = (),
        related: Iterable[Label] = (),
        fix: Fix | None = None,
    ) -> None:
        primary = Label(span, under)
        self.found.append(Diagnostic(Severity.ERROR, code, message, primary, tuple(related), tuple(help), fix))
        self.errors += 1

    def warning(
        self,
        code: str,
        message: str,
        span: Span,
        under: str = "",
        *,
        help: Iterable[str] = (),
        related: Iterable[Label] = (),
    ) -> None:
        self.found.append(Diagnostic(Severity.WARNING, code, message, Label(span, under), tuple(related), tuple(help)))

    def follow(self) -> None:
        """Count what follows from a mistake that is told elsewhere, and is told no second time."""
        self.errors += 1

    def forget(self, codes: Collection[str], since: int) -> None:
        """Take back the findings of some codes among those after the first `since`."""
        kept = [finding for finding in self.found[since:] if finding.code not in codes]
        self.errors -= sum(finding.is_error for finding in self.found[since:]) - sum(map(_is_error, kept))
        self.found[since:] = kept


def _is_error(finding: Diagnostic) -> bool:
    return finding.is_error


def suggestion(word: str, known: Collection[str]) -> tuple[str, ...]:
    """One piece of advice for a word that is not among the known ones: the nearest, or else the few there are."""
    close = nearest(word, tuple(known))
    if close is not None:
        return (f"did you mean `{close}`?",)
    if len(known) == 1:
        return (f"there is only `{next(iter(known))}`",)
    if 0 < len(known) <= _FEW:
        return ("write " + alternatives(known if isinstance(known, Sequence) else sorted(known)),)
    return ()


def respelt(word: str, known: Iterable[str], span: Span) -> Fix | None:
    """The certain replacement of a word that differs from one known word, and only one, by no more than case and
    hyphens; a word in quotes stays in quotes."""
    close = [name for name in known if _folded(name) == _folded(word)]
    if len(close) != 1:
        return None
    quoted = span.end - span.start != len(word) or any(print_name(part) != part for part in close[0].split("."))
    return Fix(span, print_text(close[0]) if quoted else close[0])


def _folded(word: str) -> str:
    return word.casefold().replace("-", "_").replace(" ", "_")


def alternatives(words: Iterable[str]) -> str:
    """`a`, `b` or `c`."""
    quoted = [f"`{word}`" for word in words]
    return quoted[0] if len(quoted) == 1 else ", ".join(quoted[:-1]) + " or " + quoted[-1]


def described(type: Type) -> str:
    """A type in the words of a message: `a number`, `sound level`, `business time`."""
    if type.kind is Kind.QUANTITY and type.dimension:
        return type.dimension
    return _NAMES.get(type.kind, type.kind.value)
