"""The notifier keeps the contract of every notifier."""

from pathlib import Path

import pytest
from email_channel import mailer

from svcctl.plugin_api import Notifier
from svcctl.testing.notifier import NotifierContract


class TestContract(NotifierContract):
    @pytest.fixture
    def notifier(self, port: int, ca: Path) -> Notifier:
        return mailer(port, ca)
