"""Care as it is typed: rules and what is to come are listed, meters are read, the sweep sees to it."""

import json

import pytest

from tests.cli.conftest import Shell

RULES = """
form consumable { }
care service { for asset where under_contract  every 6 months from installed_at lead 14d
               open ticket consumable "Service of {asset.serial}" }
care filter-due { for asset when meter.filter_hours >= 0.9 * product.filter_life
                  open ticket consumable  notify customer }
"""


@pytest.fixture
def cared(shell: Shell) -> Shell:
    (shell.home / "rules/care.rules").write_text(RULES, encoding="utf-8")
    for words in (
        ("customer", "set", "acme", "name=Acme"),
        ("product", "set", "CH-9", "line=chiller", "ratings=filter_life=400 h"),
        ("asset", "set", "C-1", "model=CH-9", "customer=acme", "installed_at=2026-06-10", "contract_until=2028-01-01"),
    ):
        assert shell(*words).code == 0
    return shell


def test_rules_of_care_are_listed(cared: Shell) -> None:
    rows = cared.json("care", "list")
    assert [(row["id"], row["when"]) for row in rows] == [
        ("filter-due", ""),
        ("service", "every 6 months from installed_at lead 2w"),
    ]
    assert {row["id"] for row in cared.json("rules", "list", "--kind", "care")} == {"filter-due", "service"}


def test_what_is_to_come_is_previewed(cared: Shell) -> None:
    rows = cared.json("care", "preview", "--until", "2027-07-01")
    assert [(row["at"], row["asset"], row["text"]) for row in rows] == [
        ("2026-11-26T09:00:00+08:00", "C-1", "Service of C-1"),
        ("2027-05-27T09:00:00+08:00", "C-1", "Service of C-1"),
    ]
    assert cared.json("care", "preview", "--until", "2027-07-01", "--customer", "acme") == rows
    assert cared("care", "preview", "--until", "2027-07-01", "--asset", "none").code != 0


def test_a_sweep_sees_to_what_has_come_once(cared: Shell) -> None:
    cared.now = "2026-11-26T09:00+08:00"
    (done,) = [row for row in cared.json("sweep") if row["did"] == "cared"]
    assert (done["asset"], done["ticket"], done["rule"]) == ("C-1", "T-000001", "service")
    journal = cared.journal()
    assert cared.json("sweep", "--no-delivery") == []
    assert cared.journal() == journal
    assert cared.json("ticket", "show", "T-000001")["tags"] == ["care"]
    assert "service" in cared("rules", "explain", "T-000001").out
    kinds = [event["kind"] for event in cared.json("asset", "history", "C-1")]
    assert kinds == ["created", "watched", "cared"]


def test_a_reading_makes_a_consumable_due(cared: Shell) -> None:
    assert cared("asset", "meter", "C-1", "filter_hours=300 h").code == 0
    assert [row for row in cared.json("sweep") if row["did"] == "cared"] == []
    asset = cared.json("asset", "meter", "C-1", "filter_hours=361 h")
    assert asset["meters"] == {"filter_hours": "361 h"}
    (done,) = [row for row in cared.json("sweep") if row["did"] == "cared"]
    assert (done["rule"], done["to"]) == ("filter-due", ["customer acme"])
    wrong = cared("asset", "meter", "C-1", "filter_hours=many", "-o", "json")
    assert wrong.problem["code"] == "bad-input"


def test_broken_rules_do_not_keep_assets_out(cared: Shell) -> None:
    (cared.home / "rules/care.rules").write_text("care x { }", encoding="utf-8")
    assert cared("asset", "set", "C-2", "model=CH-9", "installed_at=2026-06-11", "contract_until=2028-01-01").code == 0
    (cared.home / "rules/care.rules").write_text(RULES, encoding="utf-8")
    cared.now = "2026-11-24T09:00+08:00"
    assert cared("sweep").code == 0
    assert json.loads(cared("asset", "show", "C-2", "-o", "json").out)["care_wake_at"] == "2026-11-27T09:00:00+08:00"
