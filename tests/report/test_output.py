"""One shape of values, six formats."""

import csv
import io
import json
import subprocess
import sys
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from svcctl.foundation.instant import zone_named
from svcctl.foundation.width import display_width
from svcctl.report.output import Answer, columns, outward, render
from svcctl.report.table import Looks, clean, shortened

BEIJING = Looks(zone_named("Asia/Shanghai"))
ROWS: list[dict[str, Any]] = [
    {
        "id": "007",
        "title": "工地人脸识别门禁黑屏",
        "reported_at": "2026-11-23T01:00:00Z",
        "site": {"id": "s1"},
        "tags": ["a"],
    },
    {"id": "T-2", "title": 'two "lines"\nand, more', "reported_at": "2026-11-24T23:30:00.5Z"},
]
SHOWN = columns("id", "title=what", "reported_at=reported", "site.id=site")


def text(answer: Answer, format: str, looks: Looks = BEIJING) -> str:
    return "".join(render(answer, format, looks))


@pytest.mark.parametrize(
    ("format", "expected"), [("json", "[]\n"), ("jsonl", ""), ("ids", ""), ("table", "id    what\n----  ------\n")]
)
def test_an_empty_list_is_empty_in_every_format(format: str, expected: str) -> None:
    assert text(Answer([], columns("id", "what")), format) == expected


def test_json_keeps_everything_and_times_have_their_offset() -> None:
    first, second = json.loads(text(Answer(ROWS, SHOWN), "json"))
    assert first["reported_at"] == "2026-11-23T09:00:00+08:00"
    assert second["title"] == 'two "lines"\nand, more'
    assert [json.loads(line) for line in text(Answer(ROWS, SHOWN), "jsonl").splitlines()] == [first, second]


def test_a_single_object_is_no_list() -> None:
    assert json.loads(text(Answer(ROWS[0]), "json"))["id"] == "007"
    assert text(Answer(ROWS[0]), "ids") == "007\n"
    assert text(Answer({"id": "T-1", "open": True, "due_at": "2026-11-23T01:00:00Z"}), "table") == (
        "id      T-1\nopen    yes\ndue_at  2026-11-23 09:00\n"
    )


def test_ids_stay_as_they_are_in_tables() -> None:
    assert text(Answer(ROWS, columns("id")), "table").splitlines()[2] == "007"


def test_tables_align_chinese_text_by_cells() -> None:
    lines = text(Answer(ROWS, SHOWN), "table").splitlines()
    starts = {display_width(line[: line.index("2026")]) for line in lines[2:]}
    assert len(starts) == 1
    assert "2026-11-23 09:00" in lines[2]


def test_csv_has_the_columns_of_the_table_and_keeps_line_breaks() -> None:
    rows = list(csv.reader(io.StringIO(text(Answer(ROWS, SHOWN), "csv"))))
    assert rows == [
        ["id", "title", "reported_at", "site.id"],
        ["007", "工地人脸识别门禁黑屏", "2026-11-23T09:00:00+08:00", "s1"],
        ["T-2", 'two "lines"\nand, more', "2026-11-25T07:30:00+08:00", ""],
    ]
    assert text(Answer([], SHOWN), "tsv") == "id\ttitle\treported_at\tsite.id\n"


def test_a_page_is_for_people_only() -> None:
    answer = Answer({"id": "x"}, page=lambda looks: "read me\n")
    assert text(answer, "table") == "read me\n"
    assert json.loads(text(answer, "json")) == {"id": "x"}


def test_what_has_rows_shows_them_in_the_formats_that_have_one_each() -> None:
    answer = Answer({"total": 2}, columns("id"), page=lambda looks: "2 in all\n", rows=[{"id": "a"}, {"id": "b"}])
    assert (text(answer, "json"), text(answer, "table")) == ('{\n  "total": 2\n}\n', "2 in all\n")
    assert (text(answer, "csv"), text(answer, "ids")) == ("id\na\nb\n", "a\nb\n")
    assert text(answer, "jsonl") == '{"id": "a"}\n{"id": "b"}\n'


def test_what_has_no_id_is_left_out_of_ids() -> None:
    assert text(Answer([{"id": "T-1"}, {"id": None}, {"id": ""}, {"line": 3}, {"id": 0}]), "ids") == "T-1\n0\n"


def test_only_text_under_a_key_of_time_is_a_time() -> None:
    stored = "2026-11-23T01:00:00Z"
    zone = BEIJING.zone
    assert outward({"text": stored}, zone) == {"text": stored}
    assert outward({"set": {"due_at": [None, stored]}}, zone) == {
        "set": {"due_at": [None, "2026-11-23T09:00:00+08:00"]}
    }
    assert outward({"watches": {"rule": stored}}, zone) == {"watches": {"rule": "2026-11-23T09:00:00+08:00"}}


def test_decimals_are_numbers() -> None:
    assert json.dumps(outward([Decimal("83.0"), Decimal("0.1")], BEIJING.zone)) == "[83, 0.1]"


def test_only_a_terminal_cuts_the_flexible_column() -> None:
    answer = Answer([{"id": "T-1", "title": "黑" * 40}], columns("id", "title", flexible="title"))
    assert "黑" * 40 in text(answer, "table")
    narrow = text(answer, "table", Looks(BEIJING.zone, width=30))
    assert max(display_width(line) for line in narrow.splitlines()) <= 30
    assert "…" in narrow


@given(st.text(max_size=40), st.integers(1, 30))
def test_shortened_text_fits(words: str, width: int) -> None:
    assert display_width(shortened(clean(words), width)) <= width


@given(st.lists(st.dictionaries(st.sampled_from(["id", "a", "b"]), st.text() | st.integers() | st.none()), max_size=5))
def test_no_text_breaks_a_format(items: list[dict[str, Any]]) -> None:
    answer = Answer(items, columns("id", "a", "b"))
    assert json.loads(text(answer, "json").encode(errors="backslashreplace")) == items
    rows = list(csv.reader(io.StringIO(text(answer, "csv"), newline="")))
    assert len(rows) == len(items) + 1
    marked = Answer([{**item, "id": "x"} for item in items], answer.columns)
    assert len(text(marked, "table").splitlines()) == len(items) + 2


def test_nothing_steers_the_terminal() -> None:
    table = text(Answer([{"id": "\x1b]0;title\x07 \u202e"}], columns("id")), "table")
    assert table.splitlines()[2] == "\\x1b]0;title\\x07 \\u202e"


def test_what_stands_in_while_tabulate_is_imported_is_gone_afterwards() -> None:
    program = (
        "import sys\n"
        "from svcctl.report.table import Looks, lay_out\n"
        "text = lay_out([['黑屏', 'b'], ['a', 'c']], ['h', 'i'], Looks(None))\n"
        "import importlib.metadata, tabulate, wcwidth\n"
        "assert text.splitlines()[1:] == ['----  ---', '黑屏  b', 'a     c'], text\n"
        "assert importlib.metadata.version('click')\n"
        "assert wcwidth.wcwidth('黑') == 2\n"
        "assert tabulate.tabulate([['黑屏', 'b']], tablefmt='plain') == '黑屏  b'\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
