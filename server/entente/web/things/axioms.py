"""What the ontology states of a term, in words, and which rule draws what from it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pyoxigraph as ox

from entente.terms import AnyTerm, value_of
from entente.vocab import ENT, GRAPH_ONTOLOGY, OWL, RDF, RDFS
from entente.web.things.graph import Graph, Thing

_PLACE = ox.NamedNode(GRAPH_ONTOLOGY)
_SORTS = (
    ("SymmetricProperty", "prp-symp", "Where {0} holds, it holds the other way round too."),
    ("TransitiveProperty", "prp-trp", "Where {0} leads on and on, it leads to the end too."),
    ("IrreflexiveProperty", "prp-irp", "Nothing has {0} to itself."),
    ("AsymmetricProperty", "prp-asyp", "Where {0} holds, it does not hold the other way round."),
)
_MARKS = (
    ("expectsSingleBeginning", "Texts that date the beginning of {0} apart disagree."),
    ("expectsSingleValue", "Texts that give {0} different values for one day disagree."),
)


@dataclass(frozen=True, slots=True)
class Axiom:
    """An axiom in words.

    Attributes:
        words: The sentence, in parts; a part without IRI is plain words.
        rule: The rule of OWL 2 RL that works with it, or an empty string.
    """

    words: tuple[Thing, ...]
    rule: str = ""


def read_axioms(graph: Graph, iri: str) -> list[Axiom]:
    """Read the axioms in which a term stands, as the ontology states them; none is inferred."""
    found = [*_kinds(graph, iri), *_sorts(graph, iri), *_restrictions(graph, iri)]
    found += [*_pairs(graph, iri), *_chains(graph, iri), *_disjoint(graph, iri)]
    return list(dict.fromkeys(found))


def _kinds(graph: Graph, iri: str) -> Iterator[Axiom]:
    """Say what a term is a special case of, and what is one of it."""
    for predicate, rule, sentence in (
        ("subClassOf", "cax-sco", "Whatever is of the class {0} is of the class {1} too."),
        ("subPropertyOf", "prp-spo1", "Where {0} holds, {1} holds too."),
    ):
        for above in _named(graph, iri, RDFS + predicate):
            yield _say(sentence, graph.thing(iri), graph.thing(above), rule=rule)
        for below in graph.subjects(RDFS + predicate, iri, GRAPH_ONTOLOGY):
            yield _say(sentence, graph.thing(below), graph.thing(iri), rule=rule)


def _sorts(graph: Graph, iri: str) -> Iterator[Axiom]:
    types = set(graph.values(iri, RDF + "type", GRAPH_ONTOLOGY))
    for name, rule, sentence in _SORTS:
        if OWL + name in types:
            yield _say(sentence, graph.thing(iri), rule=rule)
    for name, sentence in _MARKS:
        if graph.value(iri, ENT + name) == "true":
            yield _say(sentence, graph.thing(iri))


def _pairs(graph: Graph, iri: str) -> Iterator[Axiom]:
    others = {*_named(graph, iri, OWL + "inverseOf")}
    others |= {*graph.subjects(OWL + "inverseOf", iri, GRAPH_ONTOLOGY)}
    for other in sorted(others):
        sentence = "Where {0} holds, {1} holds the other way round."
        yield _say(sentence, graph.thing(iri), graph.thing(other), rule="prp-inv1")


def _chains(graph: Graph, iri: str) -> Iterator[Axiom]:
    for quad in _quads(graph, OWL + "propertyChainAxiom"):
        links = [value_of(term) for term in _list(graph, quad.object)]
        whole = value_of(quad.subject)
        if iri in (whole, *links):
            parts = [graph.thing(each) for each in links]
            path = " and then ".join(f"{{{number}}}" for number in range(len(parts)))
            sentence = f"Where {path} lead somewhere, {{{len(parts)}}} leads there too."
            yield _say(sentence, *parts, graph.thing(whole), rule="prp-spo2")


def _disjoint(graph: Graph, iri: str) -> Iterator[Axiom]:
    for quad in _quads(graph, OWL + "members"):
        members = [value_of(term) for term in _list(graph, quad.object)]
        if iri in members:
            others = [graph.thing(each) for each in members if each != iri]
            listed = ", ".join(f"{{{number}}}" for number in range(1, len(others) + 1))
            sentence = "Nothing is of the class {0} and of one of these: " + listed + "."
            yield _say(sentence, graph.thing(iri), *others, rule="cax-adc")


def _restrictions(graph: Graph, iri: str) -> Iterator[Axiom]:
    """Say which values make a thing a member of a class."""
    for quad in _quads(graph, OWL + "onProperty"):
        node, on = quad.subject, value_of(quad.object)
        for predicate, rule, sentence in (
            ("hasValue", "cls-hv2", "Whatever has {0} with the value {1} is of the class {2}."),
            (
                "someValuesFrom",
                "cls-svf1",
                "Whatever has {0} with a value of the class {1} is of the class {2}.",
            ),
        ):
            for value in _objects(graph, node, OWL + predicate):
                for whole, both in _classes(graph, node):
                    if iri not in (on, value_of(value), whole):
                        continue
                    said = sentence if not both else sentence[:-1] + ", and the reverse."
                    parts = graph.thing(on), graph.read_thing(value), graph.thing(whole)
                    yield _say(said, *parts, rule=rule)


def _classes(graph: Graph, node: AnyTerm) -> Iterator[tuple[str, bool]]:
    """Give the classes that a restriction stands for, and whether it defines them."""
    for above in _objects(graph, node, RDFS + "subClassOf"):
        yield value_of(above), False
    for quad in _quads(graph, OWL + "equivalentClass"):
        if quad.object == node:
            yield value_of(quad.subject), True


def _say(sentence: str, *things: Thing, rule: str = "") -> Axiom:
    """Put things into the places of a sentence."""
    words = []
    for number, part in enumerate(_split(sentence)):
        words.append(things[int(part)] if number % 2 else Thing("", part))
    return Axiom(tuple(word for word in words if word.label), rule)


def _split(sentence: str) -> list[str]:
    """Split a sentence at its places; every second part is a number.

    >>> _split("Where {0} holds.")
    ['Where ', '0', ' holds.']
    """
    return sentence.replace("}", "{").split("{")


def _quads(graph: Graph, predicate: str) -> Iterator[ox.Quad]:
    yield from graph.store.quads_for_pattern(None, ox.NamedNode(predicate), None, _PLACE)


def _objects(graph: Graph, node: AnyTerm, predicate: str) -> list[AnyTerm]:
    if not isinstance(node, ox.NamedNode | ox.BlankNode):
        return []
    quads = graph.store.quads_for_pattern(node, ox.NamedNode(predicate), None, _PLACE)
    return [quad.object for quad in quads]


def _named(graph: Graph, iri: str, predicate: str) -> list[str]:
    terms = graph.terms(iri, predicate, GRAPH_ONTOLOGY)
    return sorted(term.value for term in terms if isinstance(term, ox.NamedNode))


def _list(graph: Graph, node: AnyTerm) -> Iterator[AnyTerm]:
    while isinstance(node, ox.BlankNode):
        yield from _objects(graph, node, RDF + "first")
        node = next(iter(_objects(graph, node, RDF + "rest")), ox.NamedNode(RDF + "nil"))
