"""What constraints work on: focus nodes with their value nodes, and what fails at them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from functools import cached_property
from itertools import chain
from typing import NamedTuple, Protocol

from rdflib import URIRef
from rdflib.term import Node

from entente.shacl.model import Result


class Failure(NamedTuple):
    """What a constraint found at a focus node.

    Attributes:
        focus: The focus node.
        value: The offending value, if any.
        predicate: The property of the offending statement, where it is not the shape's path.
        component: The constraint component, where a constraint has several.
        result: The result, where it has been written already.
    """

    focus: int
    value: int | None = None
    predicate: str | None = None
    component: URIRef | None = None
    result: Result | None = None


class Rows:
    """Focus nodes with their value nodes, each once."""

    def __init__(self, pairs: list[tuple[int, Collection[int]]]) -> None:
        self.pairs = pairs

    @cached_property
    def values(self) -> set[int]:
        """The different value nodes."""
        return set(chain.from_iterable(values for _, values in self.pairs))

    @cached_property
    def owners(self) -> dict[int, list[int]]:
        """The focus nodes of each value node."""
        owners: dict[int, list[int]] = {}
        for focus, values in self.pairs:
            for value in values:
                owners.setdefault(value, []).append(focus)
        return owners

    def having(self, bad: set[int]) -> Iterator[Failure]:
        """Yield a failure for each of some values at each focus node."""
        if bad:
            for focus, found in self.pairs:
                for value in found:
                    if value in bad:
                        yield Failure(focus, value)


#: Finds what fails on some rows.
Check = Callable[[Rows], Iterable[Failure]]


class Conformance(Protocol):
    """Knows which nodes conform to which shape."""

    def failing(self, shape: Node, nodes: set[int]) -> set[int]:
        """Return those of some nodes that do not conform to a shape."""
