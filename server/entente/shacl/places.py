"""Find where the cause of a result stands."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import pyoxigraph as ox
from rdflib.term import Node

from entente.bridge import Term, from_rdflib
from entente.errors import InputError, Place
from entente.positions import Lines, PositionsUnknown, locate
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
        self, sources: Iterable[Source], written_as: Callable[[Term], Term] = lambda term: term
    ) -> None:
        """Read the positions.

        Args:
            sources: The files; of those in a format without positions the name is known.
            written_as: Gives the name under which a focus node stands in the files.
        """
        self._written_as = written_as
        self._places: dict[_Key, Place] = {}
        for source in sources:
            for key, place in _read_places(source):
                self._places.setdefault(key, place)

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


def _read_places(source: Source) -> Iterator[tuple[_Key, Place]]:
    try:
        located = locate(source.quads, source.text) if source.text is not None else None
    except PositionsUnknown:
        located = None
    if located is None or source.text is None:
        for quad in source.quads:
            yield (quad.subject,), Place(source.name)
            yield (quad.object, "mentioned"), Place(source.name)
        return
    lines = Lines.of(source.text)
    for one in located:
        s, p, o = one.quad.subject, one.quad.predicate, one.quad.object
        subject, predicate, object_ = (
            lines.place(offset, source.name) for offset in (one.subject, one.predicate, one.object)
        )
        yield (s, p, o, "object"), object_
        yield (s, p, o, "subject"), subject
        yield (p, o), object_
        yield (s, p), predicate
        yield (s,), subject
        yield (o, "mentioned"), object_
