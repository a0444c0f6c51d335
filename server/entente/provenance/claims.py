"""The claims behind triples: which one drew a plain fact, which ones speak of a triple."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import pyoxigraph as ox

from entente import vocab
from entente.provenance.proof import Claim, Ground
from entente.provenance.world import World
from entente.terms import AnyTerm, Term, value_of

_CORE = {
    vocab.ENT + name
    for name in ("subject", "predicate", "object", "value", "evidence", "holder", "statedIn")
}
_SUBJECT, _PREDICATE, _OBJECT, _VALUE = (
    ox.NamedNode(vocab.ENT + name) for name in ("subject", "predicate", "object", "value")
)
_DEFAULTS = {vocab.VOC + name for name in ("affirmed", "asserted", "explicit", "normal")}


def find_grounds(world: World, triple: ox.Triple, graphs: Sequence[str]) -> tuple[Ground, ...]:
    """Find the claims behind a triple that no rule of OWL concludes.

    Args:
        world: The world.
        triple: The triple.
        graphs: The graphs that give it; none where a viewpoint may draw it.

    Returns:
        The projection rules and claims that draw it, and the claim that it is a part of.
    """
    grounds: list[Ground] = []
    if not graphs or vocab.GRAPH_ASSERTED in graphs:
        drawn = world.drawn.find(triple)
        grounds += (Ground(rule.name, rule.summary, read_claim(world, c)) for rule, c in drawn)
    if set(graphs) & set(world.sources) and value_of(triple.subject).startswith(vocab.CLAIM):
        grounds.append(Ground("", "", read_claim(world, triple.subject)))
    return tuple(grounds)


def claims_on(world: World, triple: ox.Triple) -> tuple[Claim, ...]:
    """Return the claims of a world whose triple this is, whether they affirm or deny it."""
    store, graph = world.store, world.closed
    if next(store.quads_for_pattern(None, _PREDICATE, triple.predicate, graph), None) is None:
        return ()  # most triples, such as a claim's own parts, are nobody's content
    found = [
        quad.subject
        for verb in (_OBJECT, _VALUE)
        for quad in store.quads_for_pattern(None, verb, triple.object, graph)
        if ox.Quad(quad.subject, _PREDICATE, triple.predicate, graph) in store
        and ox.Quad(quad.subject, _SUBJECT, triple.subject, graph) in store
    ]
    return tuple(read_claim(world, claim) for claim in sorted(found, key=str))


def read_claim(world: World, claim: AnyTerm) -> Claim:
    """Read what a proof tells of a claim."""
    said = _read_said(world, ox.NamedNode(value_of(claim)))
    labels = said.get(vocab.SKOS + "prefLabel", [])

    def values(name: str) -> tuple[str, ...]:
        return tuple(sorted(term.value for term in said.get(vocab.ENT + name, [])))

    return Claim(
        iri=value_of(claim),
        label=next((term.value for term in labels), ""),
        source=next(iter(values("statedIn")), ""),
        holders=values("holder"),
        passages=tuple(sorted(values("evidence"), key=_by_offset)),
        qualifiers=tuple(sorted(_qualifiers(said), key=str)),
    )


def _read_said(world: World, claim: ox.NamedNode) -> dict[str, list[Term]]:
    said: dict[str, list[Term]] = {}
    for source in world.sources:
        for quad in world.store.quads_for_pattern(claim, None, None, ox.NamedNode(source)):
            if not isinstance(quad.object, ox.Triple):
                said.setdefault(quad.predicate.value, []).append(quad.object)
    return said


def _qualifiers(said: Mapping[str, list[Term]]) -> Iterator[tuple[str, Term]]:
    for predicate, terms in said.items():
        if predicate.startswith(vocab.ENT) and predicate not in _CORE:
            yield from ((predicate, term) for term in terms if term.value not in _DEFAULTS)


def _by_offset(passage: str) -> tuple[str, int]:
    source, _, offsets = passage.rpartition("/")
    return source, int(offsets.split("-")[0])
