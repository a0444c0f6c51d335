"""Find what contradicts itself in a closed graph."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pyoxigraph import (
    BlankNode,
    DefaultGraph,
    Literal,
    NamedNode,
    Quad,
    QuerySolution,
    QuerySolutions,
    Store,
    Triple,
)

from entente.errors import InconsistentGraph
from entente.reason.rules import Premise, Rule, expand, load_rules
from entente.vocab import shorten

#: How many contradictions of one rule are worth naming.
LIMIT = 100


@dataclass(frozen=True, slots=True)
class Contradiction:
    """One contradiction.

    Attributes:
        rule: The name of the rule that found it.
        message: What contradicts what: the axiom and the culprits, in one clause.
        bindings: The culprits by the rule's variables.
        triples: The triples that contradict one another, as far as the rule names all
            their terms: those by which a claim behind the contradiction is found.
    """

    rule: str
    message: str
    bindings: Mapping[str, object]
    triples: tuple[Triple, ...]

    def __str__(self) -> str:
        return f"{self.rule}: {self.message}"


def find_contradictions(triples: Iterable[Triple], rules: Path) -> list[Contradiction]:
    """Find the contradictions of a closed graph.

    Args:
        triples: The graph and what follows from it. In a graph that is not closed only the
            contradictions that stand in it as it is are found.
        rules: The folder of rules.

    Returns:
        At most `LIMIT` contradictions a rule, in the order of the rules' names.

    Raises:
        DataError: A rule file is wrong.
    """
    return check_store(load_store(triples), load_rules(rules))


def check_store(store: Store, rules: Sequence[Rule]) -> list[Contradiction]:
    """Find the contradictions in the default graph of a store that is closed."""
    return [
        contradiction
        for rule in rules
        if rule.message and _may_fire(store, rule)
        for contradiction in _check_rule(store, rule)
    ]


def load_store(triples: Iterable[Triple]) -> Store:
    """Put triples into the default graph of a new store in memory."""
    store = Store()
    store.extend(Quad(*triple) for triple in triples)
    return store


def require_consistency(contradictions: Sequence[Contradiction]) -> None:
    """Stop where there are contradictions.

    Raises:
        InconsistentGraph: There are; each is one of its explanations.
    """
    if contradictions:
        count = len(contradictions)
        raise InconsistentGraph(
            f"the graph contradicts itself ({count} contradiction{'s' if count > 1 else ''})",
            fix="correct the statements or the axiom that each line names",
            explanations=[str(contradiction) for contradiction in contradictions],
        )


def _may_fire(store: Store, rule: Rule) -> bool:
    """Tell whether a graph has the vocabulary of a rule's premises at all."""
    return all(
        _holds(store, iri, premise.type_iri) for premise in rule.premises for iri in premise.needed
    )


def _holds(store: Store, predicate: str, class_: str | None) -> bool:
    object_ = NamedNode(class_) if class_ else None
    found = store.quads_for_pattern(None, NamedNode(predicate), object_, DefaultGraph())
    return next(found, None) is not None


def _check_rule(store: Store, rule: Rule) -> Iterator[Contradiction]:
    rows = store.query(f"{rule.text}LIMIT {LIMIT}")
    assert isinstance(rows, QuerySolutions)  # noqa: S101 - a contradiction is a SELECT
    for row in rows:
        bindings = {name: row[name] for name in rule.variables if row[name] is not None}
        words = {name: _show(term) for name, term in bindings.items()}
        triples = tuple(_ground(rule, row))
        yield Contradiction(rule.name, rule.message.format_map(words), bindings, triples)


def _ground(rule: Rule, row: QuerySolution) -> Iterator[Triple]:
    for premise in rule.premises:
        triple = None if premise.is_path else _ground_premise(premise, rule, row)
        if triple:
            yield triple


def _ground_premise(premise: Premise, rule: Rule, row: QuerySolution) -> Triple | None:
    subject, predicate, object_ = (
        _ground_term(part, rule, row)
        for part in (premise.subject, premise.predicate, premise.object)
    )
    if (
        isinstance(subject, NamedNode | BlankNode)
        and isinstance(predicate, NamedNode)
        and isinstance(object_, NamedNode | BlankNode | Literal)
    ):
        return Triple(subject, predicate, object_)
    return None


def _ground_term(part: str, rule: Rule, row: QuerySolution) -> object:
    if part.startswith("?"):
        return row[part[1:]] if part[1:] in rule.variables else None
    return None if part.startswith('"') else NamedNode(expand(part, rule.prefixes))


def _show(term: object) -> str:
    return shorten(term.value) if isinstance(term, NamedNode) else str(term)
