"""The notifier keeps the contract of every notifier over HTTP."""

import pytest
from webhook_channel import webhook

from svcctl.testing.http_notifier import HttpNotifierContract, NotifierAt


class TestContract(HttpNotifierContract):
    body_decides = False

    @pytest.fixture
    def notifier_at(self) -> NotifierAt:
        return lambda url, seconds: webhook(url, timeout_seconds=seconds)
