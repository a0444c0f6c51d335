"""The claims behind triples: which one drew a plain fact, which ones speak of a triple."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

import pyoxigraph as ox

from entente import vocab
from entente.provenance.patterns import Graph, bind, to_triple, unify
from entente.provenance.proof import Claim, Ground
from entente.provenance.rulebook import Projection
from entente.provenance.world import World, select_rows
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
        grounds += _find_projections(world, triple)
    if set(graphs) & set(world.sources) and value_of(triple.subject).startswith(vocab.CLAIM):
        grounds.append(Ground("", "", read_claim(world, triple.subject)))
    return tuple(grounds)


def index_grounds(world: World) -> dict[ox.Triple, list[tuple[Projection, Term]]]:
    """Find all that the projection rules draw in a world, by triple, with rule and claim.

    It costs as much as asking for a few triples. Where all texts speak, one merged graph is
    read, which is faster than theirs together; it holds conclusions too, so that a triple may
    be lacking here, and has then to be asked for by itself.
    """
    merged = len(world.sources) == len(vocab.SOURCES)
    read: list[Graph] = [ox.DefaultGraph()] if merged else _read_graphs(world)
    found: dict[ox.Triple, list[tuple[Projection, Term]]] = {}
    for rule in world.projections:
        names = dict.fromkeys(part for part in rule.conclusion.parts if isinstance(part, str))
        shown = " ".join(f"?{name}" for name in {**names, "claim": None})
        query = f"{rule.prologue}SELECT DISTINCT {shown} WHERE {{\n{rule.body}\n}}"
        for row in select_rows(world.store, query, read, {}):
            triple = to_triple(bind(rule.conclusion, row))
            if triple is not None:
                found.setdefault(triple, []).append((rule, row["claim"]))
    return found


def _read_graphs(world: World) -> list[Graph]:
    return [ox.NamedNode(graph) for graph in sorted(world.read)]


def _find_projections(world: World, triple: ox.Triple) -> Iterator[Ground]:
    if world.drawn and triple in world.drawn:
        for rule, claim in sorted(world.drawn[triple], key=lambda pair: str(pair[1])):
            yield Ground(rule.name, rule.summary, read_claim(world, claim))
        return
    claims = _claims_naming(world, triple.subject) & _claims_naming(world, triple.object)
    for rule in world.projections if claims else ():
        bound = unify(rule.conclusion, triple)
        if bound and not any(isinstance(term, ox.BlankNode) for term in bound.values()):
            for claim in _ask_claims(world, rule, bound, claims):
                yield Ground(rule.name, rule.summary, read_claim(world, claim))


def _claims_naming(world: World, term: AnyTerm) -> set[AnyTerm]:
    """Return what names a term, and the term: each plain fact has both ends from one claim."""
    graphs = map(ox.NamedNode, world.sources)
    quads = (world.store.quads_for_pattern(None, None, term, graph) for graph in graphs)  # type: ignore[arg-type]
    return {term, *(quad.subject for found in quads for quad in found)}


def _ask_claims(
    world: World, rule: Projection, bound: Mapping[str, Term], claims: Iterable[AnyTerm]
) -> list[Term]:
    """Ask over the graphs that the rule was run on, not over what followed from them.

    VALUES lets the engine plan with the terms; substitution, at a tenth of the speed, does not.
    """
    values: dict[str, Term | None] = {"claim": None, **bound}
    rows = [
        [str(term or claim) for term in values.values()]
        for claim in sorted(claims, key=str)
        if bound.get("claim", claim) == claim
    ]
    names = " ".join(f"?{name}" for name in values)
    table = " ".join(f"({' '.join(row)})" for row in rows)
    query = (
        f"{rule.prologue}SELECT DISTINCT ?claim WHERE {{\n"
        f"VALUES ({names}) {{ {table} }}\n{rule.body}\n}}"
    )
    rows_found = select_rows(world.store, query, _read_graphs(world), {})
    return sorted({row["claim"] for row in rows_found}, key=str)


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
