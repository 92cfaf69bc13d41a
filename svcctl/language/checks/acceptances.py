"""Acceptance: criteria that could be met."""

from decimal import Decimal

from svcctl.foundation.diagnostic import Label
from svcctl.foundation.quantity import Elapsed
from svcctl.language.blocks import AcceptanceBlock, Criterion, Requirement
from svcctl.language.checks.actions import Actions
from svcctl.language.checks.expressions import Expressions
from svcctl.language.checks.known import Known
from svcctl.language.tree import place_of

#: More readings than anybody takes for one acceptance.
_MANY = 1_000_000


def check_acceptance(known: Known, block: AcceptanceBlock) -> AcceptanceBlock:
    # what is missing blocks an acceptance and says so: it needs no guard
    ticket = Expressions(known, "ticket", guarded=True)
    criteria = Expressions(known, "acceptance", guarded=True)
    people = Actions(known)
    seen: dict[str, Requirement] = {}
    requirements = []
    for requirement in block.requirements:
        first = seen.setdefault(requirement.id, requirement)
        if first is not requirement:
            known.findings.error(
                "duplicate-id",
                f"`{block.id}` has a requirement `{requirement.id}` already",
                place_of(requirement.id, requirement),
                related=[Label(place_of(first.id, first), "first here")],
                help=["give one of them another name"],
            )
        criterion = requirement.criterion
        condition = criteria.condition(criterion.condition)
        _check_sampling(known, criterion)
        if criterion.by is not None:
            people.recipient(criterion.by)
        for need in requirement.evidence:
            known.expect("evidence", need.kind, place_of(need.kind, need))
        if condition is not None:
            requirements.append(requirement.replace(criterion=criterion.replace(condition=condition)))
    for recipient in block.verifier_is_not:
        people.recipient(recipient)
    approvals = []
    for approval in block.approvals:
        people.recipient(approval.by)
        approvals.append(approval.replace(when=None if approval.when is None else ticket.condition(approval.when)))
    return block.replace(
        condition=None if block.condition is None else ticket.condition(block.condition),
        requirements=tuple(requirements),
        approvals=tuple(approvals),
    )


def _check_sampling(known: Known, criterion: Criterion) -> None:
    if criterion.coverage is not None:
        if criterion.over is None:
            known.findings.error(
                "coverage-without-time",
                "`coverage` has no meaning without `over`",
                criterion.span,
                help=["write the time first, as in `over 24h coverage >= 95%`"],
            )
        elif not Decimal(0) < criterion.coverage <= 1:
            known.findings.error(
                "bad-share",
                "`coverage` must be above 0 % and at most 100 %",
                criterion.span,
                help=["write it like `coverage >= 95%`"],
            )
    if criterion.over == Elapsed(0):
        known.findings.error(
            "bad-sampling", "readings cannot span no time at all", criterion.span, help=["write it like `over 24h`"]
        )
    counts = [count for count in (criterion.samples, criterion.size) if count is not None]
    total = 1
    for count in counts:
        total *= count
    if any(count < 1 for count in counts) or total > _MANY:
        known.findings.error(
            "bad-sampling",
            f"samples must be between 1 and {_MANY:,} readings in all",
            criterion.span,
            help=["write it like `in 3 batches of 1000`, or `in 100 runs`"],
        )
