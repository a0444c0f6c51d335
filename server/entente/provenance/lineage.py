"""Solutions of a query's patterns, each with the quads that it used.

The algebra is rdflib's, the data are pyoxigraph's. A solution is a candidate: what rows the
engine draws from its quads is asked of the engine (`support`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

import pyoxigraph as ox
from rdflib.paths import Path
from rdflib.plugins.sparql.algebra import translateGroupGraphPattern
from rdflib.plugins.sparql.parserutils import CompValue

from entente.bridge import from_rdflib
from entente.errors import QueryTooCostly
from entente.provenance import expressions
from entente.provenance.expressions import key_of
from entente.provenance.paths import Quads, walk
from entente.terms import Term

Graph = ox.NamedNode | ox.DefaultGraph
#: The graphs in which a pattern is matched as one.
Active = tuple[Graph, ...]
Pattern = tuple[Any, Any, Any]

#: How many matches of a pattern are counted before another is taken first.
_GLANCE = 50
_THROUGH = ("SelectQuery", "Distinct", "Reduced", "Slice", "OrderBy")
_ABSENT = {"Builtin_NOTEXISTS": "NOT EXISTS", "Minus": "MINUS"}


@dataclass(frozen=True, slots=True)
class Absence:
    """What was looked for and not found.

    Attributes:
        kind: `NOT EXISTS` or `MINUS`.
        patterns: The triple patterns, the solution's values put in; text.
    """

    kind: str
    patterns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Solution:
    """Values of variables, and why they are a solution.

    Attributes:
        bound: The values by variable; the blank nodes of patterns are variables too.
        quads: The quads that were used.
        absent: What was looked for and not found.
    """

    bound: Mapping[str, Term]
    quads: Quads = frozenset()
    absent: frozenset[Absence] = frozenset()

    def bind(self, values: Mapping[str, Term]) -> Solution | None:
        """Add values; None where they contradict those that are there."""
        if any(self.bound.get(name, term) != term for name, term in values.items()):
            return None
        return replace(self, bound={**self.bound, **values})

    def use(self, other: Solution) -> Solution:
        """Add what another solution used, and not its values."""
        return replace(self, quads=self.quads | other.quads, absent=self.absent | other.absent)


class Tracer:
    """Finds the solutions of an algebra in a store.

    Args:
        store: The data.
        default: The graphs that are the default graph.
        named: The graphs that GRAPH may name.
        prologue: The query's prefixes and base.
        max_quads: How many quads may be looked at; `refill` grants as many again.
    """

    def __init__(
        self, store: ox.Store, default: Active, named: Active, prologue: Any, max_quads: int
    ) -> None:
        self._store = store
        self._default, self._named = default, named
        self._prologue = prologue
        self._max_quads = self._left = max_quads
        self._split: dict[int, tuple[Any, dict[str, CompValue]]] = {}

    def refill(self) -> None:
        """Grant as many quads as at first."""
        self._left = self._max_quads

    def solve(self, part: CompValue, bound: Mapping[str, Term]) -> Iterator[Solution]:
        """Yield the solutions of a part of the algebra that have the values given.

        Raises:
            QueryTooCostly: Too many quads would have to be looked at.
        """
        return self._solve(part, Solution(bound), self._default)

    def _solve(self, part: CompValue, start: Solution, active: Active) -> Iterator[Solution]:
        if part.name in _THROUGH:
            return self._solve(part.p, start, active)
        method = getattr(self, f"_solve_{part.name.lower()}", None)
        if method is None:
            raise QueryTooCostly(
                f"there is no evidence for {part.name}", fix="leave that part of the query out"
            )
        found: Iterator[Solution] = method(part, start, active)
        return found

    def _match(
        self, subject: Term | None, predicate: Term | None, object_: Term | None, active: Active
    ) -> Iterator[ox.Quad]:
        if isinstance(subject, ox.Literal) or isinstance(predicate, ox.Literal | ox.BlankNode):
            return
        for graph in active:
            for quad in self._store.quads_for_pattern(subject, predicate, object_, graph):
                self._left -= 1
                if self._left < 0:
                    raise QueryTooCostly(
                        f"the search for evidence looks at more than {self._max_quads:,} triples",
                        fix="make the query more selective",
                    )
                if not isinstance(quad.object, ox.Triple):
                    yield quad

    def _solve_bgp(self, part: CompValue, start: Solution, active: Active) -> Iterator[Solution]:
        return self._join_patterns(part.triples or [], start, active)

    def _join_patterns(
        self, patterns: Sequence[Pattern], start: Solution, active: Active
    ) -> Iterator[Solution]:
        if not patterns:
            yield start
            return
        first = self._choose(patterns, start.bound, active)
        rest = [pattern for pattern in patterns if pattern is not first]
        for found in self._match_pattern(first, start, active):
            yield from self._join_patterns(rest, found, active)

    def _choose(
        self, patterns: Sequence[Pattern], bound: Mapping[str, Term], active: Active
    ) -> Pattern:
        """Choose the pattern with the fewest matches, as far as a glance tells."""
        if len(patterns) == 1:
            return patterns[0]
        return min(patterns, key=lambda pattern: self._glance(pattern, bound, active))

    def _glance(self, pattern: Pattern, bound: Mapping[str, Term], active: Active) -> int:
        subject, predicate, object_ = (
            None if isinstance(node, Path) else _term(node, bound) for node in pattern
        )
        if isinstance(pattern[1], Path):
            return _GLANCE - (subject is not None) - (object_ is not None) + 1
        if isinstance(subject, ox.Literal) or isinstance(predicate, ox.Literal | ox.BlankNode):
            return 0
        match = self._store.quads_for_pattern
        found = (quad for graph in active for quad in match(subject, predicate, object_, graph))
        return sum(1 for _ in islice(found, _GLANCE))

    def _match_pattern(
        self, pattern: Pattern, start: Solution, active: Active
    ) -> Iterator[Solution]:
        subject, predicate, object_ = pattern
        first, last = (_term(node, start.bound) for node in (subject, object_))
        if isinstance(predicate, Path):
            found: Iterable[tuple[dict[str, Term], Quads]] = (
                (_values((subject, object_), (one, other)), used)
                for one, other, used in walk(
                    predicate, first, last, lambda s, p, o: self._match(s, p, o, active)
                )
            )
        else:
            verb = _term(predicate, start.bound)
            found = (
                (
                    _values(pattern, (quad.subject, quad.predicate, quad.object)),
                    frozenset((quad,)),
                )
                for quad in self._match(first, verb, last, active)
                if _fits(pattern, (quad.subject, quad.predicate, quad.object))
            )
        for values, used in found:
            if (solution := start.bind(values)) is not None:
                yield replace(solution, quads=solution.quads | used)

    def _solve_join(self, part: CompValue, start: Solution, active: Active) -> Iterator[Solution]:
        first, second = part.p1, part.p2
        if _is_table(second) and not _is_table(first):
            first, second = second, first
        for solution in self._solve(first, start, active):
            yield from self._solve(second, solution, active)

    def _solve_leftjoin(
        self, part: CompValue, start: Solution, active: Active
    ) -> Iterator[Solution]:
        for solution in self._solve(part.p1, start, active):
            found = False
            for more in self._solve(part.p2, solution, active):
                for passed in self._passing(part.expr, more, active):
                    found = True
                    yield passed
            if not found:
                yield solution

    def _solve_union(self, part: CompValue, start: Solution, active: Active) -> Iterator[Solution]:
        yield from self._solve(part.p1, start, active)
        yield from self._solve(part.p2, start, active)

    def _solve_filter(self, part: CompValue, start: Solution, active: Active) -> Iterator[Solution]:
        if _keys(part.p) is not None:  # HAVING: rdflib reads its aliases otherwise
            yield from self._solve(part.p, start, active)
            return
        for solution in self._solve(part.p, start, active):
            yield from self._passing(part.expr, solution, active)

    def _passing(self, expression: Any, solution: Solution, active: Active) -> Iterator[Solution]:
        expression, exists = self._without_exists(expression)
        known: dict[str, bool] = {}
        for name, test in exists.items():
            solution, known[name] = self._test(test, solution, active)
        if expressions.holds(expression, solution.bound, self._prologue, known):
            yield solution

    def _without_exists(self, expression: Any) -> tuple[Any, dict[str, CompValue]]:
        key = id(expression)
        if key not in self._split:
            into: dict[str, CompValue] = {}
            self._split[key] = (expressions.replace_exists(expression, into), into)
        return self._split[key]

    def _test(self, test: CompValue, solution: Solution, active: Active) -> tuple[Solution, bool]:
        pattern = _translated(test.graph)
        found = next(self._solve(pattern, Solution(solution.bound), active), None)
        negated = test.name == "Builtin_NOTEXISTS"
        if found:
            return solution.use(found), not negated
        return (_lacking(solution, test.name, pattern) if negated else solution), negated

    def _solve_minus(self, part: CompValue, start: Solution, active: Active) -> Iterator[Solution]:
        for solution in self._solve(part.p1, start, active):
            shared = {n: t for n, t in solution.bound.items() if n in _names(part.p2)}
            found = self._solve(part.p2, Solution(shared), active) if shared else iter(())
            if next(found, None) is None:
                yield _lacking(solution, part.name, part.p2) if shared else solution

    def _solve_extend(self, part: CompValue, start: Solution, active: Active) -> Iterator[Solution]:
        name = str(part.var)
        keys = _keys(part.p)
        inner = {n: t for n, t in start.bound.items() if n != name or name in (keys or ())}
        expression, exists = self._without_exists(part.expr)
        for found in self._solve(part.p, replace(start, bound=inner), active):
            solution, known = found, {}
            for test_name, test in exists.items():
                solution, known[test_name] = self._test(test, solution, active)
            term = expressions.value(expression, solution.bound, self._prologue, known)
            asked = start.bound.get(name)
            if keys is not None and asked is not None:
                term = asked  # the engine says whether the group comes to it
            if asked is None or term is None or _alike(asked, term):
                known_term = asked if asked is not None else term
                values = {} if known_term is None else {name: known_term}
                yield replace(solution, bound={**solution.bound, **values})

    def _solve_graph(self, part: CompValue, start: Solution, active: Active) -> Iterator[Solution]:
        asked = _term(part.term, start.bound)
        name = key_of(part.term)
        for graph in self._named:
            if asked in (None, graph) and isinstance(graph, ox.NamedNode):
                solution = start.bind({name: graph} if name else {})
                if solution is not None:
                    yield from self._solve(part.p, solution, (graph,))

    def _solve_tomultiset(
        self, part: CompValue, start: Solution, active: Active
    ) -> Iterator[Solution]:
        return self._solve(part.p, start, active)

    def _solve_values(self, part: CompValue, start: Solution, active: Active) -> Iterator[Solution]:
        for row in part.res or []:
            values = {str(v): from_rdflib(t) for v, t in row.items() if t != "UNDEF"}
            if (solution := start.bind(values)) is not None:
                yield solution

    def _solve_project(
        self, part: CompValue, start: Solution, active: Active
    ) -> Iterator[Solution]:
        names = {str(variable) for variable in part.PV}
        inner = {name: term for name, term in start.bound.items() if name in names}
        for found in self._solve(part.p, Solution(inner), active):
            values = {name: term for name, term in found.bound.items() if name in names}
            if (solution := start.bind(values)) is not None:
                yield solution.use(found)

    def _solve_aggregatejoin(
        self, part: CompValue, start: Solution, active: Active
    ) -> Iterator[Solution]:
        """Yield each group as one solution that used all that its solutions used."""
        group = part.p
        keys = _keys(part) or ()
        inner = {name: term for name, term in start.bound.items() if name in keys}
        groups: dict[tuple[Term | None, ...], list[Solution]] = {}
        for found in self._solve(group.p, Solution(inner), active):
            under = tuple(found.bound.get(name) for name in keys)
            groups.setdefault(under, []).append(found)
        if not groups and not keys:
            groups[()] = []
        for under, members in groups.items():
            values = expressions.aggregate(part.A, (m.bound for m in members), self._prologue)
            values |= {n: t for n, t in zip(keys, under, strict=True) if t is not None}
            if (solution := start.bind(values)) is not None:
                yield _use_all(solution, members)
                if _samples(part.A, keys):  # the engine may choose another one next time
                    yield from (solution.use(member) for member in members)


def _term(node: Any, bound: Mapping[str, Term]) -> Term | None:
    key = key_of(node)
    return bound.get(key) if key is not None else from_rdflib(node)


def _values(nodes: Sequence[Any], terms: Sequence[Any]) -> dict[str, Term]:
    pairs = zip(map(key_of, nodes), terms, strict=True)
    return {key: term for key, term in pairs if key is not None}


def _fits(nodes: Sequence[Any], terms: Sequence[Any]) -> bool:
    """Say whether a variable that stands twice in a pattern has one value."""
    return all(
        terms[nodes.index(node)] == term
        for node, term in zip(nodes, terms, strict=True)
        if key_of(node) is not None
    )


def _is_table(part: CompValue) -> bool:
    return bool(part.name == "ToMultiSet" and part.p.name == "values")


def _keys(part: CompValue) -> tuple[str, ...] | None:
    """Give the variables by which a part groups; None where it does not."""
    while part.name in ("Extend", "Filter"):
        part = part.p
    if part.name == "Join":
        return _keys(part.p1)
    if part.name != "AggregateJoin":
        return None
    return tuple(name for node in part.p.expr or [] if (name := key_of(node)) is not None)


def _use_all(solution: Solution, members: Sequence[Solution]) -> Solution:
    quads = frozenset(quad for member in members for quad in member.quads)
    absent = frozenset(each for member in members for each in member.absent)
    return solution.use(Solution({}, quads, absent))


def _samples(aggregates: Sequence[CompValue], keys: Sequence[str]) -> bool:
    """Say whether a group gives one value of several; rdflib samples the keys too."""
    return any(a.name == "Aggregate_Sample" and key_of(a.vars) not in keys for a in aggregates)


def _translated(pattern: CompValue) -> CompValue:
    known = pattern.name not in ("GroupGraphPatternSub", "SubSelect")
    return pattern if known else translateGroupGraphPattern(pattern)


def _alike(one: Term, other: Term) -> bool:
    """Say whether two terms may be one value, written by two engines."""
    if one == other:
        return True
    if not (isinstance(one, ox.Literal) and isinstance(other, ox.Literal)):
        return False
    try:
        return abs(float(one.value) - float(other.value)) < 1e-6 * max(1, abs(float(one.value)))
    except ValueError:
        return one.value == other.value


def _lacking(solution: Solution, kind: str, pattern: CompValue) -> Solution:
    lines = tuple(_write(each, solution.bound) for each in _patterns_of(pattern))
    absence = Absence(_ABSENT[kind], lines)
    return replace(solution, absent=solution.absent | {absence})


def _write(pattern: Pattern, bound: Mapping[str, Term]) -> str:
    return " ".join(_write_node(node, bound) for node in pattern)


def _write_node(node: Any, bound: Mapping[str, Term]) -> str:
    if isinstance(node, Path):
        return str(node.n3())
    term = _term(node, bound)
    return str(term) if term is not None else f"?{node}"


def _patterns_of(part: Any) -> Iterator[Pattern]:
    """Find the triple patterns of a part of the algebra."""
    if not isinstance(part, CompValue):
        return
    if part.name == "BGP":
        yield from part.triples or []
    for child in (part.p, part.p1, part.p2):
        yield from _patterns_of(child)


def _names(part: CompValue) -> set[str]:
    """Find the variables that a part of the algebra may bind."""
    names = {key for each in _patterns_of(part) for node in each if (key := key_of(node))}
    return names | {str(variable) for variable in part._vars or ()}
