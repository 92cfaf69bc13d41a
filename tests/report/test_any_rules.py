"""Whatever is done to rules, the whole of `rules check` and `rules fmt` says so in words, and comes to an end."""

import re
from datetime import date
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from svcctl.desk.fixing import fixed
from svcctl.desk.rule_queries import with_doubts
from svcctl.desk.rulefiles import check_sources
from svcctl.foundation.diagnostic import has_errors
from svcctl.foundation.errors import Refusal
from svcctl.foundation.shipped import shipped
from svcctl.foundation.source import Source
from svcctl.language.formatting import formatted
from svcctl.language.parser import parse_rules
from svcctl.language.suppressions import DOUBTS, allow
from svcctl.report.ci import CI_FORMATS, print_for_ci
from svcctl.report.diagnostics import diagnostics_json, print_diagnostics

RULES = [file.read_text("utf-8") for file in sorted(shipped("rules").glob("*.rules"))]
WORDS = sorted({word for text in RULES for word in re.findall(r"\w[\w-]*|\S", text)})
AMOUNTS = ["0", "-1", "99999999999999999999", "0.0000001", "2026-02-30", "24:00", "0%", "1000000wd", "0min", "7户", "'"]


def mutilated(seed: int) -> str:
    """One to all blocks of a rule file, with some words changed, moved, repeated or left out."""
    random = Random(seed)
    blocks = re.split(r"(?m)^(?=[a-z])", random.choice(RULES))
    first = random.randrange(len(blocks))
    words = re.findall(r"\w[\w-]*|\s+|\S", "".join(blocks[first : first + random.choice([1, 2, 4, 50])])) or ["{"]
    for _ in range(random.choice([1, 1, 2, 3, 5, 10])):
        place, other = random.randrange(len(words)), random.randrange(len(words))
        match random.randrange(5):
            case 0:
                words[place], words[other] = words[other], words[place]
            case 1:
                words[place] = random.choice(WORDS)
            case 2:
                words[place] = random.choice(AMOUNTS)
            case 3:
                words[other:other] = words[place : place + random.choice([1, 1, 5, 30])]
            case _:
                words[place : place + random.choice([1, 1, 2, 5])] = [" "]
    return "".join(words)


@settings(max_examples=200)
@given(st.integers(0, 2**32))
def test_mutilated_rules_are_checked_and_put_in_form(seed: int) -> None:
    source = Source("t.rules", mutilated(seed))
    checked = with_doubts(check_sources([source]), date(2026, 11, 22))
    found, _ = allow(checked.diagnostics, checked.sources, DOUBTS)
    for finding in found:
        assert 0 <= finding.primary.span.start <= finding.primary.span.end <= len(source.text)
        assert not re.search(r"Traceback|NoneType|\w+Error\b", " ".join((finding.message, *finding.help)))
    print_diagnostics(found, checked.sources)
    diagnostics_json(found, checked.sources)
    for format in CI_FORMATS:
        print_for_ci(format, found, checked.sources)
    check_sources([fixed(source, found)])
    if has_errors(parse_rules(source)[1]):
        with pytest.raises(Refusal, match=r"t\.rules:") as refused:
            formatted(source)
        assert refused.value.code == "rules-broken"
    else:
        shaped = formatted(source)
        assert formatted(Source("t.rules", shaped)) == shaped


@pytest.mark.parametrize("block", ["form f", "flow f", "sla s", "dispatch d first", "care c", 'test "t"', "low"])
@pytest.mark.parametrize("quote", ["'", '"', "“", "”", "＂"])
def test_a_quote_alone_on_its_line_is_one_mistake_and_not_the_last_word(block: str, quote: str) -> None:
    found = check_sources([Source("t.rules", f"{block} {{\n{quote}\n}}\n")]).diagnostics
    assert "unclosed-text" in [finding.code for finding in found]
