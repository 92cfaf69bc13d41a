from pathlib import Path

import pytest

from svcctl.desk.story import Line, read_story
from svcctl.foundation.errors import Refusal


def test_a_story_has_headings_narration_and_commands(tmp_path: Path) -> None:
    path = tmp_path / "story.txt"
    path.write_text(
        "# not told\n== Week 1\n> It begins,\n> and goes on.\n"
        '2026-09-14T09:12 liu $ svcctl ticket new --title "two words"\n'
        "2026-09-14T09:13 li ! svcctl ticket list -o ids | svcctl dispatch -\n",
        encoding="utf-8",
    )
    heading, narration, new, refused = read_story(path)
    assert heading == Line("heading", "Week 1")
    assert narration == Line("narration", "It begins,\nand goes on.")
    assert (new.time, new.actor, new.refused) == ("2026-09-14T09:12", "liu", False)
    assert new.commands == (("ticket", "new", "--title", "two words"),)
    assert refused.refused
    assert refused.commands == (("ticket", "list", "-o", "ids"), ("dispatch", "-"))


@pytest.mark.parametrize("line", ["hello", "2026-09-14T09:12 liu svcctl x", "2026-09-14T09:12 liu $ rm -r ."])
def test_what_is_no_line_of_a_story_is_refused_with_its_number(tmp_path: Path, line: str) -> None:
    path = tmp_path / "story.txt"
    path.write_text(f"== Week 1\n{line}\n", encoding="utf-8")
    with pytest.raises(Refusal, match=r"story\.txt:2"):
        read_story(path)


def test_a_story_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refusal, match="there is no story"):
        read_story(tmp_path / "story.txt")
