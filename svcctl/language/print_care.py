"""The text of care rules, clause by clause, as the rules language would read it back."""

from datetime import date

from svcctl.language.block import After
from svcctl.language.care_block import BeforeDay, CareBlock, Every
from svcctl.language.printer import print_expression, print_name


def print_subject(block: CareBlock) -> str:
    """What a rule is for: `for asset where under_contract`, `for ticket in closed`."""
    words = [f"for {block.subject}"]
    if block.states:
        words.append("in " + ", ".join(print_name(state) for state in block.states))
    if block.where is not None:
        words.append(f"where {print_expression(block.where)}")
    if block.when is not None:
        words.append(f"when {print_expression(block.when)}")
    return " ".join(words)


def print_timing(block: CareBlock) -> str:
    """When a rule comes: `every 6 months from installed_at lead 2w`; empty where a condition says it."""
    match block.timing:
        case After(delay):
            return f"after {delay}"
        case BeforeDay(lead, path):
            return f"{lead} before {path}"
        case Every() as timing:
            return _cadence(timing)
    return ""


def _cadence(timing: Every) -> str:
    count, unit = (timing.months, "month") if timing.months else (timing.days, "day")
    words = [f"every {count} {unit}{'' if count == 1 else 's'} from {_day(timing.origin)}"]
    words += [] if timing.until is None else [f"until {_day(timing.until)}"]
    words += ["on workdays"] if timing.workdays else []
    words += [] if timing.lead is None else [f"lead {timing.lead}"]
    return " ".join(words)


def _day(day: str | date) -> str:
    return day if isinstance(day, str) else day.isoformat()
