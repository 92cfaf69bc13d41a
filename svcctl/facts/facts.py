"""Facts: the answers of one case, asked for by path and worked out when first asked."""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from svcctl.facts.case import Candidate, Case
from svcctl.facts.catalog import CANDIDATE_FACTS, FACTS
from svcctl.foundation.instant import parse_instant
from svcctl.foundation.quantity import Quantity, parse_duration, parse_quantity

_ASK = {fact.path: fact.ask for fact in FACTS}
_ASK_CANDIDATE = {fact.path: fact.ask for fact in CANDIDATE_FACTS}
#: No exponents and no words: `1E9999` is a serial number, and `inf` is not a reading.
_NUMBER = re.compile(r"([+-]?[0-9]{1,40})(\.[0-9]{1,40})?")


class Facts(dict[str, Any]):
    """Values by path; None is a missing value, for any path that the case does not answer.

    Numbers are int or Decimal, quantities `Quantity`, durations `Elapsed` or `Business`, instants aware
    datetimes, words and text str, lists tuples. Readings (`measured.noise`) are a tuple, oldest first.
    """

    def __init__(self, case: Case | None, known: Mapping[str, Any] | None = None) -> None:
        super().__init__(known or {})
        self.case = case

    def __missing__(self, path: str) -> Any:
        value = self[path] = None if self.case is None else _answer(self.case, path)
        return value


def collect_facts(case: Case) -> Facts:
    """The facts of a case."""
    return Facts(case)


class CandidateFacts(Facts):
    """The facts of a case with those of one engineer before them."""

    def __init__(self, facts: Facts, candidate: Candidate) -> None:
        super().__init__(facts.case)
        self._facts = facts
        self.candidate = candidate

    def __missing__(self, path: str) -> Any:
        ask = _ASK_CANDIDATE.get(path)
        value = self[path] = self._facts[path] if ask is None else ask(self.candidate)
        return value


def _answer(case: Case, path: str) -> Any:
    ask = _ASK.get(path)
    if ask is not None:
        return ask(case)
    scope, _, name = path.partition(".")
    if scope == "measured":
        readings = (reading for reading in case.ticket.measurements if reading.quantity == name)
        return (
            tuple(Quantity(reading.value, reading.unit) if reading.unit else reading.value for reading in readings)
            or None
        )
    if scope == "environment":
        return plain_value(case.ticket.environment.get(name))
    return _form_value(case, path)


def _form_value(case: Case, path: str) -> Any:
    value = case.ticket.fields.get(path)
    field = next((field for field in case.form.fields if field.name == path), None) if case.form else None
    kind = field.kind if field else "text"
    if kind == "evidence":
        return sum(1 for evidence in case.ticket.evidence if evidence.kind == path) or None
    if value is None or field is None or kind in ("text", "choice", "truth"):
        return value
    if kind in ("percent", "quantity"):
        unit = "%" if kind == "percent" else field.unit or ""
        found = plain_value(value)
        return Quantity(Decimal(found), unit) if isinstance(found, int | Decimal) else found
    if kind == "duration":
        return parse_duration(value)
    if kind in ("instant", "date"):
        return parse_instant(value)
    return plain_value(value)


def plain_value(value: Any) -> Any:
    """A stored value as rules compare it: floats and text numbers become decimals, `83 %` a quantity."""
    if isinstance(value, float):
        return Decimal(repr(value))
    if not isinstance(value, str):
        return value
    number = _NUMBER.fullmatch(value.strip())
    if number is None:
        return parse_quantity(value) or value
    return Decimal(number[0]) if number[2] else int(number[0])
