"""Quantities: a decimal amount with a unit of a dimension. Durations of the two clocks are types of their own.

Factors to each dimension's base unit follow the International System of Units (BIPM, SI Brochure, 9th ed.).
"""

import re
from collections.abc import Mapping
from decimal import Decimal

from svcctl.foundation.record import Record


class Unit(Record):
    """`symbol` as written, its `dimension`, and how to reach the base unit: amount * factor + offset."""

    symbol: str
    dimension: str
    factor: Decimal = Decimal(1)
    offset: Decimal = Decimal(0)


def _table(rows: str) -> Mapping[str, Unit]:
    units = {}
    for row in rows.strip().splitlines():
        dimension, *entries = row.split()
        for entry in entries:
            symbol, _, factor = entry.partition("=")
            scale, _, offset = (factor or "1").partition("+")
            units[symbol] = Unit(symbol, dimension.replace("_", " "), Decimal(scale), Decimal(offset or "0"))
    return units


#: Every unit that rules and measurements may use, by symbol; case matters.
UNITS: Mapping[str, Unit] = _table(
    """
    sound_level dB dBA
    signal_level dBm
    time s ms=0.001 us=0.000001 min=60 h=3600
    ratio %=0.01 ppm=0.000001 ‰=0.001
    length m mm=0.001 cm=0.01 km=1000 um=0.000001
    mass kg g=0.001 t=1000
    temperature K °C=1+273.15
    voltage V mV=0.001 kV=1000
    current A mA=0.001
    power W kW=1000 mW=0.001
    energy Wh kWh=1000
    resistance Ω ohm kΩ=1000 MΩ=1000000
    frequency Hz kHz=1000 MHz=1000000 rpm=0.0166666666666666666667
    pressure Pa kPa=1000 MPa=1000000 bar=100000
    force N kN=1000
    torque Nm
    speed m/s km/h=0.27777777777777777778 mm/s=0.001
    flow L/min m³/h=16.666666666666666667
    volume L mL=0.001 m³=1000
    illuminance lx
    luminance cd/m²
    data B kB=1000 MB=1000000 GB=1000000000
    money_CNY CNY
    money_USD USD
    money_EUR EUR
    money_JPY JPY
    money_GBP GBP
    money_HKD HKD
    """
)

CURRENCIES = frozenset({"CNY", "USD", "EUR", "JPY", "GBP", "HKD"})


class Quantity(Record):
    """An amount in a unit, compared with others of its dimension in the base unit.

    Each currency is a dimension of its own (`money CNY`): svcctl has no exchange rates.
    """

    amount: Decimal
    unit: str

    @property
    def dimension(self) -> str:
        return UNITS[self.unit].dimension

    @property
    def base(self) -> Decimal:
        """The amount in the dimension's base unit."""
        unit = UNITS[self.unit]
        return self.amount * unit.factor + unit.offset

    def __str__(self) -> str:
        return f"{self.amount.normalize():f} {self.unit}"


class Elapsed(Record):
    """A duration on the wall clock, in seconds: `30m`, `4h`, `2d`, `1w`."""

    seconds: int

    def __str__(self) -> str:
        for size, letter in ((604800, "w"), (86400, "d"), (3600, "h"), (60, "m")):
            if self.seconds and self.seconds % size == 0:
                return f"{self.seconds // size}{letter}"
        return f"{self.seconds}s"


class Business(Record):
    """A duration in the open time of a calendar: `hours` in seconds (`4bh`, `30bm`) or whole `days` (`2bd`).

    A business day has no fixed length: `2bd` ends at the same place in the open time of the
    second working day after. Exactly one of the two is not zero, unless the duration is zero.
    """

    seconds: int = 0
    days: int = 0

    def __str__(self) -> str:
        if self.days:
            return f"{self.days}bd"
        if self.seconds % 3600 == 0:
            return f"{self.seconds // 3600}bh"
        return f"{self.seconds // 60}bm" if self.seconds % 60 == 0 else f"{self.seconds}bs"


Duration = Elapsed | Business

_QUANTITY = r"(?:([A-Z]{3}) ?)?(-?\d+(?:\.\d+)?)(?: ?([^\s\d].*))?"
_ELAPSED = {"w": 604800, "d": 86400, "h": 3600, "m": 60, "s": 1}
_BUSINESS = {"bh": 3600, "bm": 60, "bs": 1}


def parse_quantity(text: str) -> Quantity | None:
    """The quantity that `text` (`45 dB`, `99.5%`, `CNY 5000`) writes, or None where it is not one."""
    match = re.fullmatch(_QUANTITY, text.strip())
    if match is None:
        return None
    prefix, amount, unit = match.groups()
    symbol = prefix or unit or ""
    return Quantity(Decimal(amount), symbol) if symbol in UNITS and not (prefix and unit) else None


def parse_duration(text: str) -> Duration | None:
    """The duration that `text` (`30m`, `4bh`, `2bd`) writes, or None where it is not one."""
    digits = text.rstrip("wdhmsb")
    unit = text[len(digits) :]
    if not (digits.isascii() and digits.isdigit()):
        return None
    amount = int(digits)
    if unit in _ELAPSED:
        return Elapsed(amount * _ELAPSED[unit])
    if unit in _BUSINESS:
        return Business(seconds=amount * _BUSINESS[unit])
    return Business(days=amount) if unit == "bd" else None
