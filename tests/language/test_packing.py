from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from svcctl.foundation.record import Record
from svcctl.foundation.source import Source
from svcctl.language.blocks import DispatchRule, Rules
from svcctl.language.checker import check_rules
from svcctl.language.packing import pack_rules, unpack_rules
from svcctl.language.parser import parse_rules
from svcctl.language.tree import NOWHERE, Field

EXAMPLE = Path(__file__).parent / "example.rules"


def _fields(node: object) -> Iterator[Field]:
    if isinstance(node, Field):
        yield node
    elif isinstance(node, tuple):
        for item in node:
            yield from _fields(item)
    elif isinstance(node, Record):
        for value in vars(node).values():
            yield from _fields(value)


@pytest.fixture
def rules() -> Rules:
    from svcctl.actions.catalog import ACTIONS, SETTABLE
    from svcctl.facts.vocabulary import fact_vocabulary

    module, _ = parse_rules(Source("example.rules", EXAMPLE.read_text(encoding="utf-8")))
    found, _ = check_rules([module], fact_vocabulary(ACTIONS, SETTABLE, None, "cn-service"))
    return found


def test_rules_come_back_as_they_were_without_their_places(rules: Rules) -> None:
    again = unpack_rules(pack_rules(rules))
    assert again == rules
    assert again is not None
    rule, copy = rules.dispatches[0].rules[0], again.dispatches[0].rules[0]
    assert rule.span != NOWHERE
    assert copy.span == NOWHERE
    assert type(copy.id) is str
    assert [field.type for field in _fields(copy)] == [field.type for field in _fields(rule)] != []


def test_what_is_equal_but_not_the_same_is_kept_apart() -> None:
    values = (True, 1, Decimal(1), Decimal("1.0"), False, 0, None, "1")
    packed = unpack_rules(pack_rules(Rules(entry=values)))  # type: ignore[arg-type]
    assert packed is not None
    assert list(map(repr, packed.entry or ())) == list(map(repr, values))


@pytest.mark.parametrize("place", [0, 31, 32, 200, -1])
def test_one_changed_byte_is_noticed(rules: Rules, place: int) -> None:
    data = bytearray(pack_rules(rules))
    data[place] ^= 1
    assert unpack_rules(bytes(data)) is None


def test_what_is_cut_short_is_noticed(rules: Rules) -> None:
    data = pack_rules(rules)
    assert all(unpack_rules(data[:length]) is None for length in (0, 10, 32, len(data) - 1))


def test_another_shape_of_rules_is_noticed(rules: Rules, monkeypatch: pytest.MonkeyPatch) -> None:
    data = pack_rules(rules)
    monkeypatch.setattr(DispatchRule, "_fields", ("id", "when"))
    assert unpack_rules(data) is None
