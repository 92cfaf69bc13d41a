"""Readers of literals: what is written, what it means, and what is wrong with it."""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal

from svcctl.foundation.diagnostic import Diagnostic, Fix, error
from svcctl.foundation.quantity import Business, Duration, Elapsed, Quantity
from svcctl.foundation.source import Span
from svcctl.language.tokens import Token

_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800, "bs": 1, "bm": 60, "bh": 3600}
_PART = re.compile(r"([0-9]+(?:\.[0-9]+)?)(bs|bm|bh|bd|s|m|h|d|w)")
_DURATION = re.compile(rf"(?:{_PART.pattern})+\Z")
_NUMBER_AND_UNIT = re.compile(r"([0-9]+(?:\.[0-9]+)?)[ \t]*(.+)", re.DOTALL)
_TIME = re.compile(r"([0-9]{1,2}):([0-9]{2})(:00)?([ap]m|[AP]M)?")
_ESCAPE = re.compile(r"\\([\"\\nt])")
_ESCAPES = {"n": "\n", "t": "\t"}
_CLOSERS = {"“": "”", "”": "”", "„": "“", "「": "」", "『": "』", "＂": "＂", "‘": "’", "'": "'"}
_MOST_DIGITS = 30


def with_fix(finding: Diagnostic, text: str) -> Diagnostic:
    """The finding with the certain replacement of its primary place."""
    return finding.replace(fix=Fix(finding.primary.span, text))


def unescape(text: str) -> str:
    r"""What text within quotes means: `\"`, `\\`, `\n` and `\t`; any other backslash is itself, so that
    patterns can be written as they are."""
    if "\\" not in text:
        return text
    return _ESCAPE.sub(lambda match: _ESCAPES.get(match[1], match[1]), text)


def number_of(text: str) -> int | Decimal:
    """A whole number is an int, one with a fraction a Decimal."""
    return Decimal(text) if "." in text else int(text)


def duration_of(text: str) -> Duration | None:
    """The duration that `30m`, `1h30m`, `4bh` or `2bd` means; None where it means none."""
    if not _DURATION.match(text):
        return None
    parts = _PART.findall(text)
    units = {unit for _, unit in parts}
    if units == {"bd"}:
        days = sum((Decimal(amount) for amount, _ in parts), Decimal(0))
        return Business(days=int(days)) if days == int(days) else None
    seconds = sum((Decimal(amount) * _SECONDS.get(unit, 0) for amount, unit in parts), Decimal(0))
    if "bd" in units or seconds != int(seconds):
        return None
    if all(unit.startswith("b") for unit in units):
        return Business(seconds=int(seconds))
    return None if any(unit.startswith("b") for unit in units) else Elapsed(int(seconds))


def _text(original: str, narrow: str, span: Span) -> Token:
    del narrow
    return Token("TEXT", original, span, unescape(original[1:-1]))


def _quoted(original: str, narrow: str, span: Span) -> Token:
    del narrow
    token = Token("TEXT", original, span, original[1:-1])
    finding = error(
        "wrong-quotes", f'text stands in `"`, not in `{original[0]}`', span, "", f'write `"{original[1:-1]}"`'
    )
    escaped = original[1:-1].replace("\\", "\\\\").replace('"', '\\"')
    token.flaw = with_fix(finding, f'"{escaped}"')
    return token


def _unclosed(original: str, narrow: str, span: Span) -> Token:
    """Text runs to the end of its line, without the braces and brackets that end the line."""
    del narrow
    content = _without_the_end(original[1:])
    end = span.start + 1 + len(content)
    token = Token("TEXT", original[0] + content, Span(span.source, span.start, end), unescape(content))
    place = Span(span.source, span.start, span.start + 1)
    if not content:
        help = 'write `"` where the text begins, too' if original[0] == '"' else 'text stands between two `"`'
        token.flaw = error("unclosed-text", "this quote closes a text that nothing opens", place, "", help)
        return token
    help = 'text ends on the line where it began: close it with `"`'
    if original[0] != '"':
        help = 'text stands between two `"` on one line'
    token.flaw = error("unclosed-text", "this text has no closing quote", place, "opened here", help)
    return token


def _without_the_end(text: str) -> str:
    """A text without what ends its line and is no part of it: a comment, and the braces and brackets before that."""
    line = text.split(" #")[0].rstrip()
    if line == "{" or line.endswith(" {"):
        return line[:-1].rstrip()
    content = line.rstrip("}]), ")
    opened = content.count("{") > content.count("}") and line.startswith("}", len(content))
    return f"{content}}}" if opened else content


def _instant(original: str, narrow: str, span: Span) -> Token:
    token = Token("INSTANT", original, span)
    try:
        token.value = datetime.fromisoformat(narrow.upper())
    except ValueError:
        token.flaw = error(
            "bad-time", f"`{original}` is not a time", span, "", "write it like `2026-11-23T09:00+08:00`"
        )
    if token.flaw is None and token.value.tzinfo is None:
        token.flaw = error(
            "bad-time",
            f"`{original}` does not say how far it is from UTC",
            span,
            "",
            f"write the offset after it: `{original}+08:00`",
        )
    if token.flaw is not None:
        token.value = datetime(2000, 1, 1, tzinfo=UTC)
    return token


def _date(original: str, narrow: str, span: Span) -> Token:
    token = Token("DATE", original, span, date(2000, 1, 1))
    year, month, day = (int(part) for part in re.findall("[0-9]+", narrow))
    try:
        token.value = date(year, month, day)
    except ValueError:
        token.flaw = error("bad-date", f"there is no day `{original}`", span, "", "a date is `YYYY-MM-DD`")
        return token
    if narrow != token.value.isoformat():
        finding = error("bad-date", f"a date is not written `{original}`", span, "", f"write `{token.value}`")
        token.flaw = with_fix(finding, token.value.isoformat())
    return token


def _time(original: str, narrow: str, span: Span) -> Token:
    match = _TIME.fullmatch(narrow)
    hours, minutes = (int(match[1]), int(match[2])) if match is not None else (0, 99)
    afternoon = match is not None and match[4] in ("pm", "PM") and hours < 12
    value = hours * 60 + minutes + 720 * afternoon
    token = Token("TIME", original, span, value)
    if minutes > 59 or value > 1440:
        token.flaw = error(
            "bad-time", f"there is no time of day `{original}`", span, "", "times run from `00:00` to `24:00`"
        )
        token.value = 0
    elif match is not None and (match[3] or match[4]):
        meant = f"{value // 60:02}:{minutes:02}"
        finding = error("bad-time", f"a time of day is not written `{original}`", span, "", f"write `{meant}`")
        token.flaw = with_fix(finding, meant)
    return token


def _measure(original: str, narrow: str, span: Span) -> Token:
    match = _NUMBER_AND_UNIT.match(narrow)
    assert match is not None
    amount, unit = match.groups()
    if len(amount) > _MOST_DIGITS:
        return _too_long(original, span)
    return Token("PERCENT" if unit == "%" else "MEASURE", original, span, Quantity(Decimal(amount), unit))


def _glued(original: str, narrow: str, span: Span) -> Token:
    if len(narrow) > _MOST_DIGITS:
        return _too_long(original, span)
    duration = duration_of(narrow)
    if duration is not None:
        return Token("DURATION", original, span, duration)
    if not _DURATION.match(narrow):
        return _measure(original, narrow, span)
    token = Token("DURATION", original, span, Elapsed(0))
    token.flaw = error(
        "bad-duration",
        f"`{original}` is not a duration",
        span,
        "",
        "business time (`bh`, `bm`), business days (`bd`) and elapsed time (`h`, `m`, `d`) do not mix",
        "use whole seconds and whole business days",
    )
    return token


def _number(original: str, narrow: str, span: Span) -> Token:
    if len(narrow) > _MOST_DIGITS:
        return _too_long(original, span)
    return Token("NUMBER", original, span, number_of(narrow))


def _too_long(original: str, span: Span) -> Token:
    token = Token("NUMBER", original, span, 0)
    token.flaw = error("bad-number", f"a number of {len(original)} characters is too long", span)
    return token


def _sign(original: str, narrow: str, span: Span) -> Token:
    return Token("UNIT", original, span, narrow)


#: How to read each kind of literal, from the text as it stands, its narrow form, and its place.
READERS: Mapping[str, Callable[[str, str, Span], Token]] = {
    "text": _text,
    "quoted": _quoted,
    "unclosed": _unclosed,
    "instant": _instant,
    "date": _date,
    "time": _time,
    "measure": _measure,
    "glued": _glued,
    "number": _number,
    "sign": _sign,
}
