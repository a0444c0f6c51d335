"""The answer to "why?": proofs of a triple that holds, and what one that does not lacks.

rulebook = read_rulebook(files / "queries")          # once
world = open_world(store, rulebook, "gmf-2023")      # once a data set and viewpoint
explain(world, triple)                               # pure: no file, no clock, no state
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice

import pyoxigraph as ox

from entente import vocab
from entente.errors import UsageError
from entente.provenance.absence import find_attempts
from entente.provenance.claims import claims_on
from entente.provenance.proof import Explanation, Proof
from entente.provenance.search import Search
from entente.provenance.terms import name_nodes, parse_term, require_known
from entente.provenance.world import World, holds

#: More than this costs without telling more.
MAX_DEPTH = 8


@dataclass(frozen=True, slots=True)
class Wanted:
    """How much of an explanation is wanted.

    Attributes:
        every: Whether all proofs are wanted, or one with the fewest steps.
        depth: How deep proofs may be, where all are wanted.
        proofs: How many proofs to return at most, where all are wanted.
        attempts: How many ways to prove a triple that does not hold.
    """

    every: bool = False
    depth: int = 3
    proofs: int = 20
    attempts: int = 5

    def __post_init__(self) -> None:
        if not 1 <= self.depth <= MAX_DEPTH:
            raise UsageError(f"the depth is {self.depth}", fix=f"ask for 1 to {MAX_DEPTH}")


def read_triple(store: ox.Store, subject: str, predicate: str, object_: str) -> ox.Triple:
    """Read a triple as people write it.

    Args:
        store: The data set in which the names must occur.
        subject: A name; see `parse_term`.
        predicate: A name.
        object_: A name or a literal.

    Raises:
        UsageError: A part is malformed, stands where RDF does not allow it, or is an IRI that
            occurs nowhere in the data set; the message has near names.
    """
    terms = [parse_term(text) for text in (subject, predicate, object_)]
    for term in terms:
        require_known(store, term)
    first, verb, last = terms
    if isinstance(first, ox.Literal):
        raise UsageError(f"{subject} is a literal", fix="name a thing as the subject")
    if not isinstance(verb, ox.NamedNode):
        raise UsageError(f"{predicate} is no property", fix="name one, such as ent:memberOf")
    return ox.Triple(first, verb, last)


def explain(world: World, triple: ox.Triple, wanted: Wanted | None = None) -> Explanation:
    """Say why a triple holds, or why not.

    Args:
        world: The whole graph or a viewpoint.
        triple: The triple.
        wanted: How much is wanted; one shortest proof without it.

    Returns:
        The explanation; it holds no reference to the store and can be pickled.

    Raises:
        DataError: The triple stands in the closed graph and no rule concludes it.
    """
    wanted = wanted or Wanted()
    proofs = _prove(world, triple, wanted) if holds(world, triple) else []
    absent = not proofs
    claims = claims_on(world, triple) if absent else ()
    attempts = find_attempts(world, triple, wanted.attempts) if absent else ()
    explanation = Explanation(
        triple=triple,
        viewpoint=world.viewpoint,
        proofs=tuple(proofs[: wanted.proofs]),
        more=len(proofs) > wanted.proofs,
        claims=claims,
        attempts=attempts,
        names={},
    )
    return _add_names(world, explanation)


def _prove(world: World, triple: ox.Triple, wanted: Wanted) -> list[Proof]:
    """Find a shortest proof and, where all are wanted, the others, one beyond the limit."""
    search = Search(world)
    shortest = search.prove(triple)
    if not wanted.every:
        return [shortest]
    others = (p for p in search.prove_all(triple, wanted.depth) if p != shortest)
    found = islice(others, wanted.proofs)
    return [shortest, *sorted(found, key=lambda proof: (proof.steps, proof.depth))]


def _add_names(world: World, explanation: Explanation) -> Explanation:
    names = name_nodes(world.store, world.closed, _terms(explanation))
    for claim in explanation.every_claim():
        names |= {
            f"<{iri}>": label
            for iri in (claim.source, *claim.holders)
            if (label := _label(world.store, iri))
        }
    return replace(explanation, names=names)


def _label(store: ox.Store, iri: str) -> str:
    label = ox.NamedNode(vocab.SKOS + "prefLabel")
    quads = store.quads_for_pattern(ox.NamedNode(iri), label, None) if iri else ()
    values = (quad.object.value for quad in quads if isinstance(quad.object, ox.Literal))
    return next(values, "")


def _terms(explanation: Explanation) -> Iterator[object]:
    triples = [explanation.triple]
    triples += [step.triple for proof in explanation.proofs for step in proof.walk()]
    triples += [triple for attempt in explanation.attempts for triple in attempt.held]
    for triple in triples:
        yield from (triple.subject, triple.object)
    for attempt in explanation.attempts:
        for missing in attempt.missing:
            yield from missing.parts
