"""Ask one query in several viewpoints and compare the rows."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

import pyoxigraph as ox

from entente import vocab
from entente.errors import QueryError, UsageError
from entente.provenance.disputes import Dispute, read_disputes
from entente.provenance.ensure import ViewRules, ensure_view
from entente.provenance.functions import open_functions
from entente.provenance.naming import UNDISPUTED
from entente.terms import Term, value_of

#: A row of an answer; None where a variable is unbound.
Row = tuple[Term | None, ...]

SHARED, SOME, DIFFERS, CONTRADICTED = "shared", "some", "differs", "contradicted"
_TEXT_TYPES = (vocab.XSD + "string", vocab.RDF + "langString")
_LABELS = tuple(map(ox.NamedNode, (vocab.SKOS + "prefLabel", vocab.DCTERMS + "title")))
_NAMES = re.compile(r"<([^<>\"{}|^`\s]*)>|([A-Za-z][\w-]*):([A-Za-z0-9][\w-]*)")
_PREFIX = re.compile(r"PREFIX\s+([A-Za-z][\w-]*):\s*<([^>]*)>", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class ComparedRow:
    """What the viewpoints say under one key.

    Attributes:
        verdict: `shared` where all say the same, `some` where only some have it, `differs`
            where they give it different values, `contradicted` where texts of two viewpoints
            disagree on it.
        key: The terms of the key columns.
        rows: The whole rows of each viewpoint that has the key, sorted.
        disagreements: The IRIs of the disagreements behind a contradiction, sorted.
    """

    verdict: str
    key: Row
    rows: Mapping[str, tuple[Row, ...]]
    disagreements: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """A query's answers in several viewpoints, side by side.

    Attributes:
        viewpoints: Their names, in the order asked.
        columns: The query's columns.
        key: The columns by which rows are matched.
        compared: The columns whose values are compared.
        evidence: The columns that name claims, passages and texts: shown, never compared.
        rows: One a key, in the order in which the keys first came.
    """

    viewpoints: tuple[str, ...]
    columns: tuple[str, ...]
    key: tuple[str, ...]
    compared: tuple[str, ...]
    evidence: tuple[str, ...]
    rows: tuple[ComparedRow, ...]

    def values(self, row: ComparedRow, viewpoint: str) -> list[Row]:
        """Return the compared values that a viewpoint gives under a key, sorted, each once."""
        return _values(row.rows.get(viewpoint, ()), _places(self.columns, self.compared))


def compare(
    store: ox.Store,
    query: str,
    viewpoints: Sequence[Sequence[str]],
    rules: ViewRules,
    key: Sequence[str] = (),
) -> Comparison:
    """Ask a query in several viewpoints and compare the rows.

    Args:
        store: A snapshot's data set; a viewpoint that it does not hold is added, in place.
        query: A SELECT query without FROM.
        viewpoints: At least two, each as `parse_viewpoint` reads it.
        rules: What such a viewpoint is made by.
        key: The columns by which rows are matched; none means that they are found: the columns
            that name things, else those of words, else all.

    Raises:
        QueryError: The query is malformed.
        UsageError: It is no SELECT, a key is none of its columns, or there is but one viewpoint.
        InconsistentGraph: A viewpoint contradicts the ontology.
    """
    names = ["~".join(names) for names in viewpoints]
    if len(set(names)) < 2:
        raise UsageError("there is but one viewpoint", fix="name at least two, with commas between")
    columns: tuple[str, ...] = ()
    answers: dict[str, list[Row]] = {}
    for name, parts in zip(names, viewpoints, strict=True):
        columns, answers[name] = _ask(store, query, ensure_view(store, parts, rules))
    evidence = _find_evidence(columns, answers, _source_labels(store))
    chosen = _check_key(key, columns) or _find_key(columns, answers, evidence)
    compared = tuple(c for c in columns if c not in chosen and c not in evidence)
    asked = _names_in(query)
    disputes = list(read_disputes(store, asked | _shown(answers.values())))
    rows = tuple(_match(columns, chosen, compared, answers, disputes, asked))
    return Comparison(tuple(answers), columns, chosen, compared, evidence, rows)


def _ask(store: ox.Store, query: str, graph: ox.NamedNode) -> tuple[tuple[str, ...], list[Row]]:
    try:
        functions = open_functions(store)
        answer = store.query(
            query, default_graph=[graph], named_graphs=[], custom_functions=functions
        )
    except SyntaxError as error:
        raise QueryError(str(error), fix="correct the query") from error
    if not isinstance(answer, ox.QuerySolutions):
        raise UsageError("the query is no SELECT", fix="ask for rows, which can be compared")
    columns = tuple(variable.value for variable in answer.variables)
    return columns, [tuple(map(_plain, row)) for row in answer]


def _plain(term: Term | ox.Triple | None) -> Term | None:
    return None if isinstance(term, ox.Triple) else term


def _check_key(key: Sequence[str], columns: Sequence[str]) -> tuple[str, ...]:
    names = tuple(name.strip().removeprefix("?") for name in key)
    for name in names:
        if name not in columns:
            near = get_close_matches(name, columns, n=1)
            choice = f"did you mean {near[0]}?" if near else f"there are {', '.join(columns)}"
            raise UsageError(f"the query has no column {name}", fix=choice)
    return names


def _source_labels(store: ox.Store) -> set[str]:
    graph = ox.NamedNode(vocab.GRAPH_ENTITIES)
    sources = [ox.NamedNode(vocab.SRC + source) for source in vocab.SOURCES]
    return {
        value_of(quad.object)
        for source in sources
        for label in _LABELS
        for quad in store.quads_for_pattern(source, label, None, graph)
    }


def _column(columns: Sequence[str], answers: Mapping[str, list[Row]], name: str) -> list[Term]:
    place = columns.index(name)
    found = (row[place] for rows in answers.values() for row in rows)
    return [term for term in found if term is not None]


def _find_evidence(
    columns: tuple[str, ...], answers: Mapping[str, list[Row]], labels: set[str]
) -> tuple[str, ...]:
    """Find the columns that tell where something stands: they differ from text to text."""
    return tuple(
        name
        for name in columns
        if (terms := _column(columns, answers, name))
        and all(_is_evidence(term, labels) for term in terms)
    )


def _is_evidence(term: Term, labels: set[str]) -> bool:
    if isinstance(term, ox.NamedNode):
        return term.value.startswith((vocab.CLAIM, vocab.SRC, vocab.DISAGREEMENT))
    return term.value in labels or all(part in labels for part in term.value.split(", "))


def _find_key(
    columns: tuple[str, ...], answers: Mapping[str, list[Row]], evidence: tuple[str, ...]
) -> tuple[str, ...]:
    rest = [name for name in columns if name not in evidence]
    terms = {name: _column(columns, answers, name) for name in rest}
    things = [n for n in rest if all(isinstance(term, ox.NamedNode) for term in terms[n])]
    words = [n for n in rest if all(_is_text(term) for term in terms[n])]
    single = all(len(rows) <= 1 for rows in answers.values())
    return tuple(things or words or ([] if single else rest))


def _is_text(term: Term) -> bool:
    return isinstance(term, ox.Literal) and term.datatype.value in _TEXT_TYPES


def _places(columns: Sequence[str], names: Iterable[str]) -> list[int]:
    return [columns.index(name) for name in names]


def _shown(answers: Iterable[Iterable[Row]]) -> set[str]:
    return {term.value for rows in answers for row in rows for term in row if term}


def _values(rows: Iterable[Row], places: Sequence[int]) -> list[Row]:
    return sorted({tuple(row[place] for place in places) for row in rows}, key=str)


def _match(
    columns: tuple[str, ...],
    key: tuple[str, ...],
    compared: tuple[str, ...],
    answers: Mapping[str, list[Row]],
    disputes: Sequence[Dispute],
    asked: set[str],
) -> Iterator[ComparedRow]:
    key_places, value_places = _places(columns, key), _places(columns, compared)
    found: dict[Row, dict[str, list[Row]]] = {}
    for name, rows in answers.items():
        for row in rows:
            under = found.setdefault(tuple(row[place] for place in key_places), {})
            under.setdefault(name, []).append(row)
    for terms, by_view in found.items():
        shown = _shown(by_view.values())
        shown = shown if key else shown | asked
        values = {name: _values(by_view.get(name, []), value_places) for name in answers}
        against = [d.iri for d in disputes if d.concerns(asked, shown) and _parts(d, values)]
        rows_by_view = {name: tuple(sorted(set(rows), key=str)) for name, rows in by_view.items()}
        verdict = _judge(list(values.values()), bool(against))
        yield ComparedRow(verdict, terms, rows_by_view, tuple(sorted(against)))


def _judge(values: Sequence[list[Row]], contradicted: bool) -> str:
    if contradicted:
        return CONTRADICTED
    given = [value for value in values if value]
    if any(value != given[0] for value in given):
        return DIFFERS
    return SHARED if len(given) == len(values) else SOME


def _parts(dispute: Dispute, values: Mapping[str, list[Row]]) -> bool:
    """Tell whether viewpoints on its two sides say different things under a key."""
    return any(
        values[first] != values[second]
        and dispute.one.source in _texts(first)
        and dispute.other.source in _texts(second)
        for first in values
        for second in values
    )


def _texts(viewpoint: str) -> frozenset[str]:
    """Return the texts that speak in a viewpoint; in what is undisputed none takes a side."""
    return frozenset() if viewpoint == UNDISPUTED else frozenset(viewpoint.split("~"))


def _names_in(query: str) -> set[str]:
    """Find the IRIs that a query writes, whole or with a prefix."""
    prefixes = dict(_PREFIX.findall(query))
    found = set()
    for iri, prefix, local in _NAMES.findall(query):
        found.add(iri or prefixes.get(prefix, "") + local)
    return found
