"""Lets the tests import what stands beside them, and gives each a stub of its own."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from stub_odoo import OdooStub


@pytest.fixture(params=[19, 17])
def stub(request: pytest.FixtureRequest) -> Iterator[OdooStub]:
    stub = OdooStub(request.param)
    yield stub
    stub.close()
