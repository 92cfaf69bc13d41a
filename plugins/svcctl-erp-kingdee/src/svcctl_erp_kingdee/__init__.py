"""Kingdee K3Cloud (金蝶云星空) as the ERP of svcctl, by its signed Web API."""

import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar

from pydantic import Field, SecretStr, field_validator

from svcctl.plugin_api import (
    CONNECTOR_CAPABILITIES,
    CallFailed,
    Change,
    HttpAnswer,
    HttpConnector,
    LookupRequest,
    PullKind,
    PushRequest,
    PushResult,
    Receipt,
    Row,
    Source,
    contacts,
    stock_record,
    without_blanks,
)
from svcctl_erp_kingdee.bills import Books
from svcctl_erp_kingdee.effects import Bookkeeper
from svcctl_erp_kingdee.signature import Access
from svcctl_erp_kingdee.web_api import Filter, WebApi, refused

_CUSTOMER = {"name": "FName", "tier": "FGroup.FName", "phone": "FTEL"}
_ASSET = {"model": "FMaterialID.FNumber", "batch": "FLot.FNumber"}
_NEEDED = ("ticket", "title", "keys")


class KingdeeConnector(HttpConnector):
    """Looks up, pulls and pushes as a third-party application that one user has authorized."""

    class Config(HttpConnector.Config):
        account: str
        user: str
        app_id: SecretStr
        app_secret: SecretStr
        language: int = 2052
        organization: str = "100"
        organization_header: int = 0
        account_book: str | None = None
        voucher_group: str = "PRE001"
        currencies: dict[str, str] = Field(default_factory=lambda: {"CNY": "PRE001"})
        warehouse: str | None = None
        reserved_warehouse: str | None = None
        expense_accounts: dict[str, str] = Field(default_factory=dict)
        credit_account: str | None = None
        service_items: dict[str, str] = Field(default_factory=dict)
        remark_fields: dict[str, str] = Field(default_factory=dict)
        customer_fields: dict[str, str] = Field(default_factory=dict)
        asset_fields: dict[str, str] = Field(default_factory=dict)
        complaint_form: str | None = None
        complaint_fields: dict[str, str] = Field(default_factory=dict)
        zone: str = "Asia/Shanghai"

        @field_validator("complaint_fields")
        @classmethod
        def _are_enough(cls, fields: dict[str, str]) -> dict[str, str]:
            missing = [name for name in _NEEDED if fields and name not in fields]
            if missing:
                raise ValueError(f"needs a field for `{missing[0]}`")
            return fields

    calls: ClassVar[int] = 16
    capabilities: ClassVar[frozenset[str]] = CONNECTOR_CAPABILITIES
    config: Config

    def __init__(self, config: Config, wall_clock: Callable[[], float] = time.time) -> None:
        super().__init__(config, wall_clock)
        access = Access(
            config.account,
            config.user,
            config.app_id.get_secret_value(),
            config.app_secret.get_secret_value(),
            config.language,
            config.organization_header,
        )
        self._api = WebApi(self.call, config.url, access, wall_clock)
        self._books = Books(
            config.organization,
            config.account_book,
            config.voucher_group,
            config.currencies,
            config.warehouse,
            config.reserved_warehouse,
            config.expense_accounts,
            config.credit_account,
            config.service_items,
            config.remark_fields,
        )
        if config.reserved_warehouse is None:
            self.cannot("push.reservation", "push.release")
        if not (config.expense_accounts and config.credit_account and config.account_book):
            self.cannot("push.cost")
        if not (config.complaint_form and config.complaint_fields):
            self.cannot("push.complaint")

    def refused(self, answer: HttpAnswer) -> Receipt | None:
        return refused(answer, self.wall_clock())

    def probe(self) -> str:
        number = self.config.organization
        found = self._api.rows("ORG_Organizations", ["FName"], [("FNumber", "=", number)], most=1)
        if not found:
            raise CallFailed.rejected(f"there is no organization `{number}`", "no-organization")
        return f"{self.config.url} answers `{self.config.user}` for {found[0][0]}"

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
        customer, asset = {**_CUSTOMER, **self.config.customer_fields}, {**_ASSET, **self.config.asset_fields}
        return (
            self._source("customer", "BD_Customer", "FCUSTID", customer, _customer_record),
            self._source("asset", "BD_SerialMainFile", "FSerialId", asset, without_blanks),
        )

    def effect(self, request: PushRequest) -> PushResult:
        book = Bookkeeper(self._api, self._books, self.today())
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
                return book.complain(request, str(self.config.complaint_form), self.config.complaint_fields)

    def _customer(self, request: LookupRequest) -> dict[str, Any] | None:
        fields = {**_CUSTOMER, **self.config.customer_fields}
        found = self._record("BD_Customer", fields, request.id)
        return found and _customer_record(found)

    def _asset(self, request: LookupRequest) -> dict[str, Any] | None:
        found = self._record("BD_SerialMainFile", {**_ASSET, **self.config.asset_fields}, request.id)
        if found is None:
            return None
        sales = self._sales(request.id)
        customer, sold = sales[-1] if sales else (None, None)
        covered = self.warranty(None, sold)
        known = {
            **found,
            "customer": customer,
            "warranty_until": covered and covered["until"],
            "history": [{"date": date, "text": f"sold to {buyer}"} for buyer, date in sales],
        }
        return without_blanks(known)

    def _warranty(self, request: LookupRequest) -> dict[str, Any] | None:
        sales = self._sales(request.id)
        return self.warranty(None, sales[-1][1]) if sales else None

    def _sales(self, serial: str) -> list[tuple[str, str]]:
        """To whom a serial number went and when, by audited deliveries (销售出库单), the latest last."""
        tests: list[Filter] = [("FSerialNo", "=", serial), ("FDocumentStatus", "=", "C")]
        rows = self._api.rows("SAL_OUTSTOCK", ["FCustomerID.FNumber", "FDate"], tests, "FDate ASC", 100)
        return [(str(customer), str(date)[:10]) for customer, date in rows]

    def _part(self, request: LookupRequest) -> dict[str, Any] | None:
        found = self._record("BD_MATERIAL", {"name": "FName", "unit": "FBaseUnitId.FName"}, request.id)
        return found and without_blanks(found)

    def _stock(self, request: LookupRequest) -> dict[str, Any] | None:
        tests: list[Filter] = [("FMaterialId.FNumber", "=", request.id)]
        if request.location is not None:
            tests.append(("FStockId.FNumber", "=", request.location))
        rows = self._api.rows("STK_Inventory", ["FStockId.FNumber", "FBaseQty"], tests, "FID ASC")
        if not rows and self._part(request) is None:
            return None
        return stock_record((str(location), quantity) for location, quantity in rows)

    def _record(self, form: str, fields: Mapping[str, str], number: str) -> dict[str, Any] | None:
        rows = self._api.rows(form, list(fields.values()), [("FNumber", "=", number)], most=1)
        return dict(zip(fields, rows[0], strict=True)) if rows else None

    def _source(
        self,
        kind: PullKind,
        form: str,
        place: str,
        fields: Mapping[str, str],
        record: Callable[[Mapping[str, Any]], dict[str, Any]],
    ) -> Source:
        def newest() -> datetime | None:
            rows = self._api.rows(form, ["FModifyDate"], [], "FModifyDate DESC", 1)
            return self.wall_time(rows[0][0]) if rows else None

        def page(since: datetime | None, after: str | None, most: int) -> Sequence[Row]:
            tests: list[Filter] = []
            if since is not None:
                tests.append(("FModifyDate", ">=", since.isoformat(" ", "milliseconds")))
            if after is not None:
                tests.append((place, ">", int(after)))
            keys = [place, "FModifyDate", "FNumber", "FForbidStatus", *fields.values()]
            return [
                Row(
                    str(id),
                    self.wall_time(changed),
                    Change(
                        kind, str(number), None if forbidden == "B" else record(dict(zip(fields, values, strict=True)))
                    ),
                )
                for id, changed, number, forbidden, *values in self._api.rows(form, keys, tests, f"{place} ASC", most)
            ]

        return Source(kind, newest, page)


def _customer_record(found: Mapping[str, Any]) -> dict[str, Any]:
    known = {name: value for name, value in found.items() if name not in ("phone", "email")}
    return without_blanks({**known, "contacts": contacts(found.get("name"), found.get("phone"), found.get("email"))})
