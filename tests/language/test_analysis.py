"""What the analysis says, and where."""

from collections.abc import Callable

import pytest

from svcctl.foundation.diagnostic import Diagnostic, Severity
from svcctl.foundation.source import Source
from svcctl.language.blocks import Rules
from svcctl.report.diagnostics import print_diagnostics

Check = Callable[..., tuple[Rules, tuple[Diagnostic, ...]]]
END = "otherwise { queue triage }"
FORMS = "form noise { humidity percent  level quantity dB } form fault { count integer }"


def shown(check: Check, text: str) -> str:
    _, found = check(text)
    return print_diagnostics(found, {"a.rules": Source("a.rules", text)})


def only(check: Check, text: str) -> Diagnostic:
    _, found = check(text)
    assert len(found) == 1, [(one.code, one.message) for one in found]
    return found[0]


def test_a_shadowed_rule_names_what_takes_its_tickets_and_one_of_them(check: Check) -> None:
    text = f"""form abnormal_noise {{ }} form fault {{ }}
dispatch intake first {{
  rule gold-any {{ when customer.tier == gold  queue triage }}
  rule gold-noise {{
    when type == abnormal_noise and customer.tier == gold
    queue triage
  }}
  {END}
}}
"""
    assert shown(check, text) == (
        """\
warning[unreachable-rule]: rule `gold-noise` can never match
  --> a.rules:4:8
   |
 3 |   rule gold-any { when customer.tier == gold  queue triage }
   |        -------- takes every ticket that it could take
 4 |   rule gold-noise {
   |        ^^^^^^^^^^
   = example: customer.tier gold, type abnormal_noise -> gold-any
   = help: move it above `gold-any`

1 warning
"""
    )


def test_several_rules_together_shadow_one(check: Check) -> None:
    found = only(
        check,
        f"""dispatch d first {{
          rule low  {{ when priority <= normal  queue triage }}
          rule high {{ when priority > normal and site.region is present  queue triage }}
          rule rest {{ when site.region == beijing  queue triage }}
          {END} }}""",
    )
    assert (found.code, found.severity) == ("unreachable-rule", Severity.WARNING)
    assert [label.text for label in found.related] == ["takes some of its tickets"] * 2
    assert found.example == ("priority low, site.region beijing -> low",)


@pytest.mark.parametrize(
    "rules",
    [
        "rule a { when priority >= high queue triage } rule b { when priority <= high queue triage }",
        'rule a { when description contains "screen" queue triage }'
        ' rule b { when description contains "black" queue triage }',
        "rule a { when site.region == beijing queue triage } rule b { when site.region != beijing or "
        "site.region is missing queue triage }",
        "rule a { when reopened > 2 queue triage } rule b { when reopened > 1 queue triage }",
        "rule a { when age.elapsed > 2h queue triage } rule b { when age.business > 2bh queue triage }",
    ],
)
def test_what_may_be_reached_is_not_reported(check: Check, rules: str) -> None:
    _, found = check(f"dispatch d first {{ {rules} {END} }}")
    assert found == ()


def test_a_longer_text_holds_the_shorter_one(check: Check) -> None:
    found = only(
        check,
        f"""dispatch d first {{
          rule screen {{ when description contains "Screen"  queue triage }}
          rule black  {{ when description contains "black screen"  queue triage }}
          {END} }}""",
    )
    assert found.code == "unreachable-rule"
    assert found.example == ('description "black screen" -> screen',)


def test_under_priority_the_order_is_that_of_priority(check: Check) -> None:
    rules = "rule a { priority 1 when priority == high queue triage } rule b { priority 9 queue triage }"
    found = only(check, f"dispatch d priority {{ {rules} }}")
    assert found.code == "unreachable-rule"
    assert "`a`" in found.message


def test_rules_that_leave_nothing_need_no_otherwise(check: Check) -> None:
    exhaustive = "rule a { when reopened == 0 queue triage } rule b { when reopened > 0 queue triage }"
    assert check(f"dispatch d first {{ {exhaustive} }}")[1] == ()
    found = only(check, f"dispatch d first {{ {exhaustive.replace('> 0', '> 2')} }}")
    assert (found.code, found.example) == ("dispatch-gap", ("reopened 1",))


def test_a_missing_value_is_left_over_unless_somebody_takes_it(check: Check) -> None:
    rules = (
        "rule a { when asset.under_warranty queue triage }"
        " rule b { when not (asset.under_warranty or default yes) queue triage }"
    )
    found = only(check, f"dispatch d first {{ {rules} }}")
    assert found.example == ("asset.under_warranty is missing",)
    assert check(f"dispatch d first {{ {rules.replace('default yes', 'default no')} }}")[1] == ()


def test_where_nothing_can_be_shown_an_otherwise_is_still_needed(check: Check) -> None:
    rules = (
        'rule a { when title matches "a*b(c|d)+" queue triage } rule b { when not (title matches "x+y") queue triage }'
    )
    found = only(check, f"dispatch d first {{ {rules} }}")
    assert found.code == "dispatch-gap"
    assert found.example == () or "title" in found.example[0]


def test_under_unique_an_overlap_is_an_error(check: Check) -> None:
    rules = "rule a { when priority == high queue triage } rule b { when mode == remote queue triage }"
    found = only(check, f"dispatch d unique {{ {rules} {END} }}")
    assert (found.code, found.severity) == ("overlapping-rules", Severity.ERROR)
    assert found.example == ("priority high, mode remote",)
    apart = rules.replace("mode == remote", "priority != high")
    assert check(f"dispatch d unique {{ {apart} {END} }}")[1] == ()


def test_a_tie_of_priorities_is_told(check: Check) -> None:
    rules = "rule a { priority 1 when priority == high queue triage } rule b { priority 1 when mode == remote tag x }"
    found = only(check, f"dispatch d priority {{ {rules} {END} }}")
    assert (found.code, found.severity) == ("priority-tie", Severity.NOTE)
    assert check(f"dispatch d priority {{ {rules.replace('tag x', 'queue triage')} {END} }}")[1] == ()


@pytest.mark.parametrize(
    ("condition", "code", "words"),
    [
        ("type == noise and priority == high and «type == fault»", "contradiction", "type == noise"),
        ("reopened > 2 and «reopened < 3»", "contradiction", "reopened > 2"),
        ("age.elapsed > 2h and «age.elapsed < 90m»", "contradiction", "age.elapsed > 2h"),
        ('title contains "ab" and «not title contains "b"»', "contradiction", 'title contains "ab"'),
        ("«reopened < 0»", "never-holds", ""),
        ("«priority > urgent» and mode == remote", "never-holds", ""),
        ("«humidity > 120 %»", "out-of-range", ""),
        ("«humidity < -5 %»", "out-of-range", ""),
        ("«reopened >= 0» and mode == remote", "dead-clause", ""),
        ("«priority in [urgent, high]» and priority == high", "dead-clause", "priority == high"),
        ("reopened > 3 and «reopened > 2»", "dead-clause", "reopened > 3"),
        ("mode == remote and «mode == remote»", "dead-clause", "mode == remote"),
        ("priority == high or «priority in [high]»", "dead-clause", ""),
        ("priority == high or «priority > urgent»", "never-holds", ""),
        ("level == 45 dB and «level < 40 dB»", "contradiction", "level == 45 dB"),
    ],
)
@pytest.mark.parametrize(
    "frame",
    [
        "sla s {{ for {} resolve within 1h }}",
        "escalation e {{ for {} after 1h {{ remind assignee }} }}",
        "acceptance x {{ for {} require y {{ survey.csat >= satisfied }} }}",
        "dispatch d first {{ rule r {{ when {} tag x }} otherwise {{ tag y }} }}",
    ],
)
def test_within_a_condition(check: Check, frame: str, condition: str, code: str, words: str) -> None:
    marked = f"{FORMS} {frame.format(condition)}"
    text = marked.replace("«", "").replace("»", "")
    found = only(check, text)
    assert found.code == code
    span = found.primary.span
    assert text[span.start : span.end] == marked.split("«")[1].split("»")[0]
    assert [text[label.span.start : label.span.end] for label in found.related] == ([words] if words else [])


def test_for_and_while_are_one_condition(check: Check) -> None:
    found = only(
        check, "flow f { new -> done } escalation e { for state == done while state == new after 1h { tag x } }"
    )
    assert found.code == "contradiction"


def test_a_guard_of_presence_is_no_dead_clause(check: Check) -> None:
    guarded = "site.region is present and site.region != beijing"
    assert check(f"sla s {{ for {guarded} resolve within 1h }}")[1] == ()


def test_beyond_the_cap_nothing_is_claimed(check: Check) -> None:
    many = " and ".join(
        f'(title contains "{one}" or description contains "{one}" or tags contains "{one}")' for one in "abcdefgh"
    )
    found = only(check, f"dispatch d first {{ rule r {{ when {many} tag x }} {END} }}")
    assert (found.code, found.severity) == ("not-proven", Severity.NOTE)
