"""A new name for what rule files define, in every file at once."""

import re
from collections.abc import Mapping

from svcctl.editor.names import Mention, definitions, mentions, references
from svcctl.editor.view import View, look
from svcctl.foundation.diagnostic import Fix
from svcctl.foundation.errors import Refusal
from svcctl.foundation.record import Record
from svcctl.foundation.source import Source
from svcctl.language.printer import print_name
from svcctl.ticket.milestones import STANDARD

_STANDARD = frozenset({"new", "triaged", "assigned", *STANDARD.respond, *STANDARD.arrive, *STANDARD.done})
_LINE = re.compile(r"[^\r\n]+")


class Renaming(Record):
    """The places to change, by file, in reading order; `calendar` is the new name of the calendar in force, where it is
    that one: the settings name it, too."""

    edits: Mapping[str, tuple[Fix, ...]]
    calendar: str | None = None


def expect_renamable(view: View, meant: Mention | None) -> Mention:
    """The name, if it can be given another. Raises Refusal `rules-broken`, `unknown-rule`, `bad-argument`."""
    if meant is None:
        raise Refusal("unknown-rule", "there is no name here", help="place the cursor on a name that rules define")
    if view.broken:
        raise Refusal(
            "rules-broken", "a name is not changed while the rules have errors", help="not every place would be found"
        )
    if not definitions(view, meant):
        raise Refusal(
            "bad-argument",
            f"`{meant.name}` is a {meant.sort} of the workspace, not a name that rules define",
            help=f"write another {meant.sort}, or change its record",
        )
    if meant.sort == "state" and meant.name in _STANDARD:
        raise Refusal(
            "bad-argument",
            f"`{meant.name}` is a state that clocks and figures know by this name",
            help="write `respond at`, `arrive at`, `resolve at`, `close at` or `cancel at` for names of your own",
        )
    return meant


def renamed(view: View, meant: Mention | None, new: str) -> Renaming:
    """A name changed wherever it stands.

    Raises Refusal as `expect_renamable`, `already-exists` for a name that is taken, `bad-argument` for one that cannot
    stand wherever the old one stands.
    """
    meant = expect_renamable(view, meant)
    new = new.strip()
    if not _LINE.fullmatch(new):
        raise Refusal("bad-argument", "a name is one line and not empty")
    taken = {each.name for each in mentions(view) if each.sort == meant.sort and each.defines}
    if meant.sort == "field":
        taken |= set(view.known.scopes["ticket"])
    if new in taken:
        raise Refusal("already-exists", f"there is a {meant.sort} `{new}` already", help="choose another name")
    edits: dict[str, list[Fix]] = {}
    for each in references(view, meant):
        edits.setdefault(each.span.source, []).append(Fix(each.span, _spelt(view, each, new)))
    texts = {name: _edited(view.sources[name].text, fixes) for name, fixes in edits.items()}
    sources = [Source(name, texts.get(name, source.text)) for name, source in view.sources.items()]
    in_force = view.vocabulary.default_calendar
    moves = meant.sort == "calendar" and meant.name == in_force
    after = look(sources, view.vocabulary.names, new if moves else in_force, before=view)
    broken = next((finding for finding in after.findings if finding.is_error), None)
    if broken is not None:
        place = after.sources[broken.primary.span.source].place(broken.primary.span)
        raise Refusal("bad-argument", f"`{new}` would break {place}: {broken.message}", help="choose another name")
    return Renaming({name: tuple(fixes) for name, fixes in edits.items()}, new if moves else None)


def _spelt(view: View, at: Mention, new: str) -> str:
    """The new name as it has to be written at a place: within quotes where the old one is, or where it must be."""
    written = view.sources[at.span.source].text[at.span.start : at.span.end]
    plain = print_name(new)
    return plain if not written.startswith('"') or plain.startswith('"') else f'"{plain}"'


def _edited(text: str, fixes: list[Fix]) -> str:
    for fix in reversed(fixes):
        text = text[: fix.span.start] + fix.text + text[fix.span.end :]
    return text
