"""Tryton as svcctl's ERP, over HTTP: look-ups, changes by cursor, and effects that are had once."""

import json
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar, Literal
from urllib.parse import quote

from pydantic import Field, model_validator

from svcctl.plugin_api import (
    CONNECTOR_CAPABILITIES,
    CallFailed,
    HttpAnswer,
    HttpConnector,
    Limits,
    LookupRequest,
    PushRequest,
    PushResult,
    Receipt,
    SecretStr,
    Source,
)
from svcctl_erp_tryton.changes import sources
from svcctl_erp_tryton.complaints import Complaints
from svcctl_erp_tryton.costs import Accounts, Costs
from svcctl_erp_tryton.door import Door
from svcctl_erp_tryton.lookups import look_up
from svcctl_erp_tryton.places import Places
from svcctl_erp_tryton.rest import RestDoor
from svcctl_erp_tryton.rpc import RpcDoor
from svcctl_erp_tryton.shipments import INTERNAL, OUT, Shipments
from svcctl_erp_tryton.terms import Terms

#: How long one look-up, pull or push may go on asking, in seconds, and how long it waits for others.
_PATIENCE, _PAUSE = 90, 1.0
_TRIES = 3
#: What the user of svcctl must be able to read.
_MODELS = (
    *("party.party", "product.product", "stock.lot", "stock.move", "stock.location", INTERNAL, OUT),
    *("sale.sale", "sale.complaint", "account.invoice", "account.move"),
)


class TrytonConnector(HttpConnector):
    """One company in one database of a Tryton 8 server."""

    class Config(HttpConnector.Config):
        database: str = Field(min_length=1)
        key: SecretStr | None = None
        user: str | None = None
        password: SecretStr | None = None
        company: str | None = None
        language: str = "en"
        warnings: Literal["skip", "reject"] = "skip"
        warranty_months_of: dict[str, int] = Field(default_factory=dict)
        tiers: dict[str, str] = Field(default_factory=dict)
        locations: dict[str, str] = Field(default_factory=dict)
        reserved_at: str | None = None
        complaint_type: str | None = None
        revenue_accounts: dict[str, str] = Field(default_factory=dict)
        expense_accounts: dict[str, str] = Field(default_factory=dict)
        credit_account: str | None = None
        invoice_journal: str | None = None
        voucher_journal: str | None = None

        @model_validator(mode="after")
        def _has_a_key_or_a_login(self) -> "TrytonConnector.Config":
            if (self.user is None) != (self.password is None):
                raise ValueError("`user` and `password` go together")
            if self.key is None and self.user is None:
                raise ValueError("`key` is needed, or `user` and `password`")
            return self

    capabilities: ClassVar[frozenset[str]] = CONNECTOR_CAPABILITIES
    config: Config

    def __init__(
        self,
        config: Config,
        wall_clock: Callable[[], float] = time.time,
        sleep: Callable[[float], None] = time.sleep,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(config, wall_clock)
        self._sleep = sleep
        self._monotonic = monotonic
        self._terms = Terms(self.zone, config.warranty_months, config.warranty_months_of, config.tiers)
        self._opened: tuple[Door, int] | None = None
        self._until = float("inf")
        if config.user is None or config.warnings == "reject":
            # A part that goes out without a sale is always warned of, and REST cannot say that it is meant.
            self.cannot("push.part_used")

    @property
    def limits(self) -> Limits:
        return Limits(self.config.per_minute, attempt_seconds=_PATIENCE + self._http.attempt_seconds)

    def find(self, request: LookupRequest) -> Mapping[str, Any] | None:
        door, company = self._open()
        return look_up(door, request, self._terms, Places(door, company, self.config.locations))

    def sources(self) -> Sequence[Source]:
        return sources(self._open()[0], self._terms)

    def effect(self, request: PushRequest) -> PushResult:
        """What somebody else changed in between is looked at anew, a few times."""
        for _ in range(_TRIES - 1):
            try:
                return self._effect(request)
            except CallFailed as failed:
                if failed.receipt.code != "ConcurrencyException":
                    raise
        return self._effect(request)

    def _effect(self, request: PushRequest) -> PushResult:
        door, company = self._open()
        config = self.config
        if request.kind == "cost":
            return self._costs(door, company).charge(request)
        if request.kind == "complaint":
            return Complaints(door, config.complaint_type, self.zone, self._pause).bring_up_to_date(request)
        shipments = Shipments(door, Places(door, company, config.locations), config.reserved_at, self._pause)
        if request.kind == "reservation":
            return shipments.reserve(request)
        return shipments.release(request) if request.kind == "release" else shipments.use(request)

    def probe(self) -> str:
        door, company = self._open()
        for model in _MODELS:
            try:
                door.read(model, [], ["id"], limit=1)
            except CallFailed as failed:
                raise CallFailed(failed.receipt.replace(text=f"{model}: {failed.receipt.text}")) from None
        Places(door, company, self.config.locations).wanted(self.config.reserved_at)
        Complaints(door, self.config.complaint_type, self.zone, self._pause).kind()
        problems = self._costs(door, company).problems()
        if problems:
            raise CallFailed.rejected("; ".join(problems), "bad-configuration")
        [row] = door.read("company.company", [("id", "=", company)], ["party.name"])
        less = "" if "push.part_used" in self.capabilities else "; without a login no parts are written off"
        return f"{row['party']['name']} in the database {self.config.database}{less}"

    def call(
        self, method: str, url: str, headers: Mapping[str, str], content: Any = None, *, reads: bool = False
    ) -> Any:
        if self._monotonic() > self._until:
            raise CallFailed(Receipt.retry(f"not done in {_PATIENCE} s: the server is slow", code="too-slow"))
        return super().call(method, url, headers, content, reads=reads)

    def refused(self, answer: HttpAnswer) -> Receipt | None:
        if answer.status == 400:
            return _user_error(answer)
        if answer.status == 401:
            return Receipt.rejected("the application key or the session is not taken", code="401")
        if answer.status in (423, 504):
            return Receipt.retry(f"asked to come back later: {answer.excerpt}", code=str(answer.status))
        return super().refused(answer)

    def close(self) -> None:
        if self._opened is not None:
            self._opened[0].close()
        super().close()

    def _costs(self, door: Door, company: int) -> Costs:
        config = self.config
        accounts = Accounts(
            config.revenue_accounts,
            config.expense_accounts,
            config.credit_account,
            config.invoice_journal,
            config.voucher_journal,
        )
        today = datetime.fromtimestamp(self.wall_clock(), self.zone).date()
        return Costs(door, company, accounts, today, self._pause)

    def _pause(self) -> None:
        self._sleep(_PAUSE)

    def _open(self) -> tuple[Door, int]:
        """The way in, and the company. Raises CallFailed where it is not clear which one."""
        self._until = self._monotonic() + _PATIENCE
        if self._opened is None:
            door = self._way_in()
            rows = door.read("company.company", [], ["party.name", "party.code"])
            wanted = self.config.company
            fitting = [row for row in rows if wanted in (None, row["party"]["name"], row["party"]["code"])]
            if len(fitting) != 1:
                names = ", ".join(f"`{row['party']['name']}`" for row in rows) or "none"
                raise CallFailed.rejected(
                    f"write the name of one company as `company`; there are {names}", "no-company"
                )
            door.enter(fitting[0]["id"])
            self._opened = door, fitting[0]["id"]
        return self._opened

    def _way_in(self) -> Door:
        config = self.config
        url = f"{config.url}/{quote(config.database, safe='')}"
        by_login: Door | None = None
        if config.user is not None and config.password is not None:
            password, says_yes = config.password.get_secret_value(), config.warnings == "skip"
            by_login = RpcDoor(self.call, url, config.user, password, config.language, says_yes)
        if config.key is not None:
            return RestDoor(self.call, url, config.key.get_secret_value(), config.language, by_login)
        assert by_login is not None
        return by_login


def _user_error(answer: HttpAnswer) -> Receipt:
    """What a 400 says. Tryton gives one to failures of its own as well, which have no message."""
    try:
        error = json.loads(answer.body or b"")
        text = " ".join(part for part in (error["message"], error["description"]) if part)
    except (ValueError, LookupError, TypeError, RecursionError):
        return Receipt.unknown(f"the server failed: {answer.excerpt}", code="400")
    return Receipt.rejected(text, code="UserError")
