"""Say which triples of a result were inferred."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

import pyoxigraph as ox

from entente import vocab
from entente.bridge import Term, from_rdflib
from entente.shacl.model import Report, Result
from entente.shacl.paths import properties_of

_TYPE = ox.NamedNode(vocab.RDF + "type")
_TARGET = ox.NamedNode(vocab.SH + "targetClass")


def note_inferred(
    report: Report, inferred: Iterable[ox.Triple], shapes: Iterable[ox.Triple]
) -> Report:
    """Add to each result the inferred triples that it rests on.

    These are the offending statement itself, and the type for which the shape checked the
    node at all.

    Args:
        report: What was found in the closure.
        inferred: The triples of the closure that no file holds.
        shapes: The shapes, whose target classes are looked up.
    """
    derived = frozenset(inferred)
    classes: dict[str, list[Term]] = {}
    for triple in shapes:
        if triple.predicate == _TARGET and isinstance(triple.object, ox.NamedNode):
            classes.setdefault(str(triple.subject), []).append(triple.object)
    results = tuple(
        replace(
            result,
            inferred=tuple(
                " ".join(map(_show, (triple.subject, triple.predicate, triple.object)))
                for triple in _premises(result, classes.get(f"<{result.shape}>", []))
                if triple in derived
            ),
        )
        for result in report.results
    )
    return replace(report, results=results)


def _premises(result: Result, classes: Iterable[Term]) -> Iterator[ox.Triple]:
    focus = None if result.focus_term is None else from_rdflib(result.focus_term)
    value = None if result.value_term is None else from_rdflib(result.value_term)
    if focus is None or isinstance(focus, ox.Literal):
        return
    for iri, backwards in properties_of(result.path_term) if result.path_term else ():
        if value is not None and not backwards:
            yield ox.Triple(focus, ox.NamedNode(iri), value)
        elif value is not None and not isinstance(value, ox.Literal):
            yield ox.Triple(value, ox.NamedNode(iri), focus)
    for class_ in classes:
        yield ox.Triple(focus, _TYPE, class_)


def _show(term: Term | ox.Triple) -> str:
    return vocab.shorten(term.value) if isinstance(term, ox.NamedNode) else str(term)
