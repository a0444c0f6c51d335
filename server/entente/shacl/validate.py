"""Check a graph against SHACL shapes, and say what was checked."""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

import pyoxigraph as ox
import pyshacl
from pyshacl.errors import ConstraintLoadError, ShapeLoadError, ValidationFailure
from pyshacl.shapes_graph import ShapesGraph
from rdflib import RDF, SH, BNode, Graph, URIRef
from rdflib.term import Node

from entente import vocab
from entente.errors import InputError, NothingChecked
from entente.shacl.store import hold_graph

#: The focus node of shapes that ask one question of the whole graph.
WHOLE = URIRef(vocab.BASE)

_IRI = re.compile(r"https?://[^\s,;]+")
_WORST_FIRST = ("Violation", "Warning", "Info")


@dataclass(frozen=True, slots=True)
class Result:
    """One thing that a shape found.

    Attributes:
        focus: The IRI of the thing to mend; where a shape checks what others name, it is
            the one that names it.
        path: The property concerned, or an empty string.
        value: The offending value, or an empty string.
        message: What is wrong and how to mend it.
        severity: `Violation`, `Warning` or `Info`.
        shape: The IRI of the shape that found it.
    """

    focus: str
    path: str
    value: str
    message: str
    severity: str
    shape: str


@dataclass(frozen=True, slots=True)
class Checked:
    """A shape with a target, and how many focus nodes it had."""

    shape: str
    name: str
    focus_nodes: int


@dataclass(frozen=True, slots=True)
class Report:
    """What was checked, and what was found.

    Attributes:
        conforms: Whether there is no violation; warnings do not count.
        results: Violations first, then by focus, path and shape.
        checked: The shapes with targets, by IRI.
        shapes: How many shapes have targets.
        focus_nodes: How many different nodes were checked.
        seconds: How long it took.
    """

    conforms: bool
    results: tuple[Result, ...]
    checked: tuple[Checked, ...]
    shapes: int
    focus_nodes: int
    seconds: float


def validate(data: Graph | Iterable[ox.Triple], shapes: Graph | Iterable[ox.Triple]) -> Report:
    """Check a graph against shapes.

    Args:
        data: The triples to check, the ontology among them; triples of pyoxigraph are
            taken in faster than a graph of rdflib.
        shapes: The shapes, SHACL core or SHACL-SPARQL.

    Returns:
        What was checked and found. Results with a severity below violation do not make
        the graph fail.

    Raises:
        NothingChecked: No shape has a target in the data, so that silence means nothing.
        InputError: A shape is malformed.
    """
    began = time.perf_counter()
    with _without_warnings_of_rdflib(), _translated_errors():
        graph = hold_graph(data)
        shapes_graph = hold_graph(shapes)
        checked, nodes = _find_targets(shapes_graph, graph)
        found = _run(graph, shapes_graph) if nodes else []
    if not nodes:
        raise NothingChecked(
            f"none of the {len(checked)} shapes has anything to check in the data",
            fix="check that data and shapes speak of the same classes",
        )
    results = tuple(sorted(set(found), key=_order))
    conforms = not any(result.severity == "Violation" for result in results)
    seconds = time.perf_counter() - began
    return Report(conforms, results, checked, len(checked), len(nodes), seconds)


@contextmanager
def _without_warnings_of_rdflib() -> Iterator[None]:
    """Silence the traceback that rdflib logs for a literal such as `2022-02-30`.

    The shapes report it, and say where it stands.
    """
    logger = logging.getLogger("rdflib.term")
    before = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(before)


@contextmanager
def _translated_errors() -> Iterator[None]:
    try:
        yield
    except (ConstraintLoadError, ShapeLoadError, ValidationFailure) as error:
        raise InputError(f"a shape is malformed: {error}", fix="mend the shapes") from error


def _find_targets(shapes: Graph, data: Graph) -> tuple[tuple[Checked, ...], set[Node]]:
    """List the shapes with a target, and the nodes they check but for the whole graph."""
    checked: list[Checked] = []
    found: set[Node] = set()
    for shape in ShapesGraph(shapes).shapes:
        if not any(list(nodes) for nodes in shape.target()):
            continue
        focus = shape.focus_nodes(data)
        found |= focus - {WHOLE}
        name = shapes.value(shape.node, SH.name) or ""
        checked.append(Checked(str(shape.node), str(name), len(focus)))
    return tuple(sorted(checked, key=lambda one: one.shape)), found


def _run(data: Graph, shapes: Graph) -> list[Result]:
    _, report, _ = pyshacl.validate(data, shacl_graph=shapes, inplace=True)
    if isinstance(report, ValidationFailure):  # it is returned, not raised
        raise report
    return [
        told
        for node in report.subjects(RDF.type, SH.ValidationResult)
        for told in _tell_of_culprits(_read_result(report, node), data, shapes)
    ]


def _read_result(report: Graph, node: Node) -> Result:
    read = {name: _write(report.value(node, SH[name])) for name in _PARTS}
    return Result(
        focus=read["focusNode"],
        path=read["resultPath"],
        value=read["value"],
        message=_IRI.sub(lambda iri: vocab.shorten(iri[0]), read["resultMessage"]),
        severity=read["resultSeverity"].removeprefix(str(SH)),
        shape=read["sourceShape"],
    )


def _write(node: Node | None) -> str:
    """Write an IRI or a literal; a blank node, such as a compound path, is left out."""
    return "" if node is None or isinstance(node, BNode) else str(node)


_PARTS = ("focusNode", "resultPath", "value", "resultMessage", "resultSeverity", "sourceShape")


def _tell_of_culprits(result: Result, data: Graph, shapes: Graph) -> Iterator[Result]:
    """Tell a result of those who have to be mended.

    A shape on the whole graph names the culprit as value. A shape on what a property
    points to (`sh:targetObjectsOf`) tells of the node; the culprits are those who point.
    """
    if result.focus == str(WHOLE):
        yield replace(result, focus=result.value, value="")
        return
    naming = _naming_properties(URIRef(result.shape), shapes)
    focus = URIRef(result.focus)
    pointing = [(s, p) for p in naming for s in data.subjects(p, focus)]
    for subject, predicate in pointing:
        yield replace(result, focus=str(subject), path=str(predicate), value=result.focus)
    if not pointing:
        yield result


def _naming_properties(shape: URIRef, shapes: Graph) -> list[Node]:
    """List the `sh:targetObjectsOf` of a shape, or of the node shape that it is part of."""
    owners = [shape, *shapes.subjects(SH.property, shape)]
    return [p for owner in owners for p in shapes.objects(owner, SH.targetObjectsOf)]


def _order(result: Result) -> tuple[int, str, str, str, str]:
    rank = _WORST_FIRST.index(result.severity) if result.severity in _WORST_FIRST else 0
    return rank, result.focus, result.path, result.shape, result.value
