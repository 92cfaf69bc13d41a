"""`svcctl product`."""

from svcctl.cli.records import record_commands

import_, list_, show, set_, history = record_commands("product")
