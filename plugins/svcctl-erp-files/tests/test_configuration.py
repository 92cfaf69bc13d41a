"""What the connector needs to be told."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from files_connect import connector

from svcctl.extension.registry import Registry
from svcctl.plugin_api import LookupRequest, Refusal


@pytest.mark.parametrize(
    ("wrong", "key"),
    [
        ({"zone": "Mars"}, "zone"),
        ({"encoding": "klingon"}, "encoding"),
        ({"columns": {"custmers": {}}}, "columns"),
        ({"warranty_months": -1}, "warranty_months"),
    ],
)
def test_a_wrong_configuration_is_refused_by_its_key(folder: Path, wrong: Mapping[str, Any], key: str) -> None:
    with pytest.raises(Refusal, match=rf"^`erp\.files\.{key}`: "):
        connector(folder, **wrong)


def test_it_comes_in_by_its_entry_point(folder: Path) -> None:
    connector(folder)
    erp = Registry(folder.parent, {}).connector("files", {"folder": "erp"}, "erp.main")
    assert erp.lookup(LookupRequest("customer", "C-1")).found
