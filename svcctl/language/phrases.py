"""How other languages and plain English would put it, and what that is here."""

from collections.abc import Sequence
from decimal import Decimal

from svcctl.foundation.diagnostic import Diagnostic, Fix, error
from svcctl.foundation.errors import nearest
from svcctl.foundation.quantity import Quantity
from svcctl.foundation.source import Span
from svcctl.language.literals import READERS, with_fix
from svcctl.language.place import Mended, Place
from svcctl.language.synonyms import NOTHING
from svcctl.language.tokens import Token

_CLOSING = {"LPAR": "RPAR", "LBRACE": "RBRACE"}
_ITEMS = frozenset({"NAME", "PATH", "TEXT", "NUMBER", "MEASURE"})
_LONGEST = 200
_GROUP = 3
_NEAR = 4
_SIGNS = {"￥": "CNY", "¥": "CNY", "$": "USD", "＄": "USD", "€": "EUR", "£": "GBP", "￡": "GBP"}
_TO = frozenset({"to", "-", "~", "～", "—", "至", "到", "until", "through"})


def rephrase(place: Place) -> Mended | None:
    """What was meant, in the words of the language; None where nothing is known of that."""
    for attempt in (_is, _list, _bare_list, _between, _grouped, _priced, _span, _moment, _twice):
        mended = attempt(place)
        if mended is not None:
            return mended
    return None


def _is(place: Place) -> Mended | None:
    """`is high` for `== high`, `is null` for `is missing`, `is in [...]` for `in [...]`."""
    before, token = place.before, place.token
    if before is None or before.type != "IS":
        return None
    negated = token.text == "not"
    value = place.after if negated else token
    if value is None or nearest(value.text, ("present", "missing")):
        return None
    if value.type == "NAME" and value.text in NOTHING:
        word = "present" if negated else "missing"
        span = token.span.to(value.span)
        finding = error("unknown-word", f"`{value.shown}` is no word of the language", span, "", f"write `is {word}`")
        return Mended(with_fix(finding, word), 1 + negated, [Token(word.upper(), word, span)])
    span = before.span.to(token.span) if negated else before.span
    meant = "!=" if negated else "=="
    added = [Token("COMPARE", meant, span)]
    if "IN" in (value.roles or ()):
        meant, added = ("not in", [token]) if negated else ("in", [])
        if negated:
            added = [Token("NOT", "not", token.span)]
    if not place.reads(1, 2 if negated else 1, added):
        return None
    message = "`is` asks only whether something is `present` or `missing`"
    finding = error("wrong-operator", message, span, "", f"write `{meant}`")
    return Mended(with_fix(finding, meant), 2 if negated else 1, added, 1)


def _list(place: Place) -> Mended | None:
    """`in (a, b)` and `in {a, b}` for `in [a, b]`."""
    opening = place.token
    closing = _CLOSING.get(opening.type)
    if closing is None or "LSQB" not in place.expected:
        return None
    rest = place.tokens[place.at + 1 : place.at + _LONGEST]
    end = next((index for index, token in enumerate(rest) if token.type == closing), None)
    if end is None or any(token.type == opening.type for token in rest[:end]):
        return None
    span = opening.span.to(rest[end].span)
    inner = place.source.text[opening.span.end : rest[end].span.start]
    finding = error("wrong-brackets", f"a list does not stand in `{opening.text}`", span, "", f"write `[{inner}]`")
    added = [Token("LSQB", "[", opening.span), *rest[:end], Token("RSQB", "]", rest[end].span)]
    return Mended(with_fix(finding, f"[{inner}]"), end + 2, added)


def _bare_list(place: Place) -> Mended | None:
    """`in a, b` for `in [a, b]`."""
    if place.expected != {"LSQB"} and not (place.before is not None and place.before.type == "IN"):
        return None
    items: list[Token] = []
    for token in place.tokens[place.at : place.at + _LONGEST]:
        if (token.type if len(items) % 2 == 0 else "") in _ITEMS or (len(items) % 2 and token.type == "COMMA"):
            items.append(token)
        else:
            break
    if items and items[-1].type == "COMMA":
        items.pop()
    if not items:
        return None
    first, last = items[0].span, items[-1].span
    span = first.to(last)
    opening = Token("LSQB", "[", Span(first.source, first.start, first.start))
    added = [opening, *items, Token("RSQB", "]", Span(last.source, last.end, last.end))]
    if not place.reads(0, len(items), added):
        return None
    written = f"[{place.source.text[span.start : span.end]}]"
    finding = error("wrong-brackets", "a list stands in `[` and `]`", span, "", f"write `{written}`")
    return Mended(with_fix(finding, written), len(items), added)


def _between(place: Place) -> Mended | None:
    """`x between 1 and 3` for `x >= 1 and x <= 3`."""
    subject, token = place.before, place.token
    following = place.tokens[place.at + 1 : place.at + 4]
    if token.text not in ("between", "介于") or subject is None or len(following) < 3:
        return None
    low, joint, high = following
    if subject.type not in ("NAME", "PATH") or joint.text not in ("and", "和"):
        return None
    span = token.span.to(high.span)
    added = [
        Token("COMPARE", ">=", token.span), low, Token("AND", "and", joint.span),
        Token(subject.type, subject.text, high.span), Token("COMPARE", "<=", high.span), high,
    ]  # fmt: skip
    if not place.reads(0, 4, added):
        return None
    meant = f">= {low.text} and {subject.text} <= {high.text}"
    finding = error("wrong-operator", f"there is no operator `{token.text}`", span, "", f"write `{meant}`")
    return Mended(with_fix(finding, meant), 4, added)


def _grouped(place: Place) -> Mended | None:
    """`5,000 CNY` for `5000 CNY`."""
    before = place.before
    if place.token.type != "COMMA" or before is None or before.type != "NUMBER":
        return None
    parts = [before]
    following = place.tokens[place.at : place.at + _LONGEST]
    for comma, group in zip(following[::2], following[1::2], strict=False):
        together = parts[-1].span.end == comma.span.start and comma.span.end == group.span.start
        digits = len(group.text) - len(group.text.lstrip("0123456789"))
        if comma.type != "COMMA" or not together or digits != _GROUP or group.type not in ("NUMBER", "MEASURE"):
            break
        parts.append(group)
    span = before.span.to(parts[-1].span)
    meant = "".join(part.text for part in parts)
    count = 2 * len(parts) - 1
    made = READERS["number" if parts[-1].type == "NUMBER" else "measure"](meant, meant, span)
    if count == 1 or not place.reads(1, count, [made]):
        return None
    written = place.source.text[span.start : span.end]
    finding = error("bad-number", f"`{written}` has a comma in it", span, "", f"write `{meant}`")
    return Mended(with_fix(finding, meant), count, [made], 1)


def _priced(place: Place) -> Mended | None:
    """`￥5000` for `5000 CNY`."""
    token, amount = place.token, place.after
    written = place.source.text[token.span.start : token.span.end]
    unit = _SIGNS.get(written)
    if unit is None or amount is None or amount.type != "NUMBER":
        return None
    span = token.span.to(amount.span)
    made = Token("MEASURE", amount.text, span, Quantity(Decimal(amount.value), unit))
    if not place.reads(0, 2, [made]):
        return None
    meant = f"{amount.text} {unit}"
    finding = error("unknown-unit", f"there is no unit `{written}`", span, "", f"write `{meant}`")
    return Mended(with_fix(finding, meant), 2, [made])


def _span(place: Place) -> Mended | None:
    """`mon to fri` for `mon..fri`, `09:00~18:00` for `09:00-18:00`."""
    token, before = place.token, place.before
    if before is None or place.source.text[token.span.start : token.span.end] not in _TO:
        return None
    for terminal, sign, code in (("DOTS", "..", "bad-days"), ("MINUS", "-", "bad-time")):
        made = Token(terminal, sign, token.span)
        if terminal in place.expected and place.reads(0, 1, [made]):
            what = "days are" if sign == ".." else "times are"
            finding = error(code, f"{what} not joined by `{token.shown}`", token.span, "", f"write `{sign}`")
            after = place.after
            gap = Span(token.span.source, before.span.end, token.span.end if after is None else after.span.start)
            return Mended(finding.replace(fix=Fix(gap, sign)), 1, [made])
    return None


def _moment(place: Place) -> Mended | None:
    """`2026-11-23 09:00` for `2026-11-23T09:00+08:00`."""
    if place.token.type != "DATE" or "INSTANT" not in place.expected:
        return None
    parts: Sequence[Token] = place.tokens[place.at : place.at + 4]
    types = [part.type for part in parts]
    if types[1:2] != ["TIME"]:
        return None
    count = 4 if types[2:] in (["PLUS", "TIME"], ["MINUS", "TIME"]) else 2
    day, time, *offset = (part.text for part in parts[:count])
    meant = f"{day}T{time:0>5}{''.join(offset)}"
    span = parts[0].span.to(parts[count - 1].span)
    made = READERS["instant"](meant, meant, span)
    if made.flaw is not None:
        finding, made.flaw = made.flaw, None
        return Mended(finding, count, [made])
    finding = error("bad-time", "a `T` stands between the day and the time", span, "", f"write `{meant}`")
    return Mended(with_fix(finding, meant), count, [made])


def _twice(place: Place) -> Mended | None:
    """A word or sign that stands there twice."""
    token, before = place.token, place.before
    if before is not None and token.text == before.text and place.at > place.clause and place.reads(0, 1, []):
        return Mended(_doubled(token), 1, [])
    for back in range(1, min(_NEAR, place.at - place.clause)):
        first, second = place.tokens[place.at - back - 1], place.tokens[place.at - back]
        if first.text == second.text and place.reads(back, 1, []):
            return Mended(_doubled(second), 1, [], back)
    return None


def _doubled(token: Token) -> Diagnostic:
    finding = error("stray-punctuation", f"`{token.shown}` stands here twice", token.span, "", "leave one of them out")
    return with_fix(finding, "")
