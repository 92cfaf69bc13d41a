"""A pull brings what is new, other or gone since the last one."""

from pathlib import Path

import pytest
from files_connect import ASSETS, CUSTOMERS, SITES, connector

from svcctl.plugin_api import Change, PullRequest, Refusal


def test_a_pull_brings_everything_at_first_and_then_what_is_new_other_or_gone(folder: Path) -> None:
    erp = connector(folder)
    first = erp.pull(PullRequest())
    assert [change.id for change in first.changes] == ["C-1", "C-2", "S-1", "007", "008", "009", "010"]
    connector(
        folder,
        {
            "customers.csv": CUSTOMERS.replace("C-2,Beta", "C-3,Beta"),
            "assets.csv": ASSETS.replace("009,X200", "009,X300"),
            "sites.csv": SITES + "\n",
        },
    )
    second = erp.pull(PullRequest(first.cursor))
    assert second.changes == (
        Change("customer", "C-3", {"name": "Beta"}),
        Change("asset", "009", {"model": "X300", "batch": "B2", "customer": "C-2"}),
        Change("customer", "C-2", None),
    )
    assert connector(folder, {}).pull(PullRequest(second.cursor)).changes == ()


def test_a_file_or_folder_that_is_not_there_does_not_make_its_records_gone(folder: Path) -> None:
    erp = connector(folder)
    cursor = erp.pull(PullRequest()).cursor
    (folder / "customers.csv").rename(folder / "away.csv")
    with pytest.raises(Refusal, match="there is no `customers` file in ") as refused:
        erp.pull(PullRequest(cursor))
    assert refused.value.code == "plugin-unavailable"
    assert [change.id for change in erp.pull(PullRequest()).changes] == ["S-1", "007", "008", "009", "010"]
    folder.rename(folder.parent / "unmounted")
    for known in (None, cursor):
        with pytest.raises(Refusal, match="there is no folder ") as refused:
            erp.pull(PullRequest(known))
        assert refused.value.code == "plugin-unavailable"


@pytest.mark.parametrize("cursor", ["", "7", "[]", '{"customers": 3}', "{"])
def test_a_strange_cursor_is_refused(folder: Path, cursor: str) -> None:
    with pytest.raises(Refusal) as refused:
        connector(folder).pull(PullRequest(cursor))
    assert refused.value.code == "bad-input"
