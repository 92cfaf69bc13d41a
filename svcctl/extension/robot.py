"""What robots of group chats share: a message as JSON within a size, and answers whose body decides."""

import json
import re
import time
from abc import abstractmethod
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from pydantic import Field, SecretStr, field_validator

from svcctl.decision.decision import Person
from svcctl.extension.config import PluginConfig
from svcctl.extension.contract import Delivery, Health, Limits, Message, Notifier, Receipt, Rendered
from svcctl.extension.cutting import longest_fitting, whole
from svcctl.extension.http import HttpClient, checked_url, judged_by_value, place_of, refused_by_status

#: Where a tag or a mention would begin, in the Markdown of every robot.
_TAG = re.compile(r"<(?=[@/!a-zA-Z])")
_TITLE_BYTES = 200


class ChatRobot(Notifier):
    """A robot that posts to one group. A subclass gives `payload`, and what of the rest is different with it.

    `answer_paths` are where an answer holds its code; 0 means delivered, one of `busy` later, after so many seconds,
    and every other rejected.
    """

    class Config(PluginConfig):
        url: SecretStr
        timeout_seconds: float = Field(default=10.0, gt=0, le=300)
        per_minute: int = Field(default=20, gt=0)

        @field_validator("url")
        @classmethod
        def _is_address(cls, url: SecretStr) -> SecretStr:
            checked_url(url.get_secret_value())
            return url

    capabilities: ClassVar[frozenset[str]] = frozenset({"urgent", "markdown", "mentions"})
    answer_paths: ClassVar[tuple[str, ...]] = ("errcode",)
    busy: ClassVar[Mapping[int, int]] = {}
    config: Config

    def __init__(self, config: Config, wall_clock: Callable[[], float] = time.time) -> None:
        super().__init__(config)
        self._url = config.url.get_secret_value()
        self._wall_clock = wall_clock
        self._http = HttpClient(config.timeout_seconds)

    @abstractmethod
    def payload(self, message: Message, title: str, text: str) -> Mapping[str, Any]:
        """What is posted, as JSON. `title` and `text` are harmless and short enough; they may be empty."""

    @property
    def most_bytes(self) -> int:
        """What `size` of a payload may come to."""
        return 20_000

    def size(self, payload: Mapping[str, Any]) -> int:
        """What counts against `most_bytes`: here, the whole body."""
        return len(_json(payload).encode())

    def signed(self, body: str, now: float) -> tuple[str, str]:
        """The address and the body as they are sent at `now`, in Unix seconds."""
        return self._url, body

    @property
    def limits(self) -> Limits:
        return Limits(self.config.per_minute, attempt_seconds=self._http.attempt_seconds)

    def render(self, message: Message) -> Rendered:
        title = longest_fitting(
            " ".join(_harmless(message.subject).split()), lambda text: len(text.encode()) <= _TITLE_BYTES
        )
        text = _harmless(message.text)
        fitting = longest_fitting(text, lambda part: self.size(self.payload(message, title, part)) <= self.most_bytes)
        body = _json(self.payload(message, title, fitting))
        place = place_of(self._url)
        return Rendered(place, body, "application/json; charset=utf-8", title, shortened=fitting != text)

    def deliver(self, delivery: Delivery) -> Receipt:
        now = self._wall_clock()
        url, body = self.signed(delivery.rendered.body, now)
        answer = self._http.post(url, body.encode(), {"Content-Type": delivery.rendered.content_type})
        if isinstance(answer, Receipt):
            return answer
        refused = refused_by_status(answer, now)
        if refused is not None:
            return refused
        receipt = judged_by_value(answer, self.answer_paths, (0,), tuple(self.busy))
        return receipt.replace(after=self.busy[int(receipt.code or 0)]) if receipt.outcome == "retry" else receipt

    def check(self) -> Health:
        return self._http.reach(self._url)

    def close(self) -> None:
        self._http.close()


def mobile_of(person: Person) -> str:
    """A mobile number as services in China know it: digits alone, without the prefix +86; or empty."""
    number = person.address.get("mobile") or person.address.get("phone") or ""
    return "".join(c for c in number if c.isdigit() or c == "+").removeprefix("+86")


def _json(payload: Mapping[str, Any]) -> str:
    return json.dumps(payload, ensure_ascii=False)


def _harmless(text: str) -> str:
    """Text in which nobody's words are a tag: a customer who writes `<at id=all>` calls nobody."""
    kept = "".join(
        character for character in whole(text).expandtabs(4) if character.isprintable() or character in "\n\u200d"
    )
    return _TAG.sub("<\u200b", kept)
