"""The names in rules against the workspace: teams, skills, models and regions that nobody and nothing stands behind."""

from collections.abc import Iterator

from svcctl.desk.rulefiles import RuleSet
from svcctl.desk.workspace import Workspace
from svcctl.foundation.diagnostic import Diagnostic, Label, Severity, in_reading_order
from svcctl.foundation.record import Record
from svcctl.foundation.source import Span
from svcctl.language.tree import (
    Comparison,
    EngineerChoice,
    Expression,
    Field,
    Literal,
    Membership,
    Recipient,
    RecipientChoice,
    SkillNeed,
    place_of,
)

_KINDS = ("slas", "dispatches", "escalations", "acceptances", "cares", "flows")


def check_names(rule_set: RuleSet, workspace: Workspace) -> tuple[Diagnostic, ...]:
    """Warnings about names of the rules behind which the workspace has nothing."""
    return in_reading_order(_Names(workspace).of(rule_set))


class _Names:
    def __init__(self, workspace: Workspace) -> None:
        engineers = [each for each in workspace.store.find("engineers") if each.get("active", True)]
        self.teams = {each.get("team") for each in engineers}
        self.regions = {region for each in engineers for region in each.get("regions", ())}
        self.skills: dict[str, int] = {}
        for each in engineers:
            for skill, level in each.get("skills", {}).items():
                self.skills[skill] = max(level, self.skills.get(skill, 0))
        assets, products = list(workspace.store.find("assets")), list(workspace.store.find("products"))
        self.models = {
            "product.model": {each.get("model") for each in assets} | {each["id"] for each in products},
            "product.line": {each.get("product_line") for each in assets} | {each.get("line") for each in products},
        }

    def of(self, rule_set: RuleSet) -> Iterator[Diagnostic]:
        for kind in _KINDS:
            for node in _nodes(getattr(rule_set.rules, kind)):
                yield from self._node(node)

    def _node(self, node: object) -> Iterator[Diagnostic]:
        match node:
            case EngineerChoice(team=str() as team):
                yield from self._team(team, place_of(team, node))
            case RecipientChoice(recipient=Recipient(kind="team", name=str() as team) as recipient):
                yield from self._team(team, place_of(team, recipient))
            case SkillNeed(skill, op, level):
                has = self.skills.get(skill, 0)
                if op in ("==", ">", ">=") and has < level + (op == ">"):
                    what = f"nobody has skill `{skill}` at level {level}" if has else f"nobody has skill `{skill}`"
                    help = f"the best have {has}" if has else "see `svcctl engineer list`"
                    yield _warning("skill-nobody-has", what, place_of(skill, node), help)
            case Comparison(left=Field() as field, right=Literal() as literal):
                yield from self._word(field, literal)
            case Membership(left=Field() as field, values=values):
                for value in values:
                    yield from self._word(field, value)

    def _team(self, team: str, span: Span) -> Iterator[Diagnostic]:
        if team not in self.teams:
            what = f"nobody is in team `{team}`"
            yield _warning("team-without-engineers", what, span, f"`svcctl engineer set ID team={team}`")

    def _word(self, field: Field, value: Expression) -> Iterator[Diagnostic]:
        if not isinstance(value, Literal) or not isinstance(value.value, str):
            return
        word, known = value.value, self.models.get(field.path)
        if known is not None and known - {None} and word not in known:
            what = f"no asset or product has the {'model' if field.path == 'product.model' else 'line'} `{word}`"
            yield _warning("unknown-model", what, value.span, "see `svcctl asset list`, `svcctl product list`")
        if field.path.endswith("region") and self.regions and word not in self.regions:
            what = f"no engineer serves the region `{word}`"
            yield _warning("region-not-served", what, value.span, "see `svcctl engineer list`")


def _warning(code: str, message: str, span: Span, help: str) -> Diagnostic:
    return Diagnostic(Severity.WARNING, code, message, Label(span), help=(help,))


def _nodes(value: object) -> Iterator[object]:
    """Every node of a tree, and what holds nodes in one."""
    if isinstance(value, tuple):
        for item in value:
            yield from _nodes(item)
    elif isinstance(value, Record):
        yield value
        for name in value._fields:
            yield from _nodes(getattr(value, name))
