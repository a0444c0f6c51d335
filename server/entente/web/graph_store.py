"""The read side of the Graph Store Protocol: which graph a request names, and its query.

Source: https://www.w3.org/TR/sparql11-http-rdf-update/
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from werkzeug.exceptions import MethodNotAllowed, NotFound

from entente.errors import UsageError
from entente.query.generation import Generation
from entente.query.guard import Examined, near_names
from entente.query.protocol import SparqlRequest
from entente.vocab import PREFIXES
from entente.web.endpoint import Judged, find_views

METHODS = ("GET", "HEAD", "OPTIONS")
_WRITES = ("PUT", "POST", "PATCH", "DELETE")
ALL_METHODS = (*METHODS, *_WRITES)
_COPY = "CONSTRUCT WHERE { ?s ?p ?o }"


def check_method(method: str) -> None:
    """Refuse what would change a graph.

    Raises:
        werkzeug.exceptions.MethodNotAllowed: The method writes; the message says why not.
    """
    if method in _WRITES:
        raise MethodNotAllowed(
            METHODS,
            f"{method} changes a graph, and this store is read-only: data change by a build",
        )


def read_graph_name(pairs: Sequence[tuple[str, str]]) -> str | None:
    """Read which graph `?graph=IRI` or `?default` names.

    Args:
        pairs: The parameters of the target, decoded, in their order.

    Returns:
        The graph's IRI, or None for the default graph.

    Raises:
        UsageError: The parameters name no graph, or more than one.

    >>> read_graph_name([("graph", "http://example.org/g")])
    'http://example.org/g'
    """
    named = [value for name, value in pairs if name == "graph"]
    default = [name for name, _ in pairs if name == "default"]
    if len(named) + len(default) != 1:
        raise UsageError(
            "the request names no graph" if not named and not default else "one graph at a time",
            fix="add ?default, or ?graph= and the graph's IRI",
        )
    if not named:
        return None
    if ":" not in named[0]:
        raise UsageError(f"graph={named[0]}: no absolute IRI", fix="give the graph's IRI in full")
    return named[0]


def judge_graph(generation: Generation, graph: str | None, asked_format: str | None) -> Judged:
    """Make the query that gives a graph whole.

    Args:
        generation: The data set in service.
        graph: The graph's IRI, or None for the default graph.
        asked_format: The `format` parameter, or None.

    Raises:
        werkzeug.exceptions.NotFound: There is no such graph; the message names near ones.
    """
    makes: tuple[str, ...] = ()
    if graph is not None:
        makes = find_views(generation, [(graph, None)])
        _check_there(graph, generation.graphs.keys() | set(makes))
    prefixes = PREFIXES if generation.served.own else {}
    query = _write_query(prefixes)
    request = SparqlRequest(query, (graph,) if graph is not None else (), format=asked_format)
    examined = Examined("CONSTRUCT", volatile=False)
    return Judged(request, query, examined, generation, makes=makes)


def _check_there(graph: str, graphs: Collection[str]) -> None:
    if graph not in graphs:
        near = near_names(graph, graphs)
        advice = f"did you mean {near}?" if near else "the service description lists the graphs"
        raise NotFound(f"there is no graph <{graph}>; {advice}")


def _write_query(prefixes: Mapping[str, str]) -> str:
    lines = "".join(f"PREFIX {name}: <{iri}>\n" for name, iri in prefixes.items())
    return lines + _COPY
