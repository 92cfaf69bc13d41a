"""Lets the tests import what stands beside them, and gives each a stub of its own."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from stub_erpnext import ErpnextStub


@pytest.fixture
def stub() -> Iterator[ErpnextStub]:
    stub = ErpnextStub()
    yield stub
    stub.close()
