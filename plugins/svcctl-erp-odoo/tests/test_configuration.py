"""What the connector needs to be told, and what it says of it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from odoo_connect import CONFIG, ENVIRONMENT, odoo
from stub_odoo import LOGIN, OdooStub
from svcctl_erp_odoo import OdooConnector

from svcctl.extension.config import read_config
from svcctl.extension.registry import Registry
from svcctl.plugin_api import LookupRequest, Refusal
from svcctl.testing.connector import PART, push


def test_a_wrong_key_is_told_by_the_check(stub: OdooStub) -> None:
    values = {"url": stub.url, "version": stub.version, **CONFIG}
    read = read_config(OdooConnector.Config, values, place="erp.main", home=Path(), environment={"KEY": "hunter2"})
    health = OdooConnector(read).check()
    assert not health.ok
    assert health.text in ("refused: Invalid apikey", f"Odoo does not let `{LOGIN}` in with this key")


def test_the_check_says_what_the_user_cannot_see(stub: OdooStub) -> None:
    assert odoo(stub).check().text == f"{stub.url} answers for 安程科技"
    assert odoo(stub, company=9).check().text == f"{stub.url} answers, but shows no company 9"


def test_what_is_not_configured_is_not_declared(stub: OdooStub) -> None:
    bare = odoo(stub, picking_type=None, credit_account=None, complaint_model="")
    missing = {"push.reservation", "push.release", "push.part_used", "push.cost", "push.complaint"}
    assert odoo(stub).capabilities - bare.capabilities == missing
    assert push(odoo(stub), "part_used", {"part": "P-1", "quantity": "1"}).code == "no-location"
    assert push(odoo(stub), "part_used", {"part": "P-9", "quantity": "1", "location": "main"}).code == "no-part"
    assert push(odoo(stub), "part_used", {**PART, "location": "nowhere"}).code == "no-location"


@pytest.mark.parametrize(
    ("wrong", "key"),
    [({"api_key": "hunter2"}, "api_key"), ({"version": 16}, "version"), ({"version": 18, "login": None}, "login")],
)
def test_a_wrong_configuration_is_refused(wrong: Mapping[str, Any], key: str) -> None:
    with pytest.raises(Refusal) as refused:
        odoo("http://example.org", **wrong)
    assert key in refused.value.message
    assert "hunter2" not in refused.value.message


def test_it_comes_in_by_its_entry_point(stub: OdooStub) -> None:
    connector = Registry(Path(), ENVIRONMENT).connector(
        "odoo", {"url": stub.url, "version": stub.version, **CONFIG}, "erp.main"
    )
    assert connector.lookup(LookupRequest("part", "P-1")).record == {"name": "显示屏", "unit": "件"}
    connector.close()
