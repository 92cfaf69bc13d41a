"""An ERP made of files: a folder with customers, sites, assets, parts and stock as CSV or JSON."""

import codecs
from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar

from pydantic import Field, field_validator

from svcctl.plugin_api import (
    CONNECTOR_CAPABILITIES,
    Change,
    Connector,
    Health,
    LookupRequest,
    LookupResult,
    PluginConfig,
    PullKind,
    PullRequest,
    PullResult,
    PushRequest,
    PushResult,
    Refusal,
    zone_named,
)
from svcctl_erp_files import records
from svcctl_erp_files.cursor import Seen, digest, from_cursor, to_cursor
from svcctl_erp_files.pushes import append
from svcctl_erp_files.tables import Folder

TABLES = ("customers", "sites", "assets", "parts", "stock", "history")
_PULLED: Mapping[str, PullKind] = {"customers": "customer", "sites": "site", "assets": "asset"}
_LOOKED_UP = {"customer": "customers", "asset": "assets", "warranty": "assets", "part": "parts"}


class FilesConnector(Connector):
    """Looks up, pulls and pushes without a network; every answer is what the files say now."""

    class Config(PluginConfig):
        folder: Path
        pushed: str = "pushed.jsonl"
        encoding: str = "utf-8"
        zone: str = "UTC"
        warranty_months: int | None = Field(default=None, ge=0, le=1200)
        columns: dict[str, dict[str, str]] = Field(default_factory=dict)

        @field_validator("zone")
        @classmethod
        def _is_zone(cls, zone: str) -> str:
            try:
                zone_named(zone)
            except Refusal as unknown:
                raise ValueError(f"{unknown.message}: {unknown.help}") from None
            return zone

        @field_validator("encoding")
        @classmethod
        def _is_encoding(cls, encoding: str) -> str:
            try:
                codecs.lookup(encoding)
            except LookupError:
                raise ValueError(f"there is no encoding `{encoding}`") from None
            return encoding

        @field_validator("columns")
        @classmethod
        def _are_tables(cls, columns: dict[str, dict[str, str]]) -> dict[str, dict[str, str]]:
            for table in columns:
                if table not in TABLES:
                    raise ValueError(f"there is no table `{table}`; there are " + ", ".join(TABLES))
            return columns

    capabilities: ClassVar[frozenset[str]] = CONNECTOR_CAPABILITIES
    config: Config

    def __init__(self, config: Config) -> None:
        super().__init__(config)
        self._folder = Folder(config.folder, config.columns, config.encoding)
        self._terms = records.Terms(zone_named(config.zone), config.warranty_months)

    def lookup(self, request: LookupRequest) -> LookupResult:
        if request.kind == "stock":
            return self._stock(request)
        row = records.by_id(self._folder.rows(_LOOKED_UP[request.kind])).get(request.id)
        if row is None:
            return LookupResult(None, f"no {request.kind} `{request.id}` in {self.config.folder}")
        read = {
            "customer": records.customer,
            "asset": records.asset,
            "warranty": records.warranty,
            "part": records.part,
        }[request.kind]
        found = read(row, self._terms)
        if request.kind == "asset" and self._folder.file("history"):
            past = records.history(self._folder.rows("history"), request.id, self._terms)
            found = {**(found or {}), **({"history": past} if past else {})}
        return LookupResult(found, row.place)

    def pull(self, request: PullRequest) -> PullResult:
        """Customers before sites before assets, so that what they name is there; what is gone comes last. A file that
        is not there any more says nothing of its records."""
        if not self.config.folder.is_dir():
            raise Refusal("plugin-unavailable", f"there is no folder `{self.config.folder}`")
        before = from_cursor(request.cursor)
        now: Seen = {}
        changes = []
        for table, kind in _PULLED.items():
            now[table] = {}
            rows = self._folder.rows(table) if self._folder.file(table) or before.get(table) else ()
            for id, row in records.by_id(rows).items():
                record = records.READERS[table](row, self._terms)
                now[table][id] = digest(record)
                if before.get(table, {}).get(id) != now[table][id]:
                    changes.append(Change(kind, id, record))
        for table, kind in reversed(tuple(_PULLED.items())):
            gone = sorted(before.get(table, {}).keys() - now[table].keys())
            changes.extend(Change(kind, id, None) for id in gone)
        return PullResult(tuple(changes), to_cursor(now))

    def push(self, request: PushRequest) -> PushResult:
        return append(self.config.folder / self.config.pushed, request)

    def check(self) -> Health:
        """Reads every file that is there."""
        try:
            found = [table for table in TABLES if self._folder.file(table)]
            counts = [f"{len(self._folder.rows(table))} {table}" for table in found]
        except Refusal as wrong:
            return Health(False, wrong.message)
        return Health(bool(found), ", ".join(counts) or f"there are no tables in {self.config.folder}")

    def _stock(self, request: LookupRequest) -> LookupResult:
        found = records.stock(self._folder.rows("stock"), request.id, request.location)
        if found is None and self._folder.file("parts") and request.id in records.by_id(self._folder.rows("parts")):
            found = {"quantity": "0", "locations": {}}
        return LookupResult(found, "" if found else f"no part `{request.id}` in {self.config.folder}")
