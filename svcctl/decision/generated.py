"""Functions that are generated from rules, so that no tree is walked when tickets come.

Their source holds nothing but keywords and names of its own; whatever stands in a rule is handed over beside it as a
constant, so no text of a rule is ever run.
"""

from collections.abc import Iterable
from typing import Any


class Constants:
    """The constants of one generated function: called with a value, gives the name that stands for it."""

    def __init__(self) -> None:
        self._named: dict[str, Any] = {"__builtins__": {}}

    def __call__(self, value: Any) -> str:
        name = f"k{len(self._named)}"
        self._named[name] = value
        return name

    def function(self, parameters: str, lines: Iterable[str], result: str) -> Any:
        """The function of these lines, which returns `result`."""
        source = "\n".join([f"def generated({parameters}):", *(f" {line}" for line in lines), f" return {result}"])
        exec(compile(source, "<rules>", "exec"), self._named)
        return self._named["generated"]
