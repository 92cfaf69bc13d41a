"""Leases: a message is sent by one process at a time, and whoever was killed or slow is not believed blindly."""

from datetime import timedelta

import pytest

from svcctl.desk.delivery import deliver_due
from svcctl.foundation.instant import stored
from svcctl.plugin_api import Delivery, Limits, Receipt
from tests.desk.post import NOW, Scripted, delivered, failing, kinds, message, queued, run, stored_message


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
