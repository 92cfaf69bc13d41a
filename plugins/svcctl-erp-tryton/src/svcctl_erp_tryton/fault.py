"""What goes wrong between svcctl and Tryton, and what that means for a push or a look-up."""

from typing import Literal

from svcctl.plugin_api import Receipt, Refusal

Outcome = Literal["retry", "rejected", "unknown"]


class Fault(Exception):
    """A request that had no effect (`retry`, `rejected`), or of which nobody knows (`unknown`).

    `code` is the HTTP status, the kind of Tryton's exception, or a word of ours; `after` the seconds that the server
    asked for.
    """

    def __init__(self, outcome: Outcome, text: str, code: str | None = None, after: int | None = None) -> None:
        super().__init__(text)
        self.outcome = outcome
        self.text = text
        self.code = code
        self.after = after

    @classmethod
    def of(cls, receipt: Receipt) -> "Fault":
        """The fault that the receipt of a request tells of; not for `delivered`."""
        outcome: Outcome = "unknown" if receipt.outcome == "delivered" else receipt.outcome
        return cls(outcome, receipt.text, receipt.code, receipt.after)

    def as_refusal(self) -> Refusal:
        """What a look-up raises: the server cannot be reached, or will not answer."""
        return Refusal("plugin-unavailable", f"Tryton: {self.text}", details={"code": self.code})


class Warned(Fault):
    """Tryton asks whether somebody really means it. `name` is what is skipped to say yes."""

    def __init__(self, name: str, text: str) -> None:
        super().__init__("rejected", text, "UserWarning")
        self.name = name
