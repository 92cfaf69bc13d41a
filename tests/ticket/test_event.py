from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from svcctl.ticket.event import Document, Event, FoldError, changes, fold, fold_all

NOW = datetime(2026, 11, 23, 1, tzinfo=UTC)

values = st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=5))
paths = st.sampled_from(["a", "b", "c.d", "c.e", "f.g.h"])


def event(set: Any = None, add: Any = None) -> Event:
    return Event("tickets", "T-000001", "edited", NOW, "li", set or {}, add or {})


@given(st.lists(st.dictionaries(paths, values, max_size=4), max_size=8))
def test_a_document_is_the_fold_of_its_events_and_events_read_back(steps: list[dict[str, Any]]) -> None:
    document: Document | None = None
    history = []
    for step in steps:
        history.append(event(changes(document, step), {"log": (1,)}))
        document = fold(document, history[-1])
    again = [Event.from_json(line.to_json()) for line in history]
    assert fold_all(again) == document
    if document is not None:
        assert document["revision"] == len(steps) == len(document["log"])


def test_the_document_before_is_left_as_it_was() -> None:
    before = fold(None, event({"c.d": (None, 1)}))
    after = fold(before, event({"c.d": (1, 2), "c.e": (None, 3)}))
    assert before["c"] == {"d": 1}
    assert after["c"] == {"d": 2, "e": 3}


def test_an_event_that_does_not_fit_is_refused() -> None:
    document = fold(None, event({"state": (None, "new")}))
    with pytest.raises(FoldError, match="`state` is 'new', not 'closed'"):
        fold(document, event({"state": ("closed", "new")}))


def test_only_what_differs_is_a_change() -> None:
    assert changes({"a": 1, "b": 2}, {"a": 1, "b": 3, "c": None}) == {"b": (2, 3)}
