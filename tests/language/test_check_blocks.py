"""What each kind of block demands: one finding a mistake, on its place."""

from collections.abc import Callable

import pytest

from svcctl.foundation.diagnostic import Diagnostic
from svcctl.foundation.source import Source
from svcctl.language.blocks import Rules
from svcctl.language.checker import check_rules
from svcctl.language.parser import parse_rules
from svcctl.language.vocabulary import Vocabulary

Check = Callable[..., tuple[Rules, tuple[Diagnostic, ...]]]
Finding = Callable[[str], Diagnostic]

CN = 'calendar cn { zone "Asia/Shanghai" mon..fri 09:00-18:00 }\n'
FLOW = "flow f { new -> open -> closed }\n"
SLA = "sla s { respond within 30m resolve within 8h }\n"

#: A file with its mistake marked, the code, and words of the message, the labels or the advice.
MISTAKES = [
    # calendars
    ('calendar c { zone «"Asia/Shanghia"» daily 00:00-24:00 }', "unknown-zone", "did you mean `Asia/Shanghai`?"),
    ('calendar c { zone "UTC" mon..fri 09:00-18:00 «tue 17:00-19:00» }', "overlapping-hours", "these hours"),
    ('calendar c { zone "UTC" «daily 09:00-12:00, 11:00-13:00» }', "overlapping-hours", "overlap"),
    ('calendar c { zone "UTC" «daily 20:00-06:00, 05:00-07:00» }', "overlapping-hours", "overlap"),
    (
        'calendar c { zone "UTC" daily 09:00-10:00 on 2026-12-31 09:00-12:00 «on 2026-12-31 11:00-13:00» }',
        "overlapping-hours",
        "overlap",
    ),
    ('calendar «c» { zone "UTC" closed 2027-02-05 }', "never-open", "calendar `c` has no open time"),
    # forms
    ("form fault { serial text «serial» number }", "duplicate-field", "first here"),
    ("form fault { noise quantity «db» }", "unknown-unit", "did you mean `dB` (sound level)?"),
    ("form fault { level text } form other { «level» number }", "field-type-differs", "text in another form"),
    ("form fault { «plan» text }", "field-type-differs", "every ticket has it as a number"),
    ("form fault { serial text } sla s { for type == «falt» resolve within 1h }", "unknown-form", "`fault`?"),
    ("form fault { humidity percent } sla s { for humidity > «60» resolve within 1h }", "missing-unit", "`60 %`"),
    (
        "form fault { noise quantity dB } sla s { for «noise» > 60 s resolve within 1h }",
        "dimension-mismatch",
        "sound level compared with time",
    ),
    (
        "form fault { humidity percent } sla s { for «humidty» > 60 % resolve within 1h }",
        "unknown-field",
        "`humidity`?",
    ),
    # flows
    ("flow f { new -> open -> closed «lost» -> found -> lost }", "unreachable-state", "tickets begin in `new`"),
    ("flow f { new -> open -> closed to «opened» require plan }", "unknown-state", "did you mean `open`?"),
    ("flow f { new -> open -> closed to open require «cause.rot» }", "unknown-need", "did you mean `cause.root`?"),
    ("flow f { new -> open -> closed to open require «acceptence» }", "unknown-need", "did you mean `acceptance`?"),
    ("flow f { new -> open -> closed within 4h in «opn» }", "unknown-state", "did you mean `open`?"),
    ("flow f { new -> open -> closed «within 4bh in open» }", "no-calendar", "write a `calendar` block"),
    (FLOW + "sla s { for state == «opne» resolve within 1h }", "unknown-state", "did you mean `open`?"),
    # service levels
    (FLOW + "sla s { resolve within 1h pause in «waiting» }", "unknown-state", "there is no state `waiting`"),
    ("sla s { respond within 1h «respond within 2h» }", "duplicate-target", "says twice when to respond"),
    ("sla s { «resolve within 2bd» }", "no-calendar", "write a `calendar` block"),
    (CN + CN.replace("cn", "us") + "sla s { «resolve within 2bd» }", "no-calendar", "say `on` and one of `cn` or `us`"),
    (CN + "sla s { resolve within 2bd on «cm» }", "unknown-calendar", "write a block `calendar cm { ... }`"),
    ("sla s { resolve within 2h } sla «s» { resolve within 3h }", "duplicate-id", "there is an sla `s` already"),
    # dispatch
    ("dispatch «d» first { rule a { when reopened > 1 queue triage } }", "dispatch-gap", "end the block with"),
    (
        "dispatch d first { rule a { queue triage } } dispatch «e» first { otherwise { queue triage } }",
        "dispatch-entry",
        "`d` or `e`",
    ),
    (
        "dispatch d first { rule a { queue triage } rule «a» { queue triage } }",
        "duplicate-id",
        "in the whole workspace",
    ),
    ("dispatch d first { otherwise { delegate «dsk» } }", "unknown-dispatch", "write a block `dispatch dsk { ... }`"),
    ("dispatch d first { otherwise { queue «triag» } }", "unknown-queue", "did you mean `triage`?"),
    ("dispatch d first { otherwise { set «prority» high } }", "unknown-field", "did you mean `priority`?"),
    ('dispatch d first { otherwise { set «title» "x" } }', "not-settable", "a rule cannot set `title`"),
    ("dispatch d first { otherwise { set priority «hgh» } }", "unknown-value", "did you mean `high`?"),
    (
        "dispatch d first { otherwise { assign engineer from team «site-hardwear» } }",
        "unknown-team",
        "`site-hardware`?",
    ),
    ("dispatch d first { otherwise { assign engineer having skill «firmwear» } }", "unknown-skill", "`firmware`?"),
    (
        "dispatch d first { otherwise { assign engineer where «on_shfit» } }",
        "unknown-field",
        "did you mean `on_shift`?",
    ),
    (
        'dispatch d first { otherwise { assign engineer where «skills» contains "firmware" } }',
        "unknown-field",
        "`having skill NAME >= 2`",
    ),
    ("dispatch d first { otherwise { assign engineer where region == «bejing» } }", "unknown-region", "`beijing`?"),
    (
        "dispatch d first { otherwise { assign engineer prefer fewest «open_tikets» } }",
        "unknown-field",
        "`open_tickets`?",
    ),
    (
        "dispatch d first { otherwise { assign engineer prefer most «region» } }",
        "not-ordered",
        "there is no `most` of it",
    ),
    ("dispatch d first { otherwise { assign engineer prefer highest skill «firm» } }", "unknown-skill", "`firmware`?"),
    ("dispatch d first { otherwise { assign «customer» } }", "bad-recipient", "cannot be assigned to the customer"),
    ("dispatch d first { otherwise { notify role «director» } }", "unknown-role", "`service-director`?"),
    ("dispatch d first { otherwise { notify manager of engineer «lee» } }", "unknown-engineer", "write `li` or `wang`"),
    ("dispatch d first { otherwise { attach 3 similar by «product.modell» } }", "unknown-field", "`product.model`?"),
    # escalation
    (
        SLA + "escalation e { after 1h { «delegate d» } } dispatch d first { otherwise { queue triage } }",
        "verb-not-here",
        "it belongs in `dispatch`",
    ),
    (FLOW + "escalation e { while state in [«nw»] after 1h { tag late } }", "unknown-state", "did you mean `new`?"),
    ("escalation e { after 1h { tag late «repeat every 30m up to 0 times» } }", "bad-repeat", "at least once"),
    ("escalation e { «at 75% of resolve» { tag late } }", "no-target", "no `sla` says when to resolve"),
    (SLA + "escalation e { «at 2000% of resolve» { tag late } }", "bad-share", "`2000%` of a target"),
    ("escalation e { after 2h { tag late } «after 1h» { tag later } }", "step-order", "before the one above"),
    (
        SLA + "escalation e { 1h before resolve { tag a } «2h before resolve» { tag b } }",
        "step-order",
        "before the one",
    ),
    ("escalation e { «after 4bh» { tag late } }", "no-calendar", "write a `calendar` block"),
    ("escalation e { «when limit breached» { tag late } }", "no-target", "`within ... in STATE` in a `flow` block"),
    (SLA + "escalation e { «at 75% of update» { tag late } }", "no-target", "`update within ...` in an `sla` block"),
    (
        'test "t" { at 2026-11-23T09:00+08:00 given ticket { } «at +4bh expect nothing» }',
        "no-calendar",
        "write a `calendar` block",
    ),
    # acceptance
    (
        "acceptance a { require r { reopened == 0 } require «r» { reopened == 1 } }",
        "duplicate-id",
        "has a requirement `r` already",
    ),
    ("acceptance a { require r { «measured.noise < 5 dB in 0 runs» } }", "bad-sampling", "in 100 runs"),
    ("acceptance a { require r { reopened == 0 evidence «vdeo» } }", "unknown-value", "did you mean `video`?"),
    ("acceptance a { verifier is not team «custommer-care» }", "unknown-team", "did you mean `customer-care`?"),
    ("acceptance a { approval by role technical-director when plan.cost > «5000» }", "missing-unit", "`5000 CNY`"),
    # files
    ('import «"b.rules"»', "unknown-import", "there is no rule file `b.rules` here"),
    ('import «"a.rules"»', "import-cycle", "`a.rules` imports itself"),
]


@pytest.mark.parametrize(("text", "code", "words"), MISTAKES, ids=[case[0][:80] for case in MISTAKES])
def test_a_mistake_in_a_block(finding: Finding, text: str, code: str, words: str) -> None:
    found = finding(text)
    assert found.code == code
    said = [found.message, found.primary.text, *found.help, *(label.text for label in found.related)]
    assert any(words in part for part in said), said


TEST = 'test "t" {{ at 2026-11-23T09:00+08:00 given ticket {{ {given} }} {rest} }}'
D = FLOW + "form fault { humidity percent } dispatch d first { rule a { queue triage } }\n"


@pytest.mark.parametrize(
    ("given", "rest", "code", "words"),
    [
        ("«typ» fault", "expect rule a", "unknown-field", "did you mean `type`?"),
        ("type «falt»", "expect rule a", "unknown-form", "did you mean `fault`?"),
        ("humidity «60»", "expect rule a", "missing-unit", "write `60 %`"),
        ("type fault", "expect rule «aa»", "unknown-rule", "did you mean `a`?"),
        ("type fault", "expect priority «hgh»", "unknown-value", "did you mean `high`?"),
        ("type fault", "expect «prioriti» high", "unknown-field", "did you mean `priority`?"),
        ("type fault", "expect notify team «custommer-care»", "unknown-team", "did you mean `customer-care`?"),
        ("type fault", "at +1h move «opn»", "unknown-state", "did you mean `open`?"),
        ("type fault", "expect «resolve due 2026-11-24T17:00+08:00»", "no-target", "no `sla` says when to resolve"),
    ],
)
def test_a_mistake_in_a_test(finding: Finding, given: str, rest: str, code: str, words: str) -> None:
    found = finding(D + TEST.format(given=given, rest=rest))
    assert found.code == code
    assert any(words in part for part in (found.message, *found.help)), found


def test_a_test_may_bring_people_of_its_own(check: Check) -> None:
    _, found = check(
        D + 'test "t" { at 2026-11-23T09:00+08:00'
        " given engineer zhao { team lifts skill lift 3 region guangzhou }"
        " given ticket { type fault site.region guangzhou }"
        " expect rule a, assignee zhao expect notify team lifts at +1h move open expect remind assignee }"
    )
    assert found == ()


def test_what_has_a_mistake_is_left_out_but_exists(check: Check) -> None:
    rules, found = check(
        'calendar broken { zone "Asia/Nowhere" daily 00:00-24:00 }'
        " sla s { resolve within 2bd on broken }"
        " dispatch d first { rule good { when reopened > 1 queue triage } rule bad { when reopend > 1 queue triage }"
        " otherwise { queue triage } }"
    )
    assert [one.code for one in found] == ["unknown-zone", "unknown-field"]
    assert rules.calendars == ()
    assert [sla.id for sla in rules.slas] == ["s"]
    assert [rule.id for rule in rules.dispatches[0].rules] == ["good"]


def test_the_order_of_files_never_matters(check: Check, vocabulary: Vocabulary) -> None:
    texts = {
        "b.rules": "sla z { resolve within 1h } form f { level text }",
        "a.rules": 'form g { level number } sla z { resolve within 2h } sla a { for level == "x" resolve within 1h }',
    }
    modules = [parse_rules(Source(name, text))[0] for name, text in texts.items()]
    assert check_rules(modules, vocabulary) == check_rules(modules[::-1], vocabulary)


def test_the_calendar_in_force(check: Check, vocabulary: Vocabulary) -> None:
    two = CN + CN.replace("cn", "us")
    assert check(CN)[0].default_calendar == "cn"
    assert check(two)[0].default_calendar is None
    assert check(two, vocabulary=vocabulary.replace(default_calendar="us"))[0].default_calendar == "us"


def test_a_calendar_that_only_the_configuration_knows(check: Check, vocabulary: Vocabulary) -> None:
    rules, found = check("sla s { resolve within 2bd }", vocabulary=vocabulary.replace(default_calendar="cn"))
    assert rules.default_calendar is None
    assert [one.code for one in found] == ["no-calendar"]
    assert found[0].help == ("write the block `calendar cn { ... }`, which the configuration names",)


def test_where_tickets_begin(check: Check) -> None:
    rules, found = check(
        "dispatch desk first { rule b { queue triage } }",
        "dispatch intake first { rule a { when reopened > 1 delegate desk } otherwise { queue triage } }",
    )
    assert found == ()
    assert rules.entry == "intake"
    assert [block.id for block in rules.dispatches] == ["desk", "intake"]


def test_delegation_in_a_circle_is_said_once(check: Check) -> None:
    _, found = check(
        "dispatch a first { rule r1 { delegate b } } dispatch b first { rule r2 { delegate c } }"
        " dispatch c first { rule r3 { delegate b } }"
    )
    assert [one.code for one in found] == ["delegate-cycle"]
    assert found[0].message == "dispatch `b` delegates to itself: `b` -> `c` -> `b`"


def test_imports_in_a_circle_are_said_once(check: Check) -> None:
    _, found = check('import "b.rules"', 'import "./c.rules"', 'import "a.rules"')
    assert [(one.code, one.primary.span.source) for one in found] == [("import-cycle", "c.rules")]


def test_a_long_chain_of_delegations_is_followed_to_its_end(check: Check) -> None:
    chain = "".join(
        f"dispatch d{number} first {{ rule r{number} {{ delegate d{number + 1} }} }}\n" for number in range(1500)
    )
    rules, found = check(chain + "dispatch d1500 first { otherwise { queue triage } }")
    assert found == ()
    assert rules.entry == "d0"


def test_open_names_are_taken_on_trust(check: Check, vocabulary: Vocabulary) -> None:
    _, found = check(
        "dispatch d first { otherwise { assign engineer from team lifts having skill lift >= 2"
        " where region == guangzhou notify role boss } }",
        vocabulary=vocabulary.replace(names={}),
    )
    assert found == ()
