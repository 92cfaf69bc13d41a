"""`svcctl help` and `svcctl completion`."""

import click

from svcctl.cli.call import Call
from svcctl.cli.verb import verb
from svcctl.foundation.errors import ERRORS, Refusal
from svcctl.report.output import Answer, columns


@verb("help")
@click.argument("topic", nargs=-1)
def help_(call: Call, topic: tuple[str, ...]) -> Answer:
    """TOPIC is a command (`ticket move`), or `errors`, or the code of an error."""
    if topic == ("errors",):
        rows = [{"id": code, "exit": int(exit), "meaning": meaning} for code, (exit, meaning) in ERRORS.items()]
        return Answer(rows, columns("id=code", "exit", "meaning"))
    if len(topic) == 1 and topic[0] in ERRORS:
        exit, meaning = ERRORS[topic[0]]
        return Answer({"id": topic[0], "exit": int(exit), "meaning": meaning})
    text = _help_of(topic)
    return Answer({"id": " ".join(topic), "text": text}, page=lambda looks: text)


@verb("completion")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(call: Call, shell: str) -> Answer:
    """Put it where your shell looks: `svcctl completion bash > ~/.local/share/bash-completion/completions/svcctl`."""
    from click.shell_completion import get_completion_class

    from svcctl.cli.root import root

    kind = get_completion_class(shell)
    assert kind is not None
    text = kind(root(), {}, "svcctl", "_SVCCTL_COMPLETE").source()
    return Answer({"id": shell, "script": text}, page=lambda looks: f"{text}\n")


def _help_of(topic: tuple[str, ...]) -> str:
    from svcctl.cli.root import root

    command, context = root(), click.Context(root(), info_name="svcctl")
    for word in topic:
        found = command.get_command(context, word) if isinstance(command, click.Group) else None
        if found is None:
            raise Refusal("unknown-code", f"there is no help about `{' '.join(topic)}`", help="see `svcctl --help`")
        command, context = found, click.Context(found, info_name=word, parent=context)
    return f"{command.get_help(context)}\n"
