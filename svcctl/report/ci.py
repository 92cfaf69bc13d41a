"""Findings and test results for other tools: GitHub annotations, SARIF 2.1.0, JUnit XML.

SARIF is the OASIS standard Static Analysis Results Interchange Format, version 2.1.0; the annotations are GitHub's
workflow commands; the XML is what the Ant task `junit` writes and every CI reads.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from svcctl import __version__
from svcctl.foundation.diagnostic import Diagnostic, Fix, Label, Severity
from svcctl.foundation.source import Source
from svcctl.report.diagnostics import brief

CI_FORMATS = ("github", "sarif", "junit")

Sources = Mapping[str, Source]

_COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "notice"}
_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"


def print_for_ci(format: str, found: Sequence[Diagnostic], sources: Sources) -> str:
    """Findings in one of `CI_FORMATS`."""
    if format == "github":
        return "".join(f"{line}\n" for line in _annotations(found, sources))
    if format == "sarif":
        return json.dumps(sarif(found, sources), ensure_ascii=False, indent=2) + "\n"
    return _findings_junit(found, sources)


# -------------------------------------------------------------------- github


def _annotations(found: Iterable[Diagnostic], sources: Sources) -> Iterator[str]:
    for finding in found:
        place = _region(finding.primary, sources)
        where: dict[str, str | int] = {"file": finding.primary.span.source}
        if place:
            where |= {"line": place["startLine"], "col": place["startColumn"], "endLine": place["endLine"]}
            if place["endLine"] == place["startLine"]:
                where["endColumn"] = place["endColumn"]
        where["title"] = finding.code
        properties = ",".join(f"{name}={_escaped(str(value), ':,')}" for name, value in where.items())
        yield f"::{_COMMANDS[finding.severity]} {properties}::{_escaped(_told(finding))}"


def _escaped(text: str, more: str = "") -> str:
    for mark in "%\r\n" + more:
        text = text.replace(mark, f"%{ord(mark):02X}")
    return text


def _told(finding: Diagnostic) -> str:
    """The message with its example and advice, a line each."""
    examples = (f"example: {text}" for text in finding.example)
    return brief("\n".join([finding.message, *examples, *(f"help: {text}" for text in finding.help)]))


# --------------------------------------------------------------------- sarif


def sarif(found: Sequence[Diagnostic], sources: Sources) -> dict[str, Any]:
    """A SARIF log of one run. A fingerprint stays the same while the text of its line does, wherever that moves."""
    codes = sorted({finding.code for finding in found})
    seen: dict[str, int] = {}
    results = []
    for finding in found:
        print_ = _fingerprint(finding, sources)
        seen[print_] = seen.get(print_, 0) + 1
        results.append(_result(finding, sources, codes.index(finding.code), f"{print_}:{seen[print_]}"))
    rules = [{"id": code, "help": {"text": f"svcctl rules explain {code}"}} for code in codes]
    driver = {"name": "svcctl", "version": __version__, "semanticVersion": __version__, "rules": rules}
    run = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}
    return {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}


def _result(finding: Diagnostic, sources: Sources, index: int, fingerprint: str) -> dict[str, Any]:
    result: dict[str, Any] = {
        "ruleId": finding.code,
        "ruleIndex": index,
        "level": finding.severity.value,
        "message": {"text": _told(finding)},
        "locations": [_location(finding.primary, sources)],
        "partialFingerprints": {"svcctl/v1": fingerprint},
    }
    if finding.related:
        related = [_location(label, sources) | {"id": number} for number, label in enumerate(finding.related)]
        for label, location in zip(finding.related, related, strict=True):
            location["message"] = {"text": label.text or "see here"}
        result["relatedLocations"] = related
    if finding.fix is not None:
        result["fixes"] = [_fix(finding.fix, sources)]
    return result


def _fix(fix: Fix, sources: Sources) -> dict[str, Any]:
    place = _location(Label(fix.span), sources)["physicalLocation"]
    replacement: dict[str, Any] = {"deletedRegion": place.get("region", {}), "insertedContent": {"text": fix.text}}
    description = {"text": f"write `{fix.text}`" if fix.text.strip() else "leave it out"}
    change = {"artifactLocation": place["artifactLocation"], "replacements": [replacement]}
    return {"description": description, "artifactChanges": [change]}


def _location(label: Label, sources: Sources) -> dict[str, Any]:
    from urllib.parse import quote

    place: dict[str, Any] = {"artifactLocation": {"uri": quote(label.span.source)}}
    region = _region(label, sources)
    if region:
        place["region"] = region
    return {"physicalLocation": place}


def _region(label: Label, sources: Sources) -> dict[str, int]:
    source = sources.get(label.span.source)
    if source is None:
        return {}
    line, column = source.position(label.span.start)
    end_line, end_column = source.position(label.span.end)
    return {"startLine": line, "startColumn": column, "endLine": end_line, "endColumn": end_column}


def _fingerprint(finding: Diagnostic, sources: Sources) -> str:
    from svcctl.foundation.digest import sha256

    source = sources.get(finding.primary.span.source)
    line = source.line(source.position(finding.primary.span.start)[0]).strip() if source else ""
    content = "\0".join((finding.code, finding.primary.span.source, line))
    return sha256(content.encode("utf-8", "surrogatepass")).hexdigest()[:32]


# --------------------------------------------------------------------- junit


def _findings_junit(found: Sequence[Diagnostic], sources: Sources) -> str:
    """A test case for each file, failed where there are findings in it."""
    cases: dict[str, list[Diagnostic]] = {name: [] for name in sorted(sources)}
    for finding in found:
        cases.setdefault(finding.primary.span.source, []).append(finding)
    rows = []
    for name, findings in cases.items():
        told = []
        for finding in findings:
            place = sources[name].place(finding.primary.span) if name in sources else name
            told.append(f"{place}: {finding.severity.value}[{finding.code}]: {_told(finding)}")
        failed = any(finding.is_error for finding in findings)
        rows.append((name, told if failed else [], "" if failed else "\n".join(told)))
    return _junit("svcctl rules check", rows)


def tests_junit(items: Iterable[Mapping[str, Any]]) -> str:
    """Rule tests as test cases, failed with what was expected and what was found."""
    rows = []
    for item in items:
        told = [
            "\n  ".join((f"{failed['place']}: expected {failed['expected']}, found {failed['found']}", *failed["why"]))
            for failed in item["failures"]
        ]
        rows.append((str(item["id"]), told, ""))
    return _junit("svcctl rules test", rows)


def _junit(suite: str, rows: Sequence[tuple[str, list[str], str]]) -> str:
    from xml.sax.saxutils import quoteattr

    failed = sum(bool(told) for _, told, _ in rows)
    lines = ['<?xml version="1.0" encoding="UTF-8"?>']
    lines.append(f'<testsuite name="{suite}" tests="{len(rows)}" failures="{failed}" errors="0" skipped="0">')
    for name, told, output in rows:
        case = f"  <testcase classname={quoteattr(suite.replace(' ', '.'))} name={quoteattr(_plain(name))}"
        if told:
            lines += [f"{case}>", f"    <failure message={quoteattr(_plain(told[0]))}>"]
            lines += [_text("\n".join(told)), "    </failure>", "  </testcase>"]
        elif output:
            lines += [f"{case}>", f"    <system-out>{_text(output)}</system-out>", "  </testcase>"]
        else:
            lines.append(f"{case}/>")
    return "\n".join([*lines, "</testsuite>"]) + "\n"


def _text(text: str) -> str:
    from xml.sax.saxutils import escape

    return escape(_plain(text))


def _plain(text: str) -> str:
    """Text without what XML 1.0 cannot hold."""
    return "".join(character if _is_xml(character) else "\ufffd" for character in text)


def _is_xml(character: str) -> bool:
    return (
        character in "\t\n" or " " <= character < "\ud800" or "\ue000" <= character < "\ufffe" or character > "\uffff"
    )
