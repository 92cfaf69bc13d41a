"""The command tree as a table: noun, verb, one line of help, and the module that is imported when it is called.

Help and completion of nouns are answered from here, so they import no command. The function of a verb is
named after it (`check-in` is `check_in`); where that is a name of Python's, with an underscore after it.
"""

from collections.abc import Mapping
from keyword import iskeyword

from svcctl.foundation.record import Record


class Verb(Record):
    """A command: what `--help` says of it in one line, and `svcctl.cli.MODULE`, which has it."""

    help: str
    module: str


class Noun(Record):
    """What commands are about, with its verbs by name."""

    help: str
    verbs: Mapping[str, Verb]


def function_name(verb: str) -> str:
    """The name of a verb's function in its module."""
    name = verb.replace("-", "_")
    return f"{name}_" if iskeyword(name) or name in ("help", "list", "import") else name


def _verbs(module: str, /, **helps: str) -> dict[str, Verb]:
    return {name.strip("_").replace("_", "-"): Verb(help, module) for name, help in helps.items()}


COMMANDS: Mapping[str, Noun | Verb] = {
    "help": Verb("explain a command, or list every error code (`help errors`)", "guide"),
    "completion": Verb("print the completion script of a shell", "guide"),
}
