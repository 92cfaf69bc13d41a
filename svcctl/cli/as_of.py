"""`--as-of`: look at the workspace as it was."""

import click

from svcctl.cli.call import Call
from svcctl.cli.options import Option

as_of_option: Option = click.option("--as-of", metavar="TIME", help="As it was then; clocks stand where they stood.")


def go_back(call: Call, as_of: str | None, id: str | None = None) -> None:
    """From here on the call's workspace and its time are those of `as_of`; None changes nothing. Raises Refusal
    `unknown-ticket` for the `id` of a ticket that came in later."""
    if as_of is None:
        return
    from svcctl.desk.looking_back import as_it_was, expect_there

    moment = call.instant(as_of)
    if id is not None:
        expect_there(call.workspace, id, moment)
    call.__dict__["workspace"] = as_it_was(call.workspace, moment)
    call.__dict__["now"] = moment
