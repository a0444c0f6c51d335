"""Check RDF against shapes: what `entente validate` and `POST /validate` have in common."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import chain

import pyoxigraph as ox

from entente import vocab
from entente.bridge import Term
from entente.errors import NothingChecked, ShapeError, UsageError
from entente.files import graph_files
from entente.pipeline.complete import complete_claims
from entente.pipeline.describe import describe_queries
from entente.pipeline.explain import place_results
from entente.pipeline.load import Loaded
from entente.reason import (
    Facts,
    Rule,
    close_facts,
    find_contradictions,
    load_rules,
    require_consistency,
)
from entente.shacl.inferred import note_inferred
from entente.shacl.model import ENGINES, Report, Result
from entente.shacl.places import Places
from entente.shacl.sources import Source
from entente.shacl.validate import validate

_BACKGROUND = (vocab.GRAPH_ONTOLOGY, vocab.GRAPH_VOCABULARY)
#: What takes part in the check of others' data against the shipped shapes.
TAKING_PART = (*_BACKGROUND, vocab.GRAPH_SHAPES)
_SHAPE_CLASSES = {ox.NamedNode(vocab.SH + "NodeShape"), ox.NamedNode(vocab.SH + "PropertyShape")}


@dataclass(frozen=True, slots=True)
class Checks:
    """What is checked, and how.

    Attributes:
        data: The files to check; none for the graph's own.
        shapes: The files of shapes; none for the shipped ones.
        loaded: The graph's own files, where they take part.
        reason: Whether the closure is checked.
        advanced: Whether SHACL's advanced features run.
        engine: One of `ENGINES`.
        placed: Whether it is said where each result stands, which takes its time.
    """

    data: Sequence[Source]
    shapes: Sequence[Source]
    loaded: Loaded | None
    reason: bool = False
    advanced: bool = False
    engine: str = ENGINES[0]
    placed: bool = True


def run_checks(checks: Checks) -> Report:
    """Check, and say of each result where it stands.

    Returns:
        What was checked and found, the results of one severity in the files' order.

    Raises:
        NothingChecked: There is no triple, no shape, or nothing that a shape speaks of.
        InputError: A shape is malformed, or shapes stand in the place of data.
        InconsistentGraph: With `reason`, the data contradict their ontology.
    """
    _refuse_misplaced(checks.data, checks.shapes)
    try:
        return _place(_run(checks), checks)
    except ShapeError as error:
        if error.place is None and error.triple is not None:
            error.place = Places(checks.shapes).find_triple(*error.triple)
        raise


def _refuse_misplaced(data: Sequence[Source], shapes: Sequence[Source]) -> None:
    """Refuse shapes in the place of data, and what holds nothing at all."""
    if data and not any(source.quads for source in data):
        raise NothingChecked("the data graph has no triple", fix="check the files")
    if shapes and not any(map(_has_shapes, shapes)):
        if any(map(_has_shapes, data)):
            raise UsageError(
                "the data hold shapes and the shapes graph holds none",
                fix="swap them: entente validate DATA --shapes SHAPES",
            )
        raise NothingChecked("the shapes graph has no shape", fix="check the files")
    if data and not shapes and all(map(_has_only_shapes, data)):
        raise UsageError(
            "these are shapes, and no data", fix="give them with --shapes, and name the data"
        )


def _has_shapes(source: Source) -> bool:
    return any(
        quad.object in _SHAPE_CLASSES or quad.predicate.value.startswith(vocab.SH + "target")
        for quad in source.quads
    )


def _has_only_shapes(source: Source) -> bool:
    types = {q.object for q in source.quads if q.predicate.value == vocab.RDF + "type"}
    return bool(types) and types <= _SHAPE_CLASSES


def _run(checks: Checks) -> Report:
    shapes = _choose_shapes(checks)
    inferred: list[ox.Triple] = []
    data: Sequence[ox.Triple] | Sequence[ox.Quad]
    if checks.shapes and len(checks.data) == 1 and not checks.reason:
        data = checks.data[0].quads  # not copied, be they many
    else:
        data = stated = list(_choose_data(checks))
    if checks.reason:
        rules = read_rules()
        facts = Facts(stated)
        inferred = close_facts(facts, rules).inferred
        data = [*stated, *inferred]
        require_consistency(find_contradictions(facts, rules))
    report = validate(data, shapes, advanced=checks.advanced, engine=checks.engine)
    if checks.data and not checks.shapes and not _concerns(report.focus_terms, checks.data):
        raise NothingChecked(
            "none of the shipped shapes has anything to check in the data",
            fix="give shapes of your own (--shapes)",
        )
    return note_inferred(report, inferred, shapes) if inferred else report


@cache
def read_rules() -> list[Rule]:
    """Read the rules of OWL 2 RL by which data are closed, once in a process."""
    return load_rules(graph_files() / "queries/rules/owl2rl")


def _concerns(nodes: Iterable[Term], data: Iterable[Source]) -> bool:
    """Tell whether a node that was checked is one that the files speak of."""
    spoken = {quad.subject for source in data for quad in source.quads}
    return any(node in spoken for node in nodes)


def _choose_shapes(checks: Checks) -> list[ox.Triple]:
    given = [triple for source in checks.shapes for triple in source.triples]
    return given if checks.shapes else _triples(checks.loaded, (vocab.GRAPH_SHAPES,))


def _choose_data(checks: Checks) -> Iterator[ox.Triple]:
    if not checks.data:
        return _own_triples(checks.loaded)
    background = () if checks.shapes else _triples(checks.loaded, _BACKGROUND)
    return chain(background, *(source.triples for source in checks.data))


def _own_triples(loaded: Loaded | None) -> Iterator[ox.Triple]:
    """Yield the graph's own files but the shapes, claims completed, queries described."""
    if loaded is None:
        return
    shapes = ox.NamedNode(vocab.GRAPH_SHAPES)
    described = describe_queries(loaded.folder / "queries")
    for quad in chain(complete_claims(loaded), described):
        if quad.graph_name != shapes:
            yield quad.triple


def _triples(loaded: Loaded | None, graphs: tuple[str, ...]) -> list[ox.Triple]:
    wanted = {ox.NamedNode(graph) for graph in graphs}
    return [q.triple for q in loaded.quads if q.graph_name in wanted] if loaded else []


def _place(report: Report, checks: Checks) -> Report:
    if not report.results or not checks.placed:
        return report
    if checks.data:
        places = Places([*checks.data, *checks.shapes], results=report.results)
        placed = [replace(result, place=places.find(result)) for result in report.results]
    else:
        placed = place_results(report.results, checks.loaded) if checks.loaded else []
    return replace(report, results=tuple(sorted(placed, key=_order)))


def _order(result: Result) -> tuple[int, str, int, int]:
    place = result.place
    where = (place.file or "", place.line or 0, place.column or 0) if place else ("", 0, 0)
    return (result.rank, *where)
