"""The IRIs of Entente: the base, the namespaces, the prefixes and the graphs."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

BASE = "https://w3id.org/entente/"

ENT = BASE + "ontology/"
VOC = BASE + "vocabulary/"
ID = BASE + "id/"
SRC = BASE + "source/"
CLAIM = BASE + "claim/"
GRAPH = BASE + "graph/"
SHAPE = BASE + "shapes/"
QUERY = BASE + "query/"
PROPOSITION = BASE + "proposition/"
DISAGREEMENT = BASE + "disagreement/"
NANOPUB = BASE + "nanopub/"
VERSION = BASE + "version/"
DUMP = BASE + "dumps/"
CATALOG = BASE + "catalog"

RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
RDFS = "http://www.w3.org/2000/01/rdf-schema#"
OWL = "http://www.w3.org/2002/07/owl#"
XSD = "http://www.w3.org/2001/XMLSchema#"
SKOS = "http://www.w3.org/2004/02/skos/core#"
OA = "http://www.w3.org/ns/oa#"
SH = "http://www.w3.org/ns/shacl#"
DCTERMS = "http://purl.org/dc/terms/"

#: The sources: file stem, the prefix of their passages.
SOURCES: Mapping[str, str] = MappingProxyType(
    {
        "cicir-2023": "cicir",
        "elcano-2023": "elcano",
        "gmf-2023": "gmf",
        "japan-up-close-2023": "juc",
        "spf-2024": "spf",
    }
)

#: Every prefix that files, queries and answers use, in the order in which they are listed.
PREFIXES: Mapping[str, str] = MappingProxyType(
    {
        "ent": ENT,
        "voc": VOC,
        "id": ID,
        "src": SRC,
        "claim": CLAIM,
        "graph": GRAPH,
        "shape": SHAPE,
        "query": QUERY,
        "proposition": PROPOSITION,
        "disagreement": DISAGREEMENT,
        **{prefix: f"{SRC}{stem}/char/" for stem, prefix in SOURCES.items()},
        "rdf": RDF,
        "rdfs": RDFS,
        "owl": OWL,
        "xsd": XSD,
        "skos": SKOS,
        "dcterms": DCTERMS,
        "dcat": "http://www.w3.org/ns/dcat#",
        "foaf": "http://xmlns.com/foaf/0.1/",
        "np": "http://www.nanopub.org/nschema#",
        "oa": OA,
        "prov": "http://www.w3.org/ns/prov#",
        "schema": "https://schema.org/",
        "sd": "http://www.w3.org/ns/sparql-service-description#",
        "sh": SH,
        "spdx": "http://spdx.org/rdf/terms#",
        "spex": "https://purl.expasy.org/sparql-examples/ontology#",
        "vann": "http://purl.org/vocab/vann/",
        "void": "http://rdfs.org/ns/void#",
        "wd": "http://www.wikidata.org/entity/",
        "eurovoc": "http://eurovoc.europa.eu/",
    }
)

GRAPH_ONTOLOGY = GRAPH + "ontology"
GRAPH_VOCABULARY = GRAPH + "vocabulary"
GRAPH_ENTITIES = GRAPH + "entities"
GRAPH_EDITORIAL = GRAPH + "editorial"
GRAPH_ASSERTED = GRAPH + "asserted"
GRAPH_INFERRED = GRAPH + "inferred"
GRAPH_PROPOSITIONS = GRAPH + "propositions"
GRAPH_DISAGREEMENTS = GRAPH + "disagreements"
GRAPH_SHAPES = GRAPH + "shapes"
GRAPH_QUERIES = GRAPH + "queries"
GRAPH_VOID = GRAPH + "void"
GRAPH_VIEW = GRAPH + "view/"


def shorten(iri: str) -> str:
    """Write an IRI with its prefix where one fits.

    The longest namespace wins, and the rest must be a plain local name, so that
    the result can be pasted into a query.

    >>> shorten("https://w3id.org/entente/id/japan")
    'id:japan'
    >>> shorten("http://example.org/a")
    '<http://example.org/a>'
    """
    namespace, prefix = max(
        ((ns, prefix) for prefix, ns in PREFIXES.items() if iri.startswith(ns)),
        key=lambda pair: len(pair[0]),
        default=("", ""),
    )
    local = iri[len(namespace) :]
    if namespace and local and local.replace("-", "").replace("_", "").isalnum():
        return f"{prefix}:{local}"
    return f"<{iri}>"


def expand(name: str) -> str | None:
    """Write a name with a prefix of ours in full, or give None where it has no such prefix.

    >>> expand("id:japan")
    'https://w3id.org/entente/id/japan'
    """
    prefix, colon, local = name.partition(":")
    return PREFIXES[prefix] + local if colon and prefix in PREFIXES else None
