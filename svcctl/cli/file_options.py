"""What is said of a file that is read row by row."""

import click

from svcctl.cli.options import Option

format_option: Option = click.option(
    "--format", "format_", metavar="FORMAT", help="csv, tsv, jsonl or json; from the file's ending as if not given."
)
encoding_option: Option = click.option(
    "--encoding", metavar="NAME", help="How the file is encoded, such as gb18030; UTF-8 if nothing says otherwise."
)
