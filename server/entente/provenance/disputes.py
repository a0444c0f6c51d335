"""What disagreements are about: the two claims, as far as a row of an answer can show them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

import pyoxigraph as ox

from entente import vocab
from entente.terms import AnyTerm, value_of

_INVOLVES = ox.NamedNode(vocab.ENT + "involvesClaim")
_INVERSE = ox.NamedNode(vocab.OWL + "inverseOf")
_LABEL = ox.NamedNode(vocab.SKOS + "prefLabel")
_FACTS = ox.DefaultGraph()


@dataclass(frozen=True, slots=True)
class Side:
    """One claim of a disagreement.

    Attributes:
        source: The name of its text.
        parts: For subject, predicate and object, the words by which each can be shown: IRI,
            label, and the inverse property.
    """

    source: str
    parts: tuple[frozenset[str], ...]


@dataclass(frozen=True, slots=True)
class Dispute:
    """A disagreement of two claims.

    Attributes:
        iri: The disagreement.
        one: The one claim.
        other: The other.
    """

    iri: str
    one: Side
    other: Side

    def concerns(self, asked: AbstractSet[str], shown: AbstractSet[str]) -> bool:
        """Tell whether a row shows one of the claims, in part by what the query asks for.

        Args:
            asked: The IRIs that the query writes.
            shown: The values of the row.
        """
        return any(_is_shown(side, asked, shown) for side in (self.one, self.other))


def _is_shown(side: Side, asked: AbstractSet[str], shown: AbstractSet[str]) -> bool:
    everything = all(
        not part.isdisjoint(asked) or not part.isdisjoint(shown) for part in side.parts
    )
    return everything and any(not part.isdisjoint(shown) for part in side.parts)


def read_disputes(store: ox.Store) -> Iterator[Dispute]:
    """Read the disagreements of a data set, ordered by name."""
    sides: dict[str, list[ox.NamedNode]] = {}
    for quad in store.quads_for_pattern(None, _INVOLVES, None, _FACTS):
        if isinstance(quad.object, ox.NamedNode):
            sides.setdefault(value_of(quad.subject), []).append(quad.object)
    for iri, claims in sorted(sides.items()):
        one, other = sorted(claims, key=str)[:2]
        yield Dispute(iri, _read_side(store, one), _read_side(store, other))


def _read_side(store: ox.Store, claim: ox.NamedNode) -> Side:
    said = {
        quad.predicate.value.removeprefix(vocab.ENT): quad.object
        for quad in store.quads_for_pattern(claim, None, None, _FACTS)
    }
    thing = said.get("object", said.get("value"))
    parts = (said["subject"], said["predicate"], thing)
    words = tuple(frozenset(_words(store, part)) for part in parts if part is not None)
    return Side(value_of(said["statedIn"]).removeprefix(vocab.SRC), words)


def _words(store: ox.Store, term: AnyTerm) -> Iterator[str]:
    yield value_of(term)
    if isinstance(term, ox.NamedNode):
        for predicate in (_LABEL, _INVERSE):
            yield from _values(store.quads_for_pattern(term, predicate, None, _FACTS))
        for quad in store.quads_for_pattern(None, _INVERSE, term, _FACTS):
            yield value_of(quad.subject)


def _values(quads: Iterable[ox.Quad]) -> Iterator[str]:
    return (value_of(quad.object) for quad in quads)
