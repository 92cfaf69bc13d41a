"""Tables in every form, and errors that name file and line."""

from pathlib import Path

import pytest
from files_connect import CUSTOMERS, connector

from svcctl.plugin_api import LookupRequest, PullRequest, Refusal


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
