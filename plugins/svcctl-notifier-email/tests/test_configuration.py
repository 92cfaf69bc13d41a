"""What the notifier needs to be told."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from email_channel import mailer
from email_server import Inbox, free_port, served

from svcctl.extension.registry import Registry
from svcctl.plugin_api import Refusal
from svcctl.testing.notifier import deliver


@pytest.mark.parametrize(
    ("wrong", "key"),
    [
        ({"sender": "nobody"}, "sender"),
        ({"sender": "a@b\r\nBcc: x@y"}, "sender"),
        ({"password": "hunter2"}, "password"),
        ({"ca": "no-such-file.pem"}, "ca"),
        ({"ca": __file__}, "ca"),
        ({"security": "none"}, ""),
        ({"user": None}, ""),
        ({"hots": "x"}, "hots"),
    ],
)
def test_a_wrong_configuration_is_refused(wrong: Mapping[str, Any], key: str) -> None:
    with pytest.raises(Refusal) as refused:
        mailer(25, None, **wrong)
    assert refused.value.code == "bad-configuration"
    assert refused.value.message.startswith(f"`channels.mail{'.' if key else ''}{key}`: ")
    assert "hunter2" not in refused.value.message + str(refused.value.details)


def test_it_comes_in_by_its_entry_point(inbox: Inbox) -> None:
    for port in served(Controller(inbox, "localhost", free_port())):
        table = {"host": "localhost", "port": port, "security": "none", "sender": "s@example.com"}
        notifier = Registry(Path(), {}).notifier("email", table, "channels.mail")
        assert deliver(notifier).outcome == "delivered"
