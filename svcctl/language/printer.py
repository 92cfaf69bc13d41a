"""The canonical text of expressions, choices and actions: what the rules language would read back as the same tree."""

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime
from decimal import Decimal

from svcctl.foundation.quantity import Business, Elapsed, Quantity
from svcctl.language.tree import (
    Action,
    Aggregate,
    And,
    Arithmetic,
    Assign,
    AttachSimilar,
    Choice,
    Comparison,
    Contains,
    Default,
    Delegate,
    EngineerChoice,
    Expression,
    Field,
    Literal,
    Matches,
    Membership,
    Name,
    Not,
    Notify,
    OpenTicket,
    Or,
    Preference,
    Presence,
    Queue,
    Recipient,
    SendSurvey,
    SetField,
    SkillNeed,
    Tag,
)

_WORD = re.compile(r"[^\W\d]\w*(?:-\w+)*\Z")

# How tightly each form binds, from the loosest; an operand that binds less tightly stands in brackets.
_OR, _AND, _NOT, _TEST, _SUM, _PRODUCT, _OPERAND = range(7)


def print_expression(expression: Expression) -> str:
    """The text of an expression, on one line."""
    return _bound(expression)[0]


def _within(expression: Expression, least: int) -> str:
    text, level = _bound(expression)
    return text if level >= least else f"({text})"


def _bound(expression: Expression) -> tuple[str, int]:
    """The text, and how tightly it binds."""
    match expression:
        case Name(path) | Field(path):
            return path, _OPERAND
        case Literal():
            return print_literal(expression), _OPERAND
        case Or(parts):
            return " or ".join(_within(part, _AND) for part in parts), _OR
        case And(parts):
            return " and ".join(_within(part, _NOT) for part in parts), _AND
        case Not(operand):
            return f"not {_within(operand, _NOT)}", _NOT
        case Comparison(op, left, right):
            return f"{_within(left, _SUM)} {op} {_within(right, _SUM)}", _TEST
        case Membership(left, values, negated):
            return f"{_within(left, _SUM)} {'not in' if negated else 'in'} {_listed(values)}", _TEST
        case Contains(left, values, mode):
            what = _within(values[0], _SUM) if mode == "one" and values else f"{mode} {_listed(values)}"
            return f"{_within(left, _SUM)} contains {what}", _TEST
        case Matches(left, pattern):
            return f"{_within(left, _SUM)} matches {print_text(pattern)}", _TEST
        case Presence(operand, present):
            return f"{_within(operand, _SUM)} is {'present' if present else 'missing'}", _TEST
        case Default(operand, value):
            return f"{_within(operand, _OPERAND)} or default {_within(value, _OPERAND)}", _OPERAND
        case Aggregate(function, operand):
            return f"{function}({print_expression(operand)})", _OPERAND
        case Arithmetic(op, left, right):
            level = _SUM if op in "+-" else _PRODUCT
            return f"{_within(left, level)} {op} {_within(right, level + 1)}", level


def _listed(values: Iterable[Expression]) -> str:
    return f"[{', '.join(_within(value, _SUM) for value in values)}]"


def print_text(text: str) -> str:
    """Text within quotes."""
    for mark, escape in (("\\", "\\\\"), ('"', '\\"'), ("\n", "\\n"), ("\t", "\\t")):
        text = text.replace(mark, escape)
    return f'"{text}"'


def print_name(name: str) -> str:
    """A name as it stands in a clause: plain where it is one word, else within quotes."""
    return str(name) if _WORD.match(name) else print_text(name)


def print_literal(literal: Literal) -> str:
    """A value as it is written in a rule."""
    value = literal.value
    if isinstance(value, str) and not literal.quoted:
        return print_name(value)
    return print_value(value)


def print_value(value: object) -> str:
    """A value that a fact or an expression came to, as a rule would write it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return print_text(value)
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, datetime):
        moment = value if value.tzinfo is None else value.astimezone(UTC)
        return moment.isoformat().replace("+00:00", "Z")
    if isinstance(value, tuple | list):
        return f"[{', '.join(print_value(item) for item in value)}]"
    return str(value) if isinstance(value, int | float | date | Quantity | Elapsed | Business) else repr(value)


# -------------------------------------------------------------------- actions


def print_recipient(recipient: Recipient) -> str:
    if recipient.kind == "manager":
        return "manager" if recipient.of is None else f"manager of {print_recipient(recipient.of)}"
    return recipient.kind if recipient.name is None else f"{recipient.kind} {print_name(recipient.name)}"


def print_skill_need(need: SkillNeed) -> str:
    return f"skill {print_name(need.skill)} {need.op} {need.level}"


def print_preference(preference: Preference) -> str:
    if preference.order == "nearest":
        return f"nearest to {preference.path}"
    skill = skill_of(preference)
    return f"{preference.order} {preference.path}" if skill is None else f"highest skill {print_name(skill)}"


def skill_of(preference: Preference) -> str | None:
    """The skill that `highest skill S` ranks by."""
    word, rest = preference.path[:5], preference.path[6:]
    return rest if preference.order == "highest" and word == "skill" and rest else None


def print_choice(choice: Choice) -> str:
    """One choice of an assignment."""
    if not isinstance(choice, EngineerChoice):
        return print_recipient(choice.recipient)
    parts = ["engineer"]
    if choice.team is not None:
        parts.append(f"from team {print_name(choice.team)}")
    if choice.having:
        parts.append("having " + ", ".join(print_skill_need(need) for need in choice.having))
    if choice.where is not None:
        parts.append("where " + _within(choice.where, _AND))
    if choice.prefer:
        parts.append("prefer " + ", ".join(print_preference(preference) for preference in choice.prefer))
    return " ".join(parts)


def print_action(action: Action) -> str:
    """One action, on one line."""
    match action:
        case Assign(choices):
            return "assign " + " or ".join(print_choice(choice) for choice in choices)
        case SetField(path, value):
            return f"set {path} {_within(value, _AND)}"
        case Notify(recipient, remind, urgent, text):
            words = ["remind" if remind else "notify", print_recipient(recipient)]
            words += ["urgent"] if urgent else []
            words += [] if text is None else [print_text(text)]
            return " ".join(words)
        case Tag(tag):
            return f"tag {print_name(tag)}"
        case Queue(name):
            return f"queue {print_name(name)}"
        case Delegate(block):
            return f"delegate {print_name(block)}"
        case AttachSimilar(count, path):
            return f"attach {count} similar by {path}"
        case OpenTicket(type, text):
            return f"open ticket {print_name(type)}" + ("" if text is None else f" {print_text(text)}")
        case SendSurvey(survey, again):
            repeat = "" if again is None else f" again after {again.every} up to {again.times} times"
            return f"send survey {print_name(survey)}{repeat}"
