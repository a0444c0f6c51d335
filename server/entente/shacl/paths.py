"""SHACL property paths: read from a graph, written as SPARQL writes them.

Source: https://www.w3.org/TR/shacl/#property-paths
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from rdflib import RDF, SH, BNode, Graph, URIRef
from rdflib.collection import Collection
from rdflib.term import Node

from entente.errors import InputError

_UNARY = {
    SH.inversePath: "^",
    SH.zeroOrMorePath: "*",
    SH.oneOrMorePath: "+",
    SH.zeroOrOnePath: "?",
}
_PREDICATES = {sign: predicate for predicate, sign in _UNARY.items()}


@dataclass(frozen=True, slots=True)
class Path:
    """A property path.

    Attributes:
        operator: Empty for a plain property, else `/`, `|`, `^`, `*`, `+` or `?`.
        parts: The IRI of a plain property, else the paths that it joins.
    """

    operator: str
    parts: tuple[Path | str, ...]

    @property
    def iri(self) -> str:
        """The property of a plain path; empty for any other."""
        return "" if self.operator else str(self.parts[0])


def read_path(graph: Graph, node: Node) -> Path:
    """Read a path.

    Raises:
        InputError: It is no well-formed path.
    """
    if isinstance(node, URIRef):
        return Path("", (str(node),))
    is_list = graph.value(node, RDF.first) is not None
    for predicate, sign in () if is_list else _UNARY.items():
        inner = graph.value(node, predicate)
        if inner is not None:
            return Path(sign, (read_path(graph, inner),))
    choices = None if is_list else graph.value(node, SH.alternativePath)
    members = tuple(read_path(graph, part) for part in Collection(graph, choices or node))
    if len(members) < 2:
        parts = "one part only" if members else "no parts"
        raise InputError(f"a shape is malformed: a path has {parts}", fix="mend sh:path")
    return Path("|" if choices is not None else "/", members)


def write_path(path: Path, write_iri: Callable[[str], str] = lambda iri: f"<{iri}>") -> str:
    """Write a path as SPARQL does.

    >>> write_path(Path("^", (Path("", ("urn:p",)),)))
    '^<urn:p>'
    """
    if not path.operator:
        return write_iri(path.iri)
    parts = [_bracket(part, write_iri) for part in path.parts if isinstance(part, Path)]
    if path.operator in "/|":
        return path.operator.join(parts)
    return path.operator + parts[0] if path.operator == "^" else parts[0] + path.operator


def _bracket(path: Path, write_iri: Callable[[str], str]) -> str:
    text = write_path(path, write_iri)
    return f"({text})" if path.operator else text


def properties_of(path: Path) -> Iterator[tuple[str, bool]]:
    """Yield each property in a path, and whether it is followed backwards."""
    if not path.operator:
        yield path.iri, False
    for part in path.parts:
        if isinstance(part, Path):
            for iri, backwards in properties_of(part):
                yield iri, backwards != (path.operator == "^")


def add_path(graph: Graph, path: Path) -> Node:
    """Write a path into a graph, changed in place, and return its node."""
    if not path.operator:
        return URIRef(path.iri)
    nodes = [add_path(graph, part) for part in path.parts if isinstance(part, Path)]
    node = BNode()
    if path.operator in _PREDICATES:
        graph.add((node, _PREDICATES[path.operator], nodes[0]))
        return node
    members = Collection(graph, BNode(), nodes)
    if path.operator == "/":
        return members.uri
    graph.add((node, SH.alternativePath, members.uri))
    return node
