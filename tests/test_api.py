"""The public door for programs that decide: its signatures, and that other processes decide alike."""

import inspect
import multiprocessing
import re
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import svcctl.api
from svcctl.api import Rulebook, evaluate, read_rulebook

RULES = Path(svcctl.api.__file__).parents[1] / "rules"
NOW = datetime(2026, 11, 23, 1, tzinfo=UTC)


def test_its_signatures_are_as_reviewed(golden: Callable[[str, str], None]) -> None:
    """A change of this file is a change for everyone who decides by it: additions only, but with a major version."""
    told = []
    for name in sorted(svcctl.api.__all__):
        thing = getattr(svcctl.api, name)
        fields = [f"    {field}: {kind}\n" for field, kind in inspect.get_annotations(thing).items()]
        told += [f"{name}{inspect.signature(thing)}\n", *(fields if isinstance(thing, type) else ())]
    golden("api.txt", re.sub(r"\b(?:[a-z_]+\.)+(?=[A-Z])", "", "".join(told)))


def tickets() -> list[dict[str, Any]]:
    return [
        {"id": f"A{number}", "type": kind, "urgency": "high", "description": text}
        for number, (kind, text) in enumerate(
            (kind, text)
            for kind in ("hardware_fault", "software_bug", "abnormal_noise", "complaint")
            for text in ("black screen", "crash", "noise")
        )
    ]


def decided(book: Rulebook, ticket: dict[str, Any]) -> dict[str, Any]:
    return evaluate(book, ticket, now=NOW)


def test_processes_that_were_sent_the_rulebook_decide_as_this_one() -> None:
    book = read_rulebook(RULES, calendar="service-hours")
    here = [decided(book, ticket) for ticket in tickets()]
    assert any(answer["dispatch"]["rule"] for answer in here)
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        assert pool.map(partial(decided, book), tickets()) == here
