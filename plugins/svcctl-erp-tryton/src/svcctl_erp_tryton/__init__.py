"""Tryton as svcctl's ERP, over HTTP: look-ups, changes by cursor, and effects that are had once."""

from collections.abc import Mapping
from typing import Any, ClassVar, Literal
from urllib.parse import quote

from pydantic import Field, field_validator, model_validator

from svcctl.plugin_api import (
    Connector,
    Health,
    Limits,
    LookupRequest,
    LookupResult,
    PluginConfig,
    PullRequest,
    PullResult,
    PushRequest,
    PushResult,
    Refusal,
    SecretStr,
    checked_url,
    zone_named,
)
from svcctl_erp_tryton.door import Door
from svcctl_erp_tryton.fault import Fault
from svcctl_erp_tryton.lookups import look_up
from svcctl_erp_tryton.places import Places
from svcctl_erp_tryton.rest import RestDoor
from svcctl_erp_tryton.rpc import RpcDoor
from svcctl_erp_tryton.terms import Terms
from svcctl_erp_tryton.traffic import Traffic


class TrytonConnector(Connector):
    """One company in one database of a Tryton 8 server."""

    class Config(PluginConfig):
        url: str
        database: str = Field(min_length=1)
        key: SecretStr | None = None
        user: str | None = None
        password: SecretStr | None = None
        company: str | None = None
        language: str = "en"
        zone: str = "UTC"
        warnings: Literal["skip", "reject"] = "skip"
        timeout_seconds: float = Field(default=20.0, gt=0, le=300)
        warranty_months: int | None = Field(default=None, ge=0, le=1200)
        warranty_months_of: dict[str, int] = Field(default_factory=dict)
        tiers: dict[str, str] = Field(default_factory=dict)
        locations: dict[str, str] = Field(default_factory=dict)

        @field_validator("url")
        @classmethod
        def _is_address(cls, url: str) -> str:
            return checked_url(url).rstrip("/")

        @field_validator("zone")
        @classmethod
        def _is_zone(cls, zone: str) -> str:
            try:
                zone_named(zone)
            except Refusal as unknown:
                raise ValueError(f"{unknown.message}: {unknown.help}") from None
            return zone

        @model_validator(mode="after")
        def _has_a_key_or_a_login(self) -> "TrytonConnector.Config":
            if (self.user is None) != (self.password is None):
                raise ValueError("`user` and `password` go together")
            if self.key is None and self.user is None:
                raise ValueError("`key` is needed, or `user` and `password`")
            return self

    capabilities: ClassVar[frozenset[str]] = frozenset(
        {f"lookup.{kind}" for kind in ("customer", "asset", "warranty", "part", "stock")}
    )
    config: Config

    def __init__(self, config: Config) -> None:
        super().__init__(config)
        self._traffic = Traffic(config.timeout_seconds)
        self._terms = Terms(zone_named(config.zone), config.warranty_months, config.warranty_months_of, config.tiers)
        self._opened: Door | None = None

    @property
    def limits(self) -> Limits:
        return Limits(attempt_seconds=self._traffic.attempt_seconds)

    def lookup(self, request: LookupRequest) -> LookupResult:
        self._traffic.begin()
        try:
            door = self._door()
            return look_up(door, request, self._terms, Places(door, self.config.locations))
        except Fault as fault:
            raise fault.as_refusal() from None

    def pull(self, request: PullRequest) -> PullResult:
        raise Refusal("plugin-unavailable", "not yet")

    def push(self, request: PushRequest) -> PushResult:
        return PushResult.rejected("not yet")

    def check(self) -> Health:
        self._traffic.begin()
        try:
            self._door()
        except Fault as fault:
            return Health(False, fault.text)
        except Refusal as wrong:
            return Health(False, wrong.message)
        return Health(True, f"company in {self.config.database} at {self.config.url}")

    def close(self) -> None:
        if self._opened is not None:
            self._opened.close()
        self._traffic.close()

    def _door(self) -> Door:
        """The way in, for the company of the configuration. Raises Fault where the server cannot be reached, and Refusal
        `bad-configuration` where it is not clear which company."""
        if self._opened is None:
            door = self._way_in({})
            rows = door.read("company.company", [], ["party.name", "party.code"])
            wanted = self.config.company
            fitting = [row for row in rows if wanted in (None, row["party"]["name"], row["party"]["code"])]
            if len(fitting) != 1:
                names = ", ".join(f"`{row['party']['name']}`" for row in rows) or "none"
                raise Refusal(
                    "bad-configuration",
                    f"it is not clear which company is meant: {names}",
                    help="write its name as `company`",
                )
            door.close()
            self._opened = self._way_in({"company": fitting[0]["id"]})
        return self._opened

    def _way_in(self, context: Mapping[str, Any]) -> Door:
        config = self.config
        url = f"{config.url}/{quote(config.database, safe='')}"
        by_login = None
        if config.user is not None and config.password is not None:
            password = config.password.get_secret_value()
            skip = config.warnings == "skip"
            by_login = RpcDoor(self._traffic, url, config.user, password, context, config.language, skip)
        if config.key is None:
            assert by_login is not None
            return by_login
        return RestDoor(self._traffic, url, config.key.get_secret_value(), context, config.language, by_login)
