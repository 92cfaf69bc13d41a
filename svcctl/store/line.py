"""One line of the journal: a commit, sealed by a hash that covers the hash of the line before.

    {"actor":...,"at":...,"events":[...],"highest":{...},"previous":"...","sequence":7,"hash":"..."}

The canonical form is the line itself: a JSON mapping in UTF-8 without spaces, keys sorted at every
level; a member or an event that holds a lone surrogate is written with `\\u` escapes. The hash is SHA-256
over that form without the member `hash`, which stands last, so it can be checked without parsing.
`events` carry the number of their document (`number`) beside its id; `highest` is the highest number given
so far in every table; `key`, `arguments` (a digest) and `result` are there where the write had an
idempotency key.
"""

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from svcctl.foundation.digest import sha256
from svcctl.foundation.instant import stored
from svcctl.foundation.record import Record
from svcctl.store.contract import Head
from svcctl.store.encoding import canonical

#: Before the first commit.
START = Head(0, "0" * 64)

_TAIL = len(',"hash":""}') + 64


class Entry(Record):
    """A line as read: its segment, the offset of its first byte and after its line break, and its content."""

    segment: int
    offset: int
    end: int
    line: Mapping[str, Any]

    @property
    def head(self) -> Head:
        return Head(self.line["sequence"], self.line["hash"])

    @property
    def place(self) -> str:
        return place_of(self.segment, self.offset)


def place_of(segment: int, offset: int) -> str:
    return f"journal/{segment:06d}.jsonl at byte {offset}"


def seal(
    head: Head,
    *,
    at: datetime,
    actor: str,
    events: Iterable[bytes],
    highest: Mapping[str, int],
    key: tuple[str, str, bytes] | None,
) -> tuple[bytes, Head]:
    """The line after `head` with its line break, and the head that it makes.

    `events` are in canonical form already; `key` is idempotency key, digest of the arguments, and result.
    """
    sequence = head.sequence + 1
    members = {
        "actor": canonical(actor, "the actor"),
        "at": canonical(stored(at), "the time"),
        "events": b"[" + b",".join(events) + b"]",
        "highest": canonical(highest, "the numbers"),
        "previous": canonical(head.hash, "the hash"),
        "sequence": str(sequence).encode(),
    }
    if key is not None:
        members["key"] = canonical(key[0], "the idempotency key")
        members["arguments"] = canonical(key[1], "the arguments")
        members["result"] = key[2]
    body = _joined(members)
    digest = _hash(body)
    return body[:-1] + f',"hash":"{digest}"}}\n'.encode(), Head(sequence, digest)


def content_text(content: Mapping[str, Any]) -> bytes:
    """What the hash of a commit covers: its content, without the hash, in canonical form.

    Raises Refusal `bad-input` where it is no JSON; KeyError, TypeError where it is no commit.
    """
    events = b"[" + b",".join(canonical(event, "the event") for event in content["events"]) + b"]"
    members = {name: canonical(value, f"`{name}`") for name, value in content.items() if name != "events"}
    return _joined(members | {"events": events})


def _joined(members: Mapping[str, bytes]) -> bytes:
    return b"{" + b",".join(f'"{name}":'.encode() + members[name] for name in sorted(members)) + b"}"


def unseal(raw: bytes) -> dict[str, Any]:
    """The content of a line (with or without its line break). Raises ValueError that says what is wrong."""
    raw = raw.removesuffix(b"\n")
    body, tail = raw[:-_TAIL], raw[-_TAIL:]
    if not tail.startswith(b',"hash":"'):
        raise ValueError("the line does not end with its hash")
    if _hash(body + b"}").encode() != tail[9:-2] or not tail.endswith(b'"}'):
        raise ValueError("the line was altered: its hash does not fit its content")
    try:
        line: dict[str, Any] = json.loads(raw)
    except (ValueError, RecursionError):
        raise ValueError("the line is not JSON") from None
    return line


def broken_link(line: Mapping[str, Any], head: Head) -> str | None:
    """What is wrong with `line` as the successor of `head`; None where it follows."""
    if line["sequence"] != head.sequence + 1:
        return f"commit {line['sequence']} stands where {head.sequence + 1} belongs"
    if line["previous"] != head.hash:
        return f"commit {line['sequence']} does not follow the commit before it: that one was altered"
    return None


def reseal(line: Mapping[str, Any], head: Head) -> tuple[bytes, Head]:
    """A commit of another store as the line after `head`, byte for byte as it was there, and the head that it makes.

    Raises Refusal `bad-input` where it was altered or does not follow.
    """
    from svcctl.foundation.errors import Refusal

    try:
        content = dict(line)
        digest = content.pop("hash")
        body = content_text(content)
        broken = "it was altered: its hash does not fit its content" if _hash(body) != digest else None
        broken = broken or broken_link(line, head)
    except (KeyError, TypeError, ValueError):
        broken = "it is not a commit"
    if broken:
        raise Refusal("bad-input", f"commit {head.sequence + 1}: {broken}; nothing was loaded")
    return body[:-1] + f',"hash":"{digest}"}}\n'.encode(), Head(line["sequence"], digest)


def not_kept(kept: Head) -> str:
    """What is wrong where commit `kept.sequence` has another hash."""
    return f"commit {kept.sequence} is not the one that was kept: something up to it was altered"


def ends_before(head: Head, kept: Head) -> str:
    """What is wrong with a chain that ends at `head`, before `kept`."""
    return f"the journal ends with commit {head.sequence}, before commit {kept.sequence} that was kept"


def digest_of(arguments: Iterable[str]) -> str:
    """The digest of a command's arguments, to be compared with those of an earlier use of its key."""
    return _hash(canonical(list(arguments), "the arguments"))


def _hash(data: bytes) -> str:
    return sha256(data).hexdigest()
