"""Yonyou YonBIP (用友 BIP) as the ERP of svcctl, by its open gateway."""

import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar, Literal

from pydantic import Field, SecretStr, field_validator

from svcctl.plugin_api import (
    CONNECTOR_CAPABILITIES,
    Change,
    HttpConnector,
    LookupRequest,
    PushRequest,
    PushResult,
    Row,
    Source,
    contacts,
    stock_record,
    without_blanks,
)
from svcctl_erp_yonyou.effects import PRODUCTS, Bookkeeper, Books
from svcctl_erp_yonyou.gateway import ROWS, Gateway
from svcctl_erp_yonyou.token import Token, token_url

_CUSTOMERS = "/yonbip/digitalModel/merchant/newlist"
_WAREHOUSES = "/yonbip/digitalModel/warehouse/list"
_STOCK = "/yonbip/scm/stock/QueryCurrentStocksByCondition"
_ASSET = {"model": "product_code", "batch": "batchno", "customer": "customer_code", "sold_on": "vouchdate"}


class YonyouConnector(HttpConnector):
    """Looks up, pulls and pushes as an application of the tenant's own."""

    class Config(HttpConnector.Config):
        #: The gateway's lists have pages of a size of their own.
        page: ClassVar[int] = 500  # type: ignore[misc]
        app_key: SecretStr
        app_secret: SecretStr
        token_path: str = "/iuap-api-auth/open-auth/selfAppAuth/base/v1/getAccessToken"
        token_in: Literal["header", "address"] = "header"
        organization: str
        accounting_entity: str | None = None
        transfer_type: str = "A03001"
        issue_type: str = "A10001"
        warehouse: str | None = None
        reserved_warehouse: str | None = None
        account_book: str | None = None
        voucher_type: str = "1"
        maker: str | None = None
        auditor: str | None = None
        expense_accounts: dict[str, str] = Field(default_factory=dict)
        credit_account: str | None = None
        currency: str = "CNY"
        receivable_type: str = "arap_oar_other"
        exchange_rate_type: str = "01"
        service_items: dict[str, str] = Field(default_factory=dict)
        asset_path: str | None = None
        asset_key: str = "sn"
        asset_fields: dict[str, str] = Field(default_factory=dict)
        zone: str = "Asia/Shanghai"

        @field_validator("token_path", "asset_path")
        @classmethod
        def _is_path(cls, path: str | None) -> str | None:
            if path is not None and not path.startswith("/"):
                raise ValueError("must begin with `/`")
            return path

    calls: ClassVar[int] = 16
    capabilities: ClassVar[frozenset[str]] = CONNECTOR_CAPABILITIES - {"push.complaint"}
    config: Config

    def __init__(self, config: Config, wall_clock: Callable[[], float] = time.time) -> None:
        super().__init__(config, wall_clock)
        key, secret = config.app_key.get_secret_value(), config.app_secret.get_secret_value()
        self._token = Token(
            self.call, lambda now: token_url(config.url, config.token_path, key, secret, now), wall_clock
        )
        self._gateway = Gateway(self.call, config.url, self._token, in_address=config.token_in == "address")
        self._books = Books(
            config.organization,
            config.accounting_entity or config.organization,
            config.transfer_type,
            config.issue_type,
            config.warehouse,
            config.reserved_warehouse,
            config.account_book,
            config.voucher_type,
            config.maker,
            config.auditor,
            config.expense_accounts,
            config.credit_account,
            config.currency,
            config.receivable_type,
            config.exchange_rate_type,
            config.service_items,
        )
        if config.reserved_warehouse is None:
            self.cannot("push.reservation", "push.release")
        if not (config.account_book and config.maker and config.expense_accounts and config.credit_account):
            self.cannot("push.cost")
        if config.asset_path is None:
            self.cannot("lookup.asset", "lookup.warranty")

    def scrub(self, text: str) -> str:
        return self._token.scrub(super().scrub(text))

    def probe(self) -> str:
        count = len(self._gateway.listed(_WAREHOUSES, {}))
        return f"{self.config.url} gives a token, and tells of {count} warehouses"

    def find(self, request: LookupRequest) -> dict[str, Any] | None:
        match request.kind:
            case "customer":
                return self._customer(request)
            case "asset":
                return self._asset(request)
            case "warranty":
                return self._warranty(request)
            case "part":
                return self._part(request)
            case "stock":
                return self._stock(request)

    def sources(self) -> Sequence[Source]:
        return (Source("customer", None, self._customers),)

    def effect(self, request: PushRequest) -> PushResult:
        book = Bookkeeper(self._gateway, self._books, self.today())
        match request.kind:
            case "reservation":
                return book.reserve(request)
            case "release":
                return book.release(request)
            case "part_used":
                return book.use(request)
            case "cost":
                return book.cost(request)
            case "complaint":
                return PushResult.rejected("YonBIP has no standard document for complaints", code="not-offered")

    def _customer(self, request: LookupRequest) -> dict[str, Any] | None:
        rows = self._gateway.listed(_CUSTOMERS, {"code": request.id}, 1)
        return _customer_record(rows[0]) if rows and rows[0].get("code") == request.id else None

    def _serial(self, serial: str) -> dict[str, Any] | None:
        """What the configured list says of a serial number, by svcctl's names."""
        test = {"field": self.config.asset_key, "op": "eq", "value1": serial}
        rows = self._gateway.listed(str(self.config.asset_path), {"simpleVOs": [test]}, 1)
        fields = {**_ASSET, **self.config.asset_fields}
        return {name: rows[0].get(field) for name, field in fields.items()} if rows else None

    def _asset(self, request: LookupRequest) -> dict[str, Any] | None:
        found = self._serial(request.id)
        if found is None:
            return None
        sold, until = found.pop("sold_on", None), found.pop("warranty_until", None)
        covered = self.warranty(until, sold)
        history = [{"date": str(sold)[:10], "text": "sold"}] if sold else []
        known = {**found, "warranty_until": covered and covered["until"], "history": history}
        return without_blanks(known)

    def _warranty(self, request: LookupRequest) -> dict[str, Any] | None:
        found = self._serial(request.id)
        return found and self.warranty(found.get("warranty_until"), found.get("sold_on"))

    def _part(self, request: LookupRequest) -> dict[str, Any] | None:
        rows = self._gateway.listed(PRODUCTS, {"productCode": request.id}, 1)
        if not rows or rows[0].get("code") != request.id:
            return None
        return without_blanks({"name": _words(rows[0].get("name")), "unit": rows[0].get("unitName")})

    def _stock(self, request: LookupRequest) -> dict[str, Any] | None:
        body = {"productn.code": request.id}
        if request.location is not None:
            body["warehouse.code"] = request.location
        rows = self._gateway.post(_STOCK, body, reads=True) or []
        if not rows and self._part(request) is None:
            return None
        codes = {str(row["id"]): str(row["code"]) for row in self._gateway.listed(_WAREHOUSES, {})} if rows else {}
        return stock_record(
            (codes.get(str(row["warehouse"]), str(row["warehouse"])), row["currentqty"]) for row in rows
        )

    def _customers(self, since: datetime | None, after: str | None, most: int) -> Sequence[Row]:
        """The list has no order of its own, so records may move between its pages while it is read: it is read until
        two readings agree."""
        body = {} if since is None else {"pubts": since.isoformat(" ", "seconds")}
        earlier: list[Row] = []
        for _ in range(5):
            rows = sorted((self._row(row) for row in self._gateway.listed(_CUSTOMERS, body)), key=lambda row: row.place)
            if rows == earlier or len(rows) < ROWS:
                return rows
            earlier = rows
        return rows

    def _row(self, row: Mapping[str, Any]) -> Row:
        record = None if row.get("stopStatus") else _customer_record(row)
        changed = self.wall_time(row.get("modifyTime") or row.get("createTime"))
        return Row(str(row["id"]), changed, Change("customer", str(row["code"]), record))


def _customer_record(row: Mapping[str, Any]) -> dict[str, Any]:
    name = _words(row.get("name"))
    known = {
        "name": name,
        "tier": row.get("customerClassCode"),
        "region": row.get("regionCode"),
        "language": str(row.get("languageCode") or "").split("_")[0],
        "contacts": contacts(row.get("contactName") or name, row.get("contactTel"), row.get("email")),
    }
    return without_blanks(known)


def _words(text: Any) -> str | None:
    """A text that may be in several languages: the simplified Chinese, or the first that is there."""
    if not isinstance(text, dict):
        return None if text is None else str(text)
    languages = ("simplifiedName", "zh_CN", "traditionalName", "englishName")
    return next((str(text[name]) for name in languages if text.get(name)), None)
