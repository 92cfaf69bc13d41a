"""A workspace: a folder with `svcctl.toml`, its rules and its store."""

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from svcctl.desk.settings import CONFIG_FILE, Settings, load_settings
from svcctl.desk.tables import TABLES
from svcctl.foundation.errors import Refusal
from svcctl.foundation.instant import zone_named
from svcctl.store.contract import Counting, Store, silently

if TYPE_CHECKING:  # importing these costs more than most commands take
    from svcctl.decision.rulebook import Rulebook
    from svcctl.desk.rulecache import RuleCache
    from svcctl.desk.rulefiles import RuleSet
    from svcctl.desk.templates import Templates
    from svcctl.extension.registry import Registry

STORE_FOLDER = ".svcctl"


class Workspace:
    """What commands work on; everything in it is opened when it is first needed."""

    def __init__(
        self,
        home: Path,
        settings: Settings,
        store: Store | None = None,
        environment: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        self.home = home
        self.settings = settings
        #: How the store tells of something long that a command did not ask for, such as making its index anew.
        self.counting: Counting = silently
        #: Where the secrets are looked up that the settings refer to.
        self.environment = environment
        if store is not None:
            self.__dict__["store"] = store

    @classmethod
    def find(cls, home: Path | None, environment: Mapping[str, str], start: Path) -> "Workspace":
        """The workspace at `home`, or the nearest at or above `start`. Raises Refusal `no-workspace`."""
        for folder in (home,) if home else (start, *start.parents):
            if (folder / CONFIG_FILE).is_file():
                return cls(folder, load_settings(folder, environment), environment=environment)
        raise Refusal(
            "no-workspace",
            f"there is no workspace in {home or start}" + ("" if home else " or above"),
            help="`svcctl init` makes one; or name one with --home or SVCCTL_HOME",
        )

    @cached_property
    def zone(self) -> ZoneInfo:
        try:
            return zone_named(self.settings["workspace.zone"])
        except Refusal as unknown:
            raise Refusal("bad-configuration", f"`workspace.zone`: {unknown.message}", help=unknown.help) from None

    @cached_property
    def store(self) -> Store:
        if self.settings.store:
            from svcctl.desk.stores import open_configured

            return open_configured(self)
        from svcctl.store.json_store import JsonStore

        timeout = float(self.settings["lock_timeout"])
        return JsonStore.open(self.home / STORE_FOLDER, TABLES, lock_timeout=timeout, counting=self.counting)

    @cached_property
    def registry(self) -> "Registry":
        """The plugs that are installed, opened with what the settings say of them."""
        from svcctl.extension.registry import Registry

        return Registry(self.home, self.environment)

    @cached_property
    def templates(self) -> "Templates":
        """The workspace's own words for messages."""
        from svcctl.desk.templates import FOLDER, Templates

        return Templates(self.home / FOLDER, self.zone)

    @cached_property
    def rule_set(self) -> "RuleSet":
        """The rules as checked against the names that this workspace knows."""
        from svcctl.desk.rulefiles import read_rules

        return read_rules(
            self.home, self.settings["rules.paths"], self.known_names, self.settings["rules.calendar"] or None
        )

    @cached_property
    def rulebook(self) -> "Rulebook":
        """The compiled rules without their tests, which decide nothing, from the cache where they are as they were.
        Raises Refusal `rules-broken`."""
        from svcctl.decision.rulebook import compile_rules

        rules = self._rule_cache.load(self.rules_key)
        if rules is not None:
            return compile_rules(rules)
        rules = self.rule_set.compiled().rules.replace(tests=())
        self._rule_cache.store(self.rules_key, rules)
        return compile_rules(rules)

    @cached_property
    def rules_key(self) -> str:
        """A digest of the texts of the rules and of all that they are read with, without reading them."""
        from svcctl.desk.rulefiles import read_sources

        sources = read_sources(self.home, self.settings["rules.paths"])
        return self._rule_cache.key(sources, self.known_names, self.settings["rules.calendar"])

    @property
    def _rule_cache(self) -> "RuleCache":
        from svcctl.desk.rulecache import RuleCache

        return RuleCache(self.home / STORE_FOLDER / "cache")

    @property
    def _store_if_any(self) -> Store | None:
        try:
            return self.store
        except Refusal as refusal:
            if refusal.code != "no-workspace":
                raise
            return None

    @cached_property
    def known_names(self) -> Mapping[str, frozenset[str]]:
        """Names by sort that rules may use; a sort of which nothing is known stays open. So do all that only the store
        knows where there is none, as in a clone that CI made of the rules."""
        from svcctl.ticket.model import CHANNELS

        store = self._store_if_any
        teams = {str(team["id"]) for team in store.find("teams")} if store else set()
        engineers = list(store.find("engineers")) if store else []
        names = {
            "team": teams,
            "engineer": {str(engineer["id"]) for engineer in engineers},
            "skill": {skill for engineer in engineers for skill in engineer.get("skills", {})},
            "role": {role for engineer in engineers for role in engineer.get("roles", ())},
            "region": set(self.settings["names.regions"]),
            "tier": set(self.settings["names.tiers"]),
            "channel": {*CHANNELS, *self.settings["names.channels"]},
        }
        return {sort: frozenset(known) for sort, known in names.items() if known}
