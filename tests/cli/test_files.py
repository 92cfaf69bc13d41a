"""Files as they come from spreadsheets: in another encoding, their cells parted by semicolons."""

from pathlib import Path
from typing import Any

Shell = Any


def test_records_tickets_and_readings_come_in_another_encoding(shell: Shell, tmp_path: Path) -> None:
    people = tmp_path / "people.csv"
    people.write_bytes("id;name;team\nzhang;张工;hardware\n".encode("gb18030"))
    refused = shell("engineer", "import", str(people))
    assert refused.code == 4
    assert "may be GB18030" in refused.out
    assert shell("engineer", "import", str(people), "--encoding", "gb18030").code == 0
    assert shell.json("engineer", "show", "zhang")["name"] == "张工"

    mapping, tickets = tmp_path / "mapping.toml", tmp_path / "tickets.csv"
    mapping.write_text('[fields]\nexternal = "编号"\ntitle = "描述"\n', encoding="utf-8")
    tickets.write_bytes("编号,描述\nN-1,黑屏\n".encode("gb18030"))
    words = ("import", str(tickets), "--mapping", str(mapping))
    unread = shell(*words, "-o", "json")
    assert (unread.code, unread.problem["code"]) == (2, "bad-input")
    assert "--encoding gb18030" in unread.problem["help"]
    [row] = shell.json(*words, "--encoding", "gb18030")
    assert shell.json("ticket", "show", row["id"])["title"] == "黑屏"

    readings = tmp_path / "readings.csv"
    readings.write_bytes("quantity,value\n噪音,43 dB\n".encode("gb18030"))
    assert shell("ticket", "measure", row["id"], "--file", str(readings)).code == 2
    assert shell("ticket", "measure", row["id"], "--file", str(readings), "--encoding", "gb18030").code == 0
    assert shell.json("ticket", "show", row["id"])["measurements"][0]["quantity"] == "噪音"
    assert shell("engineer", "import", str(people), "--encoding", "klingon").code == 2
