"""Odoo as the ERP of svcctl, by JSON-2 (19 and newer) or JSON-RPC (17 and 18)."""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, ClassVar, Self

from pydantic import Field, SecretStr, model_validator

from svcctl.plugin_api import (
    CONNECTOR_CAPABILITIES,
    Change,
    HttpAnswer,
    HttpConnector,
    LookupRequest,
    PushRequest,
    PushResult,
    Receipt,
    Row,
    Source,
    contacts,
    stock_record,
    without_blanks,
)
from svcctl_erp_odoo import effects
from svcctl_erp_odoo.wire import Domain, Odoo, Values, refused

_PARTNER = ("ref", "name", "phone", "email", "lang", "state_id", "active", "write_date")
_LOT = ("name", "product_id", "write_date")
_ARCHIVED_TOO = {"active_test": False}


class OdooConnector(HttpConnector):
    """Looks up, pulls and pushes as the user whose key it has, with that user's rights."""

    class Config(HttpConnector.Config):
        database: str = Field(pattern=r"^[a-zA-Z0-9][a-zA-Z0-9_.-]*$")
        api_key: SecretStr
        login: str | None = None
        version: int = Field(default=19, ge=17)
        company: int = 1
        picking_type: int | None = None
        location: str | None = None
        used_location: str = "Partners/Customers"
        journal: str = "MISC"
        expense_accounts: dict[str, str] = Field(default_factory=dict)
        credit_account: str | None = None
        complaint_model: str = "helpdesk.ticket"
        complaint_values: dict[str, int | str] = Field(default_factory=dict)
        open_stage: int | None = None
        closed_stage: int | None = None
        warranty_field: str | None = None

        @model_validator(mode="after")
        def _may_log_in(self) -> Self:
            if self.version < 19 and self.login is None:
                raise ValueError("before version 19 a `login` is needed beside the key")
            return self

    calls: ClassVar[int] = 20
    capabilities: ClassVar[frozenset[str]] = CONNECTOR_CAPABILITIES
    config: Config

    def __init__(self, config: Config, wall_clock: Callable[[], float] = time.time) -> None:
        super().__init__(config, wall_clock)
        login = config.login if config.version < 19 else None
        self._odoo = Odoo(self.call, config.url, config.database, config.api_key.get_secret_value(), login)
        self._books = effects.Books(
            config.version,
            config.company,
            config.picking_type,
            config.location,
            config.used_location,
            config.journal,
            config.expense_accounts,
            config.credit_account,
            config.complaint_model,
            config.complaint_values,
            config.open_stage,
            config.closed_stage,
        )
        if config.picking_type is None:
            self.cannot("push.reservation", "push.release", "push.part_used")
        if not (config.expense_accounts and config.credit_account):
            self.cannot("push.cost")
        if not config.complaint_model:
            self.cannot("push.complaint")

    def refused(self, answer: HttpAnswer) -> Receipt | None:
        return refused(answer, self.wall_clock())

    def probe(self) -> str:
        company = self._odoo.first("res.company", ["name"], [["id", "=", self.config.company]])
        known = f" for {company['name']}" if company else f", but shows no company {self.config.company}"
        return f"{self.config.url} answers{known}"

    def find(self, request: LookupRequest) -> Values | None:
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
            self._source("customer", "res.partner", _PARTNER, [["ref", "!=", False]], self._partners_changed),
            self._source("asset", "stock.lot", self._lot_fields, [], self._lots_changed),
        )

    def effect(self, request: PushRequest) -> PushResult:
        match request.kind:
            case "reservation":
                return effects.reserve(self._odoo, self._books, request)
            case "release":
                return effects.release(self._odoo, request)
            case "part_used":
                return effects.use(self._odoo, self._books, request)
            case "cost":
                return effects.cost(self._odoo, self._books, request, self.today())
            case "complaint":
                return effects.complain(self._odoo, self._books, request)

    @property
    def _lot_fields(self) -> Sequence[str]:
        return (*_LOT, self.config.warranty_field) if self.config.warranty_field else _LOT

    def _customer(self, request: LookupRequest) -> Values | None:
        row = self._odoo.first("res.partner", _PARTNER, [["ref", "=", request.id]])
        return row and _partner_record(row)

    def _asset(self, request: LookupRequest) -> Values | None:
        lot = self._odoo.first("stock.lot", self._lot_fields, [["name", "=", request.id]])
        if lot is None:
            return None
        [record] = self._lot_records([lot])
        return record

    def _warranty(self, request: LookupRequest) -> Values | None:
        lot = self._odoo.first("stock.lot", self._lot_fields, [["name", "=", request.id]])
        return lot and self._covered(lot, self._deliveries([lot["id"]]).get(lot["id"], ()))

    def _covered(self, lot: Mapping[str, Any], deliveries: Sequence[Values]) -> Values | None:
        until = lot.get(self.config.warranty_field) if self.config.warranty_field else None
        return self.warranty(until or None, self._day(deliveries[-1]["date"]) if deliveries else None)

    def _deliveries(self, lots: Sequence[int]) -> Mapping[int, Sequence[Values]]:
        """How serial numbers went to customers, by lot, the latest last."""
        domain = [["lot_id", "in", list(lots)], ["state", "=", "done"], ["location_dest_id.usage", "=", "customer"]]
        fields = ["lot_id", "date", "reference", "picking_id"]
        found: dict[int, list[Values]] = {}
        for row in self._odoo.rows("stock.move.line", fields, domain, order="date, id"):
            found.setdefault(row["lot_id"][0], []).append(row)
        return found

    def _part(self, request: LookupRequest) -> Values | None:
        row = self._odoo.first("product.product", ["name", "uom_id"], [["default_code", "=", request.id]])
        return row and without_blanks({"name": row["name"], "unit": _name(row["uom_id"])})

    def _stock(self, request: LookupRequest) -> Values | None:
        domain = [["product_id.default_code", "=", request.id], ["location_id.usage", "=", "internal"]]
        if request.location is not None:
            domain.append(["location_id.complete_name", "=", request.location])
        rows = self._odoo.rows("stock.quant", ["location_id", "quantity"], domain)
        if not rows and self._part(request) is None:
            return None
        return stock_record((str(_name(row["location_id"])), row["quantity"]) for row in rows)

    def _source(
        self,
        name: str,
        model: str,
        fields: Sequence[str],
        domain: Domain,
        changes: Callable[[Sequence[Values]], Iterable[Change]],
    ) -> Source:
        def newest() -> datetime | None:
            rows = self._odoo.rows(
                model, ["write_date"], domain, most=1, order="write_date desc", context=_ARCHIVED_TOO
            )
            return self.wall_time(rows[0]["write_date"]) if rows else None

        def page(since: datetime | None, after: str | None, most: int) -> Sequence[Row]:
            tests = list(domain)
            if since is not None:
                tests.append(["write_date", ">=", since.isoformat(" ", "seconds")])
            if after is not None:
                tests.append(["id", ">", int(after)])
            rows = self._odoo.rows(model, fields, tests, most=most, context=_ARCHIVED_TOO)
            return [
                Row(str(row["id"]), self.wall_time(row["write_date"]), change)
                for row, change in zip(rows, changes(rows), strict=True)
            ]

        return Source(name, newest, page)

    def _partners_changed(self, rows: Sequence[Values]) -> Iterable[Change]:
        return [Change("customer", row["ref"], _partner_record(row) if row["active"] else None) for row in rows]

    def _lots_changed(self, rows: Sequence[Values]) -> Iterable[Change]:
        records = self._lot_records(rows)
        return [Change("asset", row["name"], record) for row, record in zip(rows, records, strict=True)]

    def _lot_records(self, lots: Sequence[Values]) -> list[Values]:
        """Products and partners by the names that svcctl has for them, each asked for once."""
        deliveries = self._deliveries([lot["id"] for lot in lots]) if lots else {}
        last = {lot: _id(rows[-1]["picking_id"]) for lot, rows in deliveries.items()}
        pickings = self._keys("stock.picking", "partner_id", last.values())
        partners = {picking: _id(partner) for picking, partner in pickings.items()}
        refs = self._keys("res.partner", "ref", partners.values())
        codes = self._keys("product.product", "default_code", (_id(lot["product_id"]) for lot in lots))
        records = []
        for lot in lots:
            rows = deliveries.get(lot["id"], ())
            covered = self._covered(lot, rows)
            known = {
                "model": codes.get(_id(lot["product_id"])) or _name(lot["product_id"]),
                "customer": refs.get(partners.get(last.get(lot["id"]))),
                "warranty_until": covered and covered["until"],
                "history": [
                    {"date": self._day(row["date"]), "text": f"delivered by {row['reference']}"} for row in rows
                ],
            }
            records.append(without_blanks(known))
        return records

    def _keys(self, model: str, field: str, ids: Iterable[int | None]) -> Mapping[int | None, Any]:
        """A field of each record that has it."""
        wanted = sorted({id for id in ids if id is not None})
        rows = self._odoo.rows(model, [field], [["id", "in", wanted]], context=_ARCHIVED_TOO) if wanted else []
        return {row["id"]: row[field] for row in rows if row[field]}

    def _day(self, moment: str) -> str:
        """Odoo's times are in UTC."""
        return self.wall_time(moment).replace(tzinfo=UTC).astimezone(self.zone).date().isoformat()


def _partner_record(row: Mapping[str, Any]) -> Values:
    known = {
        "name": row["name"],
        "region": _name(row["state_id"]),
        "language": str(row["lang"] or "").split("_")[0],
        "contacts": contacts(row["name"], row["phone"] or None, row["email"] or None),
    }
    return without_blanks(known)


def _id(reference: Any) -> int | None:
    """Of a reference there is `[id, name]`, or False."""
    return int(reference[0]) if reference else None


def _name(reference: Any) -> str | None:
    return str(reference[1]) if reference else None
