"""What the connector needs to be told, and what it says of it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from stub_yonyou import YonyouStub
from svcctl_erp_yonyou import YonyouConnector
from yonyou_connect import CONFIG, ENVIRONMENT, yonyou

from svcctl.extension.registry import Registry
from svcctl.plugin_api import LookupRequest, Refusal
from svcctl.testing.connector import push


def test_a_path_that_nobody_registered_is_said(stub: YonyouStub) -> None:
    with pytest.raises(Refusal) as refused:
        yonyou(stub, asset_path="/yonbip/scm/none/list").lookup(LookupRequest("asset", "S-1"))
    assert "网关上没有注册此API" in refused.value.message


def test_what_is_not_configured_is_not_declared(stub: YonyouStub) -> None:
    bare = yonyou(stub, reserved_warehouse=None, maker=None, asset_path=None)
    missing = {"push.reservation", "push.release", "push.cost", "lookup.asset", "lookup.warranty"}
    assert yonyou(stub).capabilities - bare.capabilities == missing
    assert push(bare, "complaint", {}).code == "not-offered"


@pytest.mark.parametrize(
    ("wrong", "key"), [({"app_secret": "hunter2"}, "app_secret"), ({"asset_path": "yonbip/x"}, "asset_path")]
)
def test_a_wrong_configuration_is_refused_by_its_key(wrong: Mapping[str, Any], key: str) -> None:
    with pytest.raises(Refusal) as refused:
        yonyou("http://example.org", **wrong)
    assert refused.value.message.startswith(f"`erp.main.{key}`: ")
    assert "hunter2" not in refused.value.message


def test_it_comes_in_by_its_entry_point(stub: YonyouStub) -> None:
    connector = Registry(Path(), ENVIRONMENT).connector("yonyou", {"url": stub.url, **CONFIG}, "erp.main")
    assert isinstance(connector, YonyouConnector)
    connector.close()
