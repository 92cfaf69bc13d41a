"""The standard options: which every verb has, which writes and bulk work have."""

from collections.abc import Callable
from typing import Any

import click

from svcctl.report.output import FORMATS

_FORMATS = "table (as if none is given), json, jsonl, csv, tsv or ids (SVCCTL_OUTPUT)."
_COLOR = "auto, always or never."

Option = Callable[[Any], Any]

#: Options that are understood before the noun, too.
COMMON: tuple[Option, ...] = (
    click.option("--home", metavar="DIR", help="The workspace; else the nearest above (SVCCTL_HOME)."),
    click.option("--actor", metavar="NAME", help="Who does this; else the login name (SVCCTL_ACTOR)."),
    click.option("--now", metavar="TIME", help="What time it is; else the wall clock (SVCCTL_NOW)."),
    click.option("-o", "--output", type=click.Choice(FORMATS), metavar="FORMAT", help=_FORMATS),
    click.option("--color", type=click.Choice(["auto", "always", "never"]), metavar="WHEN", help=_COLOR),
    click.option("--debug", is_flag=True, default=None, help="Show the traceback of an error."),
)
ALWAYS: tuple[Option, ...] = (
    *COMMON,
    click.option("--lock-timeout", type=float, metavar="S", help="Seconds to wait for the store's lock."),
    click.option("--no-input", is_flag=True, default=None, help="Never ask."),
    click.option("--yes", is_flag=True, default=None, help="Answer yes to every question."),
)
WRITES: tuple[Option, ...] = (
    click.option("--dry-run", is_flag=True, help="Show what would be done; write and send nothing."),
    click.option("--idempotency-key", metavar="K", help="The same key and arguments return the first result."),
)
REVISION = click.option("--if-revision", type=int, metavar="N", help="Refuse when the record is at another revision.")
BULK = click.option("--atomic", is_flag=True, help="All of the items or none of them.")

#: The names of all of these.
STANDARD = frozenset(
    {
        *("home", "actor", "now", "output", "color", "debug", "lock_timeout", "no_input", "yes"),
        *("dry_run", "idempotency_key", "if_revision", "atomic", "help"),
    }
)
#: Those that `SVCCTL_NAME` gives where no flag does.
FROM_ENVIRONMENT = ("home", "actor", "now", "output", "color")
