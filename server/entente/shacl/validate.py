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
from pyshacl.errors import ReportableRuntimeError, ShapeRecursionWarning
from rdflib import OWL, SH, Graph

from entente.bridge import from_rdflib_graph, to_rdflib_graph
from entente.collection import uncollected
from entente.errors import InputError, NothingChecked
from entente.shacl.compiled import find_recursive, run_compiled
from entente.shacl.findings import Findings
from entente.shacl.model import ENGINES, Checked, Report, Result
from entente.shacl.reference import run_reference
from entente.shacl.results import name_shape
from entente.shacl.store import hold_graph
from entente.shacl.wellformed import refuse_malformed

__all__ = ["Checked", "Report", "Result", "check", "validate"]

#: Data or shapes; of quads, the graph is left out.
Triples = Graph | Iterable[ox.Triple] | Iterable[ox.Quad]


def validate(
    data: Triples, shapes: Triples, *, advanced: bool = False, engine: str = ENGINES[0]
) -> Report:
    """Check a graph against shapes, and refuse to report where nothing was checked.

    Args:
        data: The triples to check, the ontology among them; triples of pyoxigraph are
            taken in faster than a graph of rdflib.
        shapes: The shapes, SHACL core or SHACL-SPARQL.
        advanced: Whether SHACL's advanced features run, its rules among them; the reference
            engine runs them.
        engine: One of `ENGINES`.

    Returns:
        What was checked and found. Results with a severity below violation do not make
        the graph fail.

    Raises:
        NothingChecked: There is no shape, no triple, or no shape has a target in the data,
            so that silence means nothing.
        InputError: A shape is malformed, asks another endpoint, or uses a term of SHACL that
            nothing would check, such as a misspelt one.
    """
    report = check(data, shapes, advanced=advanced, strict=True, engine=engine)
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
    data: Triples,
    shapes: Triples,
    *,
    advanced: bool = False,
    strict: bool = False,
    engine: str = ENGINES[0],
) -> Report:
    """Check a graph against shapes, be there anything to check or not.

    Args:
        data: As for `validate`.
        shapes: As for `validate`.
        advanced: As for `validate`.
        strict: Whether terms of SHACL that nothing would check are refused. SHACL itself
            ignores them.
        engine: As for `validate`.

    Raises:
        InputError: A shape is malformed, or asks another endpoint.
    """
    began = time.perf_counter()
    with quiet(), _translated_errors(), uncollected():
        # Rules add triples and functions are called by queries: both need rdflib's own store.
        shapes_graph = _copy(shapes) if advanced else hold_graph(shapes)
        refuse_federation(shapes_graph)
        if strict:
            refuse_malformed(shapes_graph, advanced)
        _prepare(shapes_graph)
        found = _run(data, shapes_graph, advanced=advanced, engine=engine)
    return Report(
        conforms=not any(result.rank == 0 for result in found.results),
        results=tuple(sorted(found.results, key=_order)),
        checked=tuple(sorted(found.checked, key=lambda one: one.shape)),
        shapes=len(found.checked),
        focus_nodes=len(found.nodes),
        seconds=time.perf_counter() - began,
        focus_terms=found.nodes,
        engine="pyshacl" if advanced else engine,
        uncompiled=found.uncompiled,
        exercised=found.exercised,
    )


def _run(data: Triples, shapes: Graph, *, advanced: bool, engine: str) -> Findings:
    if advanced:
        return run_reference(_copy(data), shapes, advanced=True)
    if engine != ENGINES[0]:
        return run_reference(hold_graph(data), shapes, advanced=False)
    recursive = sorted({name_shape(node, shapes) for node in find_recursive(shapes)})
    if recursive:
        found = run_reference(hold_graph(data), shapes, advanced=False)
        return replace(found, uncompiled=tuple((name, "recursion") for name in recursive))
    statements = list(from_rdflib_graph(data)) if isinstance(data, Graph) else data
    return run_compiled(
        statements if isinstance(statements, list) else list(statements),  # type: ignore[arg-type]
        shapes,
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
def quiet() -> Iterator[None]:
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


def _order(result: Result) -> tuple[int, str, str, str, str, str]:
    return result.rank, result.focus, result.path, result.shape, result.value, result.component
