"""The support of a row: triples that alone yield it and of which none can go.

The user's query is never rewritten, but for a LIMIT and an OFFSET at its end: what a row rests
on does not depend on which rows stand before it. Candidates come from `lineage`; whether they
yield the row is asked of the engine, by running the query on them alone.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from types import MappingProxyType
from typing import Any

import pyoxigraph as ox
from pyparsing import ParseBaseException
from rdflib.plugins.sparql.algebra import translateQuery
from rdflib.plugins.sparql.parser import parseQuery
from rdflib.plugins.sparql.parserutils import CompValue

from entente.errors import QueryError, QueryTooCostly, UsageError
from entente.provenance.functions import Function
from entente.provenance.likeness import Likeness, constants, is_blind, liken, samples
from entente.provenance.lineage import Active, Tracer
from entente.provenance.solution import Absence, Solution
from entente.terms import Term

#: A row of an answer; None where a variable is unbound.
Row = tuple[Term | None, ...]

_OPAQUE = re.compile(
    r'"""(?:[^\\]|\\.)*?"""|\'\'\'(?:[^\\]|\\.)*?\'\'\'|"(?:[^"\\\n]|\\.)*"|\'(?:[^\'\\\n]|\\.)*\''
    r"|<[^<>\"{}|^`\\\s]*>|#[^\n]*",
    re.DOTALL,
)
_PREFIX = re.compile(r"PREFIX\s+([\w.-]*):\s*<([^>]*)>", re.IGNORECASE)
_ESCAPED = re.compile(r"([\w.-]*):((?:[\w.%:-]*\\.)+[\w.%:-]*)")
_SLICE = re.compile(r"\b(?:LIMIT|OFFSET)\s+\d+", re.IGNORECASE)
_GROWING = frozenset(
    {"SelectQuery", "Project", "Distinct", "Reduced", "OrderBy", "Slice", "Join", "Union", "BGP"}
    | {"Graph", "Extend", "ToMultiSet", "values", "Filter"}
)
_NO_FUNCTIONS: Mapping[ox.NamedNode, Function] = MappingProxyType({})
_TRIED_ALONE = 20
_TRIED_TOGETHER = 5_000
_MAX_QUADS = 50_000


@dataclass(frozen=True, slots=True)
class Dataset:
    """The graphs that a query sees; none named means the data set's own default graph.

    Attributes:
        default: The IRIs of the graphs that are the default graph.
        named: The IRIs of the graphs that GRAPH may name.
    """

    default: tuple[str, ...] = ()
    named: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Support:
    """Why a row is in an answer.

    Attributes:
        row: The row.
        quads: The support, sorted; the default graph's quads have no graph.
        absent: What was looked for and not found.
        problem: Why there is no support, or an empty string.
    """

    row: Row
    quads: tuple[ox.Quad, ...] = ()
    absent: tuple[Absence, ...] = ()
    problem: str = ""


class Question:
    """A SELECT query on a data set, of which single rows can be supported.

    Args:
        store: The data.
        text: The query.
        dataset: The graphs that override its FROM, or None.
        max_triples: How many triples a support may have.
        functions: What the query may call beside SPARQL's own; they see all the data always.

    Raises:
        QueryError: The query is malformed, or says more than SPARQL 1.1.
        UsageError: It is no SELECT.
    """

    def __init__(
        self,
        store: ox.Store,
        text: str,
        dataset: Dataset | None = None,
        max_triples: int = 500,
        functions: Mapping[ox.NamedNode, Function] = _NO_FUNCTIONS,
    ) -> None:
        self._text = text
        self._algebra, prologue = _parse(text)
        self._dataset = dataset
        self._max_triples = max_triples
        self._functions = dict(functions)
        self._store = store
        self._unsliced = drop_slice(text)
        self._grows = _only_grows(self._algebra.p)
        self._blind = is_blind(self._algebra.p)
        self._samples = samples(self._algebra.p)
        self._constants = constants(self._algebra.p)
        self._minimal: dict[Likeness, list[int]] = {}
        self._joins_words = "Aggregate_GroupConcat" in str(self._algebra.p)
        default, named = self._graphs()
        self._tracer = Tracer(store, default, named, prologue, _MAX_QUADS)

    def ask(self) -> tuple[tuple[str, ...], Iterator[Row]]:
        """Answer the query as it stands: its columns, and its rows, which run while read."""
        return self._run(self._store, self._text)

    def support(self, row: Row, columns: Sequence[str]) -> Support:
        """Find the support of one row of the answer."""
        try:
            candidate = self._find(row, columns)
        except QueryTooCostly as error:
            return Support(row, problem=error.what)
        if candidate is None:
            return Support(row, problem="the row does not come again from what it seems to rest on")
        quads = self._minimise(candidate.quads, row)
        absent = sorted(candidate.absent, key=lambda each: (each.kind, each.patterns))
        return Support(row, tuple(sorted(quads, key=str)), tuple(absent))

    def yields(self, quads: Sequence[ox.Quad], row: Row) -> bool:
        """Say whether some quads alone yield a row, LIMIT and OFFSET aside."""
        return self._has(self._answer(_store_of(quads)), row)

    def _find(self, row: Row, columns: Sequence[str]) -> Solution | None:
        """Find quads that yield the row: of one solution, or of all."""
        self._tracer.refill()
        tried: list[Solution] = []
        candidates = self._candidates(row, columns)
        for candidate in islice(candidates, _TRIED_ALONE):
            if self._fits(candidate) and self.yields([*candidate.quads], row):
                return candidate
            tried.append(candidate)
        tried += islice(candidates, _TRIED_TOGETHER)
        whole = Solution({})
        for candidate in tried:
            whole = whole.use(candidate)
        if not self._fits(whole):
            raise QueryTooCostly(f"the row rests on more than {self._max_triples:,} triples")
        return whole if self.yields([*whole.quads], row) else None

    def _fits(self, candidate: Solution) -> bool:
        return len(candidate.quads) <= self._max_triples

    def _candidates(self, row: Row, columns: Sequence[str]) -> Iterator[Solution]:
        """Give solutions, the members of a group one by one before the whole group."""
        pairs = list(zip(columns, row, strict=True))
        bound = {name: term for name, term in pairs if term is not None}
        unbound = {name for name, term in pairs if term is None}
        for solution in self._tracer.solve(self._algebra, bound):
            if unbound.isdisjoint(solution.bound):
                yield solution

    def _minimise(self, quads: frozenset[ox.Quad], row: Row) -> list[ox.Quad]:
        """Take away what can go; what went from one like these is not tried again."""
        if not self._blind:
            return self._take_away(sorted(quads, key=str), row)[0]
        likeness, ordered = liken(row, quads, self._constants)
        if likeness in self._minimal:
            kept = [ordered[at] for at in self._minimal[likeness]]
            if len(kept) == len(ordered) or self.yields(kept, row):
                return kept
        kept, chance = self._take_away(ordered, row)
        if not chance:
            self._minimal[likeness] = [ordered.index(quad) for quad in kept]
        return kept

    def _take_away(self, quads: Sequence[ox.Quad], row: Row) -> tuple[list[ox.Quad], bool]:
        """Take away what can go, one by one, until none can.

        Returns:
            What is left, and whether chance had a part in it: SAMPLE may have chosen otherwise.
        """
        store = _store_of(quads)
        waiting = deque(quads)
        untried, chance = len(waiting), False

        def can_go(some: Sequence[ox.Quad]) -> bool:
            nonlocal chance
            for quad in some:
                store.remove(quad)
            rows = self._answer(store)
            if self._has(rows, row):
                return True
            store.extend(some)
            chance = chance or (self._samples and bool(rows))
            return False

        while untried:
            quad = waiting.popleft()
            untried -= 1
            if not can_go([quad]):
                waiting.append(quad)
                continue
            others = [other for other in waiting if other.subject == quad.subject]
            if len(others) > 1 and can_go(others):  # what else is said of a thing goes with it
                waiting = deque(other for other in waiting if other not in others)
                untried = min(untried, len(waiting))
            untried = untried if self._grows else len(waiting)
        kept = set(waiting)
        return [quad for quad in quads if quad in kept], chance

    def _answer(self, store: ox.Store) -> list[Row]:
        return list(self._run(store, self._unsliced)[1])

    def _has(self, rows: Sequence[Row], row: Row) -> bool:
        return any(self._same(row, other) for other in rows)

    def _same(self, row: Row, other: Row) -> bool:
        if row == other:
            return True
        return self._joins_words and all(map(_same_words, row, other))

    def _run(self, store: ox.Store, text: str) -> tuple[tuple[str, ...], Iterator[Row]]:
        try:
            answer = store.query(text, **self._options())
        except SyntaxError as error:
            raise QueryError(str(error), fix="correct the query") from error
        assert isinstance(answer, ox.QuerySolutions)  # noqa: S101 - the query is a SELECT
        columns = tuple(variable.value for variable in answer.variables)
        rows = (tuple(_plain(solution[name]) for name in columns) for solution in answer)
        return columns, rows

    def _options(self) -> dict[str, Any]:
        options: dict[str, Any] = {}
        if self._functions:
            options["custom_functions"] = self._functions
        if self._dataset is None:
            return options
        return options | {
            "default_graph": [ox.NamedNode(iri) for iri in self._dataset.default],
            "named_graphs": [ox.NamedNode(iri) for iri in self._dataset.named],
        }

    def _graphs(self) -> tuple[Active, Active]:
        """Give the default graph and the named graphs that the query sees."""
        dataset = self._dataset or _read_from(self._algebra)
        if dataset is None:
            every = sorted((g for g in self._store.named_graphs()), key=str)
            return (ox.DefaultGraph(),), tuple(g for g in every if isinstance(g, ox.NamedNode))
        return (
            tuple(ox.NamedNode(iri) for iri in dataset.default),
            tuple(ox.NamedNode(iri) for iri in dataset.named),
        )

    @property
    def default(self) -> Active:
        """The graphs that are the default graph."""
        return self._graphs()[0]


def drop_slice(text: str) -> str:
    """Take LIMIT and OFFSET away from the end of a query; those of its sub-selects stay.

    >>> drop_slice("SELECT * { { SELECT ?s { ?s ?p 'LIMIT 2' } LIMIT 3 } } LIMIT 4")
    "SELECT * { { SELECT ?s { ?s ?p 'LIMIT 2' } LIMIT 3 } }        "
    """
    masked = _OPAQUE.sub(lambda found: " " * len(found[0]), text)
    out, depth, last = list(text), 0, 0
    for at, character in enumerate(masked):
        depth += (character == "{") - (character == "}")
        if character == "}" and not depth:
            last = last or at
    for found in _SLICE.finditer(masked, last):
        if masked.count("{", last, found.start()) == masked.count("}", last + 1, found.start()):
            out[found.start() : found.end()] = " " * (found.end() - found.start())
    return "".join(out)


def expand_escaped(text: str) -> str:
    """Write names with escapes as whole IRIs, since rdflib leaves the backslashes in.

    >>> expand_escaped("PREFIX g: <urn:g/> ASK { GRAPH g:a\\\\/b { ?s ?p 'g:a' } }")
    "PREFIX g: <urn:g/> ASK { GRAPH <urn:g/a/b> { ?s ?p 'g:a' } }"
    """
    prefixes = dict(_PREFIX.findall(text))
    masked = _OPAQUE.sub(lambda found: " " * len(found[0]), text)
    for found in reversed(list(_ESCAPED.finditer(masked))):
        if found[1] in prefixes:
            local = re.sub(r"\\(.)", r"\1", found[2])
            whole = f"<{prefixes[found[1]]}{local}>"
            text = text[: found.start()] + whole + text[found.end() :]
    return text


def _parse(text: str) -> tuple[CompValue, Any]:
    try:
        query = translateQuery(parseQuery(expand_escaped(text)))
    except ParseBaseException as error:
        raise QueryError(
            f"there is no evidence for a query that is not SPARQL 1.1: {error}",
            fix="correct the query",
        ) from None
    if query.algebra.name != "SelectQuery":
        raise UsageError("the query is no SELECT", fix="ask for rows, which rest on triples")
    return query.algebra, query.prologue


def _read_from(algebra: CompValue) -> Dataset | None:
    clauses = algebra.datasetClause
    if not clauses:
        return None
    default = tuple(str(clause.default) for clause in clauses if clause.default)
    named = tuple(str(clause.named) for clause in clauses if clause.named)
    return Dataset(default, named)


def _only_grows(part: Any) -> bool:
    """Say whether more triples never take a row away, as far as the algebra's names tell."""
    if isinstance(part, Mapping):
        name = getattr(part, "name", "")
        if name in ("Builtin_NOTEXISTS", "Builtin_EXISTS"):
            return False
        algebraic = any(key in part for key in ("p", "p1", "triples", "A"))
        if algebraic and name not in _GROWING:
            return False
        return all(_only_grows(child) for child in part.values())
    return not isinstance(part, list) or all(_only_grows(child) for child in part)


def _store_of(quads: Sequence[ox.Quad]) -> ox.Store:
    store = ox.Store()
    store.extend(quads)
    return store


def _plain(term: Term | ox.Triple | None) -> Term | None:
    return None if isinstance(term, ox.Triple) else term


def _same_words(one: Term | None, other: Term | None) -> bool:
    """Say whether two terms are equal, the order aside in which GROUP_CONCAT joined words."""
    if one == other or not (isinstance(one, ox.Literal) and isinstance(other, ox.Literal)):
        return one == other
    return sorted(one.value) == sorted(other.value)
