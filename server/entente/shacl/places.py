"""Find where the cause of a result stands."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator
from itertools import repeat

import pyoxigraph as ox
from rdflib.term import Node

from entente.bridge import Term, from_rdflib
from entente.errors import InputError, Place
from entente.positions import Lines, PositionsUnknown, find_spots
from entente.shacl.model import Result
from entente.shacl.paths import properties_of
from entente.shacl.sources import Source

_Key = tuple[object, ...]


class Places:
    """Knows where each triple of some files stands.

    A value is found at its own token; a statement without one at its predicate; what is
    missing at the focus node's own block, where it is first a subject.
    """

    def __init__(
        self,
        sources: Iterable[Source],
        written_as: Callable[[Term], Term] = lambda term: term,
        results: Iterable[Result] | None = None,
    ) -> None:
        """Read the positions.

        Args:
            sources: The files; of those in a format without positions the name is known.
            written_as: Gives the name under which a focus node stands in the files.
            results: What will be looked for; None for anything.
        """
        self._written_as = written_as
        self._places: dict[_Key, Place] = {}
        wanted = None if results is None else frozenset(self._terms(results))
        for source in sources:
            for key, place in _read_places(source, wanted):
                self._places.setdefault(key, place)

    def _terms(self, results: Iterable[Result]) -> Iterator[Term]:
        """Yield the terms that results name, as the files write them."""
        for result in results:
            focus, value = _term(result.focus_term), _term(result.value_term)
            yield from () if focus is None else (self._written_as(focus),)
            yield from () if value is None else (value,)

    def find(self, result: Result) -> Place | None:
        """Return where a result's cause stands, or None where no file names the focus node."""
        found = (self._places[key] for key in self._keys(result) if key in self._places)
        return next(found, None)

    def find_triple(self, subject: Node, predicate: Node, value: Node) -> Place | None:
        """Return where the object of a triple stands, or None where no file says it."""
        s, p, o = map(_term, (subject, predicate, value))
        return self._places.get((s, p, o, "object"), self._places.get((s,)))

    def _keys(self, result: Result) -> Iterator[_Key]:
        """Yield what to look for, the closest to the cause first."""
        focus, value = _term(result.focus_term), _term(result.value_term)
        if focus is None:
            return
        written = self._written_as(focus)
        properties = list(properties_of(result.path_term)) if result.path_term else []
        for iri, backwards in properties:
            predicate = ox.NamedNode(iri)
            if value is not None:
                ends = (value, predicate, written) if backwards else (written, predicate, value)
                yield (*ends, "subject" if backwards else "object")
        if value is not None and len(properties) > 1:
            yield from ((ox.NamedNode(iri), value) for iri, _ in properties)
        yield from ((written, ox.NamedNode(iri)) for iri, _ in properties)
        yield (written,)
        yield (written, "mentioned")


def _term(node: Node | None) -> Term | None:
    try:
        return None if node is None else from_rdflib(node)
    except InputError:
        return None


def _read_places(source: Source, wanted: Container[Term] | None) -> Iterator[tuple[_Key, Place]]:
    """Yield where the triples stand that name a wanted term."""
    try:
        spots = find_spots(source.quads, source.text) if source.text is not None else None
    except PositionsUnknown:
        spots = None
    unknown = spots is None
    lines = Lines.of("" if unknown or source.text is None else source.text)
    for quad, spot in zip(source.quads, repeat(_NOWHERE) if spots is None else spots, strict=False):
        s, p, o = quad.subject, quad.predicate, quad.object
        if wanted is not None and s not in wanted and o not in wanted:
            continue
        if unknown:
            yield (s,), Place(source.name)
            yield (o, "mentioned"), Place(source.name)
            continue
        subject, predicate, object_ = (lines.place(offset, source.name) for offset in spot)
        yield (s, p, o, "object"), object_
        yield (s, p, o, "subject"), subject
        yield (p, o), object_
        yield (s, p), predicate
        yield (s,), subject
        yield (o, "mentioned"), object_


_NOWHERE = (0, 0, 0)
