"""Describe the graph in itself: how much each graph holds, and the catalogue of queries."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import pyoxigraph as ox

from entente import vocab
from entente.catalogue import read_catalogue
from entente.pipeline.dumps import DUMPS
from entente.pipeline.partitions import Partitions, describe_partitions
from entente.terms import value_of

_VOID = vocab.PREFIXES["void"]
#: How the SIB tools name an endpoint that a query asks beside its target.
_FEDERATES = vocab.PREFIXES["spex"] + "federatesWith"
_TYPE = ox.NamedNode(vocab.RDF + "type")
DATASET = ox.NamedNode(vocab.BASE + "dataset")
ENDPOINT = ox.NamedNode(vocab.BASE + "sparql")
#: The node whose sh:declare hold the prefixes of all queries.
QUERY_PREFIXES = ox.NamedNode(vocab.QUERY + "prefixes")
_COUNTED = (
    "Claims of five policy texts, and what follows from them. What is counted here, unless "
    "by graph, are the distinct triples of all graphs but the views and this description."
)


def _quad(
    subject: ox.NamedNode, predicate: str, term: ox.NamedNode | ox.Literal, graph: str
) -> ox.Quad:
    return ox.Quad(subject, ox.NamedNode(predicate), term, ox.NamedNode(graph))


def count_graphs(quads: Iterable[ox.Quad]) -> dict[str, int]:
    """Count the triples of each named graph, in the order of their IRIs."""
    counts = Counter(quad.graph_name for quad in quads)
    return dict(sorted((value_of(graph), count) for graph, count in counts.items()))


def describe_dataset(partitions: Partitions, counts: Mapping[str, int]) -> Iterator[ox.Quad]:
    """Describe the data set with VoID: its graphs, partitions and link sets.

    Args:
        partitions: What is described but the views, counted; not what this yields.
        counts: The triples of each graph, views included.

    Source: https://www.w3.org/TR/void/
    """
    graph = vocab.GRAPH_VOID
    yield _quad(DATASET, vocab.RDF + "type", ox.NamedNode(_VOID + "Dataset"), graph)
    yield _quad(DATASET, vocab.DCTERMS + "title", ox.Literal("Entente", language="en"), graph)
    yield _quad(DATASET, vocab.DCTERMS + "description", ox.Literal(_COUNTED, language="en"), graph)
    yield _quad(DATASET, _VOID + "uriSpace", ox.Literal(vocab.ID), graph)
    yield _quad(DATASET, _VOID + "sparqlEndpoint", ENDPOINT, graph)
    for dump in DUMPS:
        address = ox.NamedNode(f"{vocab.DUMP}latest/{dump.name}")
        yield _quad(DATASET, _VOID + "dataDump", address, graph)
    for name, count in counts.items():
        node = ox.NamedNode(name)
        yield _quad(DATASET, _VOID + "subset", node, graph)
        yield _quad(node, vocab.RDF + "type", ox.NamedNode(_VOID + "Dataset"), graph)
        yield _quad(node, _VOID + "triples", ox.Literal(count), graph)
    void = ox.NamedNode(graph)
    for triple in describe_partitions(DATASET, partitions):
        yield ox.Quad(triple.subject, triple.predicate, triple.object, void)


def describe_queries(queries: Path) -> Iterator[ox.Quad]:
    """Describe the catalogue of queries as SHACL executables, in the form of the SIB tools.

    Source: https://www.w3.org/TR/shacl-af/#SPARQLExecutable, and for prefixes and target
    https://github.com/sib-swiss/sparql-examples
    """
    graph = vocab.GRAPH_QUERIES
    schema = vocab.PREFIXES["schema"]
    yield from _declare_prefixes()
    for query in read_catalogue(queries):
        node = ox.NamedNode(query.iri)
        kind = f"{vocab.SH}SPARQL{query.form.capitalize()}Executable"
        for type_iri in (vocab.SH + "SPARQLExecutable", kind):
            yield _quad(node, vocab.RDF + "type", ox.NamedNode(type_iri), graph)
        yield _quad(node, vocab.RDFS + "comment", ox.Literal(query.summary, language="en"), graph)
        yield _quad(node, vocab.SH + query.form.lower(), ox.Literal(query.text), graph)
        yield _quad(node, vocab.SH + "prefixes", QUERY_PREFIXES, graph)
        yield _quad(node, schema + "target", ENDPOINT, graph)
        for tag in query.tags:
            yield _quad(node, schema + "keywords", ox.Literal(tag), graph)
        for endpoint in query.endpoints:
            yield _quad(node, _FEDERATES, ox.NamedNode(endpoint), graph)


def _declare_prefixes() -> Iterator[ox.Quad]:
    any_uri = ox.NamedNode(vocab.XSD + "anyURI")
    graph = vocab.GRAPH_QUERIES
    for prefix, namespace in vocab.PREFIXES.items():
        node = ox.NamedNode(f"{vocab.QUERY}prefix-{prefix}")
        yield _quad(QUERY_PREFIXES, vocab.SH + "declare", node, graph)
        yield _quad(node, vocab.SH + "prefix", ox.Literal(prefix), graph)
        yield _quad(node, vocab.SH + "namespace", ox.Literal(namespace, datatype=any_uri), graph)
