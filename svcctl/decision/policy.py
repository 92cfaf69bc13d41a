"""Policies: a running escalation goes on as it was when it started, whatever becomes of its rule meanwhile.

A ticket keeps with each escalation that watches it the digest of the rule as it stood then. The rule itself is kept
once for all tickets, as a snapshot by that digest.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any

from svcctl.decision.book import Book
from svcctl.facts.facts import Facts
from svcctl.foundation.digest import sha256
from svcctl.foundation.record import Record
from svcctl.language.blocks import EscalationBlock, Rules
from svcctl.language.snapshot import freeze, thaw
from svcctl.language.tree import Expression

Snapshot = Mapping[str, Any]


class PolicyBook(Record):
    """A book in which some escalations are as they once were."""

    book: Book
    rules: Rules

    def test(self, condition: Expression, facts: Facts) -> bool | None:
        return self.book.test(condition, facts)


class Policies:
    """The escalations of a book as policies; `kept` gives the snapshot of a digest, None where there is none."""

    def __init__(self, book: Book) -> None:
        self.book = book
        self._now = {str(rule.id): rule for rule in book.rules.escalations}
        self._digests: dict[str, str] = {}
        self._past: dict[str, EscalationBlock | None] = {}

    def digest(self, rule: str) -> str | None:
        """The digest of a rule as it stands now; None where there is no such rule."""
        if rule not in self._digests and rule in self._now:
            text = json.dumps(self.snapshot(rule), sort_keys=True, ensure_ascii=False)
            self._digests[rule] = sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]
        return self._digests.get(rule)

    def snapshot(self, rule: str) -> Snapshot:
        """A rule as it stands now; its title is no part of what it does."""
        found: Snapshot = freeze(self._now[rule].replace(title=None))
        return found

    def pinned(self, watches: Mapping[str, str], policies: Mapping[str, str]) -> dict[str, str]:
        """The digests of what watches: those pinned already, and for what began to watch that of the rule now."""
        found = ((rule, policies.get(rule) or self.digest(rule)) for rule in sorted(watches))
        return {rule: digest for rule, digest in found if digest is not None}

    def book_of(self, policies: Mapping[str, str], kept: Callable[[str], Snapshot | None]) -> Book:
        """The book by which a ticket with these digests is judged. A snapshot that cannot be read is passed over: the
        rule is then as it stands now, if there is one."""
        past = {rule: digest for rule, digest in policies.items() if digest != self.digest(rule)}
        blocks = {rule: block for rule, digest in past.items() if (block := self._read(digest, kept))}
        if not blocks:
            return self.book
        rules = {**self._now, **blocks}
        escalations = tuple(block for _, block in sorted(rules.items()))
        return PolicyBook(self.book, self.book.rules.replace(escalations=escalations))

    def _read(self, digest: str, kept: Callable[[str], Snapshot | None]) -> EscalationBlock | None:
        if digest not in self._past:
            try:
                block = thaw(kept(digest))
            except (KeyError, TypeError, ValueError):
                block = None
            self._past[digest] = block if isinstance(block, EscalationBlock) else None
        return self._past[digest]
