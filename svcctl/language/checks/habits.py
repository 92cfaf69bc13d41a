"""Conditions as one would say or program them elsewhere, which mean nothing here."""

from svcctl.foundation.diagnostic import Fix
from svcctl.language.checks.known import Known
from svcctl.language.checks.literals import WORDS, item_type
from svcctl.language.printer import print_text
from svcctl.language.synonyms import NOTHING
from svcctl.language.tree import And, Comparison, Contains, Expression, Literal, Name, Or


def is_second_value(known: Known, scope: str, whole: And | Or, before: Expression | None, part: Expression) -> bool:
    """Whether a part is one more value of the comparison before it, as in `type == a or b`; says so."""
    if isinstance(part, Literal):
        return _is_second_text(known, scope, whole, before, part)
    match before, part:
        case Comparison(op=op, left=Name(path=path), right=Name(path=first)), Name(path=word):
            pass
        case _:
            return False
    term = known.term(scope, path)
    if term is None or known.term(scope, word) is not None or item_type(term.type).kind not in WORDS:
        return False
    allowed = known.allowed(item_type(term.type))
    if allowed is not None and word not in allowed:
        return False
    either = isinstance(whole, Or) and op == "=="
    known.findings.error(
        "not-a-condition",
        f"`{word}` is a value of `{path}`, and no condition by itself",
        part.span,
        help=[f"write `{path} in [{first}, {word}]`" if either else f"write `{path} {op} {word}`"],
        fix=Fix(part.span, f"{path} == {word}") if either else None,
    )
    return True


def _is_second_text(known: Known, scope: str, whole: And | Or, before: Expression | None, part: Literal) -> bool:
    # After `a and b contains "x" or "y"` nobody can say what goes with what.
    compared = before.parts[-1] if isinstance(before, And) else before
    match compared, part:
        case Contains(left=Name(path=path), values=(Literal(value=str() as first),), mode="one"), Literal(
            str() as text
        ):
            asks = f"{path} contains"
            several = f"{asks} {'any' if isinstance(whole, Or) else 'all'}"
        case Comparison(op="==", left=Name(path=path), right=Literal(value=str() as first)), Literal(str() as text):
            asks, several = f"{path} ==", f"{path} in"
        case _:
            return False
    if known.term(scope, path) is None:
        return False
    certain = compared is before and (isinstance(whole, Or) or isinstance(compared, Contains))
    known.findings.error(
        "not-a-condition",
        f"this is one more text for `{path}`, and no condition by itself",
        part.span,
        help=[f"write `{several} [{print_text(first)}, {print_text(text)}]`"],
        fix=Fix(part.span, f"{asks} {print_text(text)}") if certain else None,
    )
    return True


def is_compared_with_nothing(known: Known, scope: str, node: Comparison) -> bool:
    """Whether something is compared with a word for nothing, as in `region == null`; says so."""
    match node:
        case Comparison(op=("==" | "!=") as op, left=Name(path=path) as left, right=Name(path=word) as right):
            pass
        case _:
            return False
    term = known.term(scope, path)
    if word not in NOTHING or term is None or known.term(scope, word) is not None:
        return False
    if word in (known.allowed(item_type(term.type)) or ()):
        return False
    meant = f"{path} is {'missing' if op == '==' else 'present'}"
    known.findings.error(
        "unknown-value",
        f"there is no value `{word}`",
        right.span,
        help=[f"write `{meant}`"],
        fix=Fix(left.span.to(right.span), meant),
    )
    return True
