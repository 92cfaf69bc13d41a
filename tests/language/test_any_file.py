"""Trees of every kind of block: their text reads back as the same tree, and so does its canonical form."""

from typing import Any, get_args

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from svcctl.foundation.source import Source
from svcctl.foundation.width import display_width
from svcctl.language.blocks import AnyBlock, Module
from svcctl.language.formatting import formatted
from svcctl.language.layout import WIDTH
from svcctl.language.parser import parse_rules, parse_whole
from tests.language.trees import modules
from tests.language.writing import WRITERS, written

GAPS = [" ", "\n", "\n\n\n", "\t", " # 注释，全角\n", "\n# own\n", "\n\n  # a\n\n\n# b\n\n"]


def parsed(text: str) -> Module:
    module, found = parse_rules(Source("t.rules", text))
    assert not found, (found[0].message, text)
    return module


def test_every_kind_of_block_is_drawn() -> None:
    assert WRITERS.keys() == set(get_args(AnyBlock))


@settings(max_examples=250)
@given(modules)
def test_what_is_written_reads_back_as_the_same_tree(module: Module) -> None:
    text = written(module)
    assert parsed(text) == module
    shaped = formatted(Source("t.rules", text))
    assert parsed(shaped) == module
    assert formatted(Source("t.rules", shaped)) == shaped


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
@given(modules, st.data())
def test_the_form_is_stable_and_keeps_every_comment_wherever_they_stand(module: Module, data: Any) -> None:
    source = Source("t.rules", written(module))
    tokens = parse_whole(source).tokens
    text, position = "", 0
    for token in tokens:
        gap = source.text[position : token.span.start]
        if gap and data.draw(st.integers(0, 5)) == 0:
            gap = data.draw(st.sampled_from(GAPS))
        text += gap + source.text[token.span.start : token.span.end]
        position = token.span.end
    again = parse_whole(Source("t.rules", text))
    assume(not again.findings and again.module == module)  # a comment may part words that belong together
    shaped = formatted(Source("t.rules", text))
    assert formatted(Source("t.rules", shaped)) == shaped
    assert parsed(shaped) == module
    assert "".join(shaped.split()) == "".join(text.replace(",\n]", "]").split())


@settings(max_examples=60)
@given(modules)
def test_only_what_cannot_be_broken_is_wider_than_a_page(module: Module) -> None:
    for line in formatted(Source("t.rules", written(module))).split("\n"):
        words = f"{line.strip()} "
        assert display_width(line) <= WIDTH or not any(
            f" {word} " in words for word in ("and", "or", "where", "prefer")
        )
