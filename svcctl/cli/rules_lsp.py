"""`svcctl rules lsp`: the language server."""

import click

from svcctl.cli.call import Call
from svcctl.cli.verb import verb
from svcctl.foundation.errors import Refusal
from svcctl.report.output import Answer


@verb("rules lsp")
@click.option("--stdio", is_flag=True, help="As editors start it; there is no other way.")
def lsp(call: Call, stdio: bool) -> Answer:
    """Started by an editor, and told of on stdin and stdout what is open there: findings while typing, completion,
    meanings, definitions and other places of a name, new names in all files, form, fixes.

    The files of the workspace around a file are read with it; what is not saved yet counts. Doubts about time, which
    take longer, and about data are left to `svcctl rules check`.
    """
    del stdio
    from importlib.util import find_spec

    if find_spec("pygls") is None:
        raise Refusal(
            "extra-missing", "the language server needs the package `pygls`", help="`pip install 'svcctl[lsp]'`"
        )
    from svcctl.editor.server import serve

    serve(call.environment)
    return Answer([], page=lambda looks: "")
