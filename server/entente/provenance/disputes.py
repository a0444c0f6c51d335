"""What disagreements are about: the two claims, as far as a row of an answer can show them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import cache, partial

import pyoxigraph as ox

from entente import vocab
from entente.terms import AnyTerm, value_of

_INVOLVES = ox.NamedNode(vocab.ENT + "involvesClaim")
_SUBJECT, _PREDICATE, _OBJECT, _VALUE, _STATED_IN = (
    ox.NamedNode(vocab.ENT + name)
    for name in ("subject", "predicate", "object", "value", "statedIn")
)
_INVERSE = ox.NamedNode(vocab.OWL + "inverseOf")
_LABEL = ox.NamedNode(vocab.SKOS + "prefLabel")
_FACTS = ox.DefaultGraph()


@dataclass(frozen=True, slots=True)
class Side:
    """One claim of a disagreement.

    Attributes:
        source: The name of its text.
        parts: For predicate, subject and object, the words by which each can be shown: IRI,
            label, and the inverse property; none where the rows do not show them all.
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


def read_disputes(store: ox.Store, known: AbstractSet[str]) -> Iterator[Dispute]:
    """Read the disagreements that rows may show, ordered by name.

    Args:
        store: The data set.
        known: All that the query writes, and all values of its rows.
    """
    sides: dict[str, list[ox.NamedNode]] = {}
    for quad in store.quads_for_pattern(None, _INVOLVES, None, _FACTS):
        if isinstance(quad.object, ox.NamedNode):
            sides.setdefault(value_of(quad.subject), []).append(quad.object)
    words = cache(partial(_find_words, store))  # the two claims mostly name the same things
    for iri, claims in sorted(sides.items()):
        pair = sorted(claims, key=str)[:2]
        parts = [_find_parts(store, claim, words, known) for claim in pair]
        if any(parts):
            one, other = (
                Side(_say(store, claim, _STATED_IN).removeprefix(vocab.SRC), shown)
                for claim, shown in zip(pair, parts, strict=True)
            )
            yield Dispute(iri, one, other)


def _find_parts(
    store: ox.Store,
    claim: ox.NamedNode,
    words: Callable[[AnyTerm, bool], frozenset[str]],
    known: AbstractSet[str],
) -> tuple[frozenset[str], ...]:
    """Find the words of a claim's parts; none where one of them is not known."""
    parts = []
    for predicate in (_PREDICATE, _SUBJECT, _OBJECT, _VALUE):
        for quad in store.quads_for_pattern(claim, predicate, None, _FACTS):
            shown = words(quad.object, predicate == _PREDICATE)
            if shown.isdisjoint(known):
                return ()
            parts.append(shown)
    return tuple(parts)


def _say(store: ox.Store, claim: ox.NamedNode, predicate: ox.NamedNode) -> str:
    quads = store.quads_for_pattern(claim, predicate, None, _FACTS)
    return next((value_of(quad.object) for quad in quads), "")


def _find_words(store: ox.Store, term: AnyTerm, is_property: bool) -> frozenset[str]:
    """Find the words by which a term can be shown."""
    words = {value_of(term)}
    if isinstance(term, ox.NamedNode):
        quads = store.quads_for_pattern(term, _LABEL, None, _FACTS)
        words.update(value_of(quad.object) for quad in quads)
    if isinstance(term, ox.NamedNode) and is_property:
        quads = store.quads_for_pattern(term, _INVERSE, None, _FACTS)
        words.update(value_of(quad.object) for quad in quads)
        quads = store.quads_for_pattern(None, _INVERSE, term, _FACTS)
        words.update(value_of(quad.subject) for quad in quads)
    return frozenset(words)
