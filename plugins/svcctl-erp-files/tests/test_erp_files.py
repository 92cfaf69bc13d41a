"""An ERP made of files: every form, every lookup, and errors that name file and line."""

import json
import multiprocessing
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from svcctl_erp_files import FilesConnector
from svcctl_erp_files.pushes import append

from svcctl.extension.config import read_config
from svcctl.extension.registry import Registry
from svcctl.plugin_api import Change, Connector, LookupRequest, PullRequest, PushRequest, Refusal
from svcctl.testing.connector import ConnectorContract

CUSTOMERS = "id,name,tier,contact,phone\nC-1,华北建设,gold,Li Na,+86 10 5555 0100\nC-2,Beta,,,\n"
SITES = "id,customer,latitude,longitude\nS-1,C-1,39.9,116.4\n"
ASSETS = (
    "id,model,batch,customer,sold_at,warranty_months,warranty_until\n"
    "007,X200,B1,C-1,2024-01-31,13,\n"
    "008,X200,B1,C-1,2024-01-31,,2027-03-31\n"
    "009,X200,B2,C-2,,,\n"
    '010,"X200\nPlus",B2,C-2,2024-05-01,,\n'
)
PARTS = "id,name,unit\nP-1,display board,piece\nP-2,gasket,piece\n"
STOCK = "part,location,quantity\nP-1,main,3\nP-1,van-7,0.5\nP-1,main,1\n"
ALL = {"customers.csv": CUSTOMERS, "sites.csv": SITES, "assets.csv": ASSETS, "parts.csv": PARTS, "stock.csv": STOCK}


def connector(folder: Path, files: Mapping[str, str | bytes] = ALL, **config: Any) -> FilesConnector:
    folder.mkdir(exist_ok=True)
    for name, content in files.items():
        (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    values = {"folder": folder.name, "zone": "Asia/Shanghai", **config}
    return FilesConnector(
        read_config(FilesConnector.Config, values, place="erp.files", home=folder.parent, environment={})
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "erp"


class TestContract(ConnectorContract):
    @pytest.fixture
    def connector(self, folder: Path) -> Connector:
        return connector(folder)

    @pytest.fixture
    def known(self) -> Mapping[str, str]:
        return {"customer": "C-1", "asset": "007", "warranty": "007", "part": "P-1", "stock": "P-1"}

    @pytest.fixture
    def unreachable(self, folder: Path) -> Connector:
        away = connector(folder, {})
        folder.rmdir()
        return away


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


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("customers.csv", b"\xef\xbb\xbfid,name,tier\r\nC-1,\xe5\x8d\x8e,gold\r\n\r\n"),
        ("customers.json", '[{"id": "C-1", "name": "华", "tier": "gold", "region": null}]'),
        ("customers.json", b'\xef\xbb\xbf[{"id": "C-1", "name": "\xe5\x8d\x8e", "tier": "gold"}]'),
        ("customers.jsonl", '{"id": "C-1", "name": "华", "tier": "gold"}\n\n'),
    ],
)
def test_every_form_reads_the_same(folder: Path, name: str, content: str | bytes) -> None:
    found = connector(folder, {name: content}).lookup(LookupRequest("customer", "C-1"))
    assert found.record == {"name": "华", "tier": "gold"}


def test_an_export_of_excel_in_chinese_with_its_own_columns_is_read(folder: Path) -> None:
    erp = connector(
        folder,
        {"customers.csv": "客户编码,客户名称,级别\nC-1,华北建设,金\n".encode("gb18030")},
        encoding="gb18030",
        columns={"customers": {"id": "客户编码", "name": "客户名称"}},
    )
    assert erp.lookup(LookupRequest("customer", "C-1")).record == {"name": "华北建设"}


def test_numbers_in_json_keep_their_digits(folder: Path) -> None:
    erp = connector(folder, {"stock.json": '[{"part": 7, "location": "main", "quantity": 0.1}]'})
    assert erp.lookup(LookupRequest("stock", "7")).record == {"quantity": "0.1", "locations": {"main": "0.1"}}


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("customers.csv", "id,name\nC-1,a\nC-1,b\n", "customers.csv:3: `C-1` is there already, at customers.csv:2"),
        ("customers.csv", "id,name\nC-1,a\n,b\n", "customers.csv:3: `id` is empty"),
        ("customers.csv", 'id,name\n"C-1\nx",a\nC-2\n', "customers.csv:4: 1 cells stand under 2 columns"),
        ("customers.csv", 'id,name\nC-1,"a"b\n', "customers.csv:2: this is not CSV: ',' expected after '\"'"),
        ("customers.csv", 'id,name\nC-1,"a\n', "customers.csv:2: this is not CSV: unexpected end of data"),
        ("customers.csv", "id,id\n", "customers.csv:1: the column `id` is there twice"),
        ("customers.csv", b"id,name\nC-1,a\nC-2,\xbb\xaa\n", "customers.csv:3: the text is not utf-8"),
        ("customers.json", '[{"id": "C-1"},\n oops]', "customers.json:2: this is not JSON: Expecting value"),
        ("customers.json", "{}", "customers.json: a list of objects is needed"),
        ("customers.json", '[{"id": "C-1"}, 7]', "customers.json: item 2: an object is needed"),
        ("customers.json", "[" * 100_000, "customers.json:1: this is nested too deep"),
        ("customers.jsonl", '{"id": "C-1"}\n{"id": ["C-2"]}', "customers.jsonl:2: `id` must be text or a number"),
        ("customers.jsonl", '{"id": "C-1"}\n{"id"', "customers.jsonl:2: this is not JSON: Expecting ':' delimiter"),
        (
            "sites.csv",
            "id,latitude,longitude\nS-1,39.9,east\n",
            "sites.csv:2: `longitude` is `east`, which is no number",
        ),
        ("sites.csv", "id,latitude,longitude\nS-1,nan,1\n", "sites.csv:2: `latitude` is `nan`, which is no number"),
        ("assets.csv", "id,sold_at\nA,31.12.2024\n", "assets.csv:2: `sold_at`: `31.12.2024` is not a time"),
        (
            "assets.csv",
            "id,sold_at,warranty_months\nA,2024-01-01,1.5\n",
            "assets.csv:2: `warranty_months` is `1.5`, not a number of whole months",
        ),
        (
            "assets.csv",
            "id,warranty_until\nA,9999-12-31\n",
            "assets.csv:2: the warranty ends after the year 9999",
        ),
        (
            "assets.csv",
            "id,sold_at\nA,0001-01-01\n",
            "assets.csv:2: `sold_at`: `0001-01-01` lies outside the years 1 to 9999 in UTC",
        ),
    ],
)
def test_what_is_wrong_is_said_with_file_and_line(folder: Path, name: str, content: str | bytes, message: str) -> None:
    with pytest.raises(Refusal) as refused:
        connector(folder, {name: content}, warranty_months=12).pull(PullRequest())
    assert (refused.value.code, refused.value.message) == ("bad-input", message)


def test_a_missing_table_and_a_double_one_are_said(folder: Path) -> None:
    erp = connector(folder, {"customers.csv": CUSTOMERS, "customers.json": "[]"})
    with pytest.raises(Refusal, match="there is no `assets` file"):
        erp.lookup(LookupRequest("asset", "007"))
    with pytest.raises(Refusal, match=r"both `.*`.* are there"):
        erp.lookup(LookupRequest("customer", "C-1"))
    assert not erp.check().ok


def test_a_column_that_is_not_there_is_said(folder: Path) -> None:
    erp = connector(folder, columns={"customers": {"id": "customer_no"}})
    with pytest.raises(Refusal, match=r"customers\.csv has no column `customer_no`"):
        erp.lookup(LookupRequest("customer", "C-1"))


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


@pytest.mark.parametrize("cursor", ["", "7", "[]", '{"customers": 3}', "{"])
def test_a_strange_cursor_is_refused(folder: Path, cursor: str) -> None:
    with pytest.raises(Refusal) as refused:
        connector(folder).pull(PullRequest(cursor))
    assert refused.value.code == "bad-input"


def push(key: str = "k1", **record: Any) -> PushRequest:
    return PushRequest("part_used", key, "T-000001", {"part": "P-1", **record})


def test_a_push_is_a_line_and_its_repeat_is_none(folder: Path) -> None:
    erp = connector(folder)
    results = [erp.push(push("k1")), erp.push(push("k2", note="换屏")), erp.push(push("k1"))]
    assert [result.outcome for result in results] == ["done", "done", "repeated"]
    assert [result.remote_id for result in results] == ["pushed.jsonl:1", "pushed.jsonl:2", "pushed.jsonl:1"]
    lines = (folder / "pushed.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line) for line in lines] == [
        {"key": "k1", "kind": "part_used", "ticket": "T-000001", "record": {"part": "P-1"}},
        {"key": "k2", "kind": "part_used", "ticket": "T-000001", "record": {"part": "P-1", "note": "换屏"}},
    ]


def test_a_key_with_another_push_is_rejected(folder: Path) -> None:
    erp = connector(folder)
    erp.push(push())
    assert erp.push(push(quantity="2")).code == "key-reused"


def test_a_line_cut_off_by_a_crash_is_written_anew(folder: Path) -> None:
    erp = connector(folder)
    erp.push(push("k1"))
    path = folder / "pushed.jsonl"
    whole = path.read_bytes()
    path.write_bytes(whole + whole.replace(b"k1", b"k2")[:20])
    assert erp.push(push("k2")).outcome == "done"
    assert path.read_bytes() == whole + whole.replace(b"k1", b"k2")


def test_a_file_of_pushes_that_is_something_else_is_left_alone(folder: Path) -> None:
    erp = connector(folder, {**ALL, "pushed.jsonl": "my notes\n"})
    with pytest.raises(Refusal, match=r"pushed\.jsonl:1: this is no push"):
        erp.push(push())
    assert (folder / "pushed.jsonl").read_text() == "my notes\n"


def test_a_folder_that_is_not_there_is_tried_again(folder: Path) -> None:
    erp = connector(folder, {})
    folder.rmdir()
    assert (erp.push(push()).outcome, erp.push(push()).code) == ("retry", "write-failed")
    assert not erp.check().ok


def _push_all(path: str) -> None:
    for number in range(20):
        append(Path(path), push(f"k{number}"))


def test_several_processes_push_each_key_once(folder: Path) -> None:
    folder.mkdir()
    path = folder / "pushed.jsonl"
    workers = [multiprocessing.get_context("fork").Process(target=_push_all, args=(os.fspath(path),)) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    keys = [json.loads(line)["key"] for line in path.read_text().splitlines()]
    assert sorted(keys) == sorted(f"k{number}" for number in range(20))


def test_it_comes_in_by_its_entry_point(folder: Path) -> None:
    connector(folder)
    erp = Registry(folder.parent, {}).connector("files", {"folder": "erp"}, "erp.main")
    assert erp.lookup(LookupRequest("customer", "C-1")).found
