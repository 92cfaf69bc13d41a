"""No channel is sent more in a minute than it bears, and nothing that had to wait is lost."""

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from svcctl.desk.delivery import DeliveryResult, deliver_due
from svcctl.desk.outbox import UNDELIVERED, queue_message
from svcctl.desk.tables import TABLES
from svcctl.foundation.instant import stored
from svcctl.plugin_api import Delivery, Health, Limits, Message, Notifier, Person, PluginConfig, Receipt, Rendered
from svcctl.store.contract import Transaction, Where
from svcctl.store.memory import MemoryStore

NOW = datetime(2026, 11, 2, 1, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


class Robot(Notifier):
    """Bears so many a minute, and remembers what it got."""

    class Config(PluginConfig):
        pass

    def __init__(self, per_minute: int | None, answer: Callable[[int], Receipt] = lambda count: Receipt.delivered()):
        super().__init__(self.Config())
        self.per_minute = per_minute
        self.answer = answer
        self.got: list[str] = []

    @property
    def limits(self) -> Limits:
        return Limits(self.per_minute)

    def render(self, message: Message) -> Rendered:
        return Rendered("group", message.text)

    def deliver(self, delivery: Delivery) -> Receipt:
        self.got.append(delivery.rendered.body)
        return self.answer(len(self.got))

    def check(self) -> Health:
        return Health(True, "fine")


def queue(store: MemoryStore, count: int, channel: str = "ding", at: datetime = NOW) -> None:
    def work(transaction: Transaction) -> None:
        for number in range(count):
            text = f"{channel} {number}"
            message = Message("T-000001", "notify", Person("team", "north"), channel, "", text, at)
            queue_message(transaction, message, at, "lin")

    store.write(work, at=at, actor="lin")


def run(
    store: MemoryStore, robot: Robot, now: datetime, clock: Callable[[], float] = lambda: 0
) -> list[DeliveryResult]:
    return list(deliver_due(store, lambda channel: robot, now, actor="sweep", clock=clock))


def test_a_burst_leaves_minute_by_minute_in_its_order() -> None:
    store, robot = MemoryStore(TABLES), Robot(20)
    queue(store, 50)
    counts = []
    for minute in range(4):
        before = len(robot.got)
        results = run(store, robot, NOW + minute * MINUTE)
        counts.append((len(robot.got) - before, len(results)))
    assert counts == [(20, 50), (20, 20), (10, 10), (0, 0)]
    assert robot.got == [f"ding {number}" for number in range(50)]


def test_what_waits_says_until_when() -> None:
    store = MemoryStore(TABLES)
    queue(store, 5)
    results = run(store, Robot(2), NOW)
    assert [(result.status, result.next_at) for result in results[2:]] == [
        ("pending", NOW + MINUTE),
        ("pending", NOW + MINUTE),
        ("pending", NOW + 2 * MINUTE),
    ]
    assert [event.kind for event in store.history("outbox", "M-000005")] == ["queued", "held"]


def test_a_pace_holds_back_its_own_channel_only() -> None:
    store, robot = MemoryStore(TABLES), Robot(2)
    queue(store, 4, "ding")
    queue(store, 2, "mail")
    run(store, robot, NOW)
    assert Counter(body.split()[0] for body in robot.got) == {"ding": 2, "mail": 2}


def test_a_long_run_goes_on_when_the_minute_is_over() -> None:
    store, robot = MemoryStore(TABLES), Robot(2)
    queue(store, 5)
    times = iter([0.0, 0.0, 30.0, 40.0, 70.0, 80.0])
    run(store, robot, NOW, clock=lambda: next(times))
    assert robot.got == ["ding 0", "ding 1", "ding 3"]
    [waiting] = [document for document in store.find("outbox") if document["text"] == "ding 4"]
    assert waiting["next_at"] == stored(NOW + timedelta(seconds=90))


def test_a_receiver_that_asks_for_a_rest_gets_it() -> None:
    store = MemoryStore(TABLES)
    robot = Robot(None, lambda count: Receipt.retry("too fast", after=600))
    queue(store, 5)
    results = run(store, robot, NOW)
    assert len(robot.got) == 1
    assert {result.next_at for result in results} == {NOW + timedelta(seconds=600)}


def test_a_message_that_others_took_in_the_meantime_is_left_alone() -> None:
    store, robot = MemoryStore(TABLES), Robot(1)
    queue(store, 3)
    runs = [deliver_due(store, lambda channel: robot, NOW, actor=actor, clock=lambda: 0) for actor in ("one", "two")]
    next(runs[0])
    for results in runs:
        list(results)
    assert robot.got == ["ding 0"]
    assert sorted(len(list(store.history("outbox", id))) for id in ("M-000002", "M-000003")) == [2, 2]


@given(
    st.integers(1, 4),
    st.lists(st.tuples(st.integers(0, 90), st.integers(0, 5)), min_size=1, max_size=12),
    st.integers(0, 7),
)
def test_no_minute_sees_more_than_the_channel_bears(per_minute: int, rounds: list[tuple[int, int]], bad: int) -> None:
    """However messages come and runs follow each other, with every so many refused for a second."""
    store, sent = MemoryStore(TABLES), list[datetime]()
    now = NOW

    def answer(count: int) -> Receipt:
        sent.append(now)
        return Receipt.retry("busy", after=1) if bad and count % (bad + 1) == 0 else Receipt.delivered()

    robot = Robot(per_minute, answer)
    for seconds, count in rounds:
        now += timedelta(seconds=seconds)
        queue(store, count, at=now)
        run(store, robot, now)
    while store.count("outbox", Where("status", "in", UNDELIVERED)):
        now += timedelta(seconds=30)
        run(store, robot, now)
    for start in sent:
        assert sum(start <= at < start + MINUTE for at in sent) <= per_minute
    total = sum(count for _, count in rounds)
    assert store.count("outbox") == total
    assert {document["status"] for document in store.find("outbox")} <= {"delivered"}
