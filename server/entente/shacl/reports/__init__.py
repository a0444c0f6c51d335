"""The formats of a report, each written from the one result model."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from types import MappingProxyType

from entente.shacl.model import Report
from entente.shacl.reports.github import write_github
from entente.shacl.reports.graph import write_graph
from entente.shacl.reports.json import write_json
from entente.shacl.reports.junit import write_junit
from entente.shacl.reports.sarif import write_sarif
from entente.shacl.reports.text import write_text

#: What writes a report, by the name that `--format` takes.
WRITERS: Mapping[str, Callable[[Report], str]] = MappingProxyType(
    {
        "text": write_text,
        "json": write_json,
        "sarif": write_sarif,
        "github": write_github,
        "junit": write_junit,
        "turtle": write_graph,
        "ntriples": partial(write_graph, media_type="application/n-triples"),
        "rdfxml": partial(write_graph, media_type="application/rdf+xml"),
        "jsonld": partial(write_graph, media_type="application/ld+json"),
    }
)

#: The formats that do not say where a result stands: SHACL's own report graph.
UNPLACED = frozenset(("turtle", "ntriples", "rdfxml", "jsonld"))

__all__ = ["UNPLACED", "WRITERS"]
