"""Names, types and units in conditions: one finding a mistake, on its place, with one piece of advice."""

from collections.abc import Callable

import pytest

from svcctl.foundation.diagnostic import Diagnostic
from svcctl.foundation.quantity import Elapsed, Quantity
from svcctl.language.blocks import Rules
from svcctl.language.tree import And, Comparison, Expression, Field, Literal, Membership
from svcctl.language.types import Kind

Check = Callable[..., tuple[Rules, tuple[Diagnostic, ...]]]
Finding = Callable[[str], Diagnostic]

#: A condition with its mistake marked, the code, and words of the message, the labels or the advice.
MISTAKES = [
    ("«prioritty» == urgent", "unknown-field", "did you mean `priority`?"),
    ("«湿度» > 60 %", "unknown-field", "once a `form` block lists `湿度`"),
    ("priority == «urgnet»", "unknown-value", "did you mean `urgent`?"),
    ("priority in [urgent, «hi»]", "unknown-value", "`hi` is not a value of `priority`"),
    ("«urgnet» == priority", "unknown-value", "did you mean `urgent`?"),
    ('mode == «"Remote"»', "unknown-value", "did you mean `remote`?"),
    ("site.region == «bejing»", "unknown-region", "did you mean `beijing`?"),
    ("assignee == «lii»", "unknown-engineer", "did you mean `li`?"),
    ("team == «现场硬件»", "unknown-team", "did you mean `现场硬件组`?"),
    ("description == «黑屏»", "unknown-field", 'write text in quotes: `"黑屏"`'),
    ("«description» > 5", "type-mismatch", "text compared with a number"),
    ("«priority» == 3", "type-mismatch", "a choice compared with a number"),
    ("reopened == «urgent»", "unknown-field", "there is no field `urgent`"),
    ("«asset.under_warranty» == 1", "type-mismatch", "without a comparison"),
    ("«reported_at» > 2026-11-23", "type-mismatch", "an instant with its offset"),
    ("«age.business» > 24h", "clock-mismatch", "write `24bh`, or use `age.elapsed`"),
    ("«age.elapsed» < 2bd", "clock-mismatch", "write `2d`, or use `age.business`"),
    ("«age.elapsed» + 2bh < 4h", "clock-mismatch", "elapsed time"),
    ("age.elapsed > «4»", "missing-unit", "write `4h`"),
    ("plan.cost > «5000»", "missing-unit", "write `5000 CNY`"),
    ("«plan.cost» > 45 dB", "dimension-mismatch", "money compared with sound level"),
    ("«mode» < remote", "not-ordered", "compare with `==`"),
    ("«description» >= title", "not-ordered", "`description` has no order"),
    ('«priority» contains "urgent"', "not-text", "`contains` looks into text or a list"),
    ('«reopened» matches "x"', "not-text", "a number is not text"),
    ("«priority»", "not-a-condition", "`priority` is a choice"),
    ("not «reopened»", "not-a-condition", "a number"),
    ('description contains "a" or «"b"»', "not-a-condition", 'write `description contains any ["a", "b"]`'),
    ('description contains "a" and «"b"»', "not-a-condition", 'write `description contains all ["a", "b"]`'),
    ('title == "a" or «"b"»', "not-a-condition", 'write `title in ["a", "b"]`'),
    ("«description» + 3 > 4", "type-mismatch", "text added to a number"),
    ("max(«reopened») > 3", "not-measured", "write `max(measured.NAME)`"),
    ('«description matches "(a"»', "bad-pattern", "the pattern cannot be used"),
]


@pytest.mark.parametrize(("condition", "code", "words"), MISTAKES, ids=[case[0] for case in MISTAKES])
def test_a_mistake_in_a_condition(finding: Finding, condition: str, code: str, words: str) -> None:
    found = finding(f"sla s {{ for {condition}  resolve within 1h }}")
    assert found.code == code
    said = [found.message, found.primary.text, *found.help, *(label.text for label in found.related)]
    assert any(words in text for text in said), said


@pytest.mark.parametrize(
    ("condition", "fixes"),
    [
        ('description contains "a" or "b" or "c"', ['description contains "b"', 'description contains "c"']),
        ('description contains "a" and "b"', ['description contains "b"']),
        ('title == "a" or "b"', ['title == "b"']),
        ('title == "a" and "b"', [None]),
        ('priority == high and description contains "a" or "b"', [None]),
        ("type == a or b or c", ["type == b", "type == c"]),
    ],
)
def test_one_more_value_is_put_right_where_it_can_only_be_meant_so(
    check: Check, condition: str, fixes: list[str | None]
) -> None:
    _, found = check(f"sla s {{ for {condition}  resolve within 1h }}")
    assert [finding.code for finding in found] == ["not-a-condition"] * len(fixes)
    assert [finding.fix and finding.fix.text for finding in found] == fixes


@pytest.mark.parametrize(
    ("unit", "words"),
    [("db", "did you mean `dB` (sound level)?"), ("Mpa", "did you mean `MPa` (pressure)?")],
)
def test_an_unknown_unit(finding: Finding, unit: str, words: str) -> None:
    found = finding(f"acceptance a {{ require quiet {{ max(measured.noise) < 45 «{unit}» over 24h }} }}")
    assert (found.code, found.primary.text, found.help) == ("unknown-unit", "units are case-sensitive", (words,))


@pytest.mark.parametrize(
    "condition",
    [
        "priority in [urgent, high] and type == hardware_fault",
        "urgent == priority",
        'product.line == "access-control" or product.line == 门禁',
        "priority >= urgency",
        "site.region == beijing",
        'description contains any ["黑屏", "black screen"]',
        "tags contains vip",
        'description matches "黑.?屏"',
        "reopened * 2 > 3 + 1",
        "age.elapsed > 4h and age.business > 2bd",
        "age.elapsed * 2 > 30 min",
        "reported_at + 4h < 2026-11-23T09:00+08:00",
        "plan.cost > 5000 CNY",
        "environment.humidity > 60 %",
        "asset.under_warranty",
        "asset.under_warranty == yes",
        "asset.serial is present and plan is missing",
        "(product.line or default chiller) != lift",
        "assignee == li",
        "owner == zhao",
    ],
)
def test_what_is_right_is_not_found_fault_with(check: Check, condition: str) -> None:
    rules, found = check(
        f'sla s {{ for {condition}  resolve within 1h }} calendar c {{ zone "UTC" daily 00:00-24:00 }}'
    )
    assert found == ()
    assert len(rules.slas) == 1


def condition_of(check: Check, condition: str) -> Expression:
    rules, found = check(f"sla s {{ for {condition}  resolve within 1h }}")
    assert found == ()
    resolved = rules.slas[0].condition
    assert resolved is not None
    return resolved


def test_names_become_fields_and_values_with_their_types(check: Check) -> None:
    resolved = condition_of(check, 'priority in [urgent, "high"] and product.line == 门禁')
    assert isinstance(resolved, And)
    among, equal = resolved.parts
    assert isinstance(among, Membership)
    assert isinstance(equal, Comparison)
    assert among.left == Field("priority")
    assert [value.value for value in among.values if isinstance(value, Literal)] == ["urgent", "high"]
    assert equal.right == Literal("门禁", type=None)
    assert isinstance(equal.left, Field)
    assert equal.left.type.name == "product line"
    assert isinstance(equal.right, Literal)
    assert equal.right.type is not None
    assert equal.right.type.kind is Kind.CHOICE


def test_elapsed_seconds_are_read_as_the_other_side_needs_them(check: Check) -> None:
    resolved = condition_of(check, "age.elapsed > 30 min")
    assert isinstance(resolved, Comparison)
    assert resolved.right == Literal(Elapsed(1800), type=None)
    rules, found = check("acceptance a { require fast { max(measured.latency) < 2s in 100 runs } }")
    assert found == ()
    criterion = rules.acceptances[0].requirements[0].criterion.condition
    assert isinstance(criterion, Comparison)
    assert isinstance(criterion.right, Literal)
    assert isinstance(criterion.right.value, Quantity)
    assert str(criterion.right.value) == "2 s"


def test_mistakes_that_do_not_follow_from_another_are_all_said(check: Check) -> None:
    _, found = check(
        'sla s { for prioritty == urgnet and descripton contains "x" and mode < remote resolve within 1h }'
    )
    assert [one.code for one in found] == ["unknown-field", "unknown-field", "not-ordered"]


@pytest.mark.parametrize(
    ("condition", "paths"),
    [
        ("customer.tier != gold", ["customer.tier"]),
        ("customer.tier not in [gold]", ["customer.tier"]),
        ('not (customer.tier == gold and asset.serial == "1")', ["customer.tier", "asset.serial"]),
        ("not asset.under_warranty", ["asset.under_warranty"]),
        ("customer.tier == gold", []),
        ("customer.tier is present and customer.tier != gold", []),
        ("customer.tier is missing or customer.tier != gold", []),
        ("(customer.tier or default silver) != gold", []),
        ("priority != urgent", []),
        ("not (customer.tier is missing) and customer.tier != gold", []),
    ],
)
def test_only_where_a_missing_value_turns_the_answer_round_it_warns(
    check: Check, condition: str, paths: list[str]
) -> None:
    _, found = check(f"sla s {{ for {condition}  resolve within 1h }}")
    assert [one.code for one in found] == ["unguarded-optional"] * len(paths)
    assert [one.message.split("`")[1] for one in found] == paths


def test_what_fails_safe_does_not_warn(check: Check) -> None:
    _, found = check(
        "sla s { resolve within 1h }"
        " escalation e { for customer.tier != gold after 1h { tag late } }"
        " acceptance a { for customer.tier != gold require r { survey.csat != dissatisfied } }"
    )
    assert found == ()
