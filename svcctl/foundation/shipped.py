"""Data folders that ship with svcctl: inside the wheel, or beside the package in a source checkout."""

from pathlib import Path


def shipped(folder: str) -> Path:
    """The path of `grammar`, `rules` or `samples`, as installed."""
    package = Path(__file__).parents[1]
    installed = package / "shipped" / folder
    return installed if installed.exists() else package.parent / folder
