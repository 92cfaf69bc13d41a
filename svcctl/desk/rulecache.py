"""The checked rules of a workspace, kept beside its store so that a command need not read and check them again.

An entry holds for the very texts, names and version that it was made of: its name is their digest. What is damaged or
of another shape is made anew, silently; the folder may be deleted at any time.
"""

import json
import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from svcctl import __version__
from svcctl.foundation.digest import sha256
from svcctl.foundation.source import Source

if TYPE_CHECKING:
    from svcctl.language.blocks import Rules

#: Entries kept: one for each of the last few states of the rules, such as two branches between which people change.
KEPT = 4


class RuleCache:
    """Entries in a folder. Nothing that goes wrong here is an error: a cache that fails is a cache that misses."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def key(self, sources: Sequence[Source], names: Mapping[str, frozenset[str]], calendar: str | None) -> str:
        """The digest of all that checked rules depend on."""
        known = {sort: sorted(words) for sort, words in sorted(names.items())}
        texts = [(source.name, source.text) for source in sources]
        content = json.dumps([__version__, texts, known, calendar])
        return sha256(content.encode()).hexdigest()

    def load(self, key: str) -> "Rules | None":
        """The rules of a key, if they are here and whole."""
        from svcctl.language.packing import unpack_rules

        try:
            return unpack_rules((self.folder / key).read_bytes())
        except (OSError, ValueError, EOFError, TypeError, KeyError, IndexError):
            return None

    def store(self, key: str, rules: "Rules") -> None:
        """Keep the rules of a key, and let the oldest entries go."""
        from svcctl.language.packing import pack_rules

        draft = self.folder / f"{key}.{os.getpid()}"
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            draft.write_bytes(pack_rules(rules))
            draft.replace(self.folder / key)
            entries = sorted(self.folder.iterdir(), key=lambda entry: entry.stat().st_mtime, reverse=True)
            for entry in entries[KEPT:]:
                entry.unlink(missing_ok=True)
        except OSError:
            with suppress(OSError):
                draft.unlink()
