"""What svcctl finds in a real Tryton: customers, assets with their warranty, parts and stock."""

import pytest
from svcctl_erp_tryton import TrytonConnector
from tryton_connect import Connect

from svcctl.plugin_api import LookupKind, LookupRequest


def test_a_customer_is_a_party_by_its_code(tryton: TrytonConnector) -> None:
    assert tryton.lookup(LookupRequest("customer", "C-1")).record == {
        "name": "华北建设集团",
        "language": "zh",
        "contacts": [
            {"name": "华北建设集团", "address": {"phone": "+86 10 5555 0100"}},
            {"name": "李娜", "address": {"email": "li.na@huabei.example", "mobile": "13800000000"}},
        ],
    }
    assert tryton.lookup(LookupRequest("customer", "C-2")).record == {"name": "Müller Wasser GmbH"}


def test_a_category_is_a_tier(connecting: Connect) -> None:
    tryton = connecting(tiers={"VIP": "gold"})
    found = tryton.lookup(LookupRequest("customer", "C-1")).record
    assert found is not None
    assert found["tier"] == "gold"
    assert "tier" not in (tryton.lookup(LookupRequest("customer", "C-2")).record or {})


def test_an_asset_comes_with_customer_batch_warranty_and_history(tryton: TrytonConnector) -> None:
    found = tryton.lookup(LookupRequest("asset", "S-3"))
    assert found.record == {
        "model": "X200",
        "batch": "GH-2024-01",
        "customer": "C-1",
        "warranty_until": "2028-02-13T16:00:00Z",
        "history": [
            {"date": "2024-01-04T16:00:00Z", "text": "Supplier → Input Zone, receipt 1"},
            {"date": "2026-02-16T16:00:00Z", "text": "Output Zone → Customer, shipment 2"},
        ],
    }


def test_what_was_never_sold_has_no_customer_and_no_warranty(tryton: TrytonConnector) -> None:
    found = tryton.lookup(LookupRequest("asset", "S-4"))
    assert found.record is not None
    assert found.record.keys() == {"model", "batch", "history"}
    assert not tryton.lookup(LookupRequest("warranty", "S-4")).found


@pytest.mark.parametrize(
    ("config", "until"),
    [
        ({}, "2026-03-30T16:00:00Z"),
        ({"warranty_months": None}, None),
        ({"warranty_months_of": {"X200": 11}}, "2025-02-27T16:00:00Z"),
        ({"warranty_months_of": {"X300": 1}, "zone": "UTC"}, "2026-03-31T00:00:00Z"),
    ],
)
def test_warranty_is_so_many_months_from_the_sale(
    connecting: Connect, config: dict[str, object], until: str | None
) -> None:
    found = connecting(**config).lookup(LookupRequest("warranty", "S-1")).record
    assert (found and found["until"]) == until


def test_a_part_is_a_product_by_its_code(tryton: TrytonConnector) -> None:
    assert tryton.lookup(LookupRequest("part", "P-1")).record == {"name": "显示板", "unit": "Unit"}


def test_stock_is_what_is_free_by_location(tryton: TrytonConnector) -> None:
    assert tryton.lookup(LookupRequest("stock", "P-2")).record == {
        "quantity": "12.5",
        "locations": {"main": "12", "VAN-7": "0.5"},
    }
    assert tryton.lookup(LookupRequest("stock", "P-2", "7号车")).record == {
        "quantity": "0.5",
        "locations": {"7号车": "0.5"},
    }
    assert tryton.lookup(LookupRequest("stock", "P-2", "WH")).record == {"quantity": "12", "locations": {"WH": "12"}}
    assert not tryton.lookup(LookupRequest("stock", "P-2", "no such place")).found


@pytest.mark.parametrize("id", ["no such thing", "%", "_-1", "' OR 1=1", "\\", "\ud800", ""])
def test_strange_ids_are_not_there(tryton: TrytonConnector, id: str) -> None:
    kinds: tuple[LookupKind, ...] = ("customer", "asset", "part")
    for kind in kinds:
        assert not tryton.lookup(LookupRequest(kind, id)).found, kind
