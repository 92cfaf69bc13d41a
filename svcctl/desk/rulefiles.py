"""The rule files of a workspace: found, read, parsed, checked, compiled."""

import gc
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from svcctl.foundation.diagnostic import Diagnostic, has_errors, in_reading_order
from svcctl.foundation.errors import Refusal
from svcctl.foundation.record import Record
from svcctl.foundation.source import Source

if TYPE_CHECKING:
    from svcctl.decision.rulebook import Rulebook
    from svcctl.language.blocks import Rules

SUFFIX = ".rules"
#: An import as far as finding its file goes; one in a comment or a text brings a file in too many, and no harm.
_IMPORT = r'\bimport\s+"([^"\n]+)"'


class RuleSet(Record):
    """Checked rules, what was found wrong with them, and the texts that it was found in, by name."""

    rules: "Rules"
    diagnostics: tuple[Diagnostic, ...]
    sources: Mapping[str, Source]

    def compiled(self) -> "Rulebook":
        """The rulebook. Raises Refusal `rules-broken` where there are errors: nothing is decided by half."""
        from svcctl.decision.rulebook import compile_rules

        if has_errors(self.diagnostics):
            first = next(diagnostic for diagnostic in self.diagnostics if diagnostic.is_error)
            place = self.sources[first.primary.span.source].place(first.primary.span)
            raise Refusal(
                "rules-broken", f"{place}: {first.message}", help="see `svcctl rules check` for every mistake"
            )
        return compile_rules(self.rules)


class Given(Record):
    """Rule files to read: where they lie, their names there (or those of folders), the names that the workspace knows,
    and the calendar in force."""

    base: Path
    paths: tuple[str, ...]
    names: Mapping[str, frozenset[str]] | None = None
    calendar: str | None = None

    def read(self) -> RuleSet:
        """The rules as they are. Raises Refusal `unknown-file`, `bad-input`."""
        return self.check(read_sources(self.base, self.paths))

    def check(self, sources: Iterable[Source]) -> RuleSet:
        """The rules that some texts would be."""
        return check_sources(sources, self.names, self.calendar)


def find_rule_files(base: Path, paths: Iterable[str]) -> tuple[Path, ...]:
    """Rule files named by `paths` (files, or folders searched through), in order of name, each once.

    Hidden files and folders in them are left out: editors keep locks and copies there. Raises Refusal `unknown-file`.
    """
    found: dict[Path, None] = {}
    for name in paths:
        path = base / name
        if path.is_dir():
            below = (each for each in path.rglob(f"*{SUFFIX}") if not is_hidden(each.relative_to(path).parts))
            found.update(dict.fromkeys(sorted(each for each in below if not each.is_dir())))
        elif path.is_file():
            found[path] = None
        else:
            raise Refusal("unknown-file", f"there is no rule file or folder `{path}`")
    return tuple(found)


def is_hidden(parts: Iterable[str]) -> bool:
    """Whether the parts of a path below a folder of rules lead to something hidden."""
    return any(part.startswith(".") for part in parts)


def read_rules(
    base: Path,
    paths: Iterable[str],
    names: Mapping[str, frozenset[str]] | None = None,
    calendar: str | None = None,
) -> RuleSet:
    """Read, parse and check rule files; `names` are those that the workspace knows, `calendar` the one in force."""
    return check_sources(read_sources(base, paths), names, calendar)


def read_sources(base: Path, paths: Iterable[str]) -> tuple[Source, ...]:
    """The texts of rule files and of those that they import, in order of name, each once."""
    sources: dict[str, Source] = {}
    queue = list(find_rule_files(base, paths))
    home = base.resolve()
    for path in queue:
        source = Source(_name_from(path.resolve(), home), _text(path))
        if source.name in sources:
            continue
        sources[source.name] = source
        if "import" in source.text:  # most have none, and the pattern takes its time
            imported = (path.parent / match[1] for match in re.finditer(_IMPORT, source.text))
            queue.extend(file.resolve() for file in imported if file.is_file())
    return tuple(sources[name] for name in sorted(sources))


def check_sources(
    sources: Iterable[Source], names: Mapping[str, frozenset[str]] | None = None, calendar: str | None = None
) -> RuleSet:
    """Parse and check texts of rules."""
    from svcctl.actions.catalog import ACTIONS, SETTABLE
    from svcctl.facts.vocabulary import fact_vocabulary
    from svcctl.language.checker import check_rules
    from svcctl.language.parser import parse_rules

    by_name = {source.name: source for source in sources}
    with _without_collecting():
        parsed = [parse_rules(source) for source in by_name.values()]
        vocabulary = fact_vocabulary(ACTIONS, SETTABLE, names, calendar or None)
        rules, found = check_rules([module for module, _ in parsed], vocabulary)
    diagnostics = [finding for _, findings in parsed for finding in findings]
    return RuleSet(rules, in_reading_order([*diagnostics, *found]), by_name)


@contextmanager
def _without_collecting() -> Iterator[None]:
    """Trees are large and hold no circles: to look for garbage while they grow only walks them again and again."""
    collected = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collected:
            gc.enable()


def shown_name(path: Path, base: Path) -> str:
    """A path as people see it: relative to `base` where it lies within."""
    return _name_from(path.resolve(), base.resolve())


def _name_from(path: Path, base: Path) -> str:
    return path.relative_to(base).as_posix() if path.is_relative_to(base) else str(path)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise Refusal("unknown-file", f"{path} is not there, or is a link that points nowhere") from None
    except UnicodeDecodeError as broken:
        raise Refusal(
            "bad-input", f"{path} is not UTF-8 text (byte {broken.start})", help="save the file as UTF-8"
        ) from None
