"""The cases of W3C's SPARQL suites, read from their manifests.

Only what a read-only endpoint without SERVICE and without entailment promises is
read here: `NOT_RUN` names the rest.
"""

import io
import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qsl, unquote

import pyoxigraph as ox

from w3c.manifest import HT, MF, QT, RDFS, UT, Manifest

BASE = "https://w3c.github.io/rdf-tests/sparql/"
#: Folders of the suites that are not run, with the reason.
NOT_RUN = {
    "update, in all its folders": "the endpoint is read-only; data change by a build",
    "entailment": "nothing is inferred while a query runs",
    "service, syntax-fed": "SERVICE is off; `test_w3c_service.py` runs service with it on",
    "http-rdf-update": "deprecated by its authors in favour of graph-store-protocol",
}
QUERY_11 = [
    "aggregates",
    "bind",
    "bindings",
    "cast",
    "construct",
    "exists",
    "functions",
    "grouping",
    "negation",
    "project-expression",
    "property-path",
    "subquery",
    "syntax-query",
]
QUERY_12 = [
    "codepoint-escapes",
    "eval-triple-terms",
    "expression",
    "grouping",
    "lang-basedir",
    "rdf11",
    "syntax",
    "syntax-triple-terms-negative",
    "syntax-triple-terms-positive",
    "version",
]
FOLDERS = {
    "SPARQL 1.1 query": [f"sparql11/{name}" for name in QUERY_11],
    "SPARQL 1.1 results": ["sparql11/csv-tsv-res", "sparql11/json-res"],
    "SPARQL 1.2 query": [f"sparql12/{name}" for name in QUERY_12],
    "SPARQL 1.1 protocol": ["sparql11/protocol"],
    "SPARQL 1.1 service description": ["sparql11/service-description"],
    "SPARQL 1.1 graph store protocol": ["sparql11/graph-store-protocol"],
}
MANIFESTS = {
    "sparql11/graph-store-protocol": ("manifest-direct.ttl", "manifest-indirect.ttl"),
}
_KINDS = {
    "QueryEvaluationTest": "evaluation",
    "CSVResultFormatTest": "evaluation",
    "PositiveSyntaxTest": "syntax",
    "PositiveSyntaxTest11": "syntax",
    "NegativeSyntaxTest": "bad syntax",
    "NegativeSyntaxTest11": "bad syntax",
    "ProtocolTest": "protocol",
    "ServiceDescriptionTest": "description",
    "GraphStoreProtocolTest": "store",
}
_FROM = re.compile(r"\bFROM\s+(?:NAMED\s+)?<([^>:]+)>", re.IGNORECASE)


@dataclass(frozen=True)
class Request:
    """A request of a protocol test: what to send, and what must come back."""

    method: str
    target: str
    headers: tuple
    body: bytes | None
    statuses: tuple
    boolean: bool | None
    format: str | None
    answer: str | None


@dataclass(frozen=True)
class Case:
    """One test: `id` is its folder and its name in the manifest."""

    id: str
    suite: str
    kind: str
    data: bytes = b""
    query: Path | None = None
    base: str = ""
    result: Path | None = None
    requests: tuple = ()


def read_cases(root, suites=FOLDERS):
    """Read the cases of some suites below the folder that holds `sparql/`."""
    return [
        case
        for suite in suites
        for folder in FOLDERS[suite]
        for name in MANIFESTS.get(folder, ("manifest.ttl",))
        for case in _read_manifest(root / "sparql", folder, name, suite)
    ]


def write_quads(files):
    """Write files, each with the graph that it goes to or None, as one N-Quads text."""
    output = io.BytesIO()
    for graph, path, base in files:
        quads = ox.parse(
            path=str(path), base_iri=base, rename_blank_nodes=True, without_named_graphs=False
        )
        if graph is None:
            ox.serialize(list(quads), output, ox.RdfFormat.N_QUADS)
        else:
            name = ox.NamedNode(graph)
            named = [ox.Quad(q.subject, q.predicate, q.object, name) for q in quads]
            ox.serialize(named, output, ox.RdfFormat.N_QUADS)
    return output.getvalue()


def _read_manifest(root, folder, name, suite):
    base = f"{BASE}{folder}/"
    manifest = Manifest(root / folder / name, base)
    for entry in manifest.entries():
        kind = _KINDS.get(manifest.type_of(entry))
        identity = f"{folder}#{re.split('[#/]', entry.value)[-1]}"
        if kind is None or (kind == "protocol" and "update" in identity):
            continue
        action = manifest.value(entry, MF + "action")
        if kind in ("protocol", "store"):
            requests = tuple(_read_requests(manifest, action))
            yield Case(
                identity,
                suite,
                kind,
                data=_labelled_data(manifest, entry, root) or _stand_in(_graphs_in(requests)),
                requests=requests,
            )
        elif kind == "description":
            yield Case(identity, suite, kind)
        elif kind == "evaluation":
            yield _evaluation(manifest, entry, action, identity, suite, root)
        else:
            path = _path(action, root)
            data = _stand_in(_names_in_from(path, action.value))
            yield Case(identity, suite, kind, data=data, query=path, base=action.value)


def _names_in_from(path, base):
    folder = base.rsplit("/", 1)[0] + "/"
    return [folder + name for name in _FROM.findall(path.read_text("utf-8"))]


def _stand_in(graphs):
    """Write one triple for each graph that a request names and that the suite gives no data for.

    The suite supposes that a server fetches them; an endpoint that fetches nothing refuses them.
    """
    return b"".join(f"<urn:s> <urn:p> <urn:o> <{graph}> .\n".encode() for graph in sorted(graphs))


def _evaluation(manifest, entry, action, identity, suite, root):
    query = manifest.value(action, QT + "query")
    files = [(None, iri) for iri in manifest.values(action, QT + "data")]
    files += [(iri.value, iri) for iri in manifest.values(action, QT + "graphData")]
    path = _path(query, root)
    if not files:
        files = [(iri, ox.NamedNode(iri)) for iri in _names_in_from(path, query.value)]
    return Case(
        identity,
        suite,
        "evaluation",
        data=write_quads((graph, _path(iri, root), iri.value) for graph, iri in files),
        query=path,
        base=query.value,
        result=_path(manifest.value(entry, MF + "result"), root),
    )


def _labelled_data(manifest, entry, root):
    files = []
    for node in manifest.values(entry, UT + "graphData"):
        label = manifest.value(node, RDFS + "label").value
        files.append((label, _path(manifest.value(node, UT + "graph"), root), label))
    return write_quads(sorted(files))


def _graphs_in(requests):
    pairs = [pair for request in requests for pair in parse_qsl(request.target.partition("?")[2])]
    return {value for name, value in pairs if name in ("default-graph-uri", "named-graph-uri")}


def _read_requests(manifest, action):
    for request in manifest.items(manifest.value(action, HT + "requests")):
        response = manifest.value(request, HT + "resp")
        boolean = manifest.text(response, MF + "expectedBoolean")
        statuses = manifest.values(response, MF + "expectedStatus")
        yield Request(
            manifest.text(request, HT + "methodName"),
            manifest.text(request, HT + "absolutePath"),
            tuple(_read_headers(manifest, request)),
            _read_body(manifest, request),
            tuple(sorted(status.value.rsplit("#", 1)[-1] for status in statuses)),
            None if boolean is None else boolean == "true",
            manifest.text(response, MF + "expectedFormat"),
            (_read_body(manifest, response) or b"").decode() or None,
        )


def _read_headers(manifest, message):
    headers = manifest.value(message, HT + "headers")
    for header in manifest.items(headers) if headers else ():
        name = manifest.text(header, HT + "fieldName").lower()
        yield name, manifest.text(header, HT + "fieldValue")


def _read_body(manifest, message):
    body = manifest.value(message, HT + "body")
    if body is None:
        return None
    encoding = manifest.text(body, "http://www.w3.org/2011/content#characterEncoding")
    chars = manifest.text(body, "http://www.w3.org/2011/content#chars")
    return chars.encode(encoding or "UTF-8")


def _path(iri, root):
    return root / unquote(iri.value.removeprefix(BASE))
