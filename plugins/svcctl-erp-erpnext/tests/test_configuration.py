"""What the connector needs to be told, and what it says of it."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from erpnext_connect import CONFIG, ENVIRONMENT, erpnext
from stub_erpnext import ErpnextStub
from svcctl_erp_erpnext import ErpnextConnector

from svcctl.extension.config import read_config
from svcctl.extension.registry import Registry
from svcctl.plugin_api import LookupRequest, Refusal
from svcctl.testing.connector import push


def test_what_is_not_configured_is_not_declared(stub: ErpnextStub) -> None:
    bare = erpnext(stub, reserved_warehouse=None, credit_account=None)
    assert erpnext(stub).capabilities - bare.capabilities == {"push.reservation", "push.release", "push.cost"}
    assert push(bare, "part_used", {"part": "P-1", "quantity": "1"}).code == "no-location"


def test_a_wrong_key_is_told_by_the_check(stub: ErpnextStub) -> None:
    config = read_config(
        ErpnextConnector.Config,
        {"url": stub.url, **CONFIG},
        place="erp.main",
        home=Path(),
        environment={"KEY": "wrong-one", "SECRET": "hunter2"},
    )
    health = ErpnextConnector(config).check()
    assert (health.ok, health.text) == (False, "refused: Invalid API key")


def test_the_check_says_what_the_user_cannot_see(stub: ErpnextStub) -> None:
    assert erpnext(stub).check().text == f"{stub.url} answers `svcctl@example.org`"
    assert "cannot see a company `别家`" in erpnext(stub, company="别家").check().text


@pytest.mark.parametrize(
    ("wrong", "key"),
    [
        ({"url": "example.org"}, "url"),
        ({"api_secret": "hunter2"}, "api_secret"),
        ({"zone": "Mars"}, "zone"),
        ({"complaint_doctype": "Task"}, "complaint_doctype"),
        ({"page": 0}, "page"),
    ],
)
def test_a_wrong_configuration_is_refused_by_its_key(wrong: Mapping[str, Any], key: str) -> None:
    with pytest.raises(Refusal) as refused:
        erpnext("http://example.org", **wrong)
    assert refused.value.message.startswith(f"`erp.main.{key}`: ")
    assert "hunter2" not in json.dumps(refused.value.details)


def test_it_comes_in_by_its_entry_point(stub: ErpnextStub) -> None:
    connector = Registry(Path(), ENVIRONMENT).connector("erpnext", {"url": stub.url, **CONFIG}, "erp.main")
    assert connector.lookup(LookupRequest("part", "P-1")).record == {"name": "显示屏", "unit": "Nos"}
    connector.close()
