"""Run rules to a fixpoint.

Evaluation is semi-naive: after a first pass over everything, a rule runs again only
for premises that match what the last round added, and only over that. Schema rules run to
their own fixpoint first: the other rules then see a closed hierarchy, and need few rounds.
A rule that asks more than the rules of OWL 2 RL do is run by the engine, over everything.
"""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from pyoxigraph import NamedNode, Quad, QueryTriples, Store, Triple

from entente.reason.conditions import Group, UnknownCondition, read_body
from entente.reason.facts import NOTHING, Facts, Pair, Relation, Relations, changes_lists
from entente.reason.joining import Source, Table, find_rows, start_table
from entente.reason.patterns import Pattern, parse_pattern
from entente.reason.rules import Rule, lengthen_chain, load_rules
from entente.vocab import OWL

_SAME_AS = NamedNode(OWL + "sameAs")
_CHAIN_AXIOM = NamedNode(OWL + "propertyChainAxiom")
_CHAIN = "prp-spo2"


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
    the same as itself. Numbers count by value: a conclusion shows `"01"^^xsd:int` as
    `"1"^^xsd:integer`.

    Args:
        triples: The graph.
        rules: The folder of rules.

    Returns:
        The conclusions.

    Raises:
        DataError: A rule file is wrong.
    """
    started = time.perf_counter()
    closure = close_facts(Facts(triples), load_rules(rules))
    return replace(closure, seconds=time.perf_counter() - started)


def close_facts(facts: Facts, rules: Sequence[Rule]) -> Closure:
    """Infer all that rules derive from facts.

    Args:
        facts: The facts, changed in place: they become their closure.
        rules: The rules; contradictions and those that never run are passed over.

    Returns:
        The conclusions.
    """
    run = _Run(facts, rules)
    run.repeat(run.schema, run.schema, None)
    run.repeat(run.others, [*run.schema, *run.others], None)
    return run.closure()


def extend_facts(facts: Facts, triples: Iterable[Triple], rules: Sequence[Rule]) -> Closure:
    """Infer what follows from adding triples to facts that are closed.

    Args:
        facts: The facts, changed in place: closed when this is called, they become the closure
            of both.
        triples: What is added.
        rules: The rules; contradictions and those that never run are passed over.

    Returns:
        What follows now and did not before, without what was added.
    """
    new = facts.add_triples(triples)
    run = _Run(facts, rules)
    every = [*run.schema, *run.others]
    run.repeat(every, every, new)
    return run.closure()


class _Run:
    """Rules that go over facts, round by round.

    Args:
        facts: The facts, changed in place.
        rules: The rules.
    """

    def __init__(self, facts: Facts, rules: Sequence[Rule]) -> None:
        self._facts = facts
        self._started = time.perf_counter()
        self._counts: Counter[str] = Counter()
        self._rounds: list[Relations] = []
        active = _fit_chains(facts, [rule for rule in rules if rule.runs and not rule.message])
        self.schema = [_prepare(facts, r) for r in active if r.name.startswith("scm-")]
        self.others = [_prepare(facts, r) for r in active if not r.name.startswith("scm-")]

    def repeat(
        self,
        first: Sequence[_Readable | _Foreign],
        following: Sequence[_Readable | _Foreign],
        new: Relations | None,
    ) -> None:
        """Run rules on what is new (None: on everything), then others on what this added."""
        new = self._run_round(first, new)
        while new:
            new = self._run_round(following, new)

    def _run_round(self, rules: Sequence[_Readable | _Foreign], new: Relations | None) -> Relations:
        added: Relations = {}
        for rule in rules:
            for found in rule.run(self._facts, new):
                for predicate, relation in self._facts.add(found).items():
                    added.setdefault(predicate, Relation(set())).extend(relation.pairs)
                    self._counts[rule.name] += len(relation.pairs)
        self._rounds.append(added)
        return added

    def closure(self) -> Closure:
        """Give what was added."""
        same = self._facts.number(_SAME_AS)
        for added in self._rounds:
            if same in added:
                found = added[same].pairs
                added[same] = Relation({(one, other) for one, other in found if one != other})
        inferred = [triple for added in self._rounds for triple in self._facts.triples(added)]
        seconds = time.perf_counter() - self._started
        return Closure(inferred, len(self._rounds), seconds, dict(self._counts))


@dataclass(frozen=True, slots=True)
class _Readable:
    """A rule that is run here.

    Attributes:
        name: Its name.
        body: What it asks.
        conclusions: What it concludes.
        start: The row to begin with.
    """

    name: str
    body: Group
    conclusions: tuple[Pattern, ...]
    start: Table

    def run(self, facts: Facts, new: Relations | None) -> Iterator[dict[int, set[Pair]]]:
        """Yield what follows from all facts, or from new ones with all."""
        for sources in self._choose_sources(facts, new):
            yield _conclude(facts, self, find_rows(facts, self.body, sources, self.start))

    def _choose_sources(self, facts: Facts, new: Relations | None) -> Iterator[list[Source]]:
        """Choose where to look for each pattern: one of them in what is new."""
        patterns, every = self.body.patterns, facts.relations
        lists = any(pattern.lists for pattern in patterns)
        if new is None or not patterns or (lists and changes_lists(new)):
            yield [(pattern, every) for pattern in patterns]
            return
        for fresh in (pattern for pattern in patterns if not pattern.lists):
            at = self.start.columns.get(fresh.predicate)
            if at is None or self.start.rows[0][at] in new:
                yield [(pattern, new if pattern is fresh else every) for pattern in patterns]


@dataclass(frozen=True, slots=True)
class _Foreign:
    """A rule that only the engine can run.

    Attributes:
        name: Its name.
        text: Its query.
        store: The facts; empty before the first run.
    """

    name: str
    text: str
    store: Store

    def run(self, facts: Facts, new: Relations | None) -> Iterator[dict[int, set[Pair]]]:
        """Yield what follows from all facts."""
        told = new if new is not None and len(self.store) else facts.relations
        self.store.extend(Quad(*triple) for triple in facts.triples(told))
        found = self.store.query(self.text)
        assert isinstance(found, QueryTriples)  # noqa: S101 - a rule is a CONSTRUCT
        pairs: defaultdict[int, set[Pair]] = defaultdict(set)
        for triple in found:
            subject, predicate, object_ = map(facts.number, triple)
            pairs[predicate].add((subject, object_))
        yield pairs


def _prepare(facts: Facts, rule: Rule) -> _Readable | _Foreign:
    """Make a rule ready for facts."""
    try:
        body = read_body(rule)
    except UnknownCondition:
        return _Foreign(rule.name, rule.text, Store())
    conclusions = tuple(parse_pattern(text, rule.prefixes) for text in rule.conclusions)
    parts = [part for pattern in conclusions for part in pattern.parts]
    terms = [*body.terms(), *(part for part in parts if not isinstance(part, str))]
    return _Readable(rule.name, body, conclusions, start_table(facts, terms))


def _conclude(facts: Facts, rule: _Readable, table: Table) -> dict[int, set[Pair]]:
    """Write the conclusions of a rule, those that are no RDF left out."""
    pairs: defaultdict[int, set[Pair]] = defaultdict(set)
    for pattern in rule.conclusions if table.rows else ():
        one, verb, other = (table.columns[part] for part in pattern.parts)
        subjects = facts.subjects
        if isinstance(pattern.predicate, str):
            for row in table.rows:
                if row[one] in subjects:
                    pairs[row[verb]].add((row[one], row[other]))
        else:
            found = {(row[one], row[other]) for row in table.rows if row[one] in subjects}
            pairs[table.rows[0][verb]] |= found
    return {predicate: found for predicate, found in pairs.items() if predicate in facts.iris}


def _fit_chains(facts: Facts, rules: Sequence[Rule]) -> list[Rule]:
    """Put in place of the rule for chains one for each length that the graph has."""
    chains = facts.relations.get(facts.number(_CHAIN_AXIOM), NOTHING).by_object()
    lengths = sorted({len(facts.walk_list(chain)) - 1 for chain in chains})
    fitted: list[Rule] = []
    for rule in rules:
        is_chain = rule.name == _CHAIN
        fitted += [lengthen_chain(rule, n) for n in lengths if n > 1] if is_chain else [rule]
    return fitted
