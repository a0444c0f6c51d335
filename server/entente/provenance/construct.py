"""Run CONSTRUCT rules, one file each, over a store."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import pyoxigraph as ox

from entente.errors import DataError, Place

_Graph = ox.NamedNode | ox.BlankNode | ox.DefaultGraph


def construct(
    store: ox.Store, folder: Path, pattern: str, graphs: Sequence[str] = ()
) -> set[ox.Triple]:
    """Run rules once and return what they conclude, whether it stands in the store or not.

    Args:
        store: The store that the rules read.
        folder: The folder of the rules.
        pattern: Which of its files to run.
        graphs: The graphs that are read as one; none means the store's default graph.

    Raises:
        DataError: There is no such rule, or one of them is malformed or no CONSTRUCT.
    """
    paths = sorted(folder.glob(pattern))
    if not paths:
        raise DataError(f"no rules {pattern} in {folder}", fix="put the queries folder back")
    read: list[_Graph] | None = [ox.NamedNode(graph) for graph in graphs] or None
    return {triple for path in paths for triple in _run_rule(store, path, read)}


def _run_rule(store: ox.Store, path: Path, read: list[_Graph] | None) -> Iterable[ox.Triple]:
    try:
        answer = store.query(path.read_text(encoding="utf-8"), default_graph=read)
    except SyntaxError as error:
        raise DataError(str(error), fix="correct the rule", place=Place(path.name)) from error
    if not isinstance(answer, ox.QueryTriples):
        raise DataError("a rule is a CONSTRUCT", fix="rewrite it", place=Place(path.name))
    return answer


def conclude(store: ox.Store, folder: Path, patterns: Sequence[str]) -> set[ox.Triple]:
    """Run groups of rules one after the other, each group seeing what those before it concluded.

    Args:
        store: The store; what is concluded is added to its default graph, in place.
        folder: The folder of the rules.
        patterns: The groups, in order.

    Returns:
        All that was concluded.

    Raises:
        DataError: A group has no rule, or a rule is malformed.
    """
    concluded: set[ox.Triple] = set()
    for pattern in patterns:
        found = construct(store, folder, pattern)
        store.extend(ox.Quad(*triple) for triple in found)
        concluded |= found
    return concluded
