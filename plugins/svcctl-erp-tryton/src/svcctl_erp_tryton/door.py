"""What the connector needs of Tryton, however it is reached: read, create, write, delete, press a button."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from svcctl.plugin_api import CallFailed, Receipt

Fields = Mapping[str, Any]
Domain = Sequence[Any]
Order = Sequence[tuple[str, str]]


class Call(Protocol):
    """`HttpConnector.call`."""

    def __call__(
        self, method: str, url: str, headers: Mapping[str, str], content: Any = None, *, reads: bool = False
    ) -> Any: ...


class Warned(CallFailed):
    """Tryton asks whether somebody really means it. `name` is what is skipped to say yes."""

    def __init__(self, name: str, text: str) -> None:
        super().__init__(Receipt.rejected(text, code="UserWarning"))
        self.name = name


class Door(Protocol):
    """Records of Tryton's models by their ids. Every method may raise `CallFailed`."""

    @property
    def says_yes(self) -> bool:
        """Whether warnings are skipped."""

    def read(
        self,
        model: str,
        domain: Domain,
        fields: Sequence[str],
        *,
        order: Order = (),
        limit: int | None = None,
        context: Fields | None = None,
    ) -> list[Fields]:
        """The records that fit the domain. A field of a related record is asked as `party.code` and found as
        `row["party"]["code"]`."""

    def create(self, model: str, values: Fields) -> int:
        """A new record; its id."""

    def write(self, model: str, id: int, values: Fields, stamp: Any = None) -> None:
        """Change a record. With `stamp`, its `_timestamp` when it was read, only if nobody has changed it since; else
        it fails with `ConcurrencyException`, to be tried again. REST cannot tell."""

    def press(self, model: str, id: int, button: str, stamp: Any = None) -> None:
        """Press a button of a record's form, such as `wait`; `stamp` as in `write`."""

    def delete(self, model: str, id: int) -> None:
        """Take a record away."""

    def enter(self, company: int) -> None:
        """Be in the company from now on."""

    def close(self) -> None:
        """End the session, where there is one."""


def listed(rows: Any, model: str) -> list[Fields]:
    """The answer to a question for records. Raises CallFailed where it is none."""
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise CallFailed(Receipt.retry(f"the answer is no list of records of {model}", code="bad-answer"))
    return rows
