"""Imports: files that exist, and no circles."""

from collections.abc import Sequence
from posixpath import dirname, join, normpath

from svcctl.language.blocks import Import, Module
from svcctl.language.checks.circles import circles
from svcctl.language.checks.findings import Findings, suggestion
from svcctl.language.tree import place_of


def imported(module: Module, entry: Import) -> str:
    """The name of the file that an import means: relative to the importing one."""
    return normpath(join(dirname(module.source), entry.path))


def check_imports(findings: Findings, modules: Sequence[Module]) -> None:
    by_name = {normpath(module.source): module for module in modules}
    for module in modules:
        for entry in module.imports:
            target = imported(module, entry)
            if target not in by_name:
                findings.error(
                    "unknown-import",
                    f"there is no rule file `{entry.path}` here",
                    place_of(entry.path, entry),
                    help=suggestion(target, by_name.keys()),
                )
    onward = {name: [(imported(module, entry), entry) for entry in module.imports] for name, module in by_name.items()}
    for entry, names in circles(onward):
        findings.error(
            "import-cycle",
            f"`{names[0]}` imports itself: " + " -> ".join(f"`{name}`" for name in names),
            place_of(entry.path, entry),
            help=["move what both need into a file of its own"],
        )
