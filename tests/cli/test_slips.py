"""Names that are nearly right: nothing is lost without a word."""

from typing import Any

Shell = Any
NEW = ("ticket", "new", "--title", "x")


def test_a_reading_that_no_criterion_asks_for_may_be_a_slip(shell: Shell) -> None:
    (id,) = shell(*NEW, "-o", "ids").out.split()
    slip = shell("ticket", "measure", id, "noize=43 dB")
    assert (slip.code, slip.err) == (0, "warning: no rule asks for `measured.noize`; did you mean `noise`?\n")
    assert shell("ticket", "measure", id, "noise=43 dB", "load=5 kg").err == ""
    assert len(shell.json("ticket", "show", id)["measurements"]) == 3


def test_a_condition_on_site_that_no_rule_asks_for_may_be_a_slip(shell: Shell) -> None:
    (shell.home / "rules/wet.rules").write_text("acceptance wet { require dry { environment.humidity < 60 % } }")
    slip = shell(*NEW, "--environment", "humidty=82%")
    assert (slip.code, slip.err) == (0, "warning: no rule asks for `environment.humidty`; did you mean `humidity`?\n")
    assert shell(*NEW, "--environment", "humidity=82%", "--environment", "wind=3").err == ""


def test_a_column_that_no_ticket_has_may_be_a_slip(shell: Shell) -> None:
    told = shell("ticket", "list", "--columns", "id, asignee,fields.symptom", "--sort", "reported")
    assert told.code == 0
    assert told.err.splitlines() == [
        "warning: tickets have no field `asignee`; did you mean `assignee`?",
        "warning: tickets have no field `reported`; did you mean `reported_at`?",
    ]
    assert shell("ticket", "list", "--columns", "title,open", "--sort", "wake_at").err == ""


def test_a_field_that_no_record_has_may_be_a_slip(shell: Shell) -> None:
    told = shell("engineer", "list", "--where", "tem=desk")
    assert (told.code, told.err) == (0, "warning: engineers have no field `tem`; did you mean `team`?\n")
    assert shell("engineer", "list", "--where", "team=desk", "--where", "address.phone=1").err == ""


def test_messages_that_cannot_be_may_be_a_slip(shell: Shell) -> None:
    told = shell("outbox", "list", "--ticket", "T-9", "--channel", "consol")
    assert told.code == 0
    assert told.err.splitlines() == [
        "warning: there is no ticket `T-9`",
        "warning: there is no channel `consol`; did you mean `console`?",
    ]
    assert shell("outbox", "list", "--channel", "console").err == ""
    refused = shell("outbox", "list", "--status", "pendin", "-o", "json")
    assert (refused.code, refused.problem["help"]) == (2, "did you mean `pending`?")
    assert shell("outbox", "list", "--status", "leased", "--status", "unknown").code == 0


def test_a_field_of_a_record_is_taken_away_and_its_id_stays(shell: Shell) -> None:
    assert shell.json("engineer", "set", "li", "calendar=", "name=Li").keys().isdisjoint({"calendar"})
    assert "did you mean `team`?" in shell("engineer", "set", "li", "tem=").err
    assert "keeps its id" in shell("engineer", "set", "li", "id=wang").err
    assert shell("engineer", "set", "li", "id=li", "name=Li Ming").code == 0
