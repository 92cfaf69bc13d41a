"""What the connector needs to be told, and what it says of it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from kingdee_connect import CONFIG, ENVIRONMENT, kingdee
from stub_kingdee import USER, KingdeeStub
from svcctl_erp_kingdee import KingdeeConnector

from svcctl.extension.registry import Registry
from svcctl.plugin_api import Refusal
from svcctl.testing.connector import push


def test_what_is_not_configured_is_not_declared(stub: KingdeeStub) -> None:
    bare = kingdee(stub, reserved_warehouse=None, account_book=None, complaint_form=None)
    missing = {"push.reservation", "push.release", "push.cost", "push.complaint"}
    assert kingdee(stub).capabilities - bare.capabilities == missing
    assert push(bare, "part_used", {"part": "P-1", "quantity": "1"}).code == "no-location"
    assert push(bare, "part_used", {"part": "P-9", "quantity": "1", "location": "main"}).code == "no-part"


def test_the_check_names_the_organization(stub: KingdeeStub) -> None:
    assert kingdee(stub).check().text == f"{stub.url} answers `{USER}` for 安程科技"
    assert kingdee(stub, organization="999").check().text == "there is no organization `999`"


@pytest.mark.parametrize(
    ("wrong", "key"),
    [
        ({"app_id": "231799_hunter2"}, "app_id"),
        ({"app_secret": "hunter2"}, "app_secret"),
        ({"complaint_fields": {"ticket": "F_T"}}, "complaint_fields"),
    ],
)
def test_a_wrong_configuration_is_refused_by_its_key(wrong: Mapping[str, Any], key: str) -> None:
    with pytest.raises(Refusal) as refused:
        kingdee("http://example.org", **wrong)
    assert refused.value.message.startswith(f"`erp.main.{key}`: ")
    assert "hunter2" not in refused.value.message


def test_it_comes_in_by_its_entry_point(stub: KingdeeStub) -> None:
    connector = Registry(Path(), ENVIRONMENT).connector("kingdee", {"url": stub.url, **CONFIG}, "erp.main")
    assert isinstance(connector, KingdeeConnector)
    connector.close()
