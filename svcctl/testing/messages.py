"""Messages that every notifier must be able to render, and what is wrong with how one does."""

from collections.abc import Iterator
from datetime import UTC, datetime

from svcctl.decision.decision import Person
from svcctl.extension.contract import Message, Notifier, Rendered, scrubbed

PLAIN = Message(
    "T-000042",
    "notify",
    Person("engineer", "wu", {"email": "wu@example.org", "phone": "+86 10 5555 0100"}),
    "ops",
    "[T-000042] 门禁黑屏",
    "the screen is black\nafter rain",
    datetime(2026, 11, 2, 1, 0, tzinfo=UTC),
    id="M-000042",
    key="0123456789abcdef0123456789abcdef",
)

MESSAGES = (
    PLAIN,
    PLAIN.replace(urgent=True, rule="night-shift", kind="remind"),
    PLAIN.replace(subject="", text=""),
    PLAIN.replace(to=Person("role", "duty manager")),
    PLAIN.replace(text="警报" * 20_000),
    PLAIN.replace(
        text='"quotes" <b>markup</b> \x00\x1b[2J {{ braces }} %s \\ 👷🏽\u200d♀️ \u202e',
        subject="line\r\nBcc: x@example.org",
    ),
    PLAIN.replace(text="half a pair \ud83d"),
)


def rendering_faults(notifier: Notifier, message: Message) -> Iterator[str]:
    """In what the rendering of a message breaks the contract. Sends nothing; a notifier may raise anything."""
    rendered = notifier.render(message)
    if not isinstance(rendered, Rendered):
        yield "it is no Rendered"
        return
    if rendered != notifier.render(message):
        yield "it is another one each time"
    if scrubbed(repr(rendered), notifier.config) != repr(rendered):
        yield "it holds a secret"
    limit, size = notifier.limits.body_bytes, len(rendered.body.encode("utf-8", "surrogatepass"))
    if limit is not None and size > limit:
        yield f"its body has {size} bytes; the channel bears {limit}"
    for name, value in rendered.headers.items():
        if {"\r", "\n", "\0"} & {*name, *value}:
            yield f"its header `{name}` is not one line"
