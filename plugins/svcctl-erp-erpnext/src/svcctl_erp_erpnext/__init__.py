"""ERPNext as the ERP of svcctl, by the REST interface that Frappe gives to every doctype."""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar, Literal

from pydantic import Field, SecretStr

from svcctl.plugin_api import (
    CONNECTOR_CAPABILITIES,
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
from svcctl_erp_erpnext import effects
from svcctl_erp_erpnext.site import Document, Filter, Site, refused

_CUSTOMER = ("name", "customer_name", "customer_group", "territory", "language", "mobile_no", "email_id", "disabled")
_SERIAL = ("name", "item_code", "batch_no", "customer", "warranty_expiry_date")


class ErpnextConnector(HttpConnector):
    """Looks up, pulls and pushes as the user whose key it has, with that user's rights."""

    class Config(HttpConnector.Config):
        #: A serial number has its own last day here.
        warranty_months: ClassVar[None] = None  # type: ignore[misc]
        api_key: SecretStr
        api_secret: SecretStr
        company: str
        warehouse: str | None = None
        reserved_warehouse: str | None = None
        expense_accounts: dict[str, str] = Field(default_factory=dict)
        credit_account: str | None = None
        cost_center: str | None = None
        service_items: dict[str, str] = Field(default_factory=dict)
        complaint_doctype: Literal["Issue", "Warranty Claim"] = "Issue"

    capabilities: ClassVar[frozenset[str]] = CONNECTOR_CAPABILITIES
    config: Config

    def __init__(self, config: Config, wall_clock: Callable[[], float] = time.time) -> None:
        super().__init__(config, wall_clock)
        token = f"{config.api_key.get_secret_value()}:{config.api_secret.get_secret_value()}"
        self._site = Site(self.call, config.url, token)
        self._books = effects.Books(
            config.company,
            config.warehouse,
            config.reserved_warehouse,
            config.expense_accounts,
            config.credit_account,
            config.cost_center,
            config.service_items,
            config.complaint_doctype,
        )
        if config.reserved_warehouse is None:
            self.cannot("push.reservation", "push.release")
        if not (config.expense_accounts and config.credit_account):
            self.cannot("push.cost")

    def refused(self, answer: HttpAnswer) -> Receipt | None:
        return refused(answer, self.wall_clock())

    def probe(self) -> str:
        user = self._site.user()
        company = self._site.first("Company", ["name"], ("name", "=", self.config.company))
        known = "" if company else f", which cannot see a company `{self.config.company}`"
        return f"{self.config.url} answers `{user}`{known}"

    def find(self, request: LookupRequest) -> Document | None:
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
        return (
            self._source("customer", "Customer", _CUSTOMER, _customer_record),
            self._source("asset", "Serial No", _SERIAL, self._asset_record),
        )

    def effect(self, request: PushRequest) -> PushResult:
        match request.kind:
            case "reservation":
                return effects.reserve(self._site, self._books, request)
            case "release":
                return effects.release(self._site, request)
            case "part_used":
                return effects.use(self._site, self._books, request)
            case "cost":
                return effects.cost(self._site, self._books, request, self.today())
            case "complaint":
                return effects.complain(self._site, self._books, request)

    def _customer(self, request: LookupRequest) -> Document | None:
        row = self._site.first("Customer", _CUSTOMER, ("name", "=", request.id))
        return row and _customer_record(row)

    def _asset(self, request: LookupRequest) -> Document | None:
        row = self._site.first("Serial No", _SERIAL, ("name", "=", request.id))
        if row is None:
            return None
        fields = ("complaint_date", "status", "complaint")
        claims = self._site.listed(
            "Warranty Claim", fields, [("serial_no", "=", request.id)], "complaint_date asc", most=100
        )
        return {**self._asset_record(row), "history": list(_history(claims))}

    def _warranty(self, request: LookupRequest) -> Document | None:
        row = self._site.first("Serial No", _SERIAL, ("name", "=", request.id))
        return row and self.warranty(row.get("warranty_expiry_date"), None)

    def _part(self, request: LookupRequest) -> Document | None:
        row = self._site.first("Item", ["item_name", "stock_uom"], ("name", "=", request.id))
        return row and without_blanks({"name": row.get("item_name"), "unit": row.get("stock_uom")})

    def _stock(self, request: LookupRequest) -> Document | None:
        tests: list[Filter] = [("item_code", "=", request.id)]
        if request.location is not None:
            tests.append(("warehouse", "=", request.location))
        rows = self._site.listed("Bin", ["warehouse", "actual_qty"], tests, "warehouse asc", most=1000)
        if not rows and self._part(request) is None:
            return None
        return stock_record((row["warehouse"], row["actual_qty"]) for row in rows)

    def _asset_record(self, row: Mapping[str, Any]) -> Document:
        covered = self.warranty(row.get("warranty_expiry_date"), None)
        known = {
            "model": row.get("item_code"),
            "batch": row.get("batch_no"),
            "customer": row.get("customer"),
            "warranty_until": covered and covered["until"],
        }
        return without_blanks(known)

    def _source(
        self, kind: PullKind, doctype: str, fields: Sequence[str], record: Callable[[Mapping[str, Any]], Document]
    ) -> Source:
        def newest() -> datetime | None:
            rows = self._site.listed(doctype, ["modified"], [], "modified desc", most=1)
            return self._changed(rows[0]) if rows else None

        def page(since: datetime | None, after: str | None, most: int) -> Sequence[Row]:
            tests: list[Filter] = []
            if since is not None:
                tests.append(("modified", ">=", since.isoformat(" ")))
            if after is not None:
                tests.append(("name", ">", after))
            rows = self._site.listed(doctype, [*fields, "modified"], tests, most=most)
            return [
                Row(row["name"], self._changed(row), Change(kind, row["name"], None if _gone(row) else record(row)))
                for row in rows
            ]

        return Source(kind, newest, page)

    def _changed(self, row: Mapping[str, Any]) -> datetime:
        return self.wall_time(row.get("modified"))


def _customer_record(row: Mapping[str, Any]) -> Document:
    known = {
        "name": row.get("customer_name"),
        "tier": row.get("customer_group"),
        "region": row.get("territory"),
        "language": row.get("language"),
        "contacts": contacts(row.get("customer_name"), row.get("mobile_no"), row.get("email_id")),
    }
    return without_blanks(known)


def _history(claims: Iterable[Mapping[str, Any]]) -> Iterable[Document]:
    for claim in claims:
        if claim.get("complaint_date"):
            text = str(claim.get("complaint") or "").split("\n\nsvcctl: ")[0]
            yield {"date": claim["complaint_date"], "text": f"{claim.get('status')}: {text}"}


def _gone(row: Mapping[str, Any]) -> bool:
    return bool(row.get("disabled"))
