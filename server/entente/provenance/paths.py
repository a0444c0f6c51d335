"""Property paths walked triple by triple: which ends they join, and which quads they used."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

import pyoxigraph as ox
from rdflib import URIRef
from rdflib.paths import (
    AlternativePath,
    InvPath,
    MulPath,
    NegatedPath,
    Path,
    SequencePath,
)

from entente.terms import Term

Quads = frozenset[ox.Quad]
#: Two ends and the quads between them.
Walk = tuple[Term, Term, Quads]
#: Gives the quads of the active graph that match subject, predicate and object.
Match = Callable[[Term | None, Term | None, Term | None], Iterable[ox.Quad]]
_NONE: Quads = frozenset()


def walk(path: URIRef | Path, start: Term | None, end: Term | None, match: Match) -> Iterator[Walk]:
    """Walk a path.

    Args:
        path: An IRI or a path, as rdflib reads it.
        start: Where it begins, or None for anywhere.
        end: Where it ends, or None for anywhere.
        match: Gives the quads of the active graph.

    Yields:
        Start, end and the quads of one way; each pair may come in several ways, but a repeated
        path gives each end once, by a shortest way.

    Source: https://www.w3.org/TR/sparql11-query/#propertypaths
    """
    if isinstance(path, InvPath):
        yield from ((s, e, quads) for e, s, quads in walk(path.arg, end, start, match))
    elif isinstance(path, SequencePath):
        yield from _sequence(path.args, start, end, match)
    elif isinstance(path, AlternativePath):
        for part in path.args:
            yield from walk(part, start, end, match)
    elif isinstance(path, MulPath):
        yield from _repeat(path, start, end, match)
    elif isinstance(path, NegatedPath):
        yield from _negated(path.args, start, end, match)
    else:
        yield from map(_ends, match(start, ox.NamedNode(str(path)), end))


def _ends(quad: ox.Quad) -> Walk:
    return quad.subject, quad.object, frozenset((quad,))  # type: ignore[return-value]


def _sequence(
    parts: Sequence[URIRef | Path], start: Term | None, end: Term | None, match: Match
) -> Iterator[Walk]:
    if len(parts) == 1:
        yield from walk(parts[0], start, end, match)
    elif start is None and end is not None:
        for middle, last, used in walk(parts[-1], None, end, match):
            for first, _, more in _sequence(parts[:-1], None, middle, match):
                yield first, last, used | more
    else:
        for first, middle, used in walk(parts[0], start, None, match):
            for _, last, more in _sequence(parts[1:], middle, end, match):
                yield first, last, used | more


def _negated(
    parts: Sequence[URIRef | Path], start: Term | None, end: Term | None, match: Match
) -> Iterator[Walk]:
    forward = {str(part) for part in parts if isinstance(part, URIRef)}
    inverse = any(not isinstance(part, URIRef) for part in parts)
    if forward or not inverse:
        quads = match(start, None, end)
        yield from (_ends(quad) for quad in quads if quad.predicate.value not in forward)
    if inverse:  # rdflib forgets which ones: all are candidates
        yield from (
            (last, first, used) for first, last, used in map(_ends, match(end, None, start))
        )


def _repeat(path: MulPath, start: Term | None, end: Term | None, match: Match) -> Iterator[Walk]:
    if start is None and end is not None:
        for last, first, used in _reach(InvPath(path.path), path, end, match):
            yield first, last, used
    elif start is not None:
        found = _reach(path.path, path, start, match)
        yield from (each for each in found if end is None or each[1] == end)
    else:
        for node in _nodes(match):
            yield from _reach(path.path, path, node, match)


def _reach(step: URIRef | Path, path: MulPath, start: Term, match: Match) -> Iterator[Walk]:
    """Yield what repeated steps lead to from a node, nearest first."""
    reached: dict[Term, Quads] = {}
    if path.zero:
        reached[start] = _mention(start, match)
        yield start, start, reached[start]
    waiting: list[tuple[Term, Quads]] = [(start, _NONE)]
    while waiting:
        onward: list[tuple[Term, Quads]] = []
        for node, used in waiting:
            for _, last, more in walk(step, node, None, match):
                if last not in reached:
                    reached[last] = used | more
                    onward.append((last, used | more))
                    yield start, last, used | more
        waiting = onward if path.more else []


def _mention(node: Term, match: Match) -> Quads:
    """Give a quad in which a node stands: a path of no length asks that it be in the graph."""
    for subject, object_ in ((node, None), (None, node)):
        for quad in match(subject, None, object_):
            return frozenset((quad,))
    return _NONE


def _nodes(match: Match) -> dict[Term, None]:
    quads = list(match(None, None, None))
    return {node: None for quad in quads for node in (quad.subject, quad.object)}  # type: ignore[misc]
