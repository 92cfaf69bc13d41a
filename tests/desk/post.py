"""Messages in an outbox, and a notifier that does with them what the test says."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from svcctl.desk.delivery import DeliveryResult, deliver_due
from svcctl.desk.outbox import queue_message
from svcctl.desk.tables import TABLES
from svcctl.plugin_api import Delivery, Health, Message, Notifier, Person, PluginConfig, Receipt, Rendered
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
