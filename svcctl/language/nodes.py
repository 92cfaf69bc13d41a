"""Every class of the syntax tree by its name, for those who write trees down and read them back."""

from collections.abc import Mapping

from svcctl.foundation import quantity
from svcctl.foundation.record import Record
from svcctl.language import block, blocks, calendar_block, care_block, scenario_block, tree, types

NODES: Mapping[str, type[Record]] = {
    name: kind
    for module in (quantity, types, tree, block, calendar_block, care_block, scenario_block, blocks)
    for name, kind in vars(module).items()
    if isinstance(kind, type) and issubclass(kind, Record)
}
