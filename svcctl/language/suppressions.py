"""Doubts that a rule file allows, with its reason: `# svcctl: allow unreachable-rule because ...`.

Above a block or clause such a comment is about all of it; at the end of a line, about what begins on that line. Only
doubts can be allowed: an error means that nothing would be decided, and no reason changes that.
"""

import re
from bisect import bisect_left
from collections.abc import Collection, Iterator, Mapping, Sequence

from svcctl.foundation.diagnostic import Diagnostic, Fix, error, has_errors, in_reading_order, warning
from svcctl.foundation.record import Record
from svcctl.foundation.shipped import shipped
from svcctl.foundation.source import Source, Span
from svcctl.language.checks.findings import suggestion
from svcctl.language.parser import Parsed, parse_whole

#: Doubts that only the names of a workspace raise.
BY_DATA = frozenset({"team-without-engineers", "skill-nobody-has", "unknown-model", "region-not-served"})
#: Doubts that only trying the calendars raises.
BY_TIME = frozenset({"never-fires", "repeat-outlives", "lead-too-long", "bunched-steps", "step-order"})
#: All that can be allowed: every code of a warning or note.
DOUBTS = frozenset(
    {"unreachable-rule", "unreachable-state", "contradiction", "never-holds", "dead-clause", "out-of-range"}
    | {"not-proven", "priority-tie", "no-target", "unguarded-optional", "ambiguous-or"}
    | BY_DATA
    | BY_TIME
)
_SAID = re.compile(r"[#＃]\s*svcctl\s*[:：]\s*(?P<words>.*?)\s*\Z", re.DOTALL)
_ALLOW = re.compile(r"allow\s+(?P<code>[\w-]+)(?:\s+because\s+(?P<reason>\S.*))?\Z", re.DOTALL)
_LONGEST = 40
_FORM = "write `# svcctl: allow CODE because REASON`"


class Suppression(Record):
    """An allowed doubt: its code, why, where the comment stands, and of which stretch of its file it is."""

    code: str
    reason: str
    span: Span
    scope: Span


def allow(
    found: Sequence[Diagnostic], sources: Mapping[str, Source], looked_for: Collection[str] = DOUBTS
) -> tuple[tuple[Diagnostic, ...], tuple[Suppression, ...]]:
    """The findings without the doubts that the texts allow, and what was used of that.

    `looked_for` are the codes that could have been found: a suppression of another cannot be told to be needless.
    What is wrong with a suppression, or needless, is a finding itself.
    """
    suppressions: list[Suppression] = []
    own: list[Diagnostic] = []
    for source in sources.values():
        if "svcctl" in source.text:
            for said in _suppressions_of(source, parse_whole(source)):
                if isinstance(said, Suppression):
                    suppressions.append(said)
                else:
                    own.append(said)
    if not suppressions and not own:
        return tuple(found), ()
    used: dict[Suppression, None] = {}
    kept = []
    for finding in found:
        allowed = [] if finding.is_error else [each for each in suppressions if _covers(each, finding)]
        used.update(dict.fromkeys(allowed))
        if not allowed:
            kept.append(finding)
    if not has_errors(found):
        own += [_unused(each) for each in suppressions if each not in used and each.code in looked_for]
    return in_reading_order([*kept, *own]), tuple(used)


def _covers(suppression: Suppression, finding: Diagnostic) -> bool:
    span, scope = finding.primary.span, suppression.scope
    inside = span.source == scope.source and scope.start <= span.start < scope.end
    return inside and finding.code == suppression.code


def _unused(suppression: Suppression) -> Diagnostic:
    message = f"nothing here is found to be `{suppression.code}`"
    finding = warning("unused-suppression", message, suppression.span, "", "leave the comment out")
    return finding.replace(fix=Fix(suppression.span, ""))


def _suppressions_of(source: Source, parsed: Parsed) -> Iterator[Suppression | Diagnostic]:
    for span in parsed.comments:
        said = _SAID.match(source.text, span.start, span.end)
        if said is None:
            continue
        span = Span(span.source, span.start, span.start + len(said[0].rstrip()))
        match = _ALLOW.match(said["words"])
        if match is None:
            yield error("bad-suppression", "this comment to svcctl is not understood", span, "", _FORM)
        elif match["code"] not in DOUBTS:
            yield _not_allowed(match["code"], span)
        elif match["reason"] is None:
            message = f"`{match['code']}` is allowed without a reason"
            yield error("bad-suppression", message, span, "", f"write why: `because ...` after `{match['code']}`")
        else:
            yield Suppression(match["code"], match["reason"], span, _scope(source, parsed, span))


def _not_allowed(code: str, span: Span) -> Diagnostic:
    if len(code) <= _LONGEST and (shipped("grammar") / "codes" / f"{code}.md").is_file():
        message = f"`{code}` is an error, and only doubts can be allowed"
        return error("unknown-suppression", message, span, "", "put right what is wrong, and leave the comment out")
    shown = code if len(code) <= _LONGEST else f"{code[:_LONGEST]}…"
    help = suggestion(code[:_LONGEST], DOUBTS) or ("`svcctl rules check` tells the code of each doubt",)
    return error("unknown-suppression", f"there is no doubt `{shown}`", span, "", *help)


def _scope(source: Source, parsed: Parsed, comment: Span) -> Span:
    """The line that a comment ends, or the block or clause that it stands above."""
    line = source.text.rfind("\n", 0, comment.start) + 1
    before = source.text[line : comment.start]
    if before.strip("\ufeff \t\u3000"):
        return Span(source.name, line, comment.start)
    return Span(source.name, comment.end, _end_of_clause(parsed, comment.end))


def _end_of_clause(parsed: Parsed, start: int) -> int:
    """Where the clause or block ends that is the next after `start`."""
    depth, end = 0, start
    for token in parsed.tokens[bisect_left(parsed.tokens, start, key=lambda token: token.span.start) :]:
        if depth == 0 and end > start and token.span.start in parsed.clauses:
            break
        depth += (token.type == "LBRACE") - (token.type == "RBRACE")
        if depth < 0:
            break
        end = token.span.end
        if depth == 0 and token.type == "RBRACE":
            break
    return end
