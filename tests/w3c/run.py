"""Run a case against a server, over HTTP. A failure is a sentence; a success is None."""

import re

import pyoxigraph as ox

from w3c.answers import (
    equal_graphs,
    equal_results,
    read_graph,
    read_result_graph,
    read_results,
)
from w3c.store import run_store

SD = "http://www.w3.org/ns/sparql-service-description#"
_ACCEPT = {
    ".srx": "application/sparql-results+xml",
    ".srj": "application/sparql-results+json",
    ".csv": "text/csv",
    ".tsv": "text/tab-separated-values",
}
_GRAPH = "application/n-triples, text/turtle;q=0.9, application/rdf+xml;q=0.8"
_STATUS = {"OK": 200, "Created": 201, "NoContent": 204, "NotFound": 404, "BadRequest": 400}
_RELATIVE = re.compile(r"<(?![a-zA-Z][a-zA-Z0-9+.-]*:)[^<>\"{}|^`\\\x00-\x20]*>")


def run_case(target, case):
    """Run a case on a target that has its data."""
    return _RUNNERS[case.kind](target, case)


def _run_evaluation(target, case):
    expected = case.result.read_bytes()
    extension = case.result.suffix
    if extension in _ACCEPT:
        response = _ask(target, case, _ACCEPT[extension])
        if response.status_code != 200:
            return _explain(response)
        wanted = read_results(expected, extension)
        got = read_results(response.content, extension)
        return None if equal_results(wanted, got) else "another result"
    triples = read_graph(expected, _media_type(extension), case.base)
    wanted = read_result_graph(triples)
    response = _ask(target, case, _GRAPH if wanted is None else _ACCEPT[".srx"])
    if response.status_code != 200:
        return _explain(response)
    if wanted is not None:
        got = read_results(response.content, ".srx")
        return None if equal_results(wanted, got) else "another result"
    media_type = response.headers["content-type"].split(";")[0]
    got = read_graph(response.content, media_type, case.base)
    return None if equal_graphs(triples, got) else "another graph"


def _run_syntax(target, case):
    response = _ask(target, case, "*/*")
    return None if response.status_code == 200 else _explain(response)


def _run_bad_syntax(target, case):
    response = _ask(target, case, "*/*")
    return None if response.status_code == 400 else f"status {response.status_code}, not 400"


def _ask(target, case, accept):
    text = case.query.read_bytes()
    if case.kind != "bad syntax" and _RELATIVE.search(text.decode("utf-8")):
        text = f"BASE <{case.base}>\n".encode() + text
    headers = {"Accept": accept, "Content-Type": "application/sparql-query"}
    return target.client.post(target.sparql, content=text, headers=headers)


def _run_protocol(target, case):
    for number, request in enumerate(case.requests, 1):
        address = target.sparql + request.target.removeprefix("/sparql/")
        response = target.client.request(
            request.method, address, content=request.body, headers=list(request.headers)
        )
        failure = _check_status(request, response) or _check_format(request, response)
        if failure:
            return f"request {number}: {failure}"
    return None


def _check_status(request, response):
    got = response.status_code
    for wanted in request.statuses:
        if wanted.startswith("StatusCode"):
            if got // 100 == int(wanted[10]):
                return None
        elif got == _STATUS[wanted]:
            return None
    return f"status {got}, not {' or '.join(request.statuses)}"


def _check_format(request, response):
    media_type = response.headers.get("content-type", "").split(";")[0]
    if request.format == "RDF":
        known = ox.RdfFormat.from_media_type(media_type)
        return None if known else f"{media_type} is no RDF"
    if request.format:
        extension = {accept: name for name, accept in _ACCEPT.items()}.get(media_type, ".srj")
        got = read_results(response.content, extension)
        if isinstance(got, bool) != (request.format == "boolean"):
            return f"the result is not {request.format}"
        if request.boolean is not None and got is not request.boolean:
            return f"the answer is {got}"
    return None


def _run_description(target, case):
    response = target.client.get(target.sparql, headers={"Accept": "text/turtle"})
    if response.status_code != 200:
        return _explain(response)
    media_type = response.headers["content-type"].split(";")[0]
    graph = ox.Dataset(
        ox.Quad(*triple) for triple in read_graph(response.content, media_type, target.sparql)
    )
    endpoints = list(graph.quads_for_predicate(ox.NamedNode(SD + "endpoint")))
    if case.id.endswith("#has-endpoint-triple"):
        found = [quad.object.value for quad in endpoints]
        return None if target.sparql in found else f"sd:endpoint is {found}"
    if case.id.endswith("#conforms-to-schema"):
        return _check_description(graph)
    return None if len(graph) else "no triples"


def _check_description(graph):
    """Check the types that the vocabulary gives to the objects of its properties."""
    ranges = {
        "endpoint": ox.NamedNode,
        "supportedLanguage": ox.NamedNode,
        "resultFormat": ox.NamedNode,
        "defaultEntailmentRegime": ox.NamedNode,
        "name": ox.NamedNode,
    }
    kind = ox.NamedNode("http://www.w3.org/1999/02/22-rdf-syntax-ns#type")
    if not list(graph.quads_for_object(ox.NamedNode(SD + "Service"))):
        return "there is no sd:Service"
    for quad in graph:
        name = quad.predicate.value.removeprefix(SD)
        if not isinstance(quad.object, ranges.get(name, object)):
            return f"sd:{name} has the object {quad.object}"
        if name in ("namedGraph", "defaultGraph", "graph", "defaultDataset"):
            types = [q for q in graph.quads_for_subject(quad.object) if q.predicate == kind]
            if not types:
                return f"sd:{name} has an object without a type"
    return None


def _media_type(extension):
    return {".ttl": "text/turtle", ".rdf": "application/rdf+xml", ".nt": "application/n-triples"}[
        extension
    ]


def _explain(response):
    text = " ".join(response.text.split())[:200]
    return f"status {response.status_code}: {text}"


_RUNNERS = {
    "evaluation": _run_evaluation,
    "syntax": _run_syntax,
    "bad syntax": _run_bad_syntax,
    "protocol": _run_protocol,
    "description": _run_description,
    "store": run_store,
}
