"""Draw plain triples from claims, by the CONSTRUCT rules in queries/rules/project/."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pyoxigraph as ox

from entente import vocab
from entente.errors import DataError, Place

STRICT = "strict-*.rq"
WIDE = "wide-*.rq"


def run_rules(triples: Iterable[ox.Triple], folder: Path, pattern: str) -> set[ox.Triple]:
    """Run CONSTRUCT rules once over a graph.

    Args:
        triples: The graph that the rules read.
        folder: The folder of the rules, queries/rules/project.
        pattern: Which of its files to run.

    Returns:
        What the rules conclude, whether it stands in the graph already or not.

    Raises:
        DataError: There is no such rule, or one of them is malformed.
    """
    store = ox.Store()
    store.bulk_extend(ox.Quad(t.subject, t.predicate, t.object) for t in triples)
    paths = sorted(folder.glob(pattern))
    if not paths:
        raise DataError(f"no rules {pattern} in {folder}", fix="put the queries folder back")
    drawn: set[ox.Triple] = set()
    for path in paths:
        drawn.update(_run_rule(store, path))
    return drawn


def _run_rule(store: ox.Store, path: Path) -> list[ox.Triple]:
    try:
        answer = store.query(path.read_text(encoding="utf-8"))
    except SyntaxError as error:
        raise DataError(str(error), fix="correct the rule", place=Place(path.name)) from error
    if not isinstance(answer, ox.QueryTriples):
        raise DataError("a rule is a CONSTRUCT", fix="rewrite it", place=Place(path.name))
    return list(answer)


def project_strictly(triples: Iterable[ox.Triple], queries: Path) -> set[ox.Triple]:
    """Draw the plain facts of `graph:asserted`: what may be read without asking who says so."""
    return run_rules(triples, queries / "rules/project", STRICT)


def project_widely(triples: Iterable[ox.Triple], queries: Path) -> set[ox.Triple]:
    """Draw the world as one source has it, for its view."""
    return run_rules(triples, queries / "rules/project", WIDE)


def triples_of(quads: Iterable[ox.Quad], graphs: Iterable[str]) -> list[ox.Triple]:
    """Return the triples of some named graphs, merged."""
    wanted = {ox.NamedNode(graph) for graph in graphs}
    return [quad.triple for quad in quads if quad.graph_name in wanted]


def source_graphs() -> list[str]:
    """Return the IRIs of the graphs that hold the sources' claims."""
    return [vocab.GRAPH + source for source in vocab.SOURCES]
