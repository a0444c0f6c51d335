"""The formats of answers: their names for people, their media types, their engine formats."""

from __future__ import annotations

from dataclasses import dataclass

RESULT_BASE = "http://www.w3.org/ns/formats/"


@dataclass(frozen=True, slots=True, eq=False)
class Format:
    """A way to write an answer. There is one of each, known by its identity.

    Attributes:
        name: The value of the `format` parameter; also the file extension.
        media_type: What Content-Type says.
        aliases: Other media types by which a client may ask for it.
        iri: Its name in W3C's registry of formats.
        graph: Whether it writes graphs; else it writes the results of SELECT and ASK.
        charset: Whether Content-Type names the charset.
    """

    name: str
    media_type: str
    aliases: tuple[str, ...]
    iri: str
    graph: bool = False
    charset: bool = False

    @property
    def content_type(self) -> str:
        """Give the value of the Content-Type header."""
        return self.media_type + ("; charset=utf-8" if self.charset else "")


RESULT_FORMATS = (
    Format(
        "json",
        "application/sparql-results+json",
        ("application/json",),
        RESULT_BASE + "SPARQL_Results_JSON",
    ),
    Format(
        "xml",
        "application/sparql-results+xml",
        ("application/xml", "text/xml"),
        RESULT_BASE + "SPARQL_Results_XML",
    ),
    Format("csv", "text/csv", (), RESULT_BASE + "SPARQL_Results_CSV", charset=True),
    Format(
        "tsv", "text/tab-separated-values", (), RESULT_BASE + "SPARQL_Results_TSV", charset=True
    ),
)
#: Why an answer is empty; chosen by `explain=empty` alone.
EXPLANATION = Format("explanation", "application/json", (), "")
GRAPH_FORMATS = (
    Format("ttl", "text/turtle", ("text/plain",), RESULT_BASE + "Turtle", True, True),
    Format("nt", "application/n-triples", (), RESULT_BASE + "N-Triples", True),
    Format(
        "rdf",
        "application/rdf+xml",
        ("application/xml", "text/xml"),
        RESULT_BASE + "RDF_XML",
        True,
    ),
    Format("jsonld", "application/ld+json", ("application/json",), RESULT_BASE + "JSON-LD", True),
    Format("nq", "application/n-quads", (), RESULT_BASE + "N-Quads", True),
    Format("trig", "application/trig", (), RESULT_BASE + "TriG", True, True),
)
