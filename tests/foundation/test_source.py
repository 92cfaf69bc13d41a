from svcctl.foundation.diagnostic import error, has_errors, in_reading_order, warning
from svcctl.foundation.errors import ERRORS, nearest
from svcctl.foundation.source import Source, Span


def test_positions_count_lines_and_characters_from_one() -> None:
    source = Source("a.rules", "第一行\nsecond\r\n\nlast")
    assert source.position(0) == (1, 1)
    assert source.position(2) == (1, 3)
    assert source.position(4) == (2, 1)
    assert source.line(1) == "第一行"
    assert source.line(2) == "second"
    assert source.line(4) == "last"
    assert source.place(Span("a.rules", 5, 6)) == "a.rules:2:2"


def test_findings_stand_in_reading_order_without_repeats() -> None:
    late, early = Span("a", 9, 10), Span("a", 1, 2)
    found = in_reading_order([error("x", "m", late), warning("y", "m", early), error("x", "m", late)])
    assert [finding.code for finding in found] == ["y", "x"]
    assert has_errors(found)
    assert not has_errors(found[:1])


def test_the_nearest_word_ignores_case_and_gives_up_when_nothing_is_near() -> None:
    assert nearest("Beijng", {"beijing", "shanghai"}) == "beijing"
    assert nearest("DB", {"dB", "dBm"}) == "dB"
    assert nearest("xyz", {"beijing"}) is None


def test_error_codes_are_kebab_case_with_a_meaning() -> None:
    for code, (_, meaning) in ERRORS.items():
        assert code == code.lower().replace("_", "-")
        assert meaning
