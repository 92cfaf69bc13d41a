"""The canonical form of rule files: what it looks like, and that it says the same."""

import re
from pathlib import Path

import pytest

from svcctl.foundation.errors import Refusal
from svcctl.foundation.shipped import shipped
from svcctl.foundation.source import Source
from svcctl.language.formatting import formatted

EXAMPLE = (Path(__file__).parent / "example.rules").read_text("utf-8")


def shaped(text: str) -> str:
    """The canonical form, which is its own canonical form."""
    made = formatted(Source("t.rules", text))
    assert formatted(Source("t.rules", made)) == made
    return made


SHAPES = {
    "columns of a form": (
        'form f{ serial text required "设备序列号"\n a quantity   dB\n  photo evidence at least 1\n x text "label" }',
        """\
form f {
  serial text     required "设备序列号"
  a      quantity dB
  photo  evidence at least 1
  x      text              "label"
}
""",
    ),
    "a block on one line stays on it": (
        'calendar c{zone "UTC" daily 00:00 - 24:00}',
        'calendar c { zone "UTC"  daily 00:00-24:00 }\n',
    ),
    "conditions break as they were broken": (
        "dispatch d first { rule r {\n when type == a\nand not (b==c or d ==e) and f in [ g,h, ]\n tag x } }",
        """\
dispatch d first {
  rule r {
    when type == a
     and not (b == c or d == e)
     and f in [g, h]
    tag x
  }
}
""",
    ),
    "what is too long is broken": (
        "dispatch d first {\n rule r { assign engineer from team site-hardware having skill access-control >= 2 "
        "where region == site.region and on_shift prefer fewest open_tickets, nearest to site "
        "or team site-hardware } }",
        """\
dispatch d first {
  rule r {
    assign engineer from team site-hardware
      having skill access-control >= 2
      where region == site.region and on_shift
      prefer fewest open_tickets, nearest to site
    or team site-hardware
  }
}
""",
    ),
    "chains of states": (
        "flow f {\n new->triaged -> assigned\n  -> closed\n a<->b , c\n to x require y\n to long require z, w }",
        """\
flow f {
  new -> triaged -> assigned
      -> closed
  a <-> b, c
  to x    require y
  to long require z, w
}
""",
    ),
    "moments of a test": (
        'test "t" { at 2026-11-23T09:00+08:00\n given engineer li { team a }\n given engineer zhao {team b}\n'
        " at +30m\n expect nothing\n at + 2h move accepted expect priority -3, x 20°C }",
        """\
test "t" {
  at 2026-11-23T09:00+08:00
  given engineer li   { team a }
  given engineer zhao { team b }
  at +30m expect nothing
  at +2h  move accepted  expect priority -3, x 20 °C
}
""",
    ),
    "blank lines and comments": (
        "\n\n#  头\n\n\n\nsla a { # 一\n\n  respond within 30m   # 二\n  # 三\n\n\n  # 四\n"
        "  pause in x # 五\n\n # 六\n}#七\n"
        "sla b { respond within # 八\n 1h }\n# 九",
        """\
#  头

sla a {  # 一
  respond within 30m  # 二
  # 三

  # 四
  pause in x  # 五

  # 六
}  #七

sla b {
  respond within  # 八
      1h
}
# 九
""",
    ),
    "a value stays with its `or default`": (
        'sla s { for customer.name or default "nobody in particular, or somebody whose name was never written down" '
        '== "x" }',
        """\
sla s {
  for customer.name
      or default "nobody in particular, or somebody whose name was never written down" == "x"
}
""",
    ),
}


@pytest.mark.parametrize("case", SHAPES)
def test_the_form(case: str) -> None:
    text, expected = SHAPES[case]
    assert shaped(text) == expected


def test_every_comment_of_the_whole_language_is_kept_in_its_order() -> None:
    made = shaped(EXAMPLE)

    def comments(text: str) -> list[str]:
        return [line.partition("#")[2].strip() for line in text.split("\n") if "#" in line]

    assert comments(made) == comments(EXAMPLE)


def test_line_breaks_and_byte_order_mark_stay_as_they_are() -> None:
    assert shaped("\ufeffsla a {\r\n respond within 1h # x\r\n}\r\n") == (
        "\ufeffsla a {\r\n  respond within 1h  # x\r\n}\r\n"
    )


def test_what_is_no_unit_stays_at_its_number() -> None:
    text = 'test "t" { at 2026-11-23T10+08  given engineer li { load 1e  at 45dB } }\n'
    assert shaped(text) == text.replace("45dB", "45 dB")


def test_nothing_is_nothing() -> None:
    assert shaped("") == shaped("\n\n") == ""
    assert shaped("# only this") == "# only this\n"


def test_what_has_mistakes_of_form_is_refused() -> None:
    with pytest.raises(Refusal, match=r"t\.rules:2:11") as refused:
        formatted(Source("t.rules", "sla a {\n  respond whithin 1h }"))
    assert refused.value.code == "rules-broken"


SHIPPED = [*sorted(shipped("rules").rglob("*.rules")), *sorted(shipped("samples").rglob("*.rules"))]


@pytest.mark.parametrize("file", SHIPPED, ids=lambda file: f"{file.parent.parent.name}/{file.name}")
def test_shipped_rules_are_in_form(file: Path) -> None:
    text = file.read_text("utf-8")
    assert formatted(Source(file.name, text)) == text, "`svcctl rules fmt` puts it right"


def test_examples_of_the_manual_are_in_form() -> None:
    manual = (shipped("grammar") / "README.md").read_text("utf-8")
    examples = re.findall(r"^```rules\n(.*?)^```$", manual, re.MULTILINE | re.DOTALL)
    assert len(examples) > 9
    assert [formatted(Source("README.md", text)) for text in examples] == examples
