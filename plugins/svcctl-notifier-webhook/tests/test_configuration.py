"""What the notifier needs to be told."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from webhook_channel import webhook

from svcctl.extension.registry import Registry
from svcctl.plugin_api import Refusal
from svcctl.testing.notifier import deliver
from svcctl.testing.receiver import Receiver


@pytest.mark.parametrize(
    ("wrong", "key"),
    [
        ({"url": "ftp://example.org"}, "url"),
        ({"url": "example.org"}, "url"),
        ({"url": "https://user:hunter2@example.org"}, "url"),
        ({"secret": "hunter2"}, "secret"),
        ({"secret": "env:NO_SUCH"}, "secret"),
        ({"headers": {"webhook-signature": "x"}}, "headers"),
        ({"headers": {"X-A": "line\r\nbreak"}}, "headers"),
        ({"headers": {"X A": "x"}}, "headers"),
        ({"timeout_seconds": 0}, "timeout_seconds"),
        ({"sucess": [200]}, "sucess"),
    ],
)
def test_a_wrong_configuration_is_refused_by_its_key(wrong: Mapping[str, Any], key: str) -> None:
    with pytest.raises(Refusal) as refused:
        webhook("http://example.org", **wrong)
    assert refused.value.code == "bad-configuration"
    assert refused.value.message.startswith(f"`channels.ops.{key}`: ")
    assert "hunter2" not in refused.value.message + refused.value.help + str(refused.value.details)


def test_it_comes_in_by_its_entry_point(receiver: Receiver) -> None:
    notifier = Registry(Path(), {"URL": receiver.url}).notifier("webhook", {"url": "env:URL"}, "channels.ops")
    assert deliver(notifier).outcome == "delivered"
    assert "Webhook-Signature" not in receiver.got[0][1]
    notifier.close()
