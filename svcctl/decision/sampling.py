"""Samples: which readings a criterion speaks of, and whether there are enough of them.

`over 24h` speaks of the latest run of so long: of the readings from the last one back to the one that is at least that
much older. That one may lie at most a tenth of the time further back; readings from before a fault was mended do
not make up a run. `coverage` is the share of the run in which no two neighbouring readings are further apart than
twice the usual distance, the median, nor than a tenth of the time.

`in 3 batches of 1000` speaks of the latest three batches that are large enough. The size of a batch is the number of
its readings, or what a reading of the quantity `samples` in the same batch says. `in 100 runs` speaks of the latest
hundred runs: readings, or groups of readings of one batch name; a reading of the quantity `runs` says how many its
group is, or those without a batch.
"""

from collections.abc import Sequence
from datetime import timedelta
from decimal import ROUND_DOWN, Decimal
from itertools import pairwise

from svcctl.decision.seen import print_time
from svcctl.foundation.quantity import Elapsed
from svcctl.foundation.record import Record
from svcctl.language.blocks import Criterion
from svcctl.ticket.model import Measurement

Readings = tuple[Measurement, ...]

SAMPLES, RUNS = "samples", "runs"


class Sample(Record):
    """Groups of readings, each of which must meet the criterion; `text` says what they are, `missing` what lacks."""

    groups: tuple[Readings, ...]
    text: str = ""
    missing: str = ""


def take_sample(criterion: Criterion, quantities: Sequence[str], readings: Sequence[Measurement]) -> Sample:
    """The sample that a criterion asks for. `quantities` are those it speaks of; `readings` may have others too."""
    ordered = sorted(readings, key=lambda reading: reading.at)
    wanted = tuple(reading for reading in ordered if reading.quantity in quantities)
    lacking = next((name for name in quantities if all(reading.quantity != name for reading in wanted)), None)
    if lacking is not None:
        return Sample((), missing=f"there is no reading of `{lacking}`")
    sample = Sample((wanted,))
    if criterion.over is not None:
        sample = _run(criterion.over, criterion.coverage, quantities, wanted)
        wanted = sample.groups[0]
    if criterion.samples is None:
        return sample
    if criterion.size is None:
        rest = _runs(criterion.samples, wanted, ordered)
    else:
        rest = _batches(criterion.samples, criterion.size, quantities, wanted, ordered)
    texts = (text for text in (sample.text, rest.text) if text)
    return Sample(rest.groups, " ".join(texts), sample.missing or rest.missing)


# ---------------------------------------------------------------------- over a time


def _run(over: Elapsed, coverage: Decimal | None, quantities: Sequence[str], readings: Readings) -> Sample:
    """The latest run of each quantity, together; the text and what lacks are those of the worst."""
    kept: list[Measurement] = []
    lengths, shares, missing = [], [], ""
    time = timedelta(seconds=over.seconds)
    for name in quantities:
        run = _latest_run(over, [reading for reading in readings if reading.quantity == name])
        length = run[-1].at - run[0].at
        kept += run
        lengths.append(length)
        if length < time:
            rest = print_time(time - length)
            missing = (
                missing
                or f"readings of `{name}` span {print_time(length)} of {print_time(time)}: measure for {rest} more"
            )
        elif coverage is not None:
            share, limit = _coverage(over, run)
            shares.append(share)
            if share < coverage:
                missing = missing or (
                    f"readings of `{name}` cover {_percent(share)} of {print_time(time)}, not {_percent(coverage)}: "
                    f"measure again with no gap longer than {print_time(limit)}"
                )
    shown = print_time(min(lengths))
    text = f"over {shown}, coverage {_percent(min(shares))}" if shares else f"over {shown}"
    return Sample((tuple(sorted(kept, key=lambda reading: reading.at)),), text, missing)


def _latest_run(over: Elapsed, readings: Sequence[Measurement]) -> Sequence[Measurement]:
    time = timedelta(seconds=over.seconds)
    start = readings[-1].at - time
    first = next(place for place, reading in enumerate(readings) if reading.at > start)
    if first and readings[first - 1].at >= start - time / 10:
        first -= 1
    return readings[first:]


def _coverage(over: Elapsed, run: Sequence[Measurement]) -> tuple[Decimal, timedelta]:
    """The share of a run that its readings cover, and the longest gap that counts as covered."""
    gaps = sorted(later.at - earlier.at for earlier, later in pairwise(run) if later.at > earlier.at)
    limit = min(2 * gaps[len(gaps) // 2], timedelta(seconds=over.seconds) / 10)
    covered = sum((gap for gap in gaps if gap <= limit), timedelta(0))
    return Decimal(covered // timedelta(microseconds=1)) / (sum(gaps, timedelta(0)) // timedelta(microseconds=1)), limit


# ---------------------------------------------------------------- batches and runs


def _batches(
    count: int, size: int, quantities: Sequence[str], readings: Readings, all_readings: Sequence[Measurement]
) -> Sample:
    batches = _grouped(readings)
    counts = _counts(SAMPLES, all_readings)
    sizes = {name: counts.get(name) or _fewest(quantities, group) for name, group in batches.items()}
    large = [name for name in batches if sizes[name] >= size][-count:]
    groups = tuple(batches[name] for name in large)
    if len(large) == count:
        return Sample(groups, f"in {count} batches ({', '.join(large)})")
    missing = f"{len(large)} of {count} batches of {size} are complete"
    short = [f"`{name}` has {sizes[name]}" for name in batches if sizes[name] < size]
    missing += f": {', '.join(short)}" if short else ""
    return Sample(groups, f"in {len(large)} of {count} batches", missing)


def _grouped(readings: Sequence[Measurement]) -> dict[str, Readings]:
    """Readings by batch, that of the latest reading last; readings of no batch are left out."""
    batches: dict[str, list[Measurement]] = {}
    for reading in readings:
        if reading.batch is not None:
            batches[reading.batch] = batches.pop(reading.batch, [])
            batches[reading.batch].append(reading)
    return {name: tuple(group) for name, group in batches.items()}


def _fewest(quantities: Sequence[str], group: Readings) -> int:
    """How many readings there are of the quantity that has the fewest."""
    return min(sum(reading.quantity == quantity for reading in group) for quantity in quantities)


def _runs(count: int, readings: Readings, all_readings: Sequence[Measurement]) -> Sample:
    runs: dict[str | int | None, list[Measurement]] = {}
    counts = _counts(RUNS, all_readings)
    for place, reading in enumerate(readings):
        key = place if reading.batch is None and None not in counts else reading.batch
        runs[key] = runs.pop(key, [])
        runs[key].append(reading)
    kept: list[Measurement] = []
    found = 0
    for key in reversed(runs):
        found += 1 if isinstance(key, int) else counts.get(key, 1)
        kept += runs[key]
        if found >= count:
            break
    sample = (tuple(sorted(kept, key=lambda reading: reading.at)),)
    if found >= count:
        return Sample(sample, f"in {found} runs")
    return Sample(sample, f"in {found} of {count} runs", f"there are {found} of {count} runs: {count - found} more")


def _counts(quantity: str, readings: Sequence[Measurement]) -> dict[str | None, int]:
    """The latest count recorded for each batch."""
    return {reading.batch: int(reading.value) for reading in readings if reading.quantity == quantity}


# ------------------------------------------------------------------------- words


def _percent(share: Decimal) -> str:
    """Rounded down, so that what falls short never looks like enough."""
    return f"{(share * 100).quantize(Decimal('0.1'), ROUND_DOWN).normalize():f} %"
