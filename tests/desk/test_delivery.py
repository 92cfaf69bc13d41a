"""Delivery loses nothing and repeats only what it cannot know."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from svcctl.desk.delivery import Patience, backoff_seconds, deliver_due, rehearsing
from svcctl.desk.outbox import drop_message, queue_message, retry_message
from svcctl.desk.tables import TABLES
from svcctl.foundation.errors import Refusal
from svcctl.plugin_api import Delivery, Receipt, Rendered
from svcctl.store.rehearsal import Rehearsal
from tests.desk.post import NOW, SECRET, Scripted, delivered, failing, kinds, message, queued, run, stored_message


def test_a_message_is_delivered_once_and_its_receipt_kept() -> None:
    store, notifier = queued(message()), Scripted(delivered)
    [result] = run(store, notifier)
    assert (result.status, result.attempts) == ("delivered", 1)
    document = stored_message(store)
    assert document["receipt"] == {"outcome": "delivered", "text": "", "remote_id": "remote-7"}
    assert "next_at" not in document
    assert "lease_until" not in document
    assert kinds(store) == ["queued", "leased", "delivered"]
    assert run(store, notifier) == []
    assert len(notifier.sent) == 1
    assert notifier.sent[0] == Delivery(Rendered("wu", "the screen is black", subject="[T-000001]"), document["key"], 1)


def test_a_queued_message_is_kept_whole() -> None:
    document = stored_message(queued(message()))
    assert document == {
        "id": "M-000001",
        "revision": 1,
        "ticket": "T-000001",
        "kind": "notify",
        "to": {"kind": "engineer", "id": "wu", "address": {"chat": "@wu"}},
        "channel": "chat",
        "subject": "[T-000001]",
        "text": "the screen is black",
        "created_at": "2026-11-02T01:00:00Z",
        "urgent": False,
        "rule": "night",
        "key": document["key"],
        "status": "pending",
        "attempts": 0,
        "next_at": "2026-11-02T01:00:00Z",
    }


def test_keys_are_the_same_in_a_repeat_of_the_run_and_differ_between_messages() -> None:
    first, second = queued(message(), message()), queued(message(), message("another text"))
    assert stored_message(first)["key"] == stored_message(second)["key"]
    keys = {stored_message(store, id)["key"] for store in (first, second) for id in ("M-000001", "M-000002")}
    assert len(keys) == 3


@pytest.mark.parametrize(
    ("receipt", "status", "kind"),
    [
        (Receipt.retry("busy"), "pending", "retried"),
        (Receipt.unknown("timed out"), "unknown", "retried"),
        (Receipt.rejected("no such robot", code="300001"), "rejected", "rejected"),
    ],
)
def test_what_is_not_delivered_is_kept_with_its_receipt(receipt: Receipt, status: str, kind: str) -> None:
    store = queued(message())
    [result] = run(store, Scripted(lambda delivery: receipt))
    assert (result.status, result.receipt) == (status, receipt)
    assert stored_message(store)["status"] == status
    assert kinds(store) == ["queued", "leased", kind]


def test_a_retry_waits_as_long_as_the_other_side_asks_and_no_longer_than_a_day() -> None:
    for asked, waits in ((90, 90), (0, 1), (10**9, 86400)):
        store = queued(message())
        [result] = run(store, Scripted(lambda delivery, asked=asked: Receipt.retry("busy", after=asked)))  # type: ignore[misc]
        assert result.next_at == NOW + timedelta(seconds=waits)


def test_a_message_that_is_not_due_yet_is_left_alone() -> None:
    store, notifier = queued(message()), Scripted(lambda delivery: Receipt.retry("busy", after=90))
    run(store, notifier)
    assert run(store, notifier, NOW + timedelta(seconds=89)) == []
    [result] = run(store, notifier, NOW + timedelta(seconds=90))
    assert result.attempts == 2
    assert notifier.sent[0].key == notifier.sent[1].key


def test_a_message_dies_after_the_last_attempt_and_can_be_raised() -> None:
    store, notifier, now = queued(message()), Scripted(lambda delivery: Receipt.retry("busy")), NOW
    patience = Patience(attempts=3)
    for _ in range(5):
        run(store, notifier, now, patience=patience)
        now += timedelta(days=1)
    assert len(notifier.sent) == 3
    assert stored_message(store)["status"] == "dead"
    assert kinds(store)[-1] == "died"
    store.write(lambda t: retry_message(t, "M-000001", now, "lin"), at=now, actor="lin")
    [result] = run(store, Scripted(delivered), now)
    assert (result.status, result.attempts) == ("delivered", 1)


@pytest.mark.parametrize("failure", [RuntimeError(f"token {SECRET}"), OSError("down"), SystemExit(3)])
def test_a_notifier_that_raises_loses_nothing(failure: BaseException) -> None:
    store = queued(message(), message())
    results = run(store, Scripted(failing(failure)))
    assert [result.status for result in results] == ["unknown", "unknown"]
    later = NOW + timedelta(days=1)
    assert [result.status for result in run(store, Scripted(delivered), later)] == ["delivered", "delivered"]


def test_a_notifier_that_cannot_render_is_asked_again_later() -> None:
    store = queued(message("cannot be rendered"), message())
    first, second = run(store, Scripted(delivered))
    assert (first.status, second.status) == ("pending", "delivered")
    assert first.receipt is not None
    assert first.receipt.text == "ValueError: bad text, token ***"


def test_an_answer_that_is_no_receipt_is_unknown() -> None:
    [result] = run(queued(message()), Scripted(lambda delivery: None))  # type: ignore[arg-type, return-value]
    assert result.status == "unknown"


def test_the_longest_due_go_first_and_the_limit_holds() -> None:
    store, notifier = queued(message("first")), Scripted(delivered)
    early = NOW - timedelta(hours=1)
    store.write(lambda t: queue_message(t, message("early"), early, "lin").id, at=early, actor="lin")
    run(store, notifier, limit=1)
    assert [delivery.rendered.body for delivery in notifier.sent] == ["early"]


def test_a_dropped_message_is_not_sent_and_a_delivered_one_cannot_be_dropped() -> None:
    store, notifier = queued(message(), message()), Scripted(delivered)
    store.write(lambda t: drop_message(t, "M-000001", NOW, "lin"), at=NOW, actor="lin")
    assert [result.id for result in run(store, notifier)] == ["M-000002"]
    for change in (drop_message, retry_message):
        with pytest.raises(Refusal) as refused:
            store.write(lambda t, c=change: c(t, "M-000002", NOW, "lin"), at=NOW, actor="lin")  # type: ignore[misc]
        assert refused.value.code == "illegal-move"
    with pytest.raises(Refusal) as refused:
        store.write(lambda t: drop_message(t, "M-000009", NOW, "lin"), at=NOW, actor="lin")
    assert refused.value.code == "unknown-record"


def test_a_rehearsal_comes_to_what_delivery_does_and_sends_nothing() -> None:
    store, notifier = queued(message(), message("cannot be rendered")), Scripted(delivered)
    head = store.head()
    channels = rehearsing(lambda channel: notifier)
    planned = list(deliver_due(Rehearsal(store, TABLES), channels, NOW, actor="sweep"))
    assert notifier.sent == []
    assert store.head() == head
    assert [(each.status, each.receipt.text) for each in planned if each.receipt] == [
        ("delivered", "[T-000001]"),
        ("pending", "ValueError: bad text, token ***"),
    ]
    done = run(store, notifier)
    assert [each.replace(receipt=None) for each in planned] == [each.replace(receipt=None) for each in done]


def test_secrets_never_reach_the_store() -> None:
    spilled = Receipt("retry", f"at https://x/?token={SECRET}", code=SECRET, remote_id="hunter2%26more")
    store = queued(message(), message(), message("cannot be rendered"))
    run(store, Scripted(lambda delivery: spilled), limit=1)
    run(store, Scripted(failing(RuntimeError(SECRET))))
    journal = repr(list(store.commits()))
    assert "hunter2" not in journal
    assert journal.count("***") >= 4


@given(key=st.text(), attempt=st.integers(1, 200))
def test_backoff_grows_to_its_ceiling_within_half_of_the_step_and_is_the_same_each_time(key: str, attempt: int) -> None:
    step = min(21600, 60 * 2 ** (attempt - 1))
    assert step // 2 <= backoff_seconds(key, attempt) <= step
    assert backoff_seconds(key, attempt) == backoff_seconds(key, attempt)


def test_backoff_spreads_messages_that_failed_together() -> None:
    assert len({backoff_seconds(str(number), 8) for number in range(100)}) > 90
