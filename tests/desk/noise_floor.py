"""A floor where nobody answers: an escalation, people on duty, and what their outbox holds."""

from typing import Any

from svcctl.desk import work
from svcctl.desk.noise import gather
from svcctl.desk.outbox import due_messages, message_of
from svcctl.desk.sweep import sweep
from tests.desk.floor import Floor

RULES = """
escalation unanswered {
  while state in [new, triaged, assigned] and not acknowledged
  after 30m { remind assignee }
  after 1h  { notify manager of assignee urgent "an hour" }
}
"""


def floor_with(rules: str = RULES, **people: Any) -> Floor:
    floor = Floor(rules)
    floor.save("team", "north", manager="wang", calendar="day")
    floor.save("engineer", "song", calendar="always")
    floor.save("engineer", "wang", manager="song", **people.get("wang", {}))
    floor.save("engineer", "li", team="north", **people.get("li", {}))
    return floor


def given(floor: Floor, **fields: Any) -> str:
    id = floor.new(**fields)
    floor.on(id, work.assign, "li", actor="li")
    return id


def swept(floor: Floor, **later: float) -> list[dict[str, Any]]:
    floor.later(**later)
    return list(sweep(floor.workspace, floor.turn("cron")))


def outbox(floor: Floor) -> list[tuple[str, str, str]]:
    """Receiver, status and when it is due, of what rules say."""
    found = (message for message in floor.workspace.store.find("outbox") if message.get("rule"))
    return [(message["to"]["id"], message["status"], message.get("next_at", "")) for message in found]


def leaving(floor: Floor) -> list[Any]:
    """The messages that would leave now."""
    gather(floor.workspace, floor.turn("cron"))
    return [message_of(document) for document in due_messages(floor.workspace.store, floor.now)]
