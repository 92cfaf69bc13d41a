"""What the rules answer to an editor's questions, without a server: names, new names, meanings, suggestions."""

import random
import re
from pathlib import Path

import pytest

from svcctl.editor.completing import suggestions
from svcctl.editor.meaning import meaning_at
from svcctl.editor.names import Mention, definitions, mention_at, mentions, references
from svcctl.editor.outline import outline
from svcctl.editor.renaming import expect_renamable, renamed
from svcctl.editor.view import View, look
from svcctl.foundation.errors import Refusal
from svcctl.foundation.source import Source

ROOT = Path(__file__).parents[2]
STANDARD = [Source(path.name, path.read_text(encoding="utf-8")) for path in sorted((ROOT / "rules").glob("*.rules"))]
NAMES = {"team": frozenset({"site", "desk", "care", "parts"}), "tier": frozenset({"gold", "silver"})}


@pytest.fixture(scope="module")
def view() -> View:
    return look(STANDARD, NAMES, "service-hours")


def named(view: View, name: str, sort: str) -> Mention:
    return next(each for each in mentions(view) if (each.name, each.sort) == (name, sort))


def offered(view: View, text: str) -> dict[str, str]:
    """What is offered at the end of an unfinished text beside the standard rules, and of what kind it is."""
    typed = look([*STANDARD, Source("typed", text)], NAMES, "service-hours", before=view)
    return {each.text: each.kind for each in suggestions(typed, "typed", len(text))}


# --------------------------------------------------------------------------- names


@pytest.mark.parametrize(
    ("name", "sort"),
    [
        *(("hardware_fault", "form"), ("round-the-clock", "calendar"), ("hardware-desk", "dispatch")),
        *(("pending_parts", "state"), ("first-fault", "rule"), ("history", "field"), ("acoustics", "skill")),
        *(("waiting-for-customer", "escalation"), ("service-manager", "role"), ("service-hours", "calendar")),
    ],
)
def test_every_place_of_a_name_is_known(view: View, name: str, sort: str) -> None:
    whole = re.compile(rf"(?<![\w.-]){re.escape(name)}(?![\w.-])")
    unquoted = {source.name: re.sub(r'"[^"\n]*"|#.*', lambda m: " " * len(m[0]), source.text) for source in STANDARD}
    places = {(file, match.start()) for file, text in unquoted.items() for match in whole.finditer(text)}
    assert {(each.span.source, each.span.start) for each in references(view, named(view, name, sort))} == places


def test_a_mention_is_what_stands_there(view: View) -> None:
    for each in mentions(view):
        written = view.sources[each.span.source].text[each.span.start : each.span.end]
        assert written.strip('"').removeprefix("skill ") == each.name


def test_a_name_is_found_by_any_place_in_it(view: View) -> None:
    meant = named(view, "hardware-desk", "dispatch")
    for offset in (meant.span.start, meant.span.start + 4, meant.span.end):
        assert mention_at(view, meant.span.source, offset) == meant
    assert mention_at(view, meant.span.source, 0) is None


def test_definitions_are_where_a_name_comes_from(view: View) -> None:
    [rule] = definitions(view, named(view, "make-safe", "rule"))
    assert (rule.span.source, view.sources[rule.span.source].line(4)[:16]) == ("safety.rules", "  rule make-safe")
    assert {each.span.source for each in definitions(view, named(view, "resolved", "state"))} == {"flow.rules"}
    assert definitions(view, named(view, "site", "team")) == ()


def test_names_are_known_in_blocks_with_mistakes() -> None:
    broken = Source(
        "a", "dispatch a first { rule r { when typ == x  delegate b } }\ndispatch b first { rule s { queue q } }"
    )
    view = look([broken])
    assert view.broken
    meant = mention_at(view, "a", broken.text.index("delegate b") + 9)
    assert meant is not None
    assert [each.span.start for each in definitions(view, meant)] == [broken.text.index("b first")]


# ----------------------------------------------------------------------- new names


@pytest.mark.parametrize(
    ("name", "sort", "new"),
    [
        *(
            ("hardware_fault", "form", "fault"),
            ("round-the-clock", "calendar", "immer offen"),
            ("make-safe", "rule", "r"),
        ),
        *(("pending_parts", "state", "等备件"), ("history", "field", "past"), ("hardware-desk", "dispatch", "x")),
        *(("service-hours", "calendar", "hours"), ("waiting-for-customer", "escalation", "y")),
    ],
)
def test_a_new_name_stands_wherever_the_old_one_stood(view: View, name: str, sort: str, new: str) -> None:
    meant = named(view, name, sort)
    found = renamed(view, meant, new)
    texts = {source.name: source.text for source in STANDARD}
    for file, fixes in found.edits.items():
        for fix in reversed(fixes):
            texts[file] = texts[file][: fix.span.start] + fix.text + texts[file][fix.span.end :]
    calendar = found.calendar or "service-hours"
    after = look([Source(file, text) for file, text in texts.items()], NAMES, calendar)
    assert not after.findings
    assert len(references(after, named(after, new, sort))) == len(references(view, meant))
    assert (found.calendar == new) == (name == "service-hours")


@pytest.mark.parametrize(
    ("name", "sort", "new", "code", "words"),
    [
        ("history", "field", "priority", "already-exists", "there is a field `priority` already"),
        ("history", "field", "two words", "bad-argument", "would break"),
        ("history", "field", " ", "bad-argument", "one line and not empty"),
        ("make-safe", "rule", "hardware", "already-exists", "there is a rule `hardware` already"),
        ("site", "team", "field", "bad-argument", "a team of the workspace"),
        ("resolved", "state", "done", "bad-argument", "clocks and figures know"),
    ],
)
def test_a_new_name_that_cannot_be_is_refused(
    view: View, name: str, sort: str, new: str, code: str, words: str
) -> None:
    with pytest.raises(Refusal, match=words) as refused:
        renamed(view, named(view, name, sort), new)
    assert refused.value.code == code


def test_no_name_is_changed_among_mistakes() -> None:
    view = look([Source("a", "form a { }\nsla s { respond within 3 }")])
    with pytest.raises(Refusal, match="while the rules have errors"):
        expect_renamable(view, mention_at(view, "a", 5))
    with pytest.raises(Refusal, match="no name here"):
        expect_renamable(view, None)


# ------------------------------------------------------------------------ meanings


@pytest.mark.parametrize(
    ("file", "at", "words"),
    [
        ("safety.rules", "set priority", ["**set**", "set a field of the ticket"]),
        ("safety.rules", "site.region", ["one of the regions", "the site's region", "may lack it"]),
        ("safety.rules", "open_tickets", ["a number", "how many open tickets they have"]),
        ("intake.rules", "safety-desk", ["dispatch block", "dispatch safety-desk first {", "safety.rules:3:10"]),
        ("hardware-fault.rules", "history == ", ["field of a form", "never_worked", "hardware-fault.rules:7:3"]),
        ("service-levels.rules", "priority in", ["low < normal < high < urgent"]),
        ("maintenance.rules", "meter.hours_since_service", ["the last reading of a meter"]),
        ("noise.rules", "measured.noise_in_use", ["the readings taken of a quantity"]),
    ],
)
def test_what_a_place_means(view: View, file: str, at: str, words: list[str]) -> None:
    found = meaning_at(view, file, view.sources[file].text.index(at) + 1)
    assert found is not None
    for word in words:
        assert word in found.text


def test_a_finding_brings_the_page_of_its_code() -> None:
    view = look([Source("a", "sla s { respond whithin 30m }")])
    found = meaning_at(view, "a", 18)
    assert found is not None
    assert found.text.startswith("**unknown-word**: ")
    assert "did you mean" not in found.text.splitlines()[0]
    assert "within" in found.text


def test_blanks_mean_nothing(view: View) -> None:
    assert meaning_at(view, "safety.rules", view.sources["safety.rules"].text.index("  rule")) is None


# --------------------------------------------------------------------- suggestions


@pytest.mark.parametrize(
    ("text", "among"),
    [
        ("", {"dispatch": "keyword", "import": "keyword"}),
        ("dispatch a ", {"first": "name", "collect": "name"}),
        ("dispatch a first { rule b { when ", {"type": "fact", "history": "fact", "not": "keyword", "max": "keyword"}),
        ("dispatch a first { rule b { when type == ha", {"hardware_fault": "value"}),
        ("dispatch a first { rule b { when priority in [low, ", {"urgent": "value"}),
        ("dispatch a first { rule b { when history == ", {"never_worked": "value"}),
        ("dispatch a first { rule b { when customer.tier == ", {"gold": "value"}),
        ("dispatch a first { rule b { when level > 80 ", {"dB": "unit"}),
        ("dispatch a first { rule b { assign engineer from team ", {"site": "name"}),
        ("dispatch a first { rule b { assign engineer from team x where ", {"on_shift": "fact", "capacity": "fact"}),
        ("dispatch a first { rule b { assign engineer prefer fewest ", {"open_tickets": "fact"}),
        ("dispatch a first { rule b { delegate ", {"safety-desk": "name"}),
        ("dispatch a first { rule b { set ", {"priority": "fact", "type": "fact"}),
        ("dispatch a first { rule b { set priority ", {"urgent": "value"}),
        ("sla a { respond within 3h on ", {"round-the-clock": "name"}),
        ("sla a { pause in ", {"pending_parts": "name"}),
        ("escalation a { mutes ", {"customer-waits": "name"}),
        ("escalation a { while state in [", {"triaged": "value"}),
        ("form a { x ", {"evidence": "name", "choice": "name"}),
        ("flow a { accepted -> ", {"resolved": "name"}),
        ("flow a { a -> b  to ", {"resolved": "name"}),
        ("care c { for asset where ", {"under_contract": "fact", "product.line": "fact"}),
        ("care c { open ticket ", {"maintenance": "name"}),
        ("calendar c { holidays ", {"CN": "name"}),
        ('test "a" { given ', {"ticket": "name", "message": "name"}),
        ('test "a" { given ticket { pri', {"priority": "fact"}),
        ('test "a" { given ticket { type ', {"complaint": "value"}),
        ('test "a" { expect rule ', {"make-safe": "name"}),
        ('test "a" { at +1h move ', {"accepted": "name"}),
    ],
)
def test_what_is_offered(view: View, text: str, among: dict[str, str]) -> None:
    found = offered(view, text)
    assert among.items() <= found.items(), sorted(found)


@pytest.mark.parametrize(
    ("text", "not_among"),
    [
        ("dispatch a first { rule b { when level > 80 ", {"kg", "rule"}),
        ("dispatch a first { rule b { set ", {"id", "description"}),
        ("dispatch a first { rule b { when ", {"on_shift", "respond"}),
        ("care c { for asset where ", {"type", "assignee"}),
        ("dispatch a first { rule ", {"make-safe"}),
    ],
)
def test_what_is_not_offered(view: View, text: str, not_among: set[str]) -> None:
    assert not not_among & offered(view, text).keys()


def test_a_suggestion_takes_the_place_of_the_word_so_far(view: View) -> None:
    text = "dispatch a first { rule b { when customer.ti"
    typed = look([*STANDARD, Source("typed", text)], NAMES, "service-hours", before=view)
    [tier] = [each for each in suggestions(typed, "typed", len(text)) if each.text == "customer.tier"]
    assert text[tier.span.start : tier.span.end] == "customer.ti"
    assert (tier.detail, tier.meaning) == ("a choice", "the service level bought")


# --------------------------------------------------------------------------- views


def test_what_was_read_is_not_read_again(view: View) -> None:
    again = look(
        [*STANDARD[1:], Source(STANDARD[0].name, STANDARD[0].text + "\n")], NAMES, "service-hours", before=view
    )
    assert again.parsed[STANDARD[1].name] is view.parsed[STANDARD[1].name]
    assert again.parsed[STANDARD[0].name] is not view.parsed[STANDARD[0].name]


def test_a_doubt_that_is_allowed_in_the_text_is_not_shown() -> None:
    text = """dispatch d first {
      rule a { when reopened >= 0  queue q }
      rule b { when reopened > 3   queue q }
      otherwise { queue q }
    }"""
    assert "unreachable-rule" in {finding.code for finding in look([Source("a", text)]).findings}
    allowed = text.replace("      rule b", "      # svcctl: allow unreachable-rule because it will be\n      rule b")
    assert "unreachable-rule" not in {finding.code for finding in look([Source("a", allowed)]).findings}


def test_the_outline_has_blocks_rules_and_fields(view: View) -> None:
    form, dispatch, *_ = outline(view, "hardware-fault.rules")
    assert (form.name, form.kind, form.title) == ("hardware_fault", "form", "A device does not work")
    assert [inner.name for inner in form.inner][:2] == ["serial", "symptom"]
    assert [inner.name for inner in dispatch.inner] == ["dead-on-arrival", "fails-again", "first-fault"]


PARTS = [source for source in STANDARD if source.name in ("calendars.rules", "flow.rules", "safety.rules")]
MARKS = ("", "{", "}", '"', "噪", "🛠", "when ", "assign ", "\r\n", "=", "(((((", "in [", "#")


@pytest.mark.parametrize("seed", range(40))
def test_every_question_about_a_text_in_the_making_has_an_answer(seed: int) -> None:
    chance = random.Random(seed)
    text = chance.choice(STANDARD).text
    start = chance.randrange(len(text))
    end = start + chance.choice((0, 1, 5, 40, 400))
    text = text[:start] + chance.choice(MARKS) + text[end:]
    text = text[: chance.randrange(len(text))] if seed % 3 == 0 else text
    view = look([*PARTS, Source("typed", text)])
    assert [entry.whole.source for entry in outline(view, "typed")] == ["typed"] * len(outline(view, "typed"))
    for offset in {min(start, len(text)), len(text), *(chance.randrange(len(text) + 1) for _ in range(4))}:
        meaning = meaning_at(view, "typed", offset)
        meant = mention_at(view, "typed", offset)
        assert meaning is None or meaning.text
        assert meant is None or meant in references(view, meant)
        for each in suggestions(view, "typed", offset):
            assert each.span.end == offset
