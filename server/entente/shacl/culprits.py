"""Tell a result of one of our own shapes of those who have to be mended."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from rdflib import SH, Graph, URIRef
from rdflib.term import Node

from entente import vocab
from entente.shacl.model import Result
from entente.shacl.paths import Path

#: The focus node of shapes that ask one question of the whole graph.
WHOLE = URIRef(vocab.BASE)
#: Gives the nodes that point to a node by a property.
Pointing = Callable[[str, Node], Iterable[Node]]


def tell_of_culprits(
    results: Iterable[Result], pointing: Pointing, shapes: Graph
) -> Iterator[Result]:
    """Tell results of those who have to be mended, each culprit once.

    A shape of ours on the whole graph names the culprit as value. One on what a property
    points to (`sh:targetObjectsOf`) tells of the node; the culprits are those who point.
    """
    told: set[Result] = set()
    for result in results:
        culprits = list(_find_culprits(result, pointing, shapes))
        if culprits == [result]:
            told.add(result)
            yield result
            continue
        for culprit in culprits:
            if culprit not in told:
                told.add(culprit)
                yield culprit


def _find_culprits(result: Result, pointing: Pointing, shapes: Graph) -> Iterator[Result]:
    if not result.shape.startswith(vocab.SHAPE):
        yield result
        return
    if result.focus_term == WHOLE:
        yield replace(result, focus_term=result.value_term, value_term=None)
        return
    focus = result.focus_term
    found = [
        replace(result, focus_term=node, path_term=Path("", (iri,)), value_term=focus)
        for iri in _naming_properties(URIRef(result.shape), shapes)
        for node in (pointing(iri, focus) if focus is not None else ())
    ]
    yield from found or [result]


def _naming_properties(shape: URIRef, shapes: Graph) -> list[str]:
    """List the `sh:targetObjectsOf` of a shape, or of the node shape that it is part of."""
    owners = [shape, *shapes.subjects(SH.property, shape)]
    return [str(p) for owner in owners for p in shapes.objects(owner, SH.targetObjectsOf)]
