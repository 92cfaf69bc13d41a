"""The page for authors: what stands there works as it stands."""

import re
import sqlite3
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from svcctl.desk.settings import ERP_KEYS
from svcctl.extension.config import read_config
from svcctl.plugin_api import Connector, PushRequest
from svcctl.testing.connector import RECORDS, ConnectorContract

PAGE = (Path(__file__).parents[2] / "plugins" / "README.md").read_text(encoding="utf-8")
TABLES = """
create table customers (id text primary key, name text, tier text, changed integer);
create table assets (id text primary key, model text, customer text, warranty_until text);
create table effects (key text primary key, kind text, ticket text, record text);
insert into customers values ('C-1', '华北建设', 'gold', 1);
insert into assets values ('007', 'X200', 'C-1', '2027-02-28T00:00:00Z');
"""


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    with sqlite3.connect(tmp_path / "shop.db") as books:
        books.executescript(TABLES)
    books.close()
    return tmp_path / "shop.db"


def connector_of_the_page(shop: Path) -> Connector:
    [code] = re.findall(r"```python\n(import json.*?)```", PAGE, re.DOTALL)
    names: dict[str, Any] = {}
    exec(compile(code, "plugins/README.md", "exec"), names)
    kind = names["ShopConnector"]
    connector = kind(read_config(kind.Config, {"file": shop.name}, place="erp.x", home=shop.parent, environment={}))
    assert isinstance(connector, Connector)
    return connector


class TestConnectorOfThePage(ConnectorContract):
    @pytest.fixture
    def connector(self, shop: Path) -> Connector:
        return connector_of_the_page(shop)

    @pytest.fixture
    def known(self) -> Mapping[str, str]:
        return {"customer": "C-1", "asset": "007"}


def test_a_busy_shop_is_tried_again(shop: Path) -> None:
    connector = connector_of_the_page(shop)
    shop.write_bytes(b"")
    assert connector.push(PushRequest("cost", "k1", "T-000001", RECORDS["cost"])).outcome == "retry"


def test_the_page_tells_every_key_of_svcctl_s_own() -> None:
    for key in ERP_KEYS:
        assert f"| `{key}` |" in PAGE
