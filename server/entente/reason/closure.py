"""Run rules to a fixpoint in the engine.

Evaluation is semi-naive: after a first pass over everything, a rule runs again only
for premises that match what the last round added, and only over that. Each round's
additions stand in a named graph of their own, so that a rule is one SPARQL update whose
premise of the moment is wrapped in GRAPH; nothing but the final list leaves the engine.
Schema rules run to their own fixpoint first: the other rules then see a closed
hierarchy, and need few rounds.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from pyoxigraph import (
    DefaultGraph,
    NamedNode,
    Quad,
    QuerySolutions,
    Store,
    Triple,
)

from entente.reason.rules import Premise, Rule, lengthen_chain, load_rules
from entente.vocab import OWL, RDF

_FACTS = DefaultGraph()
_SAME_AS = NamedNode(OWL + "sameAs")
_TYPE = RDF + "type"
_CHAIN = "prp-spo2"
_CHAIN_LENGTHS = f"""
PREFIX owl: <{OWL}>
PREFIX rdf: <{RDF}>
SELECT (COUNT(?cell) AS ?links)
WHERE {{ ?property owl:propertyChainAxiom ?chain . ?chain rdf:rest*/rdf:rest ?cell . }}
GROUP BY ?property ?chain
"""


@dataclass(frozen=True, slots=True)
class Closure:
    """What follows from a graph.

    Attributes:
        inferred: The triples that follow and were not given, in no particular order.
        rounds: How often the rules went over the graph, the last and fruitless time included.
        seconds: The time it took, up to the list of the result.
        counts: For each rule that inferred something, how many triples were first its own.
    """

    inferred: list[Triple]
    rounds: int
    seconds: float
    counts: Mapping[str, int]


def close(triples: Iterable[Triple], rules: Path) -> Closure:
    """Infer all that the rules derive from a graph.

    Triples with a literal as subject are not RDF and are left out, as is that a thing is
    the same as itself. The engine stores numbers by value: a conclusion shows
    `"01"^^xsd:int` as `"1"^^xsd:integer`.

    Args:
        triples: The graph.
        rules: The folder of rules.

    Returns:
        The conclusions.

    Raises:
        DataError: A rule file is wrong.
    """
    started = time.perf_counter()
    closure = close_store(load_store(triples), load_rules(rules))
    return replace(closure, seconds=time.perf_counter() - started)


def load_store(triples: Iterable[Triple]) -> Store:
    """Put triples into the default graph of a new store in memory."""
    store = Store()
    store.extend(Quad(*triple) for triple in triples)
    return store


def close_store(store: Store, rules: Sequence[Rule]) -> Closure:
    """Infer all that rules derive from the default graph of a store.

    Args:
        store: The store, changed in place: its default graph becomes the closure, and
            each round leaves its additions in a named graph.
        rules: The rules; contradictions and those that never run are passed over.

    Returns:
        The conclusions.
    """
    started = time.perf_counter()
    active = _fit_chains(store, [rule for rule in rules if rule.runs and not rule.message])
    schema = [rule for rule in active if rule.name.startswith("scm-")]
    others = [rule for rule in active if not rule.name.startswith("scm-")]
    counts: Counter[str] = Counter()
    rounds: list[NamedNode] = []
    for first, following in ((schema, schema), (others, active)):
        added = _run_round(store, first, None, rounds, counts)
        while added:
            added = _run_round(store, following, rounds[-1], rounds, counts)
    inferred = [triple for graph in rounds for triple in _additions(store, graph)]
    seconds = time.perf_counter() - started
    return Closure(inferred, len(rounds), seconds, dict(counts))


def extend_store(store: Store, triples: Iterable[Triple], rules: Sequence[Rule]) -> Closure:
    """Infer what follows from adding triples to a store that is closed.

    Args:
        store: The store, changed in place: its default graph, closed when this is called,
            becomes the closure of both. It has no named graphs yet; each round leaves one.
        triples: What is added.
        rules: The rules; contradictions and those that never run are passed over.

    Returns:
        What follows now and did not before, without what was added.
    """
    started = time.perf_counter()
    store.extend(Quad(*triple) for triple in triples)
    # A first pass over everything is quicker than over the additions in a graph of their own:
    # what the closed part implies is there already, and loading twice costs more than the rules.
    active = _fit_chains(store, [rule for rule in rules if rule.runs and not rule.message])
    counts: Counter[str] = Counter()
    rounds: list[NamedNode] = []
    added = _run_round(store, active, None, rounds, counts)
    while added:
        added = _run_round(store, active, rounds[-1], rounds, counts)
    inferred = [triple for graph in rounds for triple in _additions(store, graph)]
    return Closure(inferred, len(rounds), time.perf_counter() - started, dict(counts))


def _run_round(
    store: Store,
    rules: Sequence[Rule],
    delta: NamedNode | None,
    rounds: list[NamedNode],
    counts: Counter[str],
) -> int:
    """Run each rule once and return what was added; rounds and counts change in place."""
    target = NamedNode(f"urn:entente:round:{len(rounds)}")
    rounds.append(target)
    total = 0
    for rule in rules:
        updates = list(_updates(store, rule, delta, target))
        for update in updates:
            store.update(update)
        if updates:
            size = _count(store, target)
            counts[rule.name] += size - total
            total = size
    for name in [name for name, count in counts.items() if not count]:
        del counts[name]
    return total


def _updates(store: Store, rule: Rule, delta: NamedNode | None, target: NamedNode) -> Iterator[str]:
    """Write the updates that a rule needs in a round; none where it cannot fire."""
    if not may_fire(store, rule):
        return
    for fresh in _fresh_premises(store, rule, delta):
        body = "\n".join(_pattern(premise, delta, fresh) for premise in rule.premises)
        for conclusion in rule.conclusions:
            yield (
                f"{rule.prologue}"
                f"INSERT {{ {conclusion} . GRAPH {target} {{ {conclusion} }} }}\n"
                f"WHERE {{\n{body}\n{rule.conditions}\n"
                f"FILTER NOT EXISTS {{ {conclusion} }}\n}}"
            )


def may_fire(store: Store, rule: Rule) -> bool:
    """Tell whether a graph has the vocabulary of a rule's premises at all."""
    return all(_may_match(store, premise, _FACTS) for premise in rule.premises)


def _fresh_premises(store: Store, rule: Rule, delta: NamedNode | None) -> Sequence[Premise | None]:
    """Choose the premises to restrict to the last round, one an update; None is no restriction."""
    if delta is None or not rule.premises:
        return [None]
    touched = [premise for premise in rule.premises if _is_touched(store, premise, delta)]
    return [None] if any(premise.is_path for premise in touched) else touched


def _pattern(premise: Premise, delta: NamedNode | None, fresh: Premise | None) -> str:
    return f"GRAPH {delta} {{ {premise.text} }}" if premise is fresh else f"{premise.text} ."


def _is_touched(store: Store, premise: Premise, delta: NamedNode) -> bool:
    if premise.is_path:
        return any(_holds(store, iri, None, delta) for iri in premise.mentioned)
    return _may_match(store, premise, delta)


def _may_match(store: Store, premise: Premise, graph: NamedNode | DefaultGraph) -> bool:
    return all(_holds(store, iri, premise.type_iri, graph) for iri in premise.needed)


def _holds(
    store: Store, predicate: str, class_: str | None, graph: NamedNode | DefaultGraph
) -> bool:
    object_ = NamedNode(class_) if class_ else None
    found = store.quads_for_pattern(None, NamedNode(predicate), object_, graph)
    return next(found, None) is not None


def _fit_chains(store: Store, rules: Sequence[Rule]) -> list[Rule]:
    """Put in place of the rule for chains one for each length that the graph has."""
    lengths = sorted({int(row["links"].value) for row in select(store, _CHAIN_LENGTHS)})
    fitted: list[Rule] = []
    for rule in rules:
        is_chain = rule.name == _CHAIN
        fitted += [lengthen_chain(rule, n) for n in lengths if n > 1] if is_chain else [rule]
    return fitted


def _count(store: Store, graph: NamedNode) -> int:
    query = f"SELECT (COUNT(*) AS ?size) WHERE {{ GRAPH {graph} {{ ?s ?p ?o }} }}"
    return int(next(select(store, query))["size"].value)


def select(store: Store, query: str) -> QuerySolutions:
    """Run a SELECT query."""
    found = store.query(query)
    assert isinstance(found, QuerySolutions)  # noqa: S101 - the query is a SELECT
    return found


def _additions(store: Store, graph: NamedNode) -> Iterator[Triple]:
    for quad in store.quads_for_pattern(None, None, None, graph):
        if quad.predicate != _SAME_AS or quad.subject != quad.object:
            yield quad.triple
