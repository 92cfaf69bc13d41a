"""Rule files that svcctl writes anew: what each would become, and the writing, of all of a file or nothing."""

import os
from collections.abc import Callable, Iterable
from difflib import unified_diff
from pathlib import Path
from tempfile import NamedTemporaryFile

from svcctl.desk.rulefiles import find_rule_files, shown_name
from svcctl.foundation.errors import Refusal
from svcctl.foundation.record import Record
from svcctl.foundation.source import Source


class Draft(Record):
    """A rule file before and after; `refusal` says why there is no after."""

    path: Path
    name: str
    before: str
    after: str
    refusal: Refusal | None = None

    @property
    def changed(self) -> bool:
        return self.after != self.before

    def diff(self) -> str:
        """The change as `diff -u` shows it; empty where there is none."""
        return diff_of(self.name, self.before, self.after)


def diff_of(name: str, before: str, after: str) -> str:
    """Two texts as `diff -u` shows them."""
    old, new = (text.replace("\r\n", "\n").removesuffix("\n").split("\n") if text else [] for text in (before, after))
    return "".join(f"{line}\n" for line in unified_diff(old, new, name, name, lineterm=""))


def drafts_of(base: Path, paths: Iterable[str], change: Callable[[Source], str]) -> tuple[Draft, ...]:
    """What `change` makes of each rule file, none written yet. Raises Refusal `unknown-file`."""
    return tuple(_draft(path, shown_name(path, base), change) for path in find_rule_files(base, paths))


def _draft(path: Path, name: str, change: Callable[[Source], str]) -> Draft:
    try:
        # Not read as text: line breaks and a byte order mark must stay as they are.
        before = path.read_bytes().decode("utf-8")
    except UnicodeDecodeError as broken:
        problem = f"{name} is not UTF-8 text (byte {broken.start})"
        return Draft(path, name, "", "", Refusal("bad-input", problem, help="save the file as UTF-8"))
    try:
        return Draft(path, name, before, change(Source(name, before)))
    except Refusal as refusal:
        return Draft(path, name, before, before, refusal)


def write_draft(draft: Draft) -> None:
    """Put what a file is to become in its place, at once, with its permissions.

    Raises Refusal `stale-revision` where somebody else has changed the file since it was read.
    """
    target = draft.path.resolve()
    if target.read_bytes() != draft.before.encode("utf-8"):
        raise Refusal("stale-revision", f"{draft.name} was changed meanwhile", help="run this again")
    with NamedTemporaryFile(dir=target.parent, prefix=f".{target.name}.", delete=False) as file:
        written = Path(file.name)
        try:
            file.write(draft.after.encode("utf-8"))
            file.flush()
            os.fsync(file.fileno())
            written.chmod(target.stat().st_mode)
            written.replace(target)
        except BaseException:
            written.unlink(missing_ok=True)
            raise
