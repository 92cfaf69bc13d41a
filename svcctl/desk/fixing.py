"""Certain fixes in rule files: made together, checked again, kept only where less is then to find fault with."""

from collections.abc import Callable, Collection, Mapping, Sequence

from svcctl.desk.rewriting import Draft, drafts_of
from svcctl.desk.rulefiles import Given, read_sources
from svcctl.foundation.diagnostic import Diagnostic, Fix
from svcctl.foundation.source import Source
from svcctl.language.suppressions import BY_DATA, BY_TIME, DOUBTS, allow

#: Rounds of fixing: what was fixed can bring to light what else is wrong.
_ROUNDS = 4

Check = Callable[[Mapping[str, Source]], Sequence[Diagnostic]]


def fix_rules(given: Given) -> tuple[Draft, ...]:
    """What each file becomes with every certain fix, none written yet.

    Files that the given ones import are read and left alone.
    """
    drafts = {draft.name: draft for draft in drafts_of(given.base, given.paths, lambda source: source.text)}
    sources = {source.name: source for source in read_sources(given.base, given.paths)}
    sources |= {name: Source(name, draft.before) for name, draft in drafts.items() if draft.refusal is None}

    def found(texts: Mapping[str, Source]) -> Sequence[Diagnostic]:
        return allow(given.check(texts.values()).diagnostics, texts, DOUBTS - BY_DATA - BY_TIME)[0]

    findings = found(sources)
    for _ in range(_ROUNDS):
        better = _improved(sources, findings, drafts.keys(), found)
        if better is None:
            break
        sources, findings = better
    return tuple(draft.replace(after=sources[name].text) for name, draft in drafts.items() if draft.refusal is None)


def _improved(
    sources: dict[str, Source], findings: Sequence[Diagnostic], names: Collection[str], found: Check
) -> tuple[dict[str, Source], Sequence[Diagnostic]] | None:
    """The texts with their fixes, and what is found in them; None where no fix leaves less to find."""
    changed = {name: fixed(sources[name], findings) for name in names}
    changed = {name: source for name, source in changed.items() if source.text != sources[name].text}
    if not changed:
        return None
    together = sources | changed
    after = found(together)
    if _is_better(findings, after, changed):
        return together, after
    best = None
    for name, source in changed.items():
        alone = (best[0] if best else sources) | {name: source}
        after = found(alone)
        if _is_better(best[1] if best else findings, after, (name,)):
            best = alone, after
    return best


def _is_better(before: Sequence[Diagnostic], after: Sequence[Diagnostic], files: Collection[str]) -> bool:
    """Whether there is less: fewer errors, or as many and fewer findings; and in none of some files more errors."""

    def weight(found: Sequence[Diagnostic]) -> tuple[int, int]:
        return sum(finding.is_error for finding in found), len(found)

    def errors(found: Sequence[Diagnostic], name: str) -> int:
        return sum(finding.is_error and finding.primary.span.source == name for finding in found)

    return weight(after) < weight(before) and all(errors(after, name) <= errors(before, name) for name in files)


def fixed(source: Source, findings: Sequence[Diagnostic]) -> Source:
    """A text with the fixes of its findings; of two that overlap the first."""
    fixes = [finding.fix for finding in findings if finding.fix is not None and finding.fix.span.source == source.name]
    text, end = "", 0
    for fix in sorted(dict.fromkeys(fixes), key=_place):
        if fix.span.start >= end:
            text += source.text[end : fix.span.start] + fix.text
            end = fix.span.end
    return Source(source.name, text + source.text[end:])


def _place(fix: Fix) -> tuple[int, int]:
    return fix.span.start, fix.span.end
