"""A complaint as it is taken in."""

from typing import Any

import pytest

Shell = Any
NEW = ("ticket", "new", "--type", "hardware_fault", "--title", "门禁黑屏", "--description", "black screen")


def test_a_form_refuses_what_it_lacks(shell: Shell) -> None:
    refused = shell(*NEW, "-o", "json")
    assert (refused.code, refused.out) == (2, "")
    assert refused.problem["code"] == "missing-fields"
    assert refused.problem["details"] == {"missing": ["humidity"]}
    assert shell(*NEW, "--incomplete").code == 0
    slip = shell("ticket", "new", "--type", "hardware_falt", "--title", "x")
    assert slip.code == 0
    assert "no form is called `hardware_falt`" in slip.err
    assert "did you mean `hardware_fault`?" in slip.err


def test_a_ticket_may_come_as_json(shell: Shell) -> None:
    given = '{"title": "from the web", "type": "question", "tags": ["web"], "contact": {"name": "Wang"}}'
    made = shell.json("ticket", "new", "--file", "-", "--tag", "vip", "--no-dispatch", given=given)
    assert (made["title"], made["tags"], made["state"]) == ("from the web", ["web", "vip"], "new")
    assert shell("ticket", "new", "--file", "-", given="[]").code == 2
    assert shell("ticket", "new", "--file", "nowhere.json").code == 3
    assert shell("ticket", "new", "--title", "x", "--field", "humidity").code == 2


def test_options_go_beside_what_a_file_says(shell: Shell) -> None:
    words = ("ticket", "new", "--file", "-", "--reach", "email=w@example.org", "--field", "x=1", "--tag", "vip")
    given = '{"title": "t", "contact": {"name": "Wang", "address": {"phone": "1"}}, "fields": null, "tags": null}'
    made = shell.json(*words, "--no-dispatch", given=given)
    assert made["contact"] == {"name": "Wang", "address": {"phone": "1", "email": "w@example.org"}}
    assert (made["fields"], made["tags"]) == ({"x": "1"}, ["vip"])


@pytest.mark.parametrize("wrong", ['"contact": "Wang"', '"contact": {"address": 5}', '"fields": 5', '"tags": "vip"'])
def test_what_a_file_says_wrong_is_refused_beside_options_too(shell: Shell, wrong: str) -> None:
    words = ("ticket", "new", "--file", "-", "--reach", "phone=1", "--field", "x=1", "--tag", "vip", "-o", "json")
    refused = shell(*words, given=f'{{"title": "t", {wrong}}}')
    assert (refused.code, refused.problem["code"]) == (2, "bad-input")
    assert wrong.split('"')[1] in refused.problem["message"]


def test_an_address_is_nobodys_without_a_contact(shell: Shell) -> None:
    refused = shell("ticket", "new", "--title", "t", "--reach", "phone=1", "-o", "json")
    assert refused.code == 2
    assert "`contact.name` is missing" in refused.problem["message"]


def test_what_was_said_can_be_corrected_of_several(shell: Shell) -> None:
    ids = [shell("ticket", "new", "--title", title, "-o", "ids").out.strip() for title in ("a", "b")]
    done = shell("ticket", "set", *ids, "--urgency", "high", "--tag", "storm", "--field", "x=1", "-o", "json")
    assert done.code == 0
    assert [(row["urgency"], row["tags"], row["fields"]) for row in done.json] == [("high", ["storm"], {"x": "1"})] * 2
    assert shell("ticket", "set", ids[0], "--urgency", "", "--untag", "storm", "--dry-run").code == 0
    assert shell.json("ticket", "show", ids[0])["tags"] == ["storm"]
    refused = shell("ticket", "set", ids[0], "--title", "x", "--if-revision", "1", "-o", "json")
    assert refused.problem["code"] == "stale-revision"
    assert shell("ticket", "set", "-", "--description", "-", "-o", "json").problem["code"] == "wrong-usage"
    assert shell("ticket", "set", ids[0], "-o", "json").problem["code"] == "bad-argument"
