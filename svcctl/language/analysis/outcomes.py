"""Outcomes of conditions: where each holds and where it does not, put together as the operators say."""

from collections.abc import Callable
from typing import Any

from svcctl.language.analysis.axes import Axis, Ranges, Relation, Words
from svcctl.language.analysis.regions import Region, cross, join

Outcome = tuple[Region, Region]
"""Where a condition holds, and where it does not."""

Plan = Callable[[], Outcome]
"""How to come to an outcome once it is known which values are told apart."""

EVERYWHERE: Region = [{}]


def always(truth: bool) -> Outcome:
    """Everywhere, or nowhere."""
    return (EVERYWHERE, []) if truth else ([], EVERYWHERE)


def all_hold(parts: list[Plan]) -> Outcome:
    """Kleene conjunction."""
    outcomes = [part() for part in parts]
    return cross([yes for yes, _ in outcomes]), join(no for _, no in outcomes)


def any_holds(parts: list[Plan]) -> Outcome:
    """Kleene disjunction."""
    outcomes = [part() for part in parts]
    return join(yes for yes, _ in outcomes), cross([no for _, no in outcomes])


def opposite(part: Plan) -> Outcome:
    """Negation: what is unknown stays so."""
    yes, no = part()
    return no, yes


def present_on(axis: Axis, place: int, present: bool) -> Outcome:
    """Where there is a value, or none."""
    there, lacking = boxes_of(place, axis.full & ~axis.missing, axis.full), boxes_of(place, axis.missing, axis.full)
    return (there, lacking) if present else (lacking, there)


def compared_on(axis: Words | Ranges, place: int, op: str, value: Any, instead: Any) -> Outcome:
    """Where a value stands in a relation to a written one; `instead` stands for a missing value."""
    compared = axis.compared(op, value)
    if compared is None:
        return [], []
    yes, no = compared
    if instead is not None:
        bit = axis.place(instead)
        yes |= axis.missing if bit & yes else 0
        no |= axis.missing if bit & no else 0
    return boxes_of(place, yes, axis.full), boxes_of(place, no, axis.full)


def related_on(axis: Relation, place: int, op: str) -> Outcome:
    """Where two sides stand in a relation."""
    yes, no = axis.compared(op)
    return [{place: yes}], [{place: no}]


def found_in(axis: Axis, path: int, atom: int, test: Callable[[str], bool] | None) -> Outcome:
    """Where a text or a list holds something: decided for the texts that are written out, open for any other."""
    yes, no = 0, 0
    for place, cell in enumerate(axis.cells):
        if test is not None and isinstance(cell, str):
            if test(cell):
                yes |= 1 << place
            else:
                no |= 1 << place
    other = axis.other
    open_yes: Region = [{path: other, atom: 1}] if other else []
    open_no: Region = [{path: other, atom: 2}] if other else []
    if other == axis.full:
        open_yes, open_no = [{atom: 1}], [{atom: 2}]
    return [*boxes_of(path, yes, axis.full), *open_yes], [*boxes_of(path, no, axis.full), *open_no]


def boxes_of(place: int, mask: int, full: int) -> Region:
    """The region of some cells of one axis."""
    return [] if not mask else EVERYWHERE if mask == full else [{place: mask}]
