"""What every verb has: the standard options, and an answer that is printed in the format asked for."""

import os
import sys
from collections.abc import Callable
from functools import wraps
from inspect import cleandoc
from typing import Any

import click

from svcctl.cli.call import Call, colored
from svcctl.cli.options import ALWAYS, BULK, FROM_ENVIRONMENT, REVISION, STANDARD, WRITES
from svcctl.cli.registry import COMMANDS, Noun, Verb
from svcctl.foundation.errors import Refusal
from svcctl.report.output import FORMATS, Answer, render
from svcctl.report.table import Looks


class Command(click.Command):
    """A command whose help tells its own options from the standard ones."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        own: list[tuple[str, str]] = []
        standard: list[tuple[str, str]] = []
        for param in self.get_params(ctx):
            record = param.get_help_record(ctx) if isinstance(param, click.Option) else None
            if record is not None:
                (standard if param.name in STANDARD else own).append(record)
        for title, rows in (("Options", own), ("Standard options", standard)):
            if rows:
                with formatter.section(title):
                    formatter.write_dl(rows)


def verb(
    name: str, *, writes: bool = False, revision: bool = False, bulk: bool = False
) -> Callable[[Callable[..., Answer]], click.Command]:
    """Make a command of a function that takes a `Call` and its own arguments and returns an `Answer`.

    `name` is its place in the registry (`ticket move`), which has its line of help; a docstring adds to it.
    `writes` gives it --dry-run and --idempotency-key, `revision` --if-revision, `bulk` --atomic.
    """

    def decorate(function: Callable[..., Answer]) -> click.Command:
        @click.pass_context
        @wraps(function)
        def run(ctx: click.Context, /, **given: Any) -> int:
            said = {key: given.pop(key) for key in STANDARD if key in given}
            call = Call(_settled(said, ctx.find_root().params), _words(ctx))
            answer = function(call, **given)
            for text in render(answer, call.output, _looks(call)):
                sys.stdout.write(text)
            for note in answer.notes:
                sys.stderr.write(f"{note}\n")
            return int(answer.exit)

        options = (*(WRITES if writes else ()), *((REVISION,) if revision else ()), *((BULK,) if bulk else ()))
        decorated: Any = run
        for option in reversed((*options, *ALWAYS)):
            decorated = option(decorated)
        entry = entry_of(name)
        text = entry.help if not function.__doc__ else f"{entry.help}\n\n{cleandoc(function.__doc__)}"
        return click.command(name.split()[-1], cls=Command, help=text, short_help=entry.help)(decorated)

    return decorate


def entry_of(name: str) -> Verb:
    """The row of a command in the registry."""
    noun, _, rest = name.partition(" ")
    entry = COMMANDS[noun]
    if isinstance(entry, Noun):
        entry = entry.verbs[rest]
    return entry


def _settled(said: dict[str, Any], before: dict[str, Any]) -> dict[str, Any]:
    """Each option from the verb, or else from before the noun, or else from the environment."""
    for name in said:
        if said[name] is None:
            said[name] = before.get(name)
        if said[name] is None and name in FROM_ENVIRONMENT:
            said[name] = os.environ.get(f"SVCCTL_{name.upper()}")
    if said["output"] not in (None, *FORMATS):
        raise Refusal("bad-argument", f"there is no format `{said['output']}`", help=f"one of {', '.join(FORMATS)}")
    return said


def _words(ctx: click.Context) -> tuple[str, ...]:
    """The command and its own arguments as text: what an idempotency key stands for."""
    own = {name: value for name, value in ctx.params.items() if name not in STANDARD}
    return (ctx.command_path, *(f"{name}={value!r}" for name, value in sorted(own.items()) if value not in (None, ())))


def _looks(call: Call) -> Looks:
    width = None
    if sys.stdout.isatty():
        from shutil import get_terminal_size

        width = get_terminal_size().columns
    return Looks(call.zone, width, colored(call.color, sys.stdout))
