"""How an effect is had once: each record that svcctl makes has a mark by which it is found again.

Tryton knows no idempotency keys, and REST has no lock. So who delivers looks for the mark, makes the record as a draft
where there is none, and looks again before going on: of two who made one at the same time the later sees both, takes
its own back and comes again. A repeat finds the record and goes on from the state that it is in.
"""

from collections.abc import Callable, Sequence

from svcctl.plugin_api import CallFailed, Receipt
from svcctl_erp_tryton.door import Door, Fields

_LOOKS = 3
_MOST_STEPS = 12


class Marked:
    """The records of a model whose `field` begins with `mark`; more words may follow it. `fields` are read of each,
    `state` among them. `pause` lets others who are at the same record finish."""

    def __init__(
        self, door: Door, model: str, field: str, mark: str, fields: Sequence[str], pause: Callable[[], None]
    ) -> None:
        self._door = door
        self._model = model
        self._field = field
        self._mark = mark
        self._fields = [field, "state", "_timestamp", *fields]
        self._pause = pause

    def find(self) -> Fields | None:
        """The one record that counts.

        Of several drafts, which only those leave who were killed in between, the first; the others are taken back. That
        fails for one that somebody has taken further meanwhile: then it counts the next time.
        """
        rows = self._all()
        for _ in range(_LOOKS):
            if len(rows) < 2:
                break
            self._pause()
            rows = self._all()
        if not rows:
            return None
        counting = next((row for row in rows if row["state"] not in ("draft", "cancelled")), rows[0])
        for row in rows:
            if row is not counting:
                self.take_back(row)
        return counting

    def make(self, values: Fields, more: str = "") -> Fields:
        """A new record, with `more` after its mark. Raises CallFailed `under-way` where somebody else has made one
        meanwhile."""
        id = self._door.create(self._model, {**values, self._field: f"{self._mark} {more}".strip()})
        rows = self._all()
        for row in rows:
            if len(rows) > 1 and row["id"] == id:
                self.take_back(row)
        if [row["id"] for row in rows] != [id]:
            raise CallFailed(Receipt.retry("somebody else is at the same", code="under-way"))
        return rows[0]

    def take_back(self, row: Fields) -> None:
        """Make as if a record that had no effect had never been. Shipments, which only administrators of the stock may
        delete, lose their mark and are cancelled."""
        if not self._model.startswith("stock.shipment."):
            self._door.delete(self._model, row["id"])
            return
        self._door.write(self._model, row["id"], {self._field: f"taken back: {row[self._field]}"}, row["_timestamp"])
        self._door.press(self._model, row["id"], "cancel")

    def _all(self) -> list[Fields]:
        pattern = f"{like(self._mark)}%"
        rows = self._door.read(self._model, [(self._field, "like", pattern)], self._fields, order=[("id", "ASC")])
        words = self._mark.split()
        return [row for row in rows if (row[self._field] or "").split()[: len(words)] == words]


def advanced(door: Door, model: str, id: int, fields: Sequence[str], step: Callable[[Fields], str | None]) -> Fields:
    """The record after pressing one button after the other, as `step` says for what it is by then; it ends where that
    says None, or where a button changed nothing.

    Each is pressed only if nobody has changed the record since it was looked at, as far as the door can tell; what is
    refused because somebody was faster is no error.
    """
    row = _looked_at(door, model, id, fields)
    for _ in range(_MOST_STEPS):
        button = step(row)
        if button is None:
            break
        before, refused = row["state"], None
        try:
            door.press(model, id, button, row["_timestamp"])
        except CallFailed as failed:
            if failed.receipt.code != "UserError":
                raise
            refused = failed
        row = _looked_at(door, model, id, fields)
        if row["state"] == before:
            if refused is not None:
                raise refused
            break
    return row


def _looked_at(door: Door, model: str, id: int, fields: Sequence[str]) -> Fields:
    rows = door.read(model, [("id", "=", id)], ["state", "_timestamp", *fields])
    if not rows:
        raise CallFailed(Receipt.retry(f"the record {model},{id} has gone meanwhile", code="under-way"))
    return rows[0]


def like(text: str) -> str:
    """The text as a pattern of `like` that fits nothing else."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
