"""The service description: what this endpoint is and holds, in RDF.

Source: https://www.w3.org/TR/sparql11-service-description/
"""

from __future__ import annotations

import io
from collections.abc import Iterator

import pyoxigraph as ox

from entente.config import Settings
from entente.provenance.functions import FUNCTIONS
from entente.query.execute import graph_format
from entente.query.formats import GRAPH_FORMATS, RESULT_FORMATS, Format
from entente.query.generation import Generation
from entente.vocab import DCTERMS, ENT, GRAPH_INFERRED, PREFIXES, RDF, RDFS, XSD

_SD = PREFIXES["sd"]
_VOID = PREFIXES["void"]
_SIMPLE = "http://www.w3.org/ns/entailment/Simple"

#: The limits that the description names: a term of our ontology, a setting.
_LIMITS = (
    ("deadlineSeconds", "deadline_s"),
    ("maxAnswerBytes", "max_answer_bytes"),
    ("maxRows", "max_rows"),
    ("maxMemoryBytes", "max_memory_bytes"),
    ("maxQueryBytes", "max_query_bytes"),
    ("maxNesting", "max_nesting"),
    ("maxTokens", "max_tokens"),
    ("maxPatterns", "max_patterns"),
    ("maxQueriesInFlight", "max_in_flight"),
)

Node = ox.NamedNode | ox.BlankNode


def describe_service(
    endpoint: str, generation: Generation, settings: Settings, chosen: Format
) -> bytes:
    """Write the service description.

    Args:
        endpoint: The endpoint's address, as the client sees it.
        generation: The data set in service.
        settings: The limits that hold.
        chosen: The format to write.
    """
    triples = list(_describe(endpoint, generation, settings))
    output = io.BytesIO()
    ox.serialize(triples, output, graph_format(chosen.name), prefixes=_prefixes(chosen))
    return output.getvalue()


def _prefixes(chosen: Format) -> dict[str, str] | None:
    wanted = ("sd", "void", "ent", "graph", "dcterms", "rdfs")
    return {name: PREFIXES[name] for name in wanted} if chosen.name in ("ttl", "trig") else None


def _describe(endpoint: str, generation: Generation, settings: Settings) -> Iterator[ox.Triple]:
    service, dataset = ox.NamedNode(endpoint + "#service"), ox.NamedNode(endpoint + "#dataset")
    yield _typed(service, "Service")
    yield _link(service, _SD + "endpoint", endpoint)
    yield _link(service, _SD + "supportedLanguage", _SD + "SPARQL11Query")
    yield _link(service, _SD + "defaultEntailmentRegime", _SIMPLE)
    if settings.service_origins:
        yield _link(service, _SD + "feature", _SD + "BasicFederatedQuery")
    for iri in dict.fromkeys(form.iri for form in (*RESULT_FORMATS, *GRAPH_FORMATS)):
        yield _link(service, _SD + "resultFormat", iri)
    for term, name in _LIMITS:
        yield _triple(service, ENT + term, _limit(getattr(settings, name)))
    if generation.served.functions:
        yield from _describe_functions(service)
    yield _triple(service, _SD + "defaultDataset", dataset)
    # FROM and the protocol's parameters may name these graphs and no others.
    available = ox.NamedNode(endpoint + "#graphs")
    yield _triple(service, _SD + "availableGraphs", available)
    yield _typed(available, "GraphCollection")
    for number, _ in enumerate(generation.graphs):
        yield _triple(available, _SD + "namedGraph", ox.BlankNode(f"named{number}"))
    yield from _describe_dataset(dataset, generation)


def _describe_functions(service: Node) -> Iterator[ox.Triple]:
    for iri, what in FUNCTIONS.items():
        yield _link(service, _SD + "extensionFunction", iri)
        function = ox.NamedNode(iri)
        yield _typed(function, "Function")
        yield _triple(function, RDFS + "label", ox.Literal(iri.rpartition("/")[2], language="en"))
        yield _triple(function, RDFS + "comment", ox.Literal(what, language="en"))


def _describe_dataset(dataset: Node, generation: Generation) -> Iterator[ox.Triple]:
    yield _typed(dataset, "Dataset")
    yield _triple(dataset, DCTERMS + "identifier", ox.Literal(generation.served.version))
    default = ox.BlankNode("default")
    yield _triple(dataset, _SD + "defaultGraph", default)
    yield from _describe_graph(default, generation.triples)
    for number, (iri, count) in enumerate(generation.graphs.items()):
        named, graph = ox.BlankNode(f"named{number}"), ox.BlankNode(f"graph{number}")
        yield _triple(dataset, _SD + "namedGraph", named)
        yield _typed(named, "NamedGraph")
        yield _link(named, _SD + "name", iri)
        yield _triple(named, _SD + "graph", graph)
        yield from _describe_graph(graph, count)
        if generation.served.own and iri == GRAPH_INFERRED:
            yield from _describe_closure(graph)


def _describe_graph(graph: Node, count: int) -> Iterator[ox.Triple]:
    yield _typed(graph, "Graph")
    yield _triple(graph, _VOID + "triples", ox.Literal(count))


def _describe_closure(graph: Node) -> Iterator[ox.Triple]:
    # No sd:entailmentRegime: over this graph, too, patterns are matched as they stand.
    note = (
        "What the rules of OWL 2 RL/RDF add to the other graphs. The build writes it; nothing is "
        "inferred while a query runs."
    )
    yield _triple(graph, RDFS + "comment", ox.Literal(note, language="en"))


def _limit(value: int | float) -> ox.Literal:
    if isinstance(value, int):
        return ox.Literal(value)
    return ox.Literal(f"{value:g}", datatype=ox.NamedNode(XSD + "decimal"))


def _typed(node: Node, name: str) -> ox.Triple:
    return _link(node, RDF + "type", _SD + name)


def _link(node: Node, predicate: str, target: str) -> ox.Triple:
    return _triple(node, predicate, ox.NamedNode(target))


def _triple(node: Node, predicate: str, target: Node | ox.Literal) -> ox.Triple:
    return ox.Triple(node, ox.NamedNode(predicate), target)
