"""The command line: one file per noun, each parses arguments, calls the desk and prints a report."""

from typing import NoReturn


def main() -> NoReturn:
    """The entry point `svcctl`: run the arguments of this process and exit with the code that scripts see."""
    import sys

    from svcctl.cli.boundary import run

    sys.exit(run(sys.argv[1:]))
