"""Looking ahead: what would fire for a ticket if nothing happened but that time passed.

The ticket is swept at each of its wake times to come, at the desk that serves real tickets, on a store that keeps
nothing. So what one step changes (a priority, and with it the promises) counts for those after it.
"""

from datetime import datetime
from typing import Any

from svcctl.decision.care import planned_for_ticket
from svcctl.desk.desk import Desk
from svcctl.desk.rehearsing import rehearsed
from svcctl.desk.sweep import escalate
from svcctl.desk.turn import Turn, perform
from svcctl.desk.workspace import Workspace
from svcctl.foundation.instant import stored
from svcctl.language.printer import print_action

#: A ticket is looked at so often at most: rules can send it in circles.
MOST_LOOKS = 1000


def foresee(workspace: Workspace, turn: Turn, id: str, until: datetime) -> dict[str, Any]:
    """What is to come for a ticket up to an instant, as `{"items", "paused", "cut"}`; nothing is written.

    An item is `{"at", "what"}` and more: of what `fires` its rule, step, repeat, actions and to whom they go; of a
    clock that is `due` its kind; of `care` its rule and actions. `paused` names the clocks that stand still: nothing
    that hangs on them is foretold. `cut` is the instant beyond which was not looked, where there was too much to see.

    Raises Refusal `unknown-ticket`, `rules-broken`.
    """
    stage = rehearsed(workspace, turn.replace(dry_run=True, key=None))
    return perform(*stage, lambda desk: _foreseen(desk, id, until))


def _foreseen(desk: Desk, id: str, until: datetime) -> dict[str, Any]:
    ticket = desk.ticket(id)
    clocks = desk.clocks(ticket)
    items: list[dict[str, Any]] = [
        {"at": stored(clock.due), "what": "due", "clock": clock.kind, "state": clock.state, "sla": clock.sla}
        for clock in clocks
        if clock.running and clock.due is not None and desk.now < clock.due <= until
    ]
    items += [
        {
            "at": stored(max(occasion.at, desk.now)),
            "what": "care",
            "rule": str(occasion.rule.id),
            "actions": [print_action(action) for action in occasion.rule.actions],
        }
        for occasion in planned_for_ticket(desk.rulebook, desk.facts(ticket), until)
    ]
    cut = None
    for _ in range(MOST_LOOKS):
        wake = desk.ticket(id).wake_at
        if wake is None or wake > until:
            break
        at = max(wake, desk.now)
        then = Desk(desk.workspace, desk.transaction, at, desk.actor)
        items += [{"at": stored(at), "what": "fires", **fired} for fired in escalate(then, id)]
    else:
        cut = stored(desk.ticket(id).wake_at or until)
    items.sort(key=lambda item: (item["at"], item["what"]))  # what is due comes before what fires because of it
    return {"items": items, "paused": [clock.kind for clock in clocks if clock.paused], "cut": cut}
