"""Expected errors: a stable code, what is wrong, what to do, and the exit code that scripts see."""

from collections.abc import Mapping
from enum import IntEnum


class Exit(IntEnum):
    """Exit codes that users script against."""

    DONE = 0
    NO = 1
    USAGE = 2
    NOT_FOUND = 3
    PARTIAL = 4
    CONFLICT = 5
    UNAVAILABLE = 6
    BUG = 70
    DISK = 74
    BUSY = 75
    INTERRUPTED = 130
    PIPE_CLOSED = 141
    TERMINATED = 143


#: Every code that svcctl refuses with: its exit code and its meaning. `svcctl help errors` prints this.
ERRORS: Mapping[str, tuple[Exit, str]] = {
    "tests-failed": (Exit.NO, "a rule test failed, or there was none to run"),
    "wrong-usage": (Exit.USAGE, "the command line has an unknown command or option, or lacks an argument"),
    "bad-argument": (Exit.USAGE, "an argument or option has a value that cannot be used"),
    "bad-input": (Exit.USAGE, "input data does not have the form that is needed"),
    "bad-time": (
        Exit.USAGE,
        "a time is not written as RFC 3339 with an offset, or a date and time in the zone",
    ),
    "bad-configuration": (
        Exit.USAGE,
        "svcctl.toml or a SVCCTL_ variable has an unknown key or a wrong value",
    ),
    "missing-fields": (
        Exit.USAGE,
        "the form of this ticket type requires fields that were not given, or nothing was said at all",
    ),
    "rules-broken": (Exit.USAGE, "the rules have errors, so nothing was decided; see `svcctl rules check`"),
    "format-unsure": (Exit.BUG, "the canonical form of a rule file would say something else; nothing was written"),
    "no-open-time": (Exit.USAGE, "the calendar has no open time in which the duration could pass"),
    "projected-year": (Exit.NO, "the result crosses a year whose holidays no official notice fixes"),
    "no-workspace": (Exit.NOT_FOUND, "no workspace here or above; `svcctl init` makes one"),
    "unknown-ticket": (Exit.NOT_FOUND, "there is no ticket of this id"),
    "unknown-record": (Exit.NOT_FOUND, "there is no customer, site, asset, engineer or team of this id"),
    "unknown-rule": (Exit.NOT_FOUND, "there is no rule, calendar, form or flow of this id"),
    "unknown-file": (Exit.NOT_FOUND, "there is no such file"),
    "unknown-code": (Exit.NOT_FOUND, "there is no error or diagnostic of this code"),
    "unknown-plugin": (Exit.NOT_FOUND, "no installed plugin has this name"),
    "partly-failed": (Exit.PARTIAL, "some items of a batch failed; each result is on stdout"),
    "illegal-move": (
        Exit.CONFLICT,
        "the flow does not allow this move, or the move demands something missing",
    ),
    "already-exists": (Exit.CONFLICT, "a record of this id, a link, or a workspace, exists already"),
    "stale-revision": (Exit.CONFLICT, "the record was changed since the revision given"),
    "key-reused": (Exit.CONFLICT, "the idempotency key was used before with other arguments"),
    "extra-missing": (Exit.UNAVAILABLE, "an optional package that this needs is not installed"),
    "plugin-unavailable": (Exit.UNAVAILABLE, "a notifier, connector or store could not be loaded or reached"),
    "demo-failed": (Exit.NO, "a command of the demo did not go as its story tells"),
    "bug": (Exit.BUG, "svcctl did something wrong; `--debug` shows where"),
    "store-damaged": (Exit.DISK, "a record or the journal is not as it was written; nothing was changed"),
    "store-newer": (Exit.DISK, "the store was written by a newer svcctl; upgrade svcctl"),
    "disk-refused": (Exit.DISK, "disk or database refused a write; the message says whether the change was saved"),
    "store-busy": (Exit.BUSY, "others hold the store's lock, or change what is needed; try again"),
}


class Refusal(Exception):
    """An expected error. Raised anywhere, caught once, in `svcctl.cli`.

    `code` is a key of `ERRORS`; `message` says what is wrong and where, `help` what to do instead,
    `details` carries machine-readable facts for `-o json`.
    """

    def __init__(self, code: str, message: str, *, help: str = "", details: Mapping[str, object] | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.help = help
        self.details = dict(details or {})

    @property
    def exit(self) -> Exit:
        return ERRORS[self.code][0]

    def to_json(self) -> dict[str, str]:
        """The refusal of one item, as answers about many carry it."""
        return {"code": self.code, "message": self.message, "help": self.help}


def nearest(word: str, known: "list[str] | tuple[str, ...] | frozenset[str] | set[str]") -> str | None:
    """The one known word that `word` was probably meant to be, or None: one that is much alike, or has a part that is,
    or is alike and about as long."""
    import re
    from difflib import get_close_matches

    folded = {candidate.casefold(): candidate for candidate in sorted(known)}
    word = word.casefold()
    if word in folded:
        return folded[word]
    if close := get_close_matches(word, list(folded), n=1, cutoff=0.8):
        return folded[close[0]]
    for candidate in get_close_matches(word, list(folded), n=3, cutoff=0.6):
        parts = re.split("[-_. ]", candidate)
        as_long = abs(len(candidate) - len(word)) <= max(1, len(word) // 4)
        if as_long or candidate.startswith(word) or get_close_matches(word, parts, 1, 0.8):
            return folded[candidate]
    return None


def filled(what: str, text: str, help: str) -> str:
    """`text` without the space around it. Raises Refusal `bad-argument` where nothing is left: `what` is empty."""
    text = text.strip()
    if not text:
        raise Refusal("bad-argument", f"the {what} is empty", help=help)
    return text
