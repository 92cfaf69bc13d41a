"""The command tree that click walks, made from the registry; a command is imported when it is called."""

from collections.abc import Mapping
from importlib import import_module
from typing import Any

import click

from svcctl import __version__
from svcctl.cli.registry import COMMANDS, Noun, Verb, function_name
from svcctl.foundation.errors import Refusal, nearest


class Lazy(click.Group):
    """A group whose entries are rows of the registry."""

    def __init__(self, entries: Mapping[str, Noun | Verb], **attributes: Any) -> None:
        super().__init__(**attributes)
        self.entries = entries

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.entries)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        entry = self.entries.get(cmd_name)
        if isinstance(entry, Noun):
            return Lazy(entry.verbs, name=cmd_name, help=entry.help, no_args_is_help=True)
        if entry is None:
            return None
        command: click.Command = getattr(import_module(f"svcctl.cli.{entry.module}"), function_name(cmd_name))
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args[0] not in self.entries and not args[0].startswith("-") and not ctx.resilient_parsing:
            meant = nearest(args[0], set(self.entries))
            hint = f"did you mean `{meant}`?" if meant else f"`{ctx.command_path}` has {', '.join(self.entries)}"
            raise Refusal("wrong-usage", f"there is no command `{ctx.command_path} {args[0]}`", help=hint)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, entry.help) for name, entry in self.entries.items()])


def root() -> click.Command:
    """The command `svcctl`."""
    from svcctl.cli.options import COMMON

    command: click.Command = Lazy(
        COMMANDS,
        name="svcctl",
        help="After-sales service as code: tickets, dispatch, escalation and acceptance as plain text in git.",
        no_args_is_help=True,
    )
    for option in COMMON:
        command = option(command)
    return click.version_option(__version__, prog_name="svcctl", message="%(prog)s %(version)s")(command)
