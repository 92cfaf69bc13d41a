"""What tests of several files at the desk are given."""

from pathlib import Path

import pytest

from tests.desk.old_system import Old


@pytest.fixture
def old(tmp_path: Path) -> Old:
    """An old system, imported into a workspace without rules."""
    return Old(tmp_path)
