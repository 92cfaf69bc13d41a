"""What people write, and what spreadsheets of theirs hold, in the form in which it is kept: full-width signs, Chinese
names of units, dates with the year first."""

import re
from collections.abc import Mapping

#: Full-width forms to the ASCII that they stand for, one character for one.
FULL_WIDTH: Mapping[int, str] = {code: chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)}

_NARROW: Mapping[int, str] = {**FULL_WIDTH, 0x3000: " ", ord("￥"): "¥", ord("℃"): "°C"}

#: The symbols of units by their names.
UNIT_NAMES: Mapping[str, str] = {
    name: symbol
    for symbol, *names in map(
        str.split,
        """
        CNY 元
        dB 分贝
        kg 公斤 千克
        g 克
        t 吨
        mm 毫米
        cm 厘米
        m 米
        km 公里 千米
        °C 摄氏度
        V 伏
        mV 毫伏
        kV 千伏
        A 安
        mA 毫安
        W 瓦
        kW 千瓦
        kWh 千瓦时 度电
        Ω 欧 欧姆
        Hz 赫兹
        Pa 帕
        kPa 千帕
        MPa 兆帕
        N 牛
        L 升
        mL 毫升
        m³ 立方米
        ms 毫秒
        s 秒
        min 分钟
        h 小时
        """.strip().splitlines(),
    )
    for name in names
}

#: The letters of durations for words.
DURATIONS: Mapping[str, str] = {
    word: letters
    for letters, words in {
        "s": "second seconds sec secs 秒",
        "m": "minute minutes min mins 分钟 分",
        "h": "hour hours hr hrs H 小时 个小时",
        "d": "day days D 天 日",
        "w": "week weeks 周 星期",
        "bd": "workday workdays 工作日 个工作日",
        "bh": "workhour workhours 工作小时",
    }.items()
    for word in words.split()
}

_AMOUNT = r"([+-]?[0-9]+(?:\.[0-9]+)?) ?"
_DATE = r"([0-9]{4})(?:([-/.])([0-9]{1,2})\2([0-9]{1,2})|年([0-9]{1,2})月([0-9]{1,2})日?)"
_TIME = r"(?:[T ]*([0-9]{1,2}):([0-9]{2})(?::([0-9]{2}))?)?"


def narrow(text: str) -> str:
    """With full-width letters, digits and signs as narrow ones."""
    return text if text.isascii() else text.translate(_NARROW)


def quantity_in_symbols(text: str) -> str:
    """An amount with the symbol of its unit: `５０％` is `50%`, `3 公斤` is `3 kg`, `￥12` is `12 CNY`. Anything else
    is only narrowed."""
    if text.isascii():
        return text
    text = narrow(text.strip())
    if text.startswith("¥"):
        return f"{text[1:].strip()} CNY"
    return _renamed(text, UNIT_NAMES, " ")


def duration_in_symbols(text: str) -> str:
    """A duration with the letters of its unit: `3天` and `3 days` are `3d`, `2 个工作日` is `2bd`."""
    return _renamed(narrow(text.strip()), DURATIONS, "")


def _renamed(text: str, units: Mapping[str, str], space: str) -> str:
    found = re.fullmatch(rf"{_AMOUNT}(\D+)", text)
    return f"{found[1]}{space}{units[found[2]]}" if found and found[2] in units else text


def wall_time(text: str) -> str | None:
    """A date, or a date and time, that is written with the year first (`2026/3/1 9:05`, `2026年3月1日`) as ISO 8601
    writes it. None where it is not one; whether there is such a day is not asked."""
    found = re.fullmatch(_DATE + _TIME, narrow(text.strip()))
    if found is None:
        return None
    year, _, month, day, named_month, named_day, hour, minute, second = found.groups()
    return (
        f"{year}-{int(month or named_month):02}-{int(day or named_day):02}"
        f"T{int(hour or 0):02}:{minute or '00'}:{second or '00'}"
    )
