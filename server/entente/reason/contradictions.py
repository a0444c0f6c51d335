"""Find what contradicts itself in a closed graph."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from pyoxigraph import BlankNode, Literal, NamedNode, Quad, QuerySolutions, Store, Triple

from entente.errors import InconsistentGraph
from entente.reason.conditions import Group, UnknownCondition, read_known
from entente.reason.facts import Facts
from entente.reason.joining import find_rows, start_table
from entente.reason.rules import Premise, Rule, expand, look_at_values_only
from entente.terms import AnyTerm
from entente.vocab import shorten

#: How many contradictions of one rule are worth naming.
LIMIT = 100

_ROW, _COLUMN = "urn:row:", "urn:column:"
_Row = tuple[AnyTerm | None, ...]


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


def find_contradictions(facts: Facts, rules: Sequence[Rule]) -> list[Contradiction]:
    """Find the contradictions of closed facts.

    What a rule's tests cannot say without an engine, such as how a date is written, is asked of
    the engine, of the values alone.

    Args:
        facts: The facts. In such as are not closed only the contradictions that stand in them as
            they are are found.
        rules: The rules; those that infer are passed over.

    Returns:
        At most `LIMIT` contradictions a rule, in the order of the rules' names.
    """
    found: list[Contradiction] = []
    for rule in rules:
        if rule.message:
            every = dict.fromkeys(_find_bindings(facts, rule))
            chosen = sorted(every, key=str)[:LIMIT]
            found += (_tell(rule, dict(zip(rule.variables, row, strict=True))) for row in chosen)
    return found


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


def _find_bindings(facts: Facts, rule: Rule) -> Iterator[_Row]:
    """Find the values of a rule's variables; None where one has none."""
    try:
        group, rest = read_known(rule)
    except UnknownCondition:
        group, rest = Group((), (), (), ()), rule.conditions
    known = {part for pattern in group.patterns for part in pattern.parts}
    if not known.issuperset(rule.variables) or not look_at_values_only(rest):
        store = load_store(facts.triples(facts.relations))
        yield from _ask(store, rule.text, rule.variables)
        return
    sources = [(pattern, facts.relations) for pattern in group.patterns]
    table = find_rows(facts, group, sources, start_table(facts, group.terms()))
    columns = [part for part in table.columns if isinstance(part, str)]
    terms = facts.terms
    places = [table.columns[name] for name in columns]
    rows: list[_Row] = [tuple(terms[row[at]] for at in places) for row in table.rows]
    if rest and rows:
        rows = _pass(rule, rest, columns, rows)
    for row in rows:
        values = dict(zip(columns, row, strict=True))
        yield tuple(values[name] for name in rule.variables)


def _pass(rule: Rule, rest: str, columns: Sequence[str], rows: Sequence[_Row]) -> list[_Row]:
    """Let those rows pass whose values meet the rest of a rule, which asks for no triple."""
    used = [at for at, name in enumerate(columns) if re.search(rf"\?{name}\b", rest)]
    distinct = list({tuple(row[at] for at in used) for row in rows})
    store = Store()
    store.extend(
        Quad(NamedNode(f"{_ROW}{number}"), NamedNode(f"{_COLUMN}{at}"), term)  # type: ignore[arg-type]
        for number, row in enumerate(distinct)
        for at, term in zip(used, row, strict=True)
    )
    patterns = "".join(f"?_row <{_COLUMN}{at}> ?{columns[at]} .\n" for at in used)
    query = f"{rule.prologue}SELECT DISTINCT ?_row WHERE {{\n{patterns}{rest}\n}}"
    passed = {
        distinct[int(node.value.removeprefix(_ROW))]
        for (node,) in _ask(store, query, ("_row",))
        if isinstance(node, NamedNode)
    }
    return [row for row in rows if tuple(row[at] for at in used) in passed]


def _ask(store: Store, query: str, names: Sequence[str]) -> Iterator[_Row]:
    rows = store.query(query)
    assert isinstance(rows, QuerySolutions)  # noqa: S101 - a contradiction is a SELECT
    return (tuple(row[name] for name in names) for row in rows)


def _tell(rule: Rule, values: Mapping[str, AnyTerm | None]) -> Contradiction:
    bindings = {name: term for name, term in values.items() if term is not None}
    words = {name: _show(term) for name, term in bindings.items()}
    triples = tuple(_ground(rule, bindings))
    return Contradiction(rule.name, rule.message.format_map(words), bindings, triples)


def _ground(rule: Rule, bindings: Mapping[str, AnyTerm]) -> Iterator[Triple]:
    for premise in rule.premises:
        triple = None if premise.is_path else _ground_premise(premise, rule, bindings)
        if triple:
            yield triple


def _ground_premise(premise: Premise, rule: Rule, bindings: Mapping[str, AnyTerm]) -> Triple | None:
    subject, predicate, object_ = (
        _ground_term(part, rule, bindings)
        for part in (premise.subject, premise.predicate, premise.object)
    )
    if (
        isinstance(subject, NamedNode | BlankNode)
        and isinstance(predicate, NamedNode)
        and isinstance(object_, NamedNode | BlankNode | Literal)
    ):
        return Triple(subject, predicate, object_)
    return None


def _ground_term(part: str, rule: Rule, bindings: Mapping[str, AnyTerm]) -> object:
    if part.startswith("?"):
        return bindings.get(part[1:])
    return None if part.startswith('"') else NamedNode(expand(part, rule.prefixes))


def _show(term: object) -> str:
    return shorten(term.value) if isinstance(term, NamedNode) else str(term)
