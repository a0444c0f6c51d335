"""Viewpoints: the closed world of one text, of several, or of what nobody contradicts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyoxigraph as ox

from entente import vocab
from entente.errors import InconsistentGraph
from entente.provenance.construct import construct
from entente.provenance.naming import BACKGROUND, UNDISPUTED, view_graph
from entente.reason import (
    Contradiction,
    Facts,
    Rule,
    close_facts,
    extend_facts,
    find_contradictions,
    load_rules,
)

_INVOLVES = ox.NamedNode(vocab.ENT + "involvesClaim")


@dataclass(frozen=True, slots=True)
class Ground:
    """What all viewpoints have in common, closed once.

    Attributes:
        facts: Ontology and entities, and what follows from them.
        rules: The OWL 2 RL rules.
        projection: The folder of the rules that draw plain triples from claims.
    """

    facts: Facts
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
    facts = Facts(_triples_of(store, BACKGROUND))
    close_facts(facts, rules)
    return Ground(facts, rules, queries / "rules/project")


def make_view(store: ox.Store, names: Sequence[str], ground: Ground) -> Facts:
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
    facts, found = close_view(store, names, ground)
    if found:
        raise inconsistent_view(names, found, [str(contradiction) for contradiction in found])
    return facts


def close_view(
    store: ox.Store, names: Sequence[str], ground: Ground
) -> tuple[Facts, list[Contradiction]]:
    """Make a view as `make_view` does, and give its contradictions beside it."""
    if tuple(names) == (UNDISPUTED,):
        given = _undisputed(store, ground)
    else:
        graphs = [vocab.GRAPH + name for name in names]
        given = {*_triples_of(store, graphs)}
        given |= construct(store, ground.projection, "wide-*.rq", graphs)
    facts = ground.facts.copy()
    extend_facts(facts, given, ground.rules)
    return facts, find_contradictions(facts, ground.rules)


def join_views(
    store: ox.Store, names: Sequence[str], rules: Sequence[Rule]
) -> tuple[Facts, list[Contradiction]]:
    """Make the view of several texts from the view of each, and give its contradictions.

    No rule that makes a view takes anything away where another text speaks too, so that what
    holds for one text holds for several, and only what follows from them together is new. The
    same is true of contradictions: one of a single triple is looked for in what is new.

    Args:
        store: A data set with the view of each text.
        names: The texts.
        rules: The OWL 2 RL rules.
    """
    facts = Facts()
    for name in names:
        graph = ox.NamedNode(view_graph((name,)))
        facts.add_triples(store.quads_for_pattern(None, None, None, graph))
    new = close_facts(facts, rules).inferred
    found = find_contradictions(Facts(new), [rule for rule in rules if rule.asks_for_one_triple])
    several = [rule for rule in rules if not rule.asks_for_one_triple]
    return facts, found + find_contradictions(facts, several)


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


def inconsistent_view(
    names: Sequence[str], found: Sequence[Contradiction], explanations: Sequence[str]
) -> InconsistentGraph:
    """Make the error that names what contradicts the ontology in a view."""
    return InconsistentGraph(
        f"the viewpoint {'~'.join(names)} contradicts the ontology in "
        f"{len(found)} place{'s' if len(found) > 1 else ''}",
        fix="mend the claim or the axiom that each line names",
        explanations=explanations,
    )
