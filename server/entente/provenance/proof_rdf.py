"""An explanation as RDF, with PROV-O.

Each triple is a `prov:Entity` and a reified statement, each use of a rule a `prov:Activity`
that used the premises by the plan that the rule is. A leaf is derived from claims, and a
claim has its passages as primary sources.

Source: https://www.w3.org/TR/prov-o/
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

import pyoxigraph as ox

from entente import vocab
from entente.provenance.proof import Claim, Explanation, Ground, Proof
from entente.terms import AnyTerm

_PROV = vocab.PREFIXES["prov"]
_TYPE = ox.NamedNode(vocab.RDF + "type")
_PREFIXES = ("prov", "rdf", "rdfs", "skos", "ent", "voc", "id", "src", "claim", "graph", "xsd")


def write_turtle(explanation: Explanation) -> str:
    """Write the proofs of an explanation as Turtle; without proofs, the claims alone."""
    triples = dict.fromkeys(_describe(explanation))
    prefixes = {name: vocab.PREFIXES[name] for name in _PREFIXES}
    written = ox.serialize(triples, format=ox.RdfFormat.TURTLE, prefixes=prefixes)
    return (written or b"").decode()


def _describe(explanation: Explanation) -> Iterator[ox.Triple]:
    for proof in explanation.proofs:
        for step in proof.walk():
            yield from _describe_step(step)
    for claim in explanation.every_claim():
        yield from _describe_claim(claim)


def _describe_step(proof: Proof) -> Iterator[ox.Triple]:
    node = _statement(proof.triple)
    yield _link(node, _TYPE, ox.NamedNode(_PROV + "Entity"))
    yield _link(node, _TYPE, ox.NamedNode(vocab.RDF + "Statement"))
    yield _link(node, vocab.RDF + "subject", proof.triple.subject)
    yield _link(node, vocab.RDF + "predicate", proof.triple.predicate)
    yield _link(node, vocab.RDF + "object", proof.triple.object)
    for graph in proof.graphs:
        yield _link(node, _PROV + "atLocation", ox.NamedNode(graph))
    for ground in proof.grounds:
        yield from _describe_ground(node, ground)
    if proof.rule:
        sources = [_statement(premise.triple) for premise in proof.premises]
        premises = "".join(source.value for source in sources)
        yield from _describe_use(node, proof.rule, proof.summary, sources, premises)


def _describe_ground(node: ox.NamedNode, ground: Ground) -> Iterator[ox.Triple]:
    claim = ox.NamedNode(ground.claim.iri)
    if ground.rule:
        yield from _describe_use(node, ground.rule, ground.summary, [claim], claim.value)
    else:
        yield _link(node, _PROV + "wasDerivedFrom", claim)


def _describe_use(
    node: ox.NamedNode, rule: str, summary: str, sources: list[ox.NamedNode], key: str
) -> Iterator[ox.Triple]:
    """Describe one use of a rule: an activity with a qualified association for its plan."""
    activity = _hashed("step", f"{node.value} {rule} {key}")
    association = ox.NamedNode(f"{activity.value}:association")
    plan = ox.NamedNode(f"urn:entente:rule:{rule}")
    agent = ox.NamedNode("urn:entente:reasoner")
    yield _link(node, _PROV + "wasGeneratedBy", activity)
    yield _link(activity, _TYPE, ox.NamedNode(_PROV + "Activity"))
    yield _link(activity, _PROV + "qualifiedAssociation", association)
    yield _link(association, _TYPE, ox.NamedNode(_PROV + "Association"))
    yield _link(association, _PROV + "agent", agent)
    yield _link(association, _PROV + "hadPlan", plan)
    yield _link(agent, _TYPE, ox.NamedNode(_PROV + "SoftwareAgent"))
    yield _link(plan, _TYPE, ox.NamedNode(_PROV + "Plan"))
    yield _link(plan, vocab.RDFS + "label", ox.Literal(rule))
    yield _link(plan, vocab.RDFS + "comment", ox.Literal(summary, language="en"))
    for source in sources:
        yield _link(activity, _PROV + "used", source)
        yield _link(node, _PROV + "wasDerivedFrom", source)


def _describe_claim(claim: Claim) -> Iterator[ox.Triple]:
    node = ox.NamedNode(claim.iri)
    yield _link(node, _TYPE, ox.NamedNode(_PROV + "Entity"))
    yield _link(node, vocab.SKOS + "prefLabel", ox.Literal(claim.label, language="en"))
    for holder in claim.holders:
        yield _link(node, _PROV + "wasAttributedTo", ox.NamedNode(holder))
    for passage in claim.passages:
        yield _link(node, _PROV + "hadPrimarySource", ox.NamedNode(passage))
        if claim.source:
            yield _link(ox.NamedNode(passage), _PROV + "wasQuotedFrom", ox.NamedNode(claim.source))
    for predicate, term in claim.qualifiers:
        yield _link(node, predicate, term)


def name_triple(triple: ox.Triple) -> str:
    """Give the IRI by which a triple is spoken of."""
    return _statement(triple).value


def _statement(triple: ox.Triple) -> ox.NamedNode:
    return _hashed("triple", str(triple))


def _hashed(kind: str, text: str) -> ox.NamedNode:
    return ox.NamedNode(f"urn:entente:{kind}:{hashlib.sha256(text.encode()).hexdigest()[:32]}")


def _link(node: ox.NamedNode, predicate: str | ox.NamedNode, term: AnyTerm) -> ox.Triple:
    verb = ox.NamedNode(predicate) if isinstance(predicate, str) else predicate
    assert not isinstance(term, ox.DefaultGraph)  # noqa: S101 - it stands in no triple
    return ox.Triple(node, verb, term)
