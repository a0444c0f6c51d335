"""Viewpoints: the closed world of one text, of several, or of what nobody contradicts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

import pyoxigraph as ox

from entente import vocab
from entente.errors import InconsistentGraph, UsageError
from entente.provenance.construct import construct
from entente.reason import (
    Contradiction,
    Rule,
    check_store,
    close_store,
    extend_store,
    load_rules,
    load_store,
)
from entente.terms import value_of

#: The viewpoint of what nobody contradicts.
UNDISPUTED = "undisputed"
BACKGROUND = (vocab.GRAPH_ONTOLOGY, vocab.GRAPH_ENTITIES)
_INVOLVES = ox.NamedNode(vocab.ENT + "involvesClaim")


@dataclass(frozen=True, slots=True)
class Ground:
    """What all viewpoints have in common, closed once.

    Attributes:
        closed: Ontology and entities, and what follows from them.
        rules: The OWL 2 RL rules.
        projection: The folder of the rules that draw plain triples from claims.
    """

    closed: tuple[ox.Triple, ...]
    rules: tuple[Rule, ...]
    projection: Path


def prepare_ground(store: ox.Store, queries: Path) -> Ground:
    """Close what all viewpoints have in common.

    Args:
        store: A data set with `graph:ontology` and `graph:entities`.
        queries: The folder queries/.

    Raises:
        DataError: A rule is absent or malformed.
    """
    rules = tuple(load_rules(queries / "rules/owl2rl"))
    given = _triples_of(store, BACKGROUND)
    closure = close_store(load_store(given), rules)
    return Ground((*given, *closure.inferred), rules, queries / "rules/project")


def parse_viewpoint(text: str) -> tuple[str, ...]:
    """Read the name of a viewpoint: a text, several joined by `~`, or `undisputed`.

    Returns:
        The texts' names, sorted, each once; `("undisputed",)` for what nobody contradicts.

    Raises:
        UsageError: A part is no viewpoint; the message names near ones.

    >>> parse_viewpoint("spf-2024~gmf-2023")
    ('gmf-2023', 'spf-2024')
    """
    names = tuple(sorted({_find_name(part.strip()) for part in text.split("~")}))
    if len(names) > 1 and UNDISPUTED in names:
        raise UsageError(
            f"{UNDISPUTED} is of all texts and joins with none",
            fix="leave the others out",
        )
    return names


def _find_name(part: str) -> str:
    known = (*vocab.SOURCES, UNDISPUTED)
    short = {prefix: source for source, prefix in vocab.SOURCES.items()}
    if part in known or part in short:
        return short.get(part, part)
    near = get_close_matches(part, [*known, *short], n=2, cutoff=0.4)
    choice = f"did you mean {' or '.join(near)}?" if near else f"there are {', '.join(known)}"
    raise UsageError(f"there is no viewpoint {part or 'without a name'}", fix=choice)


def view_graph(names: Sequence[str]) -> str:
    """Return the IRI of a viewpoint's graph."""
    return vocab.GRAPH_VIEW + "~".join(names)


def make_view(store: ox.Store, names: Sequence[str], ground: Ground) -> set[ox.Triple]:
    """Make the world as some texts have it.

    Args:
        store: A data set with one graph a text; for `undisputed`, `graph:disagreements` too.
        names: The viewpoint, as `parse_viewpoint` reads it.
        ground: What all viewpoints have in common.

    Returns:
        Ontology, entities, the claims of these texts, the plain triples that they draw, and
        all that follows from these alone.

    Raises:
        InconsistentGraph: The texts' world contradicts the ontology; rule, axiom and culprits
            are named.
        DataError: A rule is absent or malformed.
    """
    if tuple(names) == (UNDISPUTED,):
        given = _undisputed(store, ground)
    else:
        graphs = [vocab.GRAPH + name for name in names]
        given = {*_triples_of(store, graphs)}
        given |= construct(store, ground.projection, "wide-*.rq", graphs)
    view = load_store(ground.closed)
    closure = extend_store(view, given, ground.rules)
    _require_consistency(names, check_store(view, ground.rules))
    return {*ground.closed, *given, *closure.inferred}


def _undisputed(store: ox.Store, ground: Ground) -> set[ox.Triple]:
    graphs = [vocab.GRAPH + source for source in vocab.SOURCES]
    found = store.quads_for_pattern(None, _INVOLVES, None, None)
    disputed = {quad.object for quad in found}
    claims = {t for t in _triples_of(store, graphs) if t.subject not in disputed}
    read = [*graphs, vocab.GRAPH_DISAGREEMENTS]
    return claims | construct(store, ground.projection, f"{UNDISPUTED}-*.rq", read)


def _triples_of(store: ox.Store, graphs: Iterable[str]) -> list[ox.Triple]:
    return [
        quad.triple
        for graph in graphs
        for quad in store.quads_for_pattern(None, None, None, ox.NamedNode(graph))
    ]


def _require_consistency(names: Sequence[str], found: Sequence[Contradiction]) -> None:
    if found:
        raise InconsistentGraph(
            f"the viewpoint {'~'.join(names)} contradicts the ontology in {len(found)} places",
            fix="mend the claim or the axiom that each line names",
            explanations=[str(contradiction) for contradiction in found],
        )


def list_views(store: ox.Store) -> list[str]:
    """Return the names of the viewpoints whose graphs a data set holds, sorted."""
    graphs = (value_of(graph) for graph in store.named_graphs())
    prefix = vocab.GRAPH_VIEW
    return sorted(graph.removeprefix(prefix) for graph in graphs if graph.startswith(prefix))


def ensure_view(store: ox.Store, names: Sequence[str], queries: Path) -> ox.NamedNode:
    """Return the graph of a viewpoint, making it where the data set does not hold it.

    Args:
        store: A snapshot's data set; a view that is made is added, in place.
        names: The viewpoint, as `parse_viewpoint` reads it.
        queries: The folder queries/.

    Raises:
        InconsistentGraph: The texts' world contradicts the ontology.
        DataError: A rule is absent or malformed.
    """
    graph = ox.NamedNode(view_graph(names))
    if not store.contains_named_graph(graph):
        view = make_view(store, names, prepare_ground(store, queries))
        store.bulk_extend(ox.Quad(t.subject, t.predicate, t.object, graph) for t in view)
    return graph
