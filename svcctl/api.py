"""The public door for programs that decide: rules as a value that can be pickled, and decisions about plain data.

No workspace, no store and no clock. Changed only with a major version.

    from datetime import UTC, datetime
    from svcctl.api import evaluate, read_rulebook

    book = read_rulebook("rules", calendar="service-hours")
    evaluate(book, {"type": "hardware_fault", "priority": "high"}, now=datetime.now(UTC))
"""

from pathlib import Path

from svcctl.decision.rulebook import Rulebook
from svcctl.desk.evaluating import Records, evaluate, records_of
from svcctl.desk.rulefiles import read_rules
from svcctl.foundation.errors import Refusal

__all__ = ["Records", "Refusal", "Rulebook", "evaluate", "read_rulebook", "records_of"]


def read_rulebook(*paths: str | Path, calendar: str | None = None) -> Rulebook:
    """The rulebook of rule files and folders, without what only a workspace knows: names of teams are taken on trust.

    `calendar` is the one in force where a rule or a site names none. Raises Refusal `unknown-file`, `rules-broken`.
    """
    return read_rules(Path.cwd(), map(str, paths), None, calendar).compiled()
