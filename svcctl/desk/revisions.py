"""Rules as they were in git: `HEAD~1:rules` is the folder or file `rules` at that revision."""

import io
import subprocess
import tarfile
from pathlib import Path, PurePath

from svcctl.desk.rulefiles import SUFFIX, is_hidden
from svcctl.foundation.errors import Refusal
from svcctl.foundation.source import Source

_SECONDS = 60


def is_revision(base: Path, name: str) -> bool:
    """Whether a name means a revision: it has a colon, and there is no file of that name."""
    return ":" in name and not (base / name).exists()


def sources_at(base: Path, name: str) -> tuple[Source, ...]:
    """The rule files of `REVISION:PATH`, in order of name; `base` lies in the repository, and paths are from there.

    Raises Refusal `unknown-file` where git does not know the one or the other, `extra-missing` without git.
    """
    revision, _, path = name.partition(":")
    if revision.startswith("-"):
        raise Refusal("bad-argument", f"`{revision}` is no revision")
    command = ["git", "-C", str(base), "archive", "--format=tar", revision, "--", path or "."]
    try:
        done = subprocess.run(command, capture_output=True, timeout=_SECONDS, check=False)
    except FileNotFoundError:
        raise Refusal("extra-missing", "git is not installed", help="name files or folders instead") from None
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace").strip().splitlines()
        raise Refusal("unknown-file", f"git finds no `{name}`: {said[-1] if said else 'it gave no reason'}")
    sources = []
    with tarfile.open(fileobj=io.BytesIO(done.stdout)) as archive:
        for member in archive.getmembers():
            below = PurePath(member.name).parts[len(PurePath(path or ".").parts) :]
            is_one = member.isfile() and member.name.endswith(SUFFIX) and not is_hidden(below)
            file = archive.extractfile(member) if is_one else None
            if file is not None:
                sources.append(Source(f"{revision}:{member.name}", file.read().decode("utf-8-sig", "replace")))
    return tuple(sorted(sources, key=lambda source: source.name))
