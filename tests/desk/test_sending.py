"""What goes with a message, and who is given it."""

from pathlib import Path
from typing import ClassVar

import pytest

from svcctl.desk.evidence import attach, attachments_of, file_of, keep_file
from svcctl.desk.sending import NotifierSender
from svcctl.desk.work import assign
from svcctl.plugin_api import Delivery, Health, Message, Notifier, PluginConfig, Receipt, Rendered
from svcctl.ticket.event import Document
from tests.desk.floor import Floor


class Plain(Notifier):
    Config = PluginConfig
    sent: ClassVar[list[Message]] = []

    def render(self, message: Message) -> Rendered:
        self.sent.append(message)
        return Rendered(message.to.id, message.text)

    def deliver(self, delivery: Delivery) -> Receipt:
        return Receipt.delivered()

    def check(self) -> Health:
        return Health(True, "fine")


class WithFiles(Plain):
    capabilities: ClassVar[frozenset[str]] = frozenset({"attachments"})


@pytest.fixture
def message(tmp_path: Path) -> tuple[Floor, Document]:
    """A message about a ticket with a photo from before, another from after."""
    floor = Floor()
    floor.workspace.home = tmp_path
    floor.save("engineer", "li")
    id = floor.new()
    for name in ("before.png", "after.png"):
        (tmp_path / name).write_bytes(name.encode())
        kept = keep_file(floor.workspace, tmp_path / name)
        floor.on(id, attach, kept)
        floor.later(minutes=1)
        if name == "before.png":
            floor.on(id, assign, "li")
            floor.later(minutes=1)
    [document] = floor.workspace.store.find("outbox")
    return floor, document


def test_the_evidence_of_that_time_goes_with_a_message(message: tuple[Floor, Document]) -> None:
    floor, document = message
    [photo] = attachments_of(floor.workspace, document)
    assert (photo.kind, photo.name, photo.path.read_bytes()) == ("photo", "before.png", b"before.png")
    file_of(floor.workspace, photo.digest).unlink()
    assert attachments_of(floor.workspace, document) == ()


@pytest.mark.parametrize(("kind", "files"), [(Plain, 0), (WithFiles, 1)])
def test_only_who_declares_it_is_given_files(message: tuple[Floor, Document], kind: type[Plain], files: int) -> None:
    floor, document = message
    sender = NotifierSender(kind(PluginConfig()), lambda document: attachments_of(floor.workspace, document))
    assert sender.send({**document, "attempts": 1}).outcome == "delivered"
    assert len(kind.sent[-1].attachments) == files
