"""What can be proven of conditions that have no mistake: see `svcctl.language.analysis`."""

from svcctl.foundation.diagnostic import Diagnostic
from svcctl.language.analysis.blocks import check_conditions, joint_conditions
from svcctl.language.analysis.conditions import Terms
from svcctl.language.analysis.delegated import check_delegated
from svcctl.language.analysis.dispatching import BlockRegions, check_dispatching, check_gap
from svcctl.language.blocks import AnyBlock, DispatchBlock
from svcctl.language.checks.known import Known


class Coherence:
    """Looks at blocks as they were checked; keeps what the rules of a dispatch block take."""

    def __init__(self, known: Known) -> None:
        self._known = known
        vocabulary = known.vocabulary
        percents = frozenset(name for name, field in known.form_fields.items() if field.kind == "percent")
        self._terms = {scope: Terms(terms, vocabulary.names, percents) for scope, terms in vocabulary.scopes.items()}
        self._regions: dict[str, BlockRegions] = {}

    def look(self, block: AnyBlock) -> None:
        """Add the findings in the conditions of a block."""
        found: list[Diagnostic] = []
        if isinstance(block, DispatchBlock):
            self._regions[str(block.id)], found = check_dispatching(block, self._of("ticket"))
        for scope, joined in joint_conditions(block):
            found += check_conditions(joined, self._of(scope))
        self._add(found)

    def expect_no_gap(self, block: DispatchBlock) -> None:
        """A finding where the block in which tickets begin, or one that it delegates to, leaves tickets with nobody;
        blocks that were not looked at are passed over."""
        regions = self._regions.get(str(block.id))
        if regions is not None:
            self._add(check_gap(regions))
            blocks = {id: each.block for id, each in self._regions.items()}
            self._add(check_delegated(regions.block, blocks, self._of("ticket")))

    def _of(self, scope: str) -> Terms:
        return self._terms.get(scope) or Terms()

    def _add(self, found: list[Diagnostic]) -> None:
        self._known.findings.found += found
        self._known.findings.errors += sum(finding.is_error for finding in found)
