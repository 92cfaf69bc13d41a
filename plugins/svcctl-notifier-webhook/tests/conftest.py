"""Lets the tests import what stands beside them, and gives each a server of its own."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from svcctl.testing.receiver import Receiver

sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as receiver:
        yield receiver
