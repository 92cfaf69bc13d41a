"""Delivery loses nothing and repeats only what it cannot know."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from svcctl.desk.delivery import DeliveryResult, Patience, backoff_seconds, deliver_due, preview_due
from svcctl.desk.outbox import drop_message, queue_message, retry_message
from svcctl.desk.tables import TABLES
from svcctl.foundation.errors import Refusal
from svcctl.foundation.instant import stored
from svcctl.plugin_api import Delivery, Health, Limits, Message, Notifier, Person, PluginConfig, Receipt, Rendered
from svcctl.plugin_api import SecretStr as Secret
from svcctl.store.memory import MemoryStore
from svcctl.ticket.event import Document

NOW = datetime(2026, 11, 2, 1, 0, tzinfo=UTC)
SECRET = "hunter2&more"
Behaviour = Callable[[Delivery], Receipt]


class Scripted(Notifier):
    """Does what the test says, and remembers what it was asked to send."""

    class Config(PluginConfig):
        token: Secret = Secret(SECRET)

    def __init__(self, behaviour: Behaviour) -> None:
        super().__init__(self.Config())
        self.behaviour = behaviour
        self.sent: list[Delivery] = []

    def render(self, message: Message) -> Rendered:
        if message.text == "cannot be rendered":
            raise ValueError(f"bad text, token {SECRET}")
        return Rendered(message.to.id, message.text, subject=message.subject)

    def deliver(self, delivery: Delivery) -> Receipt:
        self.sent.append(delivery)
        return self.behaviour(delivery)

    def check(self) -> Health:
        return Health(True, "fine")


def message(text: str = "the screen is black", channel: str = "chat") -> Message:
    person = Person("engineer", "wu", {"chat": "@wu"})
    return Message("T-000001", "notify", person, channel, "[T-000001]", text, NOW, rule="night")


def queued(*messages: Message) -> MemoryStore:
    store = MemoryStore(TABLES)
    store.write(lambda t: [queue_message(t, each, NOW, "lin").id for each in messages], at=NOW, actor="lin")
    return store


def run(store: MemoryStore, notifier: Notifier, now: datetime = NOW, **how: Any) -> list[DeliveryResult]:
    return list(deliver_due(store, lambda channel: notifier, now, actor="sweep", **how))


def stored_message(store: MemoryStore, id: str = "M-000001") -> Document:
    document = store.get("outbox", id)
    assert document is not None
    return document


def kinds(store: MemoryStore, id: str = "M-000001") -> list[str]:
    return [event.kind for event in store.history("outbox", id)]


def failing(failure: BaseException) -> Behaviour:
    def behave(delivery: Delivery) -> Receipt:
        raise failure

    return behave


def delivered(delivery: Delivery) -> Receipt:
    return Receipt.delivered("remote-7")


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


def test_killed_between_sending_and_recording_is_sent_again_with_the_same_key_and_said_so() -> None:
    store = queued(message())
    killed = Scripted(failing(KeyboardInterrupt()))
    with pytest.raises(KeyboardInterrupt):
        run(store, killed)
    assert stored_message(store)["status"] == "leased"
    again = Scripted(delivered)
    assert run(store, again, NOW + timedelta(minutes=1)) == []
    [result] = run(store, again, NOW + timedelta(minutes=6))
    assert (result.status, result.attempts) == ("delivered", 2)
    assert again.sent[0].key == killed.sent[0].key
    lease = [event for event in store.history("outbox", "M-000001") if event.kind == "leased"][1]
    assert lease.why == {"repeats": "attempt 1 was not recorded: whether it was delivered is unknown"}


def test_two_processes_share_the_work_without_sending_twice() -> None:
    store = queued(*(message(str(number)) for number in range(4)))
    one, other = Scripted(delivered), Scripted(delivered)
    runs = [deliver_due(store, lambda _, n=n: n, NOW, actor="sweep") for n in (one, other)]  # type: ignore[misc]
    next(runs[0]), next(runs[1])
    results = [*runs[0], *runs[1]]
    assert {result.status for result in results} == {"delivered"}
    assert sorted(delivery.rendered.body for delivery in one.sent + other.sent) == ["0", "1", "2", "3"]


def test_a_lease_that_ran_out_while_sending_still_tells_that_it_was_delivered() -> None:
    store = queued(message())
    second = Scripted(lambda delivery: Receipt.retry("busy"))

    def slow(delivery: Delivery) -> Receipt:
        run(store, second, NOW + timedelta(hours=1))
        return Receipt.delivered()

    [result] = run(store, Scripted(slow))
    assert result.status == "delivered"
    assert run(store, second, NOW + timedelta(days=9)) == []


def test_a_lease_that_ran_out_leaves_a_failure_to_the_one_who_took_over() -> None:
    store = queued(message())

    def slow(delivery: Delivery) -> Receipt:
        run(store, Scripted(delivered), NOW + timedelta(hours=1))
        return Receipt.unknown("timed out")

    [result] = run(store, Scripted(slow))
    assert result.status == "delivered"
    assert kinds(store) == ["queued", "leased", "leased", "delivered"]


def test_leases_last_as_long_as_the_run_and_the_channel_need() -> None:
    class Slow(Scripted):
        @property
        def limits(self) -> Limits:
            return Limits(attempt_seconds=600)

    store, seen = queued(message(), message()), list[str]()

    def look(delivery: Delivery) -> Receipt:
        seen.extend(document["lease_until"] for document in store.find("outbox") if document["status"] == "leased")
        return Receipt.delivered()

    times = iter([0.0, 5.0, 3600.0])
    run(store, Slow(look), clock=lambda: next(times))
    assert seen == [stored(NOW + timedelta(minutes=21, seconds=5)), stored(NOW + timedelta(minutes=81))]


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
    assert result.refusal.message == "the notifier of `chat` does not tell its limits: RuntimeError: ***"


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


def test_a_preview_shows_what_would_be_sent_and_changes_nothing() -> None:
    store, notifier = queued(message(), message("cannot be rendered")), Scripted(delivered)
    head = store.head()
    (_, shown), (_, refused) = preview_due(store, lambda channel: notifier, NOW)
    assert shown == Rendered("wu", "the screen is black", subject="[T-000001]")
    assert isinstance(refused, Refusal)
    assert SECRET not in refused.message
    assert notifier.sent == []
    assert store.head() == head


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
