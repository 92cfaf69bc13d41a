"""Fixes together: which are made, and which are not kept."""

from collections.abc import Iterable
from pathlib import Path

import pytest

from svcctl.desk.fixing import fix_rules, fixed
from svcctl.desk.rulefiles import Given, RuleSet, check_sources
from svcctl.foundation.diagnostic import Fix, error
from svcctl.foundation.source import Source, Span


def test_of_fixes_that_overlap_the_first_is_made() -> None:
    source = Source("a.rules", "one two")
    found = [
        error("x", "m", Span("a.rules", start, end)).replace(fix=Fix(Span("a.rules", start, end), text))
        for start, end, text in ((4, 7, "2"), (0, 5, "1 "), (0, 5, "1 "), (7, 7, "!"))
    ]
    assert fixed(source, found).text == "1 wo!"


def test_a_fix_after_which_more_is_wrong_is_not_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "good.rules").write_text("sla a { for priority = high }\n", "utf-8")
    (tmp_path / "bad.rules").write_text("sla b { for mode = remote }\n", "utf-8")

    def check(given: Given, sources: Iterable[Source]) -> RuleSet:
        """As ever, but that in one file `==` is three more mistakes."""
        found = check_sources(sources, given.names, given.calendar)
        bad = found.sources["bad.rules"]
        more = [error(f"worse-{n}", "m", Span(bad.name, 0, 1)) for n in range(3)] if "==" in bad.text else []
        return found.replace(diagnostics=(*found.diagnostics, *more))

    monkeypatch.setattr(Given, "check", check)
    drafts = {draft.name: draft.after for draft in fix_rules(Given(tmp_path, (".",)))}
    assert drafts == {"good.rules": "sla a { for priority == high }\n", "bad.rules": "sla b { for mode = remote }\n"}
