"""Read what pySHACL reports into results."""

from __future__ import annotations

import re
from collections.abc import Iterable

from rdflib import SH, Graph, URIRef
from rdflib.term import Node

from entente import vocab
from entente.shacl.mend import suggest
from entente.shacl.model import Result
from entente.shacl.paths import read_path

_IRI = re.compile(r"https?://[^\s,;]+")


def read_result(report: Graph, node: Node, shapes: Graph) -> Result:
    """Read a result out of a report graph.

    Args:
        report: The report.
        node: The result in it.
        shapes: The shapes that it speaks of.
    """
    path = report.value(node, SH.resultPath)
    shape = report.value(node, SH.sourceShape)
    component = str(report.value(node, SH.sourceConstraintComponent))
    spoken = any(shapes.objects(shape, SH.message))
    return Result(
        focus_term=report.value(node, SH.focusNode),
        path_term=None if path is None else read_path(report, path),
        value_term=report.value(node, SH.value),
        shape_term=shape,
        shape=name_shape(shape, shapes),
        message=choose_message(report.objects(node, SH.resultMessage)),
        severity=name_severity(report.value(node, SH.resultSeverity)),
        component=component,
        mend="" if spoken else suggest(component, shape, shapes),
    )


def name_severity(node: Node | None) -> str:
    """Name a severity: those of SHACL without its namespace."""
    return str(node).removeprefix(str(SH))


def choose_message(messages: Iterable[Node]) -> str:
    """Choose one of several messages, English before others, and shorten the IRIs in it."""
    ranked = sorted(messages, key=_rank_language)
    return _IRI.sub(lambda iri: vocab.shorten(iri[0]), str(ranked[0])) if ranked else ""


def _rank_language(message: Node) -> tuple[bool, str]:
    language = getattr(message, "language", None) or ""
    return not language.startswith("en") and bool(language), str(message)


def name_shape(shape: Node | None, shapes: Graph) -> str:
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
