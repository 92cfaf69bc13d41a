"""Channels: one that is down or not there keeps its messages and stops no other."""

from pathlib import Path

from svcctl.desk.delivery import deliver_due
from svcctl.desk.plugs import open_channels
from svcctl.desk.workspace import Workspace
from svcctl.foundation.errors import Refusal
from svcctl.foundation.instant import stored
from svcctl.plugin_api import Delivery, Limits, Notifier, Receipt
from tests.desk.floor import refusal_of
from tests.desk.post import NOW, SECRET, Scripted, delivered, kinds, message, queued, run


def test_a_channel_by_which_nothing_gets_through_is_left_alone_for_the_run() -> None:
    store = queued(*(message(str(number)) for number in range(8)), message("other", "mail"))
    down, fine = Scripted(lambda delivery: Receipt.retry("no connection")), Scripted(delivered)
    results = list(deliver_due(store, lambda channel: fine if channel == "mail" else down, NOW, actor="sweep"))
    assert len(down.sent) == 5
    assert [delivery.rendered.body for delivery in fine.sent] == ["other"]
    assert len(results) == 6
    left = [document["text"] for document in store.find("outbox") if document.get("next_at") == stored(NOW)]
    assert left == ["5", "6", "7"]
    run(store, fine)
    assert [delivery.rendered.body for delivery in fine.sent] == ["other", "5", "6", "7"]


def test_one_that_got_through_shows_that_the_channel_works() -> None:
    store = queued(*(message(str(number)) for number in range(12)))

    def behave(delivery: Delivery) -> Receipt:
        return Receipt.delivered() if len(notifier.sent) % 5 == 0 else Receipt.unknown("timed out")

    notifier = Scripted(behave)
    run(store, notifier)
    assert len(notifier.sent) == 12


def test_a_channel_that_is_not_there_keeps_its_messages_and_stops_no_other() -> None:
    store, notifier = queued(message(channel="erp"), message()), Scripted(delivered)
    head = store.head().sequence

    def channels(channel: str) -> Notifier:
        if channel == "erp":
            raise Refusal("plugin-unavailable", "it is broken")
        return notifier

    first, second = deliver_due(store, channels, NOW, actor="sweep")
    assert (first.status, first.attempts, first.receipt) == ("pending", 0, None)
    assert first.refusal is not None
    assert second.status == "delivered"
    assert store.head().sequence == head + 2
    assert kinds(store) == ["queued"]


def test_a_notifier_whose_limits_fail_is_unavailable() -> None:
    class Broken(Scripted):
        @property
        def limits(self) -> Limits:
            raise RuntimeError(SECRET)

    [result] = run(queued(message()), Broken(delivered))
    assert result.status == "pending"
    assert result.refusal is not None
    assert result.refusal.message == "the plugin of `chat` does not tell its limits: RuntimeError: ***"


def test_a_channel_is_opened_once_and_its_refusal_kept(tmp_path: Path) -> None:
    tables = '[channels.ops]\nplugin = "console"\n[channels.down]\nplugin = "nowhere"\n'
    (tmp_path / "svcctl.toml").write_text(tables, encoding="utf-8")
    with open_channels(Workspace.find(tmp_path, {}, tmp_path)) as channels:
        assert channels("ops") is channels("ops")
        for name, code in (("down", "unknown-plugin"), ("opps", "bad-configuration")):
            first, again = (refusal_of(lambda name=name: channels(name)) for _ in range(2))  # type: ignore[misc]
            assert first is again
            assert first.code == code
        assert first.help == "did you mean `ops`?"
