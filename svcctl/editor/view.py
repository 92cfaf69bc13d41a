"""The rules as they stand in an editor at one moment: texts, trees, names and findings."""

from collections.abc import Iterable, Mapping
from functools import cached_property

from svcctl.actions.catalog import ACTIONS, SETTABLE
from svcctl.facts.vocabulary import fact_vocabulary
from svcctl.foundation.diagnostic import Diagnostic, has_errors, in_reading_order
from svcctl.foundation.record import Record
from svcctl.foundation.source import Source
from svcctl.language.blocks import Module, Rules
from svcctl.language.checker import check_rules
from svcctl.language.checks.known import Known
from svcctl.language.parser import Parsed, parse_whole
from svcctl.language.suppressions import BY_DATA, BY_TIME, DOUBTS, allow
from svcctl.language.vocabulary import Vocabulary


class View(Record):
    """What `look` saw. Doubts that only trying the calendars raises are left to `svcctl rules check`, for they take
    longer than a pause in typing."""

    sources: Mapping[str, Source]
    parsed: Mapping[str, Parsed]
    vocabulary: Vocabulary
    rules: Rules
    findings: tuple[Diagnostic, ...]

    @property
    def modules(self) -> tuple[Module, ...]:
        return tuple(parsed.module for parsed in self.parsed.values())

    @cached_property
    def known(self) -> Known:
        """Every name that a rule may speak of."""
        return Known(self.modules, self.vocabulary)

    @property
    def broken(self) -> bool:
        return has_errors(self.findings)

    def findings_in(self, name: str) -> tuple[Diagnostic, ...]:
        """The findings of one file."""
        return tuple(finding for finding in self.findings if finding.primary.span.source == name)


def look(
    sources: Iterable[Source],
    names: Mapping[str, frozenset[str]] | None = None,
    calendar: str | None = None,
    before: View | None = None,
) -> View:
    """Read and check texts of rules. What `before` has read of a text that is the same is not read again."""
    texts = {source.name: source for source in sources}
    parsed = {}
    for name, source in texts.items():
        same = before is not None and before.sources.get(name) == source
        parsed[name] = before.parsed[name] if before is not None and same else parse_whole(source)
    vocabulary = fact_vocabulary(ACTIONS, SETTABLE, names, calendar or None)
    rules, found = check_rules([each.module for each in parsed.values()], vocabulary)
    findings = in_reading_order([*(finding for each in parsed.values() for finding in each.findings), *found])
    left, _ = allow(findings, texts, DOUBTS - BY_DATA - BY_TIME)
    return View(texts, parsed, vocabulary, rules, left)
