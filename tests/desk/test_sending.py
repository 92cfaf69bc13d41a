"""What goes with a message, and who is given it."""

from pathlib import Path
from typing import Any, ClassVar

import pytest

from svcctl.desk.evidence import attach, attachments_of, file_of, keep_file
from svcctl.desk.sending import NotifierSender, as_receipt
from svcctl.desk.work import assign
from svcctl.foundation.errors import Refusal
from svcctl.plugin_api import Delivery, Health, Limits, Message, Notifier, PluginConfig, PushResult, Receipt, Rendered
from svcctl.ticket.event import Document
from tests.desk.floor import Floor
from tests.desk.post import SECRET, Scripted, message, queued, run


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
def evidenced(tmp_path: Path) -> tuple[Floor, Document]:
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


def test_the_evidence_of_that_time_goes_with_a_message(evidenced: tuple[Floor, Document]) -> None:
    floor, document = evidenced
    [photo] = attachments_of(floor.workspace, document)
    assert (photo.kind, photo.name, photo.path.read_bytes()) == ("photo", "before.png", b"before.png")
    file_of(floor.workspace, photo.digest).unlink()
    assert attachments_of(floor.workspace, document) == ()


@pytest.mark.parametrize(("kind", "files"), [(Plain, 0), (WithFiles, 1)])
def test_only_who_declares_it_is_given_files(evidenced: tuple[Floor, Document], kind: type[Plain], files: int) -> None:
    floor, document = evidenced
    sender = NotifierSender(kind(PluginConfig()), lambda document: attachments_of(floor.workspace, document))
    assert sender.send({**document, "attempts": 1}).outcome == "delivered"
    assert len(kind.sent[-1].attachments) == files


@pytest.mark.parametrize(
    "given",
    [None, "delivered", Receipt("sent"), Receipt(["delivered"]), Rendered("x", "y")],  # type: ignore[arg-type]
)
def test_what_is_no_receipt_is_unknown_and_stops_no_other_message(given: Any) -> None:
    results = run(queued(message("one"), message("two")), Scripted(lambda delivery: given))
    assert [(result.status, result.receipt and result.receipt.code) for result in results] == [
        ("unknown", "no-receipt"),
        ("unknown", "no-receipt"),
    ]


@pytest.mark.parametrize(
    ("after", "seconds"), [(7, 7), (0, 0), (1.5, 2), (-1, None), ("soon", None), (float("inf"), None), (None, None)]
)
def test_the_outcome_counts_whatever_stands_beside_it(after: Any, seconds: int | None) -> None:
    given = Receipt("retry", None, 42, f"no {SECRET}", after)  # type: ignore[arg-type]
    scrub = Scripted(lambda delivery: given).scrub
    assert as_receipt(given, scrub) == Receipt("retry", "", "42", "no ***", seconds)
    assert as_receipt(PushResult.repeated("E1"), scrub) == Receipt("delivered", "it was there already", remote_id="E1")


@pytest.mark.parametrize("limits", [None, Limits(0), Limits("20"), Limits(attempt_seconds=0)])  # type: ignore[arg-type]
def test_a_notifier_without_sound_limits_is_unavailable(limits: Limits) -> None:
    class Boundless(Scripted):
        @property
        def limits(self) -> Limits:
            return limits

    [result] = run(queued(message()), Boundless(lambda delivery: Receipt.delivered()))
    assert isinstance(result.refusal, Refusal)
    assert result.refusal.message.startswith("the plugin of `chat` does not tell its limits: ")


def test_a_rendering_that_is_none_is_tried_again() -> None:
    class Blank(Scripted):
        def render(self, message: Message) -> Rendered:
            return None  # type: ignore[return-value]

    [result] = run(queued(message()), Blank(lambda delivery: Receipt.delivered()))
    assert (result.status, result.receipt and result.receipt.code) == ("pending", "render-failed")
