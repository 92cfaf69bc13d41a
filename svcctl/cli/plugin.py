"""`svcctl plugin`."""

from svcctl.cli.call import Call
from svcctl.cli.verb import verb
from svcctl.report.columns import PLUGINS
from svcctl.report.output import Answer


@verb("plugin list")
def list_(call: Call) -> Answer:
    """Installed is not active: a plugin is used only where the configuration names it."""
    from svcctl.desk.plugs import plugin_rows

    return Answer(plugin_rows(call.workspace), PLUGINS)
