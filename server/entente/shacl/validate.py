"""Check a graph against SHACL shapes, and say what was checked."""

from __future__ import annotations

import logging
import re
import time
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace

import pyoxigraph as ox
import pyshacl
from pyshacl.errors import ReportableRuntimeError, ShapeRecursionWarning, ValidationFailure
from pyshacl.shapes_graph import ShapesGraph
from rdflib import OWL, SH, Graph, URIRef
from rdflib.term import Node

from entente import vocab
from entente.bridge import from_rdflib_graph, to_rdflib_graph
from entente.errors import InputError, NothingChecked
from entente.shacl.mend import suggest
from entente.shacl.model import Checked, Report, Result
from entente.shacl.paths import Path, read_path
from entente.shacl.store import hold_graph
from entente.shacl.wellformed import refuse_malformed

__all__ = ["Checked", "Report", "Result", "check", "validate"]

#: The focus node of shapes that ask one question of the whole graph.
WHOLE = URIRef(vocab.BASE)

_IRI = re.compile(r"https?://[^\s,;]+")
#: A shape says with this property and `true` that its target may match nothing.
OPTIONAL = URIRef(vocab.ENT + "targetOptional")

Triples = Graph | Iterable[ox.Triple]


def validate(data: Triples, shapes: Triples, *, advanced: bool = False) -> Report:
    """Check a graph against shapes, and refuse to report where nothing was checked.

    Args:
        data: The triples to check, the ontology among them; triples of pyoxigraph are
            taken in faster than a graph of rdflib.
        shapes: The shapes, SHACL core or SHACL-SPARQL.
        advanced: Whether SHACL's advanced features run, its rules among them.

    Returns:
        What was checked and found. Results with a severity below violation do not make
        the graph fail.

    Raises:
        NothingChecked: There is no shape, no triple, or no shape has a target in the data,
            so that silence means nothing.
        InputError: A shape is malformed, asks another endpoint, or uses a term of SHACL that
            nothing would check, such as a misspelt one.
    """
    report = check(data, shapes, advanced=advanced, strict=True)
    if not report.shapes:
        raise NothingChecked(
            "the shapes graph has no shape with a target", fix="give shapes, each with a target"
        )
    if not report.focus_nodes:
        raise NothingChecked(
            f"none of the {report.shapes} shapes has anything to check in the data",
            fix="check that data and shapes speak of the same classes",
        )
    return report


def check(
    data: Triples, shapes: Triples, *, advanced: bool = False, strict: bool = False
) -> Report:
    """Check a graph against shapes, be there anything to check or not.

    Args:
        data: As for `validate`.
        shapes: As for `validate`.
        advanced: As for `validate`.
        strict: Whether terms of SHACL that nothing would check are refused. SHACL itself
            ignores them.

    Raises:
        InputError: A shape is malformed, or asks another endpoint.
    """
    began = time.perf_counter()
    with _quiet(), _translated_errors():
        # Rules add triples and functions are called by queries: both need rdflib's own store.
        graph = _copy(data) if advanced else hold_graph(data)
        shapes_graph = _copy(shapes) if advanced else hold_graph(shapes)
        refuse_federation(shapes_graph)
        if strict:
            refuse_malformed(shapes_graph, advanced)
        _prepare(shapes_graph)
        checked, nodes = _find_targets(shapes_graph, graph, advanced)
        found = _run(graph, shapes_graph, advanced)
    conforms = not any(result.rank == 0 for result in found)
    seconds = time.perf_counter() - began
    return Report(
        conforms=conforms,
        results=tuple(sorted(found, key=_order)),
        checked=checked,
        shapes=len(checked),
        focus_nodes=len(nodes),
        seconds=seconds,
        focus_terms=frozenset(nodes),
    )


def _prepare(shapes: Graph) -> None:
    """Write out what pySHACL does not look up itself; the graph is changed in place.

    Prefixes come from imported ontologies too, where the same graph holds them.

    Source: https://www.w3.org/TR/shacl/#sparql-prefixes
    """
    for prefixes in set(shapes.objects(None, SH.prefixes)):
        imported = set(shapes.transitive_objects(prefixes, OWL.imports)) - {prefixes}
        for ontology in imported:
            for declared in list(shapes.objects(ontology, SH.declare)):
                shapes.add((prefixes, SH.declare, declared))
    for shape, value in list(shapes.subject_objects(SH.uniqueLang)):
        if str(value) != "true":  # no other literal asks for unique languages
            shapes.remove((shape, SH.uniqueLang, value))


def _copy(data: Triples) -> Graph:
    triples = from_rdflib_graph(data) if isinstance(data, Graph) else data
    return to_rdflib_graph(triples)


@contextmanager
def _quiet() -> Iterator[None]:
    """Silence what rdflib logs for a literal such as `2022-02-30`, which the shapes report.

    What pySHACL warns of is an error: it says that a shape does not do what it seems to.
    """
    loggers = [logging.getLogger(name) for name in _NOISY]
    for logger in loggers:
        logger.addFilter(_drop)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", ShapeRecursionWarning)
            warnings.simplefilter("ignore", DeprecationWarning)
            yield
    finally:
        for logger in loggers:
            logger.removeFilter(_drop)


#: What these log, reports and errors say.
_NOISY = ("rdflib.term", "pyshacl-validate", "pyshacl.shapes_graph")


def _drop(_record: logging.LogRecord) -> bool:
    return False


@contextmanager
def _translated_errors() -> Iterator[None]:
    try:
        yield
    except re.error as error:
        what = f"a shape is malformed: {error.pattern!r} is no regular expression: {error.msg}"
        raise InputError(what, fix="mend sh:pattern") from error
    except NotImplementedError as error:
        raise InputError(f"a shape asks for what is not supported: {error}") from error
    except RecursionError as error:
        raise InputError(
            "a shape is malformed: it is nested too deeply", fix="flatten it"
        ) from error
    except (ReportableRuntimeError, ShapeRecursionWarning) as error:
        what = str(getattr(error, "message", error)).strip().splitlines()[0]
        raise InputError(f"a shape is malformed: {what}", fix="mend the shapes") from error


def refuse_federation(shapes: Graph) -> None:
    """Refuse shapes whose queries ask another endpoint: a check never leaves the machine.

    Raises:
        InputError: A query has SERVICE, or JavaScript is to be loaded.
    """
    for predicate in (SH.select, SH.ask, SH.construct, SH.update):
        for query in shapes.objects(None, predicate):
            if _SERVICE.search(_SAID.sub(" ", str(query))):
                raise InputError(
                    f"a shape asks another endpoint: {' '.join(str(query).split())[:80]}",
                    fix="take SERVICE out; a check never uses the network",
                )


_SERVICE = re.compile(r"\bSERVICE\b", re.IGNORECASE)
#: What a query says in quotation marks, in comments and in IRIs.
_SAID = re.compile(r"<[^<>\s]*>|\"[^\"\n]*\"|'[^'\n]*'|#[^\n]*")


def _find_targets(
    shapes: Graph, data: Graph, advanced: bool
) -> tuple[tuple[Checked, ...], set[Node]]:
    """List the shapes with a target, and the nodes they check but for the whole graph."""
    checked: list[Checked] = []
    found: set[Node] = set()
    for shape in ShapesGraph(shapes).shapes:
        shape.set_advanced(advanced)
        targets = any(list(nodes) for nodes in shape.target())
        if shape.deactivated or not (targets or (advanced and any(shape.advanced_target()))):
            continue
        focus = {node for node in shape.focus_nodes(data) if _occurs(node, data)}
        found |= focus - {WHOLE}
        name = shapes.value(shape.node, SH.name) or ""
        marks = {str(mark).lower() for mark in shapes.objects(shape.node, OPTIONAL)}
        checked.append(Checked(str(shape.node), str(name), len(focus), bool(marks & {"true", "1"})))
    return tuple(sorted(checked, key=lambda one: one.shape)), found


def _occurs(node: Node, data: Graph) -> bool:
    """Tell whether a focus node is in the data: `sh:targetNode` may name one that is not."""
    return node == WHOLE or (node, None, None) in data or (None, None, node) in data


def _run(data: Graph, shapes: Graph, advanced: bool) -> list[Result]:
    _, report, _ = pyshacl.validate(data, shacl_graph=shapes, inplace=True, advanced=advanced)
    if isinstance(report, ValidationFailure):  # it is returned, not raised
        raise report
    told: list[Result] = []
    for node in report.objects(None, SH.result):
        result = _read_result(report, node, shapes)
        culprits = list(_tell_of_culprits(result, data, shapes))
        told += [one for one in culprits if culprits == [result] or one not in told]
    return told


def _read_result(report: Graph, node: Node, shapes: Graph) -> Result:
    path = report.value(node, SH.resultPath)
    shape = report.value(node, SH.sourceShape)
    component = str(report.value(node, SH.sourceConstraintComponent))
    severity = str(report.value(node, SH.resultSeverity)).removeprefix(str(SH))
    messages = sorted(report.objects(node, SH.resultMessage), key=_language_rank)
    spoken = any(shapes.objects(shape, SH.message))
    return Result(
        focus_term=report.value(node, SH.focusNode),
        path_term=None if path is None else read_path(report, path),
        value_term=report.value(node, SH.value),
        shape_term=shape,
        shape=_name_shape(shape, shapes),
        message=_IRI.sub(lambda iri: vocab.shorten(iri[0]), str(messages[0])) if messages else "",
        severity=severity,
        component=component,
        mend="" if spoken else suggest(component, shape, shapes),
    )


def _language_rank(message: Node) -> tuple[bool, str]:
    language = getattr(message, "language", None) or ""
    return not language.startswith("en") and bool(language), str(message)


def _name_shape(shape: Node | None, shapes: Graph) -> str:
    """Name a shape by its IRI, or by that of the nearest named node that leads to it."""
    level = [shape] if shape is not None else []
    seen: set[Node] = set()
    while level:
        named = sorted(str(node) for node in level if isinstance(node, URIRef))
        if named:
            return named[0]
        seen.update(level)
        level = [s for node in level for s in shapes.subjects(None, node) if s not in seen]
    return ""


def _tell_of_culprits(result: Result, data: Graph, shapes: Graph) -> Iterator[Result]:
    """Tell a result of a shape of ours of those who have to be mended.

    A shape on the whole graph names the culprit as value. A shape on what a property
    points to (`sh:targetObjectsOf`) tells of the node; the culprits are those who point.
    """
    if not result.shape.startswith(vocab.SHAPE):
        yield result
        return
    if result.focus_term == WHOLE:
        yield replace(result, focus_term=result.value_term, value_term=None)
        return
    naming = _naming_properties(URIRef(result.shape), shapes)
    pointing = [(s, p) for p in naming for s in data.subjects(p, result.focus_term)]
    for subject, predicate in pointing:
        path = Path("", (str(predicate),))
        yield replace(result, focus_term=subject, path_term=path, value_term=result.focus_term)
    if not pointing:
        yield result


def _naming_properties(shape: URIRef, shapes: Graph) -> list[Node]:
    """List the `sh:targetObjectsOf` of a shape, or of the node shape that it is part of."""
    owners = [shape, *shapes.subjects(SH.property, shape)]
    return [p for owner in owners for p in shapes.objects(owner, SH.targetObjectsOf)]


def _order(result: Result) -> tuple[int, str, str, str, str, str]:
    return result.rank, result.focus, result.path, result.shape, result.value, result.component
