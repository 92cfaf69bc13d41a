"""The notifier keeps the contract of every notifier over HTTP."""

import pytest
from webhook_channel import webhook

from svcctl.plugin_api import Notifier
from svcctl.testing.http_notifier import HttpNotifierContract, NotifierAt
from svcctl.testing.receiver import Receiver


class TestContract(HttpNotifierContract):
    body_decides = False

    @pytest.fixture
    def notifier(self, receiver: Receiver) -> Notifier:
        return webhook(receiver)

    @pytest.fixture
    def notifier_at(self) -> NotifierAt:
        return lambda url: webhook(url)
