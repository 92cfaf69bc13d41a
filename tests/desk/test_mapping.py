"""A mapping says which column becomes which field, and refuses what it cannot read with the column's name."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from svcctl.desk.mapping import Mapped, identity, map_row, read_mapping
from svcctl.foundation.errors import Refusal

ROOT = Path(__file__).parents[2]


def mapping(folder: Path, text: str) -> Mapped:
    path = folder / "mapping.toml"
    path.write_text(text, encoding="utf-8")
    return read_mapping(path)


def mapped(folder: Path, text: str, **cells: Any) -> dict[str, Any]:
    return map_row(mapping(folder, text), cells, UTC)


SHIPPED = [path for path in ROOT.glob("samples/**/*.toml") if path.name not in ("svcctl.toml", "pyproject.toml")]


@pytest.mark.parametrize("path", sorted(SHIPPED), ids=lambda path: path.stem)
def test_every_mapping_that_is_shipped_reads(path: Path) -> None:
    assert read_mapping(path).columns()


def test_a_field_is_a_column_or_made_of_several_or_constant(tmp_path: Path) -> None:
    text = """
    [fields]
    title = { columns = ["what", "where"], join = ", " }
    description = { column = "what", default = "nothing said" }
    channel = { constant = "phone" }
    region = "where"
    """
    assert mapped(tmp_path, text, what=" smoke ", where="gate") == {
        "title": "smoke, gate",
        "description": "smoke",
        "channel": "phone",
        "region": "gate",
    }
    assert mapped(tmp_path, text, what="", where=None) == {"description": "nothing said", "channel": "phone"}


def test_values_are_mapped_and_a_star_stands_for_all_others(tmp_path: Path) -> None:
    text = '[fields]\nchannel = { column = "c", values = { "1" = "phone", "true" = "app", "*" = "other" } }'
    found = [mapped(tmp_path, text, c=cell).get("channel") for cell in (1, "1", True, "fax", "")]
    assert found == ["phone", "phone", "app", "other", None]


def test_a_value_that_is_not_mapped_is_named_with_its_column(tmp_path: Path) -> None:
    with pytest.raises(Refusal, match="column `c`: no value of `channel` is mapped to `fax`") as refused:
        mapped(tmp_path, '[fields]\nchannel = { column = "c", values = { "tel" = "phone" } }', c="fax")
    assert '"*"' in refused.value.help


def test_cells_that_mean_nothing_are_absent(tmp_path: Path) -> None:
    text = 'absent = ["?", "N/A"]\n[fields]\ntitle = "t"\nclosed_at = "c"'
    assert mapped(tmp_path, text, t="N/A", c="?") == {}
    assert mapped(tmp_path, text, t="what?", c=None) == {"title": "what?"}


def test_times_are_read_in_the_zone_of_the_file(tmp_path: Path) -> None:
    text = 'zone = "America/New_York"\ntimes = ["%m/%d/%Y %I:%M:%S %p"]\n[fields]\nreported_at = "t"'
    winter, summer = datetime(2022, 1, 21, 18, 47, tzinfo=UTC), datetime(2022, 7, 21, 17, 47, tzinfo=UTC)
    assert mapped(tmp_path, text, t="01/21/2022 01:47:00 PM") == {"reported_at": winter}
    assert mapped(tmp_path, text, t="07/21/2022 01:47:00 PM") == {"reported_at": summer}
    assert mapped(tmp_path, text, t="2022-07-21 13:47:00") == {"reported_at": summer}
    assert mapped(tmp_path, text, t="2022-07-21T13:47:00-04:00") == {"reported_at": summer}


@pytest.mark.parametrize(
    "cell", ["soon", "05月11日", "2022-13-01", 20220121, "0001-01-01", "9999-12-31T23:59:59-14:00"]
)
def test_what_is_not_a_time_is_refused(tmp_path: Path, cell: Any) -> None:
    text = 'zone = "Asia/Shanghai"\ntimes = ["%Y/%m/%d"]\n[fields]\nclosed_at = "t"'
    with pytest.raises(Refusal, match=r"column `t`: `.*` is not a time"):
        mapped(tmp_path, text, t=cell)


def test_promises_are_instants_and_verdicts_are_truths(tmp_path: Path) -> None:
    text = '[fields]\ndue.resolve = "d"\nmet.resolve = "m"\nmet.respond = "n"'
    found = mapped(tmp_path, text, d="2022-01-01T00:00Z", m="TRUE", n="否")
    assert found == {"due.resolve": datetime(2022, 1, 1, tzinfo=UTC), "met.resolve": True, "met.respond": False}
    with pytest.raises(Refusal, match="column `m`: `maybe` is neither true nor false"):
        mapped(tmp_path, text, m="maybe")


def test_tags_are_parted_by_commas(tmp_path: Path) -> None:
    assert mapped(tmp_path, '[fields]\ntags = "t"', t="rain, gate") == {"tags": ["rain", "gate"]}
    assert mapped(tmp_path, '[fields]\ntags = "t"', t=["rain"]) == {"tags": ["rain"]}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[fields", "is not TOML"),
        ("zone = 'UTC'", "maps no fields"),
        ("[fields]\ntitel = 't'", "unknown key `titel`"),
        ("[fields]\ntitle = { colum = 't' }", "unknown key `title.colum`"),
        ("[fields]\ntitle = { default = 't' }", "names no column"),
        ("[fields]\ntitle = 3", "must be a column's name or a table"),
        ("sauce = 'x'\n[fields]\ntitle = 't'", "unknown key `sauce`"),
        ("zone = 'Mars/Olympus'\n[fields]\ntitle = 't'", "no time zone"),
        ("times = '%Y'\n[fields]\ntitle = 't'", "`times` in mapping.toml must be a list of texts"),
        ("absent = [1]\n[fields]\ntitle = 't'", "`absent` in mapping.toml must be a list of texts"),
        ("keep = 'best'\n[fields]\ntitle = 't'", "must be `first` or `last`, not `best`"),
        ("[fields]\ntitle = { column = 't', values = 'x' }", "`title.values` in mapping.toml must be a table"),
    ],
)
def test_a_mistake_in_a_mapping_is_refused(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(Refusal) as refused:
        mapping(tmp_path, text)
    assert message in refused.value.message


def test_a_near_miss_is_suggested(tmp_path: Path) -> None:
    with pytest.raises(Refusal) as refused:
        mapping(tmp_path, "[fields]\ntitel = 't'")
    assert refused.value.help == "did you mean `title`?"


def test_there_must_be_a_mapping(tmp_path: Path) -> None:
    with pytest.raises(Refusal) as refused:
        read_mapping(tmp_path / "absent.toml")
    assert refused.value.code == "unknown-file"


def test_a_row_is_told_apart_by_its_external_id_or_else_by_its_content(tmp_path: Path) -> None:
    numbered = mapping(tmp_path, '[fields]\nexternal = "no"\ntitle = "t"')
    assert identity(numbered, {"no": "7", "t": "a"}) == identity(numbered, {"no": 7, "t": "b"}) == "7"
    blank = [identity(numbered, {"no": "", "t": text}) for text in ("a", "b", "a")]
    assert blank[0] == blank[2] != blank[1]
