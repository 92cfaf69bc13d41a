"""Snapshots: a checked block comes back as it was, from plain JSON, though the language has grown since."""

import json
from pathlib import Path

import pytest

from svcctl.actions.catalog import ACTIONS, SETTABLE
from svcctl.facts.vocabulary import fact_vocabulary
from svcctl.foundation.source import Source
from svcctl.language.blocks import EscalationBlock, Rules
from svcctl.language.checker import check_rules
from svcctl.language.parser import parse_rules
from svcctl.language.snapshot import freeze, thaw

EXAMPLE = Path(__file__).parent / "example.rules"
TIMES = """
escalation times {
  for reported_at > 2026-11-23T09:00+08:00 and environment.humidity <= 82.5 %
  at 75% of resolve { remind assignee }
  1bh before resolve { notify manager of assignee urgent "soon"  repeat every 30m up to 2 times }
}
"""


def checked(text: str) -> Rules:
    module, _ = parse_rules(Source("test.rules", text))
    rules, _ = check_rules([module], fact_vocabulary(ACTIONS, SETTABLE, None, "cn-service"))
    return rules


@pytest.mark.parametrize("text", [EXAMPLE.read_text(encoding="utf-8"), TIMES])
def test_every_block_comes_back_as_it_was(text: str) -> None:
    rules = checked(text)
    for name in ("calendars", "forms", "flows", "slas", "dispatches", "escalations", "acceptances", "tests"):
        for block in getattr(rules, name):
            assert thaw(json.loads(json.dumps(freeze(block)))) == block


def test_types_come_back_too() -> None:
    (block,) = checked("escalation e { for priority > low  after 1h { remind assignee } }").escalations
    again = thaw(freeze(block))
    assert again.condition.left.type == block.condition.left.type  # type: ignore[union-attr]


def test_layout_does_not_matter() -> None:
    one = checked("escalation e { after 1h { remind assignee } }")
    other = checked('# why\nescalation e "title" {\n\n after 60m   { remind assignee } }')
    assert freeze(one.escalations[0]) == freeze(other.escalations[0].replace(title=None))


def test_a_snapshot_without_a_field_that_came_later_takes_its_default() -> None:
    frozen: dict[str, object] = {"node": "EscalationBlock", "id": "e", "condition": None, "during": None, "steps": []}
    assert thaw(frozen) == EscalationBlock(id="e", condition=None, during=None, steps=())


def test_what_this_version_does_not_know_is_refused() -> None:
    with pytest.raises(KeyError):
        thaw({"node": "Oracle"})
    with pytest.raises(TypeError):
        freeze(object())
