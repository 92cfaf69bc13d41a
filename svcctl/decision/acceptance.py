"""Acceptance (验收): the checklist of a ticket, each line with what was found and what is missing.

What proves that the work is done must be newer than the last time the ticket was taken up again: readings, evidence,
survey and signatures from before count no more. Unknown never counts as accepted, and where no block covers a ticket
there is nothing by which it could be.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from decimal import Decimal

from svcctl.decision.book import Book
from svcctl.decision.decision import Check, Checklist
from svcctl.decision.recipients import resolve_recipient
from svcctl.decision.roster import Roster
from svcctl.decision.sampling import Sample, take_sample
from svcctl.decision.seen import print_criterion, seen_values
from svcctl.decision.trace import fields_of
from svcctl.decision.values import all_of
from svcctl.facts.case import Case
from svcctl.facts.facts import Facts
from svcctl.foundation.quantity import Quantity
from svcctl.foundation.record import Record
from svcctl.language.blocks import AcceptanceBlock, Approval, Criterion, EvidenceNeed, Requirement
from svcctl.language.printer import print_expression, print_recipient
from svcctl.language.tree import Expression, Recipient
from svcctl.ticket.milestones import done_intervals
from svcctl.ticket.model import Measurement, Signature

VERIFIER = "verifier"
_READINGS = "measured."


def check_acceptance(book: Book, facts: Facts, roster: Roster) -> Checklist:
    """The checklist of the case of `facts`, of every acceptance block that covers it, in order of id.

    A block of which it is unknown whether it covers the ticket is one line that says what is missing; so is it
    when no block does.
    """
    case = facts.case
    assert case is not None, "a checklist is that of a ticket"
    blocks = sorted(book.rules.acceptances, key=lambda block: block.id)
    covering = [(block, True if block.condition is None else book.test(block.condition, facts)) for block in blocks]
    known = {path: value for path, value in facts.items() if path != "survey.csat" and not path.startswith(_READINGS)}
    proof = _Proof(book, Facts(_since_reopened(case), known), _since_reopened(case), roster)
    checks: list[Check] = []
    for block, covers in covering:
        if covers is None and block.condition is not None:
            checks.append(_undecided(block, block.condition, facts))
        elif covers:
            checks += proof.checks(block)
    if not checks:
        missing = f"no acceptance block covers a ticket of type `{case.ticket.type}`"
        checks.append(Check("acceptance", "", "criterion", None, "an acceptance block", "", missing))
    return Checklist(tuple(block.id for block, covers in covering if covers is not False), tuple(checks))


class _Proof(Record):
    """What there is to prove acceptance with."""

    book: Book
    facts: Facts
    case: Case
    roster: Roster

    def checks(self, block: AcceptanceBlock) -> Iterator[Check]:
        for requirement in block.requirements:
            yield self.criterion(block, requirement)
            for need in requirement.evidence:
                yield self.evidence(block, requirement, need)
        for recipient in block.verifier_is_not:
            yield self.verifier(block, recipient)
        for approval in block.approvals:
            yield self.approval(block, approval)

    # ------------------------------------------------------------------- criteria

    def criterion(self, block: AcceptanceBlock, requirement: Requirement) -> Check:
        criterion = requirement.criterion
        names = [path.removeprefix(_READINGS) for path in fields_of(criterion.condition) if path.startswith(_READINGS)]
        holds, actual, missing = self.measured(requirement, names) if names else self.stated(criterion)
        text = print_criterion(criterion) + (f", {requirement.method}" if requirement.method else "")
        return Check(f"{block.id}.{requirement.id}", requirement.title or "", "criterion", holds, text, actual, missing)

    def measured(self, requirement: Requirement, names: Sequence[str]) -> tuple[bool | None, str, str]:
        criterion = requirement.criterion
        readings, unfit = self.fit_readings(requirement, names)
        sample = take_sample(criterion, names, readings)
        seen = [(self.of_sample(names, group), group) for group in sample.groups]
        truths = [(self.book.test(criterion.condition, facts), facts) for facts, _ in seen]
        truth = all_of(truth for truth, _ in truths) if truths else None
        worst = next((facts for truth, facts in truths if truth is not True), seen[-1][0] if seen else None)
        actual = "" if worst is None else f"{seen_values(criterion.condition, worst)} {sample.text}".strip()
        return _verdict(truth, sample, unfit, actual)

    def of_sample(self, names: Sequence[str], group: Sequence[Measurement]) -> Facts:
        """The facts with the readings of one group only."""
        readings = {f"{_READINGS}{name}": _amounts(name, group) for name in names}
        return Facts(self.case, {**self.facts, **readings})

    def fit_readings(self, requirement: Requirement, names: Sequence[str]) -> tuple[list[Measurement], str]:
        """The readings that count, and why others do not: they were not taken by the method, or by whom it says."""
        kept, reasons = list(self.case.ticket.measurements), []
        method, by = requirement.method, requirement.criterion.by
        if method is not None:
            fit = [reading for reading in kept if reading.quantity not in names or _same(reading.method, method)]
            if len(fit) < len(kept):
                reasons.append(f"{_times(len(kept) - len(fit))} not taken by the method `{method}`")
            kept = fit
        if by is not None:
            fit = [reading for reading in kept if reading.quantity not in names or self.is_meant(reading.actor, by)]
            if len(fit) < len(kept):
                reasons.append(f"{_times(len(kept) - len(fit))} not recorded by {print_recipient(by)}")
            kept = fit
        return kept, "; ".join(reasons)

    def stated(self, criterion: Criterion) -> tuple[bool | None, str, str]:
        """A criterion without readings, such as one on the survey."""
        truth = self.book.test(criterion.condition, self.facts)
        actual = seen_values(criterion.condition, self.facts)
        absent = [path for path in fields_of(criterion.condition) if self.facts[path] is None]
        missing = f"{', '.join(f'`{path}`' for path in absent)} is missing" if truth is None and absent else ""
        if truth and criterion.by is not None and not self.vouched(criterion):
            return None, actual, f"this must come from {print_recipient(criterion.by)}"
        return truth, actual, missing or ("this cannot be decided" if truth is None else "")

    def vouched(self, criterion: Criterion) -> bool:
        """Whether whoever must say so did: asked the customer, or signed."""
        assert criterion.by is not None
        survey = self.case.ticket.survey
        if any(path.startswith("survey.") for path in fields_of(criterion.condition)):
            return survey is not None and survey.by is not None and self.is_meant(survey.by, criterion.by)
        return any(self.is_meant(signature.actor, criterion.by) for signature in self.case.ticket.signatures)

    # -------------------------------------------------------- evidence and signatures

    def evidence(self, block: AcceptanceBlock, requirement: Requirement, need: EvidenceNeed) -> Check:
        """Evidence tied to another criterion does not count for this one."""
        mine = (None, requirement.id, f"{block.id}.{requirement.id}")
        found = sum(item.kind == need.kind and item.criterion in mine for item in self.case.ticket.evidence)
        holds = found >= need.at_least or None
        missing = "" if holds else f"attach {need.at_least - found} more of kind `{need.kind}`"
        text = f"evidence {need.kind} at least {need.at_least}"
        id = f"{block.id}.{requirement.id}.{need.kind}"
        return Check(id, requirement.title or "", "evidence", holds, text, f"{found} attached", missing)

    def verifier(self, block: AcceptanceBlock, recipient: Recipient) -> Check:
        who = print_recipient(recipient)
        signed = [signature for signature in self.case.ticket.signatures if signature.role == VERIFIER]
        others = [signature for signature in signed if not self.is_meant(signature.actor, recipient)]
        holds = True if others else False if signed else None
        missing = "" if others else f"someone who is not the {who} must sign as verifier"
        id, text = f"{block.id}.verifier-is-not-{who.replace(' ', '-')}", f"verifier is not {who}"
        return Check(id, "", "verifier", holds, text, _signers(others or signed), missing)

    def approval(self, block: AcceptanceBlock, approval: Approval) -> Check:
        who = print_recipient(approval.by)
        text = f"approval by {who}" + (f" when {print_expression(approval.when)}" if approval.when is not None else "")
        id = f"{block.id}.approval-by-{who.replace(' ', '-')}"
        needed = True if approval.when is None else self.book.test(approval.when, self.facts)
        if needed is False:
            return Check(id, "", "approval", True, text, "not needed")
        signed = [signature for signature in self.case.ticket.signatures if self.approves(signature, approval.by)]
        missing = "" if signed else f"{who} must sign"
        if needed is None and approval.when is not None and not signed:
            absent = ", ".join(f"`{path}`" for path in fields_of(approval.when) if self.facts[path] is None)
            missing = f"{absent or 'a value'} is missing, so {who} must sign, unless it shows that they need not"
        return Check(id, "", "approval", True if signed else None, text, _signers(signed), missing)

    def approves(self, signature: Signature, by: Recipient) -> bool:
        in_role = signature.role == by.name if by.kind in ("role", "team") else True
        return in_role and self.is_meant(signature.actor, by)

    def is_meant(self, actor: str, recipient: Recipient) -> bool:
        """Whether an actor is the one meant; what was signed stays signed when somebody leaves."""
        engineer = self.roster.engineers.get(actor)
        match recipient.kind:
            case "team":
                return actor == recipient.name or (engineer is not None and engineer.team == recipient.name)
            case "role":
                return engineer is not None and recipient.name in engineer.roles
            case "engineer":
                return actor == recipient.name
            case "assignee":
                return actor == self.case.ticket.assignee
            case _:
                return any(actor == person.id for person in resolve_recipient(recipient, self.case, self.roster))


def _since_reopened(case: Case) -> Case:
    """The case without what was recorded before the ticket was last taken up again."""
    ticket = case.ticket
    reopened: datetime | None = max((end for _, end in done_intervals(ticket, case.milestones)), default=None)
    if reopened is None:
        return case
    return case.replace(
        ticket=ticket.replace(
            measurements=tuple(item for item in ticket.measurements if item.at >= reopened),
            evidence=tuple(item for item in ticket.evidence if item.at >= reopened),
            signatures=tuple(item for item in ticket.signatures if item.at >= reopened),
            survey=ticket.survey if ticket.survey is not None and ticket.survey.at >= reopened else None,
        )
    )


def _undecided(block: AcceptanceBlock, condition: Expression, facts: Facts) -> Check:
    absent = ", ".join(f"`{path}`" for path in fields_of(condition) if facts[path] is None)
    missing = f"{absent or 'a value'} is missing, so it is unknown whether this acceptance is needed"
    return Check(block.id, block.title or "", "criterion", None, f"for {print_expression(condition)}", "", missing)


def _verdict(truth: bool | None, sample: Sample, unfit: str, actual: str) -> tuple[bool | None, str, str]:
    """A reading that fails decides at once; that all hold counts only when there are enough of them."""
    missing = "; ".join(part for part in (sample.missing, unfit if sample.missing else "") if part)
    if truth is False:
        return False, actual, missing
    if truth is None and not missing:
        missing = "the readings cannot be compared: look at their units"
    return (None if missing else truth), actual, missing


def _amounts(name: str, group: Sequence[Measurement]) -> tuple[Quantity | Decimal, ...] | None:
    readings = (reading for reading in group if reading.quantity == name)
    return tuple(Quantity(item.value, item.unit) if item.unit else item.value for item in readings) or None


def _signers(signatures: Sequence[Signature]) -> str:
    names = dict.fromkeys(signature.actor for signature in signatures)
    return f"signed by {', '.join(names)}" if names else "not signed"


def _same(method: str | None, wanted: str) -> bool:
    return method is not None and method.strip().casefold() == wanted.strip().casefold()


def _times(count: int) -> str:
    return f"{count} reading was" if count == 1 else f"{count} readings were"
