"""The plan of a ticket: what is to be done, by which one engineer, until when, and how to tell that it worked."""

from datetime import datetime
from decimal import Decimal

from svcctl.desk.desk import Desk
from svcctl.desk.work import unknown
from svcctl.foundation.errors import Refusal, filled
from svcctl.foundation.instant import shown
from svcctl.ticket.model import PlannedPart, PlanStep, Ticket


def plan(
    desk: Desk,
    id: str,
    what: str,
    who: str,
    when: datetime,
    verify: str,
    cost: Decimal | None = None,
    parts: tuple[PlannedPart, ...] = (),
) -> Ticket:
    """Add one corrective action to the plan: what, exactly one who, until when, how it will be verified, and the parts
    that it will need. Raises Refusal `unknown-record`, `bad-argument`."""
    engineers = desk.roster.engineers
    if engineers and who not in engineers:
        raise unknown("engineer", who, set(engineers))
    what = filled("action", what, "say what is to be done")
    if cost is not None and cost < 0:
        raise Refusal("bad-argument", f"an action cannot cost {cost}", help="give what it will cost, or leave it out")
    verify = filled("verification", verify, "say with --verify how to tell that it worked")
    taken = [int(step.id[1:]) for step in desk.ticket(id).plan]
    step = PlanStep(f"A{max(taken, default=0) + 1}", what, who, when, verify, cost=cost, parts=parts)
    return desk.change(id, "planned", add={"plan": (step,)})


def unplan(desk: Desk, id: str, step_id: str) -> Ticket:
    """Take an action that is not done out of the plan; what it reserved is given back. Raises Refusal `bad-argument`,
    `illegal-move`."""
    step = _undone(desk, id, step_id, "it stays in the plan")
    left = [other for other in desk.ticket(id).plan if other.id != step.id]
    return desk.change(id, "unplanned", {"plan": left or None})


def finish_step(desk: Desk, id: str, step_id: str) -> Ticket:
    """Mark an action of the plan as done. Raises Refusal `bad-argument`, `illegal-move`."""
    step = _undone(desk, id, step_id, "that stays its date")
    done = [step.replace(done_at=desk.now) if other.id == step.id else other for other in desk.ticket(id).plan]
    return desk.change(id, "plan_step_done", {"plan": done})


def _undone(desk: Desk, id: str, step_id: str, so: str) -> PlanStep:
    steps = desk.ticket(id).plan
    found = next((step for step in steps if step.id == step_id), None)
    if found is None:
        known = ", ".join(f"`{step.id}`" for step in steps)
        raise Refusal("bad-argument", f"the plan of {id} has no action `{step_id}`", help=known and f"it has {known}")
    if found.done_at is not None:
        raise Refusal(
            "illegal-move",
            f"action `{step_id}` of {id} was done at {shown(found.done_at, desk.workspace.zone)}, so {so}",
        )
    return found
