"""The command tree keeps the promises that scripts are written against."""

from collections.abc import Callable, Iterator

import click
import pytest

from svcctl.cli.boundary import run
from svcctl.cli.registry import COMMANDS, Noun, Verb
from svcctl.cli.root import root

#: Verbs that change nothing; every other one is a write.
READS = {
    *(
        "ticket show",
        "ticket clocks",
        "ticket list",
        "ticket history",
        "ticket export",
        "acceptance show",
        "report",
        "outbox list",
        "silence list",
    ),
    *(
        "rules test",
        "rules explain",
        "rules why-not",
        "rules mutate",
        "rules eval",
        "rules diff",
        "rules replay",
        "rules timeline",
        "rules list",
        "rules lsp",
        "plugin list",
        "plugin check",
        "plugin docs",
        "template check",
        "template show",
        "erp lookup",
        "erp status",
        "config show",
    ),
    *(
        f"{noun} {verb}"
        for noun in ("engineer", "team", "customer", "site", "product", "asset")
        for verb in ("list", "show", "history")
    ),
    *(f"calendar {verb}" for verb in ("list", "show", "due", "between", "subtract", "compute", "verify", "import")),
    *("care list", "care preview", "help", "completion"),
    *(f"store {verb}" for verb in ("verify", "head", "backup", "export", "stats")),
}
#: They make a workspace, a store or rule files, or another form of them: a repeat does nothing twice.
MAKERS = {
    "init",
    "demo",
    "plugin new",
    "rules check",
    "rules fmt",
    *(f"store {verb}" for verb in ("restore", "import", "archive", "copy", "migrate")),
}
BULK = {
    f"ticket {verb}"
    for verb in ("set", "move", "assign", "accept", "ack", "decline", "comment", "repromise", "link", "cause")
} | {"dispatch"}


def names() -> Iterator[str]:
    for name, entry in COMMANDS.items():
        if isinstance(entry, Noun):
            yield from (f"{name} {verb}" for verb in entry.verbs)
        else:
            yield name


ALL = tuple(names())


def command(name: str) -> click.Command:
    found: click.Command | None = root()
    context = click.Context(click.Group())
    for word in name.split():
        assert isinstance(found, click.Group)
        found = found.get_command(context, word)
    assert found is not None
    return found


def entry(name: str) -> Verb:
    noun, _, rest = name.partition(" ")
    found = COMMANDS[noun]
    return found.verbs[rest] if isinstance(found, Noun) else found


def options(name: str) -> set[str]:
    return {word for param in command(name).params if isinstance(param, click.Option) for word in param.opts}


@pytest.mark.parametrize("name", ALL)
def test_every_command_says_what_it_does_in_one_line(name: str) -> None:
    line = entry(name).help
    assert command(name).help is not None
    assert (command(name).help or "").splitlines()[0] == line
    assert line[:1].islower()
    assert not line.endswith(".")
    assert len(line) <= 90


@pytest.mark.parametrize("name", ALL)
def test_every_command_has_the_standard_options(name: str) -> None:
    promised = {
        "-o",
        "--output",
        "--home",
        "--actor",
        "--now",
        "--lock-timeout",
        "--color",
        "--debug",
        "--no-input",
        "--yes",
    }
    assert promised <= options(name)


@pytest.mark.parametrize("name", ALL)
def test_every_write_can_be_tried_and_repeated(name: str) -> None:
    if name in READS:
        assert not {"--dry-run", "--idempotency-key", "--if-revision"} & options(name)
    elif name not in MAKERS:
        assert {"--dry-run", "--idempotency-key"} <= options(name)
    assert ("--atomic" in options(name)) == (name in BULK)


@pytest.mark.parametrize("name", ALL)
def test_every_option_is_explained(name: str) -> None:
    for param in command(name).params:
        if isinstance(param, click.Option):
            assert param.help, f"{name} {param.opts[0]}"
            assert param.help.endswith(".")


@pytest.mark.parametrize("name", ["", *ALL, *(noun for noun, entry in COMMANDS.items() if isinstance(entry, Noun))])
def test_help_reads_as_reviewed(
    name: str,
    golden: Callable[[str, str], None],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("COLUMNS", "100")
    assert run([*name.split(), "--help"]) == 0
    text = capsys.readouterr().out
    golden(f"help/{name.replace(' ', '-') or 'svcctl'}.txt", text)
    assert run(["help", *name.split()]) == 0
    assert capsys.readouterr().out == text


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_is_offered(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["completion", shell]) == 0
    assert "_SVCCTL_COMPLETE" in capsys.readouterr().out


def test_completion_knows_the_verbs(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("_SVCCTL_COMPLETE", "bash_complete")
    monkeypatch.setenv("COMP_WORDS", "svcctl ticket mo")
    monkeypatch.setenv("COMP_CWORD", "2")
    assert run([]) in (0, 1)
    assert "move" in capsys.readouterr().out
