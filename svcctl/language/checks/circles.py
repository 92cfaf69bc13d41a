"""Circles among things that name each other."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TypeVar

_Edge = TypeVar("_Edge")


def circles(onward: Mapping[str, Sequence[tuple[str, _Edge]]]) -> Iterator[tuple[_Edge, tuple[str, ...]]]:
    """Each edge that leads back to where it came from, with the names around the circle.

    A depth-first walk from every name in order, without recursion, so that no chain is too long for it.
    """
    done: set[str] = set()
    for start in onward:
        path: dict[str, Iterator[tuple[str, _Edge]]] = {} if start in done else {start: iter(onward[start])}
        while path:
            name = next(reversed(path))
            step = next(path[name], None)
            if step is None:
                done.add(name)
                del path[name]
            elif step[0] in path:
                names = tuple(path)
                yield step[1], (*names[names.index(step[0]) :], step[0])
            elif step[0] in onward and step[0] not in done:
                path[step[0]] = iter(onward[step[0]])
