"""The tree of calendars, forms, flows and service levels; places and comments."""

from datetime import date
from pathlib import Path
from typing import Any

from svcctl.foundation.quantity import Business, Elapsed
from svcctl.foundation.source import Source, Span
from svcctl.language import block, blocks, calendar_block
from svcctl.language.lexer import cut
from svcctl.language.parser import parse_rules
from svcctl.language.tree import (
    And,
    Comparison,
    Membership,
    Name,
    Word,
    place_of,
)

EXAMPLE = Path(__file__).with_name("example.rules").read_text("utf-8")


def module_of(text: str) -> blocks.Module:
    module, found = parse_rules(Source("t.rules", text))
    assert [finding.message for finding in found] == []
    return module


def block_of(text: str) -> Any:
    (block,) = module_of(text).blocks
    return block


def example(kind: type[block.Block], id: str) -> Any:
    (block,) = (block for block in module_of(EXAMPLE).blocks if isinstance(block, kind) and block.id == id)
    return block


def test_calendar() -> None:
    calendar = example(calendar_block.CalendarBlock, "cn-service")
    assert calendar == calendar_block.CalendarBlock(
        id="cn-service",
        zone="Asia/Shanghai",
        weekly=(calendar_block.Weekly((0, 1, 2, 3, 4), ((540, 720), (810, 1080))),),
        holidays=("CN",),
        shifts=(calendar_block.Shift(date(2026, 12, 31), ((540, 720),)),),
        closed=(calendar_block.Closed(date(2027, 2, 5), date(2027, 2, 11)),),
    )


def test_calendar_days() -> None:
    calendar = block_of(
        'calendar c { zone "UTC" mon, wed..fri 09:00-12:00 sat..mon 22:00-06:00 daily 00:00-24:00'
        " break 2026-11-25 12:00-14:00 closed 2026-05-01, 2026-10-01..2026-10-07 holidays CN, HK }"
    )
    assert [weekly.days for weekly in calendar.weekly] == [(0, 2, 3, 4), (5, 6, 0), (0, 1, 2, 3, 4, 5, 6)]
    assert [weekly.intervals for weekly in calendar.weekly] == [((540, 720),), ((1320, 360),), ((0, 1440),)]
    assert calendar.breaks == (calendar_block.Break(date(2026, 11, 25), ((720, 840),)),)
    assert len(calendar.closed) == 2
    assert calendar.holidays == ("CN", "HK")


def test_form() -> None:
    form = block_of(
        'form f "Fault" { text text required "What" humidity percent noise quantity dB'
        " at-site choice [yes, 厦门, 2] photo evidence at least 2 }"
    )
    assert form == blocks.FormBlock(
        id="f",
        title="Fault",
        fields=(
            blocks.FormField("text", "text", True, "What"),
            blocks.FormField("humidity", "percent"),
            blocks.FormField("noise", "quantity", unit="dB"),
            blocks.FormField("at-site", "choice", choices=("yes", "厦门", "2")),
            blocks.FormField("photo", "evidence", at_least=2),
        ),
    )


def test_flow() -> None:
    flow = example(blocks.FlowBlock, "onsite")
    assert flow.states[:3] == ("new", "triaged", "assigned")
    assert flow.moves[0] == blocks.Move(("new",), ("triaged",))
    assert flow.moves[-3:] == (
        blocks.Move(("in_progress",), ("pending_parts", "pending_customer")),
        blocks.Move(("pending_parts", "pending_customer"), ("in_progress",)),
        blocks.Move(("resolved", "closed"), ("in_progress",), "reopen"),
    )
    assert flow.demands[1] == blocks.Demand("resolved", ("cause.root", "plan"))


def test_flow_clauses_and_states_named_like_keywords() -> None:
    flow = block_of(
        "flow f { for priority >= high  open -> resolve, close resolve -> close within 2bd in resolve close at close }"
    )
    assert flow.condition == Comparison(">=", Name("priority"), Name("high"))
    assert flow.moves == (blocks.Move(("open",), ("resolve", "close")), blocks.Move(("resolve",), ("close",)))
    assert flow.limits == (blocks.Limit("resolve", Business(days=2)),)
    assert flow.milestones == (blocks.Milestone("close", ("close",)),)


def test_sla() -> None:
    sla = example(blocks.SlaBlock, "urgent-hardware")
    assert sla.condition == And(
        (
            Membership(Name("priority"), (Name("urgent"), Name("high"))),
            Comparison("==", Name("type"), Name("hardware_fault")),
        )
    )
    assert sla.targets == (
        blocks.Target("respond", Elapsed(1800), "round-the-clock"),
        blocks.Target("arrive", Business(seconds=14400)),
        blocks.Target("resolve", Business(days=2), "cn-service"),
    )
    assert sla.pauses == ("pending_customer", "pending_parts")


def test_imports() -> None:
    module = module_of('import "a.rules" import "b.rules" sla s { }')
    assert [entry.path for entry in module.imports] == ["a.rules", "b.rules"]


def test_line_breaks_and_comments_carry_no_meaning() -> None:
    crowded = " ".join(line.partition("#")[0] for line in EXAMPLE.splitlines())
    scattered = EXAMPLE.replace("  ", " \r\n ")
    assert module_of(crowded).blocks == module_of(EXAMPLE).blocks == module_of(scattered).blocks


def test_spans_under_chinese_text() -> None:
    text = 'sla 现场 "急修" {\n  # 说明\n  for 描述 contains "黑屏" and 等级 == 高\n  resolve within 4bh on 工作日\n}\n'
    sla = block_of(text)

    def at(span: Span) -> str:
        return text[span.start : span.end]

    assert at(sla.condition.span) == '描述 contains "黑屏" and 等级 == 高'
    assert at(sla.condition.parts[1].left.span) == "等级"
    assert at(sla.targets[0].span) == "resolve within 4bh on 工作日"
    assert at(place_of(sla.targets[0].calendar, sla.targets[0])) == "工作日"
    assert at(sla.id.span) == "现场"
    assert at(sla.span) == text.strip()


def test_names_keep_their_places() -> None:
    for found in module_of(EXAMPLE).blocks:
        assert isinstance(found.id, Word)
        assert EXAMPLE[found.id.span.start : found.id.span.end].strip('"') == found.id


def test_comments_are_kept_for_whoever_writes_the_text_again() -> None:
    source = Source("t.rules", 'sla s { # first\n  # 第二\n  respond within 30m } # "last"')
    lexed = cut(source, {})
    assert [source.text[span.start : span.end] for span in lexed.comments] == ["# first", "# 第二", '# "last"']
    assert [token.text for token in lexed.tokens] == ["sla", "s", "{", "respond", "within", "30m", "}"]
