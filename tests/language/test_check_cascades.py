"""What could not be read is said once: nothing is missed that may stand in the part that could not be read."""

import pytest

from svcctl.foundation.source import Source
from svcctl.language.checker import check_rules
from svcctl.language.parser import parse_rules
from svcctl.language.vocabulary import Vocabulary


@pytest.mark.parametrize(
    "text",
    [
        'calendar c { zone "UTC" mon-fri 09:00 } sla s { resolve within 4bh on c }',
        'calendar { zone "UTC" daily 09:00-18:00 } sla s { resolve within 4bh }',
        "dispatch d first { rule a { when reopened > 1 queue triage } otherwise queue triage }",
        "dispatch d first { ule a { queue triage } otherwise { queue triage } }",
        "flow f { new -> open ~ closed } sla s { resolve within 4h pause in closed }",
        "form f { serial text noise quantty dB } sla s { for noise > 4 dB and type == g resolve within 1h }",
        "acceptance a { require q { max(measured.noise) < 45 dB over 24 hours } }",
        "escalation e { after 1h { remind assignee } after 30 { tag late } }",
        "sla s { resolve wthin 1h } escalation e { at 75% of resolve { tag late } }",
        'sla s { resolve within 1h } test "t" { at 2026-11-23T09:00+08:00 given ticket { title "x }',
    ],
)
def test_one_mistake_of_form_is_one_finding(vocabulary: Vocabulary, text: str) -> None:
    module, unread = parse_rules(Source("a.rules", text))
    assert unread
    _, found = check_rules([module], vocabulary)
    assert found == ()


def test_other_mistakes_in_a_damaged_file_are_still_found(vocabulary: Vocabulary) -> None:
    text = (
        "flow f { new -> open ~ closed }"
        " sla s { for prioritty == urgent resolve within 1h } sla s { resolve within 1h }"
    )
    module, unread = parse_rules(Source("a.rules", text))
    assert unread
    _, found = check_rules([module], vocabulary)
    assert [one.code for one in found] == ["unknown-field", "duplicate-id"]


def test_without_a_calendar_one_finding_speaks_for_all(vocabulary: Vocabulary) -> None:
    text = (
        'calendar a { zone "UTC"  daily 08:00-18:00 }\ncalendar b { zone "UTC"  daily 08:00-18:00 }\n'
        "sla s { respond within 2bh  resolve within 2bd }\nescalation e { after 1bh { remind assignee } }\n"
    )
    module, unread = parse_rules(Source("t.rules", text))
    assert unread == ()
    _, found = check_rules([module], vocabulary.replace(default_calendar=None))
    assert [(finding.code, text[finding.primary.span.start :][:15]) for finding in found] == [
        ("no-calendar", "respond within ")
    ]
