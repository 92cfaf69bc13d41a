"""What the connector needs of Tryton, however it is reached: read, create, write, delete, press a button."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

Row = Mapping[str, Any]
Domain = Sequence[Any]
Order = Sequence[tuple[str, str]]


class Door(Protocol):
    """Records of Tryton's models by their ids. Every method may raise `Fault`."""

    def read(
        self,
        model: str,
        domain: Domain,
        fields: Sequence[str],
        *,
        order: Order = (),
        limit: int | None = None,
        context: Mapping[str, Any] | None = None,
    ) -> list[Row]:
        """The records that fit the domain. A field of a related record is asked as `party.code` and found as
        `row["party"]["code"]`."""

    def create(self, model: str, values: Mapping[str, Any]) -> int:
        """A new record; its id."""

    def write(self, model: str, id: int, values: Mapping[str, Any], stamp: Any = None) -> None:
        """Change a record. With `stamp`, its `_timestamp` when it was read, only where nobody changed it since:
        else `Fault` `ConcurrencyException`, where the door can tell."""

    def delete(self, model: str, id: int) -> None:
        """Take a record away."""

    def press(self, model: str, id: int, button: str) -> None:
        """Press a button of a record's form, such as `wait`."""

    def close(self) -> None:
        """Give back the connections."""
