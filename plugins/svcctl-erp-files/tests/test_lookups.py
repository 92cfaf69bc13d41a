"""What the connector finds in the files of an ERP."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from files_connect import ALL, connector

from svcctl.plugin_api import LookupRequest


def test_a_customer_comes_with_its_contact(folder: Path) -> None:
    assert connector(folder).lookup(LookupRequest("customer", "C-1")).record == {
        "name": "华北建设",
        "tier": "gold",
        "contacts": [{"name": "Li Na", "address": {"phone": "+86 10 5555 0100"}}],
    }
    assert connector(folder).lookup(LookupRequest("customer", "C-2")).record == {"name": "Beta"}


def test_an_asset_comes_with_its_warranty(folder: Path) -> None:
    assert connector(folder).lookup(LookupRequest("asset", "007")).record == {
        "model": "X200",
        "batch": "B1",
        "customer": "C-1",
        "warranty_until": "2025-02-27T16:00:00Z",
    }


def test_an_asset_comes_with_what_was_done_to_it(folder: Path) -> None:
    history = "asset,date,text\n007,2026-05-02,换了滤芯\n008,2026-01-01,moved\n007,2025-11-03T09:30,installed\n"
    erp = connector(folder, {**ALL, "history.csv": history})
    found = erp.lookup(LookupRequest("asset", "007")).record
    assert found is not None
    assert found["history"] == [
        {"date": "2025-11-03T01:30:00Z", "text": "installed"},
        {"date": "2026-05-01T16:00:00Z", "text": "换了滤芯"},
    ]
    assert "history" not in (erp.lookup(LookupRequest("asset", "009")).record or {})


@pytest.mark.parametrize(
    ("id", "months", "expected"),
    [
        ("007", None, {"until": "2025-02-27T16:00:00Z", "from": "2024-01-30T16:00:00Z", "months": 13}),
        ("008", None, {"until": "2027-03-31T16:00:00Z"}),
        ("009", 12, None),
        ("010", None, None),
        ("010", 24, {"until": "2026-04-30T16:00:00Z", "from": "2024-04-30T16:00:00Z", "months": 24}),
    ],
)
def test_warranty_comes_from_its_end_or_from_the_sale(
    folder: Path, id: str, months: int | None, expected: Mapping[str, Any] | None
) -> None:
    found = connector(folder, warranty_months=months).lookup(LookupRequest("warranty", id))
    assert found.record == expected


def test_stock_is_added_up_by_location(folder: Path) -> None:
    erp = connector(folder)
    assert erp.lookup(LookupRequest("stock", "P-1")).record == {
        "quantity": "4.5",
        "locations": {"main": "4", "van-7": "0.5"},
    }
    assert erp.lookup(LookupRequest("stock", "P-1", "van-7")).record == {
        "quantity": "0.5",
        "locations": {"van-7": "0.5"},
    }
    assert erp.lookup(LookupRequest("stock", "P-2")).record == {"quantity": "0", "locations": {}}
    assert not erp.lookup(LookupRequest("stock", "P-9")).found
