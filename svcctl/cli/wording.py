"""What click says of a wrong command line, in the words of svcctl."""

import click
from click.exceptions import BadParameter, MissingParameter, NoSuchOption

from svcctl.foundation.errors import Refusal, nearest


def worded(mistake: click.ClickException) -> Refusal:
    """The refusal that a click exception stands for."""
    context = mistake.ctx if isinstance(mistake, click.UsageError) else None
    path = context.command_path if context else "svcctl"
    usage = f"see `{path} --help`"
    match mistake:
        case NoSuchOption():
            known = {word for param in context.command.get_params(context) for word in param.opts} if context else set()
            meant = _nearest_option(mistake.option_name, known)
            return Refusal(
                "wrong-usage",
                f"`{path}` has no option `{mistake.option_name}`",
                help=f"did you mean `{meant}`?" if meant else usage,
            )
        case MissingParameter():
            return Refusal("wrong-usage", f"`{path}` needs {_name(mistake, context)}", help=usage)
        case BadParameter():
            return Refusal("bad-argument", f"{_name(mistake, context)}: {_plain(mistake.message)}", help=usage)
        case _:
            return Refusal("wrong-usage", _plain(mistake.format_message()), help=usage)


def _nearest_option(name: str, known: set[str]) -> str | None:
    meant = nearest(name.lstrip("-"), {word.lstrip("-") for word in known})
    return f"--{meant}" if meant and len(meant) > 1 else None


def _name(mistake: BadParameter, context: click.Context | None) -> str:
    param = mistake.param
    if param is None:
        hint = mistake.param_hint or "a value"
        return hint if isinstance(hint, str) else ", ".join(hint)
    if isinstance(param, click.Option):
        return f"`{max(param.opts, key=len)}`"
    return param.make_metavar(context or click.Context(click.Command("svcctl")))


def _plain(message: str) -> str:
    """Lower case at the start, no full stop, backticks for quotes."""
    message = message.strip().rstrip(".").replace("'", "`")
    return message[:1].lower() + message[1:]
