"""The command line: one file per noun, each parses arguments, calls the desk and prints a report."""

from typing import NoReturn


def main() -> NoReturn:
    """The entry point `svcctl`: run the arguments of this process and exit with the code that scripts see."""
    import gc
    import sys

    # What a start loads stays: to look for garbage among it is a tenth of the time of a short command.
    gc.set_threshold(100_000)
    from svcctl.cli.boundary import run

    sys.exit(run(sys.argv[1:]))
