"""One broken file for each code of a finding, and the page that `rules check` prints for it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from svcctl.desk.workspace import Workspace
from svcctl.foundation.shipped import shipped

Shell = Any

#: What every file may name.
FRAME = """\
calendar cn { zone "Asia/Shanghai"  mon..fri 09:00-12:00, 13:30-18:00 }
calendar always { zone "UTC"  daily 00:00-24:00 }
form hardware_fault { humidity percent required  serial text }
form software_bug { version text }
"""
REST = "otherwise { queue triage }"


def dispatch(*rules: str, hit: str = "first", rest: str = REST) -> str:
    """A dispatch block with some rules, a line each."""
    lines = "".join(f"  {rule}\n" for rule in (*rules, rest) if rule)
    return f"dispatch intake {hit} {{\n{lines}}}\n"


def when(condition: str) -> str:
    """A dispatch block with one rule for a condition."""
    return dispatch(f"rule one {{ when {condition}  tag x }}")


def require(criterion: str) -> str:
    return f"acceptance quiet {{\n  require loud {{ {criterion} }}\n}}\n"


def asset(clauses: str) -> str:
    return f"care yearly {{\n  for asset {clauses}\n}}\n"


def step(clauses: str, before: str = "") -> str:
    return f"{before}escalation late {{\n  {clauses}\n}}\n"


def table(*rows: str) -> str:
    """A test with a table of some rows."""
    lines = "".join(f"    {row}\n" for row in rows)
    return f'test "t" {{\n  at 2026-11-23T09:00+08:00\n  table priority -> queue {{\n{lines}  }}\n}}\n'


SLA = "sla all { respond within 2bh on cn  resolve within 8h on always }\n"
CASES = {
    "ambiguous-or": "form visit { manager truth }\n"
    + dispatch("rule one { assign engineer where on_shift or manager }"),
    "bad-care": asset("notify customer"),
    "bad-coverage": require("max(measured.noise) < 45 dB over 24h coverage > 95%"),
    "bad-date": 'calendar c {\n  zone "UTC"  daily 08:00-09:00\n  closed 2027-02-29, 2027/3/1\n}\n',
    "bad-days": 'calendar c { zone "UTC"  mon-fri 09:00-18:00 }\n',
    "bad-duration": "sla a { respond within 30 min on always  resolve within 1bd2h on always }\n",
    "bad-number": dispatch("rule one { assign engineer having skill display >= 1.5 }"),
    "bad-pattern": when('description matches "(E[0-9]+"'),
    "bad-recipient": dispatch("rule one { assign customer }"),
    "bad-repeat": step("after 1h { remind assignee  repeat every 0m up to 4 times }"),
    "bad-sampling": require("max(measured.noise) < 45 dB in 0 runs"),
    "bad-share": step("at 0% of resolve { remind assignee }", SLA),
    "bad-suppression": "# svcctl: allow no-target\n" + SLA,
    "bad-time": 'calendar c { zone "UTC"  mon 09:00-25:00  tue 09:00-09:00 }\n',
    "bunched-steps": "sla a { respond within 4h on always }\n"
    + step("after 30m { remind assignee }\n  after 1h { remind assignee }"),
    "circular-mutes": step("mutes more  after 1h { remind assignee }")
    + "escalation more { mutes late  after 2h { remind assignee } }\n",
    "clock-mismatch": when("age.business > 24h"),
    "contradiction": when("reopened > 2 and reopened < 3"),
    "coverage-without-time": require("max(measured.noise) < 45 dB coverage >= 95%"),
    "dead-clause": when("priority in [urgent, high] and priority == high"),
    "delegate-cycle": "dispatch a first { otherwise { delegate b } }\ndispatch b first { otherwise { delegate a } }\n",
    "dimension-mismatch": when("humidity > 45 dB"),
    "dispatch-entry": "dispatch a first { otherwise { queue x } }\ndispatch b first { otherwise { queue x } }\n",
    "dispatch-gap": dispatch("rule high { when priority >= high  tag x }", rest=""),
    "duplicate-field": "form extra {\n  batch text\n  batch number\n}\n",
    "duplicate-id": "sla a { respond within 1h on always }\nsla a { respond within 2h on always }\n",
    "duplicate-target": "sla a { respond within 1h on always  respond within 2h on always }\n",
    "field-type-differs": "form extra { serial number }\n",
    "full-width": "sla 金牌 { for priority in [urgent，high]  respond within 30m on always }\n",
    "import-cycle": 'import "each.rules"\n',
    "lead-too-long": step("9h before resolve { remind assignee }", SLA),
    "missing-and": when('priority == urgent description contains "黑屏"'),
    "missing-brace": dispatch("rule one", "  tag x }"),
    "missing-clause": "calendar c { daily 08:00-09:00 }\n",
    "missing-comma": when("priority in [urgent high]"),
    "missing-hit-policy": f"dispatch intake {{ {REST} }}\n",
    "missing-name": "sla { respond within 1h on always }\n",
    "missing-unit": when("humidity > 60"),
    "missing-word": "sla a { respond 1h on always }\n",
    "never-fires": step("while age.elapsed < 2h\n  after 4h { remind assignee }"),
    "never-holds": when("priority > urgent"),
    "never-open": 'calendar shut { zone "UTC"  holidays CN }\n',
    "no-calendar": "sla a { respond within 4bh }\n",
    "no-target": step("at 75% of arrive { remind assignee }", SLA),
    "not-a-condition": when("priority and reopened > 1"),
    "not-measured": require("max(reopened) < 3"),
    "not-ordered": when("mode < remote"),
    "not-proven": when(" and ".join(f'(description contains "a{n}" or title contains "b{n}")' for n in range(24))),
    "not-settable": dispatch('rule one { set title "x" }'),
    "not-text": when('priority contains "urgent"'),
    "out-of-range": when("humidity > 120 %"),
    "overlapping-hours": 'calendar c {\n  zone "UTC"\n  mon..fri 09:00-18:00\n  fri 16:00-20:00\n}\n',
    "overlapping-rules": dispatch(
        "rule urgent { when priority == urgent  tag x }", "rule remote { when mode == remote  tag y }", hit="unique"
    ),
    "priority-tie": dispatch(
        "rule urgent { when priority == urgent  tag x }", "rule remote { when mode == remote  tag y }", hit="priority"
    ),
    "region-not-served": when("site.region == south"),
    "repeat-outlives": step(
        "while age.elapsed < 3h\n  after 1h { remind assignee urgent  repeat every 30m up to 9 times }"
    ),
    "repeated-clause": dispatch("rule one { when priority == urgent  when mode == remote  tag x }"),
    "single-equals": when("type = hardware_fault"),
    "skill-nobody-has": dispatch("rule one { assign engineer having skill display >= 9 }"),
    "step-order": step("after 2h { remind assignee urgent }\n  after 1h { notify manager of assignee urgent }"),
    "stray-character": "sla a { respond within 1h on always ~ }\n",
    "stray-punctuation": "sla a { respond within 1h on always; }\n",
    "syntax": when("priority =="),
    "team-without-engineers": dispatch("rule one { assign team night }"),
    "too-deep": when("(" * 70 + "reopened > 1" + ")" * 70),
    "too-long": dispatch("rule one { notify " + "manager of " * 12 + "assignee }"),
    "type-mismatch": when("reported_at > 3"),
    "unclosed-block": step("after 30m { remind assignee\n  after 1h { notify manager of assignee }"),
    "unclosed-bracket": when("priority in [urgent, high"),
    "unclosed-text": require('max(measured.noise) < 45 dB  method "用声级计'),
    "uneven-row": dispatch() + table("low -> triage", "high, 3 -> triage"),
    "unguarded-optional": when("customer.tier != gold"),
    "unknown-block": "dispach intake first { otherwise { queue triage } }\n",
    "unknown-calendar": "sla a { respond within 2bh on cm }\n",
    "unknown-clause": "sla a {\n  respond within 1h on always\n  pouse in pending_parts\n}\n",
    "unknown-dispatch": dispatch("rule one { delegate software-desk }"),
    "unknown-engineer": dispatch("rule one { assign engineer lee }"),
    "unknown-field": when("prioritty == urgent"),
    "unknown-form": when("type == hardwear_fault"),
    "unknown-function": require("mean(measured.noise) < 45 dB"),
    "unknown-hit-policy": dispatch(hit="frist"),
    "unknown-import": 'import "other.rules"\n',
    "unknown-kind": "form extra { batch txt }\n",
    "unknown-model": when('product.model == "TG-80O"'),
    "unknown-need": "flow f {\n  new -> done\n  to done require cause.rot\n}\n",
    "unknown-placeholder": asset('30d before warranty_until  notify customer "until {deu}"'),
    "unknown-queue": dispatch("rule one { when queue == traige  tag x }"),
    "unknown-region": when("site.region == wset"),
    "unknown-role": dispatch("rule one { notify role direktor }"),
    "unknown-rule": dispatch("rule 工地黑屏 { tag x }")
    + 'test "t" {\n  at 2026-11-23T09:00+08:00\n  given ticket { priority high }\n  expect rule 工地黑频\n}\n',
    "unknown-skill": dispatch("rule one { assign engineer having skill dispaly }"),
    "unknown-state": "flow f {\n  new -> assigned -> done\n  to asigned require plan\n}\n",
    "unknown-suppression": "# svcctl: allow unknown-field because it comes tomorrow\n" + SLA,
    "unknown-team": dispatch("rule one { assign team hardwear }"),
    "unknown-unit": require("max(measured.noise) < 45 db"),
    "unknown-value": when("priority == urgnet"),
    "unknown-word": "sla a { respond whithin 1h on always }\n",
    "unknown-zone": 'calendar c { zone "Asia/Shangai"  daily 08:00-09:00 }\n',
    "unopened-brace": "sla a { respond within 1h on always }\n}\n",
    "unreachable-rule": dispatch(
        "rule urgent { when priority >= high  tag x }", "rule high { when priority == high  tag y }"
    ),
    "unreachable-state": "flow f {\n  new -> done\n  lost -> done\n}\n",
    "unused-suppression": "# svcctl: allow dead-clause because both are in the contract\n" + SLA,
    "verb-not-here": step("after 1h { attach 3 similar by product.model }"),
    "wrong-brackets": when("priority in (urgent, high) and type in hardware_fault, software_bug"),
    "wrong-case": "sla a { Respond within 1h on always }\n",
    "wrong-comment": "sla a { respond within 1h on always }  // 尽快\n",
    "wrong-operator": when("type <> hardware_fault && reopened ≥ 1"),
    "wrong-quotes": when("description contains “黑屏”"),
}


def test_every_code_has_a_case() -> None:
    assert CASES.keys() == {page.stem for page in (shipped("grammar") / "codes").glob("*.md")}


#: What the workspace of the tests knows.
NAMES = {
    **{"team": {"hardware", "night"}, "engineer": {"li", "zhao", "wang"}, "skill": {"display"}},
    **{"region": {"south", "north"}, "role": {"service-director"}, "queue": {"triage"}, "tier": {"gold", "silver"}},
}


@pytest.mark.parametrize("code", CASES)
def test_what_is_said_of_each_code(
    code: str, shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, golden: Callable[[str, str], None]
) -> None:
    shell("team", "set", "night", "name=Night")
    shell("engineer", "set", "li", "regions=north")
    shell("asset", "set", "SN1", "model=TG-800")
    monkeypatch.setattr(Workspace, "known_names", {sort: frozenset(names) for sort, names in NAMES.items()})
    if code == "no-calendar":
        settings = shell.home / "svcctl.toml"
        settings.write_text(settings.read_text("utf-8").replace('"cn"', '""'), "utf-8")
    (tmp_path / "frame.rules").write_text(FRAME, "utf-8")
    (tmp_path / "each.rules").write_text(CASES[code], "utf-8")
    monkeypatch.chdir(tmp_path)
    page = shell("rules", "check", "each.rules", "frame.rules", "--data").out
    golden(f"diagnostics/codes/{code}.txt", page)
    assert f"[{code}]: " in page
