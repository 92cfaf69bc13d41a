"""Rows are read past whatever is wrong with the ones between them."""

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from svcctl.desk.rows import read_rows
from svcctl.foundation.errors import Refusal

NOT_TEXT = "it is not UTF-8 text, but may be GB18030 (GBK)"


def written(folder: Path, content: str | bytes, name: str = "export.csv") -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def told(path: Path, **how: str) -> list[tuple[Any, object]]:
    """Line and cells of each row; line and message of each that cannot be read."""
    return [
        (row.details["line"], row.message) if isinstance(row, Refusal) else (row[0], list(row[1].values()))
        for row in read_rows(path, **how)
    ]


def test_a_row_is_known_by_the_line_on_which_it_starts(tmp_path: Path) -> None:
    path = written(tmp_path, '\ufeffid,text\r\n1,"two\r\nlines"\r\n\r\n , \r\n2,after\r\n')
    assert told(path) == [(2, ["1", "two\r\nlines"]), (6, ["2", "after"])]
    first = next(read_rows(path))
    assert not isinstance(first, Refusal)
    assert list(first[1]) == ["id", "text"]


def test_cells_that_are_missing_at_the_end_are_empty_and_too_many_are_refused(tmp_path: Path) -> None:
    path = written(tmp_path, "id,text,more\n1\n2,b,c,d\n3,e,f\n")
    assert told(path) == [
        (2, ["1", "", ""]),
        (3, "line 3: 4 cells under 3 columns"),
        (4, ["3", "e", "f"]),
    ]


def test_a_quote_that_is_never_closed_costs_its_own_row_only(tmp_path: Path) -> None:
    path = written(tmp_path, 'id,text\n1,"open\n2,b\n3,"closed"\n4,d\n5,"again\n')
    assert [line for line, row in told(path) if isinstance(row, str)] == [2, 6]
    assert [row for _, row in told(path) if isinstance(row, list)] == [["2", "b"], ["3", "closed"], ["4", "d"]]


def test_a_quote_that_swallows_rows_up_to_the_next_one_gives_them_back(tmp_path: Path) -> None:
    path = written(tmp_path, 'id,text,more\n1,"open,x\n2,b,y\n3,c","z"\n4,d,w\n')
    rows = told(path)
    assert rows[0] == (2, ["1", "open,x\n2,b,y\n3,c", "z"])  # a reader cannot know better
    path = written(tmp_path, 'id,text,more\n1,"open,x\n2,b,y\n3,"c",z\n4,d,w\n')
    assert [row for _, row in told(path) if isinstance(row, list)] == [
        ["2", "b", "y"],
        ["3", "c", "z"],
        ["4", "d", "w"],
    ]


def test_bytes_of_another_encoding_are_refused_with_their_line(tmp_path: Path) -> None:
    path = written(tmp_path, "id,text\n1,好\n".encode() + "2,黑屏\n".encode("gb18030") + "3,黑屏\n".encode())
    assert told(path) == [(2, ["1", "好"]), (3, f"line 3: {NOT_TEXT}"), (4, ["3", "黑屏"])]
    path = written(tmp_path, b'{"id": "\xff"}\n', "export.jsonl")
    assert told(path) == [(1, "line 1: it is not UTF-8 text")]


def test_a_file_of_another_encoding_is_refused_at_its_first_line(tmp_path: Path) -> None:
    path = written(tmp_path, "编号,描述\n1,黑屏\n".encode("gb18030"))
    with pytest.raises(Refusal, match="line 1 is not UTF-8 text") as refused:
        list(read_rows(path))
    assert "gb18030" in refused.value.help
    assert told(path, encoding="gb18030") == [(2, ["1", "黑屏"])]


def test_json_lines_are_read_past_broken_ones(tmp_path: Path) -> None:
    lines = ['{"id": 1}', "{", "", "[1]", '{"id": "' + "好" * 3 + '"}']
    path = written(tmp_path, "\n".join(lines).encode() + b'\n{"id": "\xff"}\n', "export.jsonl")
    found = told(path)
    assert [(line, row) for line, row in found if isinstance(row, list)] == [(1, [1]), (5, ["好好好"])]
    assert [line for line, row in found if isinstance(row, str)] == [2, 4, 6]


def test_json_is_a_list_of_objects(tmp_path: Path) -> None:
    assert told(written(tmp_path, '[{"id": 1}, 2]', "export.json")) == [
        (1, [1]),
        (2, "item 2: it is not a JSON object"),
    ]
    with pytest.raises(Refusal, match="not a list of objects"):
        list(read_rows(written(tmp_path, '{"id": 1}', "export.json")))
    with pytest.raises(Refusal, match="is not JSON"):
        list(read_rows(written(tmp_path, "[", "export.json")))


@pytest.mark.parametrize(
    ("name", "how", "code"),
    [
        ("absent.csv", {}, "unknown-file"),
        ("export.xlsx", {}, "bad-input"),
        ("export.csv", {"encoding": "klingon"}, "bad-input"),
        ("export.csv", {"format": "parquet"}, "bad-input"),
        ("export.csv", {"encoding": "utf-16"}, "bad-input"),
    ],
)
def test_what_is_wrong_with_the_whole_file_is_refused(
    tmp_path: Path, name: str, how: dict[str, str], code: str
) -> None:
    for file in ("export.csv", "export.xlsx"):
        written(tmp_path, "id\n1\n", file)
    with pytest.raises(Refusal) as refused:
        list(read_rows(tmp_path / name, **how))
    assert refused.value.code == code


@pytest.mark.parametrize(("name", "mark"), [("export.tsv", "\t"), ("export.csv", "\t"), ("export.csv", ";")])
def test_cells_may_be_parted_otherwise(tmp_path: Path, name: str, mark: str) -> None:
    assert told(written(tmp_path, f"id{mark}text\n1{mark}a,b\n", name)) == [(2, ["1", "a,b"])]


def test_a_header_with_a_comma_is_parted_by_commas(tmp_path: Path) -> None:
    assert told(written(tmp_path, "id,a;b\n1,c;d\n")) == [(2, ["1", "c;d"])]


@given(content=st.binary(max_size=300))
def test_any_bytes_are_rows_or_refusals(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    folder = tmp_path_factory.getbasetemp()
    for name in ("any.csv", "any.jsonl", "any.json"):
        path, lines = written(folder, content, name), list[int]()
        with suppress(Refusal):
            lines += [line for line, _ in told(path)]
        assert lines == sorted(set(lines))


_CELLS = st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\0")), min_size=3, max_size=3)


@given(rows=st.lists(_CELLS.filter(lambda cells: any(cell.strip() for cell in cells)), max_size=6))
def test_what_python_writes_is_read_back(tmp_path_factory: pytest.TempPathFactory, rows: list[list[str]]) -> None:
    import csv

    path = tmp_path_factory.getbasetemp() / "written.csv"
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file, quoting=csv.QUOTE_ALL).writerows([["a", "b", "c"], *rows])
    assert [row for _, row in told(path)] == rows
    lines = path.with_suffix(".jsonl")
    lines.write_text("".join(json.dumps({"a": row}) + "\n" for row in rows), encoding="utf-8")
    assert [row for _, row in told(lines)] == [[row] for row in rows]
