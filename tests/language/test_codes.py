"""Every code of a finding in rules has a page, and every page is of such a code."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import svcctl
from svcctl.foundation.shipped import shipped

PACKAGE = Path(svcctl.__file__).parent
CODE = re.compile(r"[a-z]+(-[a-z]+)+|syntax|contradiction")
#: What a pattern that was not checked before, and the formatter, refuse with: no findings in a rule file.
NO_FINDINGS = {"bad-input", "rules-broken", "format-unsure"}
PAGES = {page.stem: page.read_text("utf-8") for page in sorted((shipped("grammar") / "codes").glob("*.md"))}
#: Files outside the language that find fault with rules.
ELSEWHERE = ("decision/temporal.py", "decision/impossible.py", "desk/rulenames.py")


def codes() -> Iterator[str]:
    files = [*(PACKAGE / "language").rglob("*.py"), *(PACKAGE / name for name in ELSEWHERE)]
    for file in files:
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and CODE.fullmatch(node.value):
                yield node.value
            if isinstance(node, ast.DictComp) and isinstance(node.value, ast.JoinedStr):
                start = node.value.values[0]
                words = node.generators[0].iter
                assert isinstance(start, ast.Constant)
                assert isinstance(words, ast.Tuple)
                yield from (f"{start.value!s}{word.value!s}" for word in words.elts if isinstance(word, ast.Constant))


def test_every_code_has_a_page_and_every_page_a_code() -> None:
    assert set(codes()) - NO_FINDINGS == PAGES.keys()


@pytest.mark.parametrize("code", PAGES)
def test_a_page_says_what_to_avoid_what_to_prefer_and_why(code: str) -> None:
    title, what, avoid, bad, prefer, good, why = PAGES[code].strip().split("\n\n")
    assert title == f"# {code}"
    assert (avoid, prefer) == ("Avoid", "Prefer")
    assert bad.strip() != good.strip()
    assert what.endswith(".")
    assert why.startswith("Why: ")
    assert why.endswith(".")
