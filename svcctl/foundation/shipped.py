"""Data folders that ship with svcctl: inside the wheel, or beside the package in a source checkout."""

from pathlib import Path


def shipped(folder: str) -> Path:
    """The path of `grammar`, `rules` or `samples`, as installed."""
    package = Path(__file__).parents[1]
    installed = package / "shipped" / folder
    return installed if installed.exists() else package.parent / folder


def code_page(code: str) -> str | None:
    """The page of a code of a finding; None for what is no code."""
    page = shipped("grammar") / "codes" / f"{code}.md"
    return page.read_text("utf-8") if "/" not in code and page.is_file() else None
