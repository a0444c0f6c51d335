"""Solutions of a query's patterns, each with the quads that it used.

The algebra is rdflib's, the data are pyoxigraph's. A solution is a candidate: what rows the
engine draws from its quads is asked of the engine (`support`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain, islice
from typing import Any

import pyoxigraph as ox
from rdflib.paths import Path
from rdflib.plugins.sparql.parserutils import CompValue

from entente.bridge import from_rdflib
from entente.errors import QueryTooCostly
from entente.provenance import expressions
from entente.provenance.algebra import (
    Pattern,
    is_table,
    keys_of,
    names_of,
    read_patterns,
    term_of,
    translate,
    values_of,
)
from entente.provenance.expressions import key_of
from entente.provenance.paths import Quads, walk
from entente.provenance.solution import Solution, lacking, use_all
from entente.terms import Term

Graph = ox.NamedNode | ox.DefaultGraph
#: The graphs in which a pattern is matched as one.
Active = tuple[Graph, ...]

#: How many matches of a pattern are counted before another is taken first.
_GLANCE = 50
_THROUGH = ("SelectQuery", "Distinct", "Reduced", "Slice", "OrderBy")


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
        self._read: dict[int, tuple[Pattern, ...]] = {}
        self._split: dict[int, tuple[Any, dict[str, CompValue]]] = {}
        #: The variables of a pattern, and how often it was missing, by its identity.
        self._names: dict[int, frozenset[str]] = {}
        self._misses: Counter[int] = Counter()
        #: How many matches a pattern had, and up to how many they were counted.
        self._counts: dict[tuple[object, ...], tuple[int, int]] = {}

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
        return self._join_patterns(self._patterns(part), start, active)

    def _patterns(self, part: CompValue) -> Sequence[Pattern]:
        if id(part) not in self._read:
            patterns = self._read[id(part)] = read_patterns(part)
            self._names |= {id(pattern): _name_variables(pattern) for pattern in patterns}
        return self._read[id(part)]

    def _join_patterns(
        self, patterns: Sequence[Pattern], start: Solution, active: Active
    ) -> Iterator[Solution]:
        ground = [pattern for pattern in patterns if self._names[id(pattern)].issubset(start.bound)]
        if ground:
            patterns = [pattern for pattern in patterns if pattern not in ground]
            used = self._find_ground(ground, start.bound, active)
            if used is None:
                return
            start = Solution(start.bound, start.quads | used, start.absent)
        if not patterns:
            yield start
            return
        first = self._choose(patterns, start.bound, active)
        rest = [pattern for pattern in patterns if pattern is not first]
        for values, used in self._match_pattern(first, start.bound, active):
            bound = {**start.bound, **values} if values else start.bound
            yield from self._join_patterns(
                rest, Solution(bound, start.quads | used, start.absent), active
            )

    def _find_ground(
        self, patterns: Sequence[Pattern], bound: Mapping[str, Term], active: Active
    ) -> Quads | None:
        """Find a quad for each pattern without a free variable; None where one has none.

        That which most often had none is looked for first: it ends a search in vain soonest.
        """
        found = []
        for pattern in sorted(patterns, key=lambda pattern: -self._misses[id(pattern)]):
            subject, predicate, object_ = (term_of(node, bound) for node in pattern)
            quad = next(self._match(subject, predicate, object_, active), None)
            if quad is None:
                self._misses[id(pattern)] += 1
                return None
            found.append(quad)
        return frozenset(found)

    def _choose(
        self, patterns: Sequence[Pattern], bound: Mapping[str, Term], active: Active
    ) -> Pattern:
        """Choose the pattern with the fewest matches, as far as a glance tells."""
        if len(patterns) == 1:
            return patterns[0]
        best, fewest = patterns[0], _GLANCE + 1
        for pattern in patterns:
            count = self._glance(pattern, bound, active, fewest)
            if count < fewest:
                best, fewest = pattern, count
            if fewest <= 1:
                break
        return best

    def _glance(
        self, pattern: Pattern, bound: Mapping[str, Term], active: Active, most: int = _GLANCE
    ) -> int:
        """Count the matches of a pattern, but no more than tell it from a better one."""
        first, verb, last = pattern
        subject, object_ = term_of(first, bound), term_of(last, bound)
        if isinstance(verb, Path):
            return _GLANCE + 1 - (subject is not None) - (object_ is not None)
        predicate = term_of(verb, bound)
        if isinstance(subject, ox.Literal) or isinstance(predicate, ox.Literal | ox.BlankNode):
            return 0
        key = (subject, predicate, object_, active)
        known, limit = self._counts.get(key, (0, 0))
        if known < limit or limit >= most:  # all were counted, or enough
            return min(known, most)
        match = self._store.quads_for_pattern
        found = (match(subject, predicate, object_, graph) for graph in active)
        count = sum(1 for _ in islice(chain.from_iterable(found), most))
        self._counts[key] = count, most
        return count

    def _match_pattern(
        self, pattern: Pattern, bound: Mapping[str, Term], active: Active
    ) -> Iterator[tuple[dict[str, Term], Quads]]:
        first, verb, last = pattern
        start, end = term_of(first, bound), term_of(last, bound)
        if isinstance(verb, Path):

            def match(s: Term | None, p: Term | None, o: Term | None) -> Iterator[ox.Quad]:
                return self._match(s, p, o, active)

            for one, other, used in walk(verb, start, end, match):
                values = values_of((first, last), (one, other))
                if values is not None:
                    yield values, used
            return
        for quad in self._match(start, term_of(verb, bound), end, active):
            values = values_of(pattern, (quad.subject, quad.predicate, quad.object))
            if values is not None:
                yield values, frozenset((quad,))

    def _solve_join(self, part: CompValue, start: Solution, active: Active) -> Iterator[Solution]:
        first, second = part.p1, part.p2
        if is_table(second) or self._rank(second, start, active) < self._rank(first, start, active):
            first, second = second, first
        for solution in self._solve(first, start, active):
            yield from self._solve(second, solution, active)

    def _rank(self, part: CompValue, start: Solution, active: Active) -> int:
        """Say how many solutions a part may have at most, as far as a glance tells."""
        if part.name == "BGP":
            patterns = self._patterns(part)
            counts = [self._glance(pattern, start.bound, active) for pattern in patterns]
            return min(counts, default=0)
        if part.name == "Filter" and keys_of(part.p) is None:
            return self._rank(part.p, start, active)
        if part.name == "Join":
            return min(self._rank(each, start, active) for each in (part.p1, part.p2))
        return 0 if is_table(part) else _GLANCE

    def _solve_leftjoin(
        self, part: CompValue, start: Solution, active: Active
    ) -> Iterator[Solution]:
        for solution in self._solve(part.p1, start, active):
            found = False
            for more in self._solve(part.p2, solution, active):
                for passed in self._passing(part.expr, more, active):
                    found = True
                    yield passed
            if not found or expressions.calls_function(part.expr):
                yield solution

    def _solve_union(self, part: CompValue, start: Solution, active: Active) -> Iterator[Solution]:
        yield from self._solve(part.p1, start, active)
        yield from self._solve(part.p2, start, active)

    def _solve_filter(self, part: CompValue, start: Solution, active: Active) -> Iterator[Solution]:
        if keys_of(part.p) is not None:  # HAVING: rdflib reads its aliases otherwise
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
        pattern = translate(test.graph)
        found = next(self._solve(pattern, Solution(solution.bound), active), None)
        negated = test.name == "Builtin_NOTEXISTS"
        if found:
            return solution.use(found), not negated
        return (lacking(solution, test.name, pattern) if negated else solution), negated

    def _solve_minus(self, part: CompValue, start: Solution, active: Active) -> Iterator[Solution]:
        for solution in self._solve(part.p1, start, active):
            shared = {n: t for n, t in solution.bound.items() if n in names_of(part.p2)}
            found = self._solve(part.p2, Solution(shared), active) if shared else iter(())
            if next(found, None) is None:
                yield lacking(solution, part.name, part.p2) if shared else solution

    def _solve_extend(self, part: CompValue, start: Solution, active: Active) -> Iterator[Solution]:
        name = str(part.var)
        keys = keys_of(part.p)
        inner = {n: t for n, t in start.bound.items() if n != name or name in (keys or ())}
        expression, exists = self._without_exists(part.expr)
        for found in self._solve(part.p, replace(start, bound=inner), active):
            solution, known = found, {}
            for test_name, test in exists.items():
                solution, known[test_name] = self._test(test, solution, active)
            asked = start.bound.get(name)
            if keys is not None and asked is not None:
                term: Term | None = asked  # the engine says whether the group comes to it
            else:
                term = expressions.value(expression, solution.bound, self._prologue, known)
            if asked is None or term is None or _alike(asked, term):
                known_term = asked if asked is not None else term
                values = {} if known_term is None else {name: known_term}
                yield replace(solution, bound={**solution.bound, **values})

    def _solve_graph(self, part: CompValue, start: Solution, _active: Active) -> Iterator[Solution]:
        name = key_of(part.term)
        asked = from_rdflib(part.term) if name is None else start.bound.get(name)
        for graph in self._named:
            if asked in (None, graph) and isinstance(graph, ox.NamedNode):
                solution = start.bind({name: graph} if name else {})
                if solution is not None:
                    yield from self._solve(part.p, solution, (graph,))

    def _solve_tomultiset(
        self, part: CompValue, start: Solution, active: Active
    ) -> Iterator[Solution]:
        return self._solve(part.p, start, active)

    def _solve_values(
        self, part: CompValue, start: Solution, _active: Active
    ) -> Iterator[Solution]:
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
        keys = keys_of(part) or ()
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
                yield use_all(solution, members)
                if _samples(part.A, keys):  # the engine may choose another one next time
                    yield from (solution.use(member) for member in members)


def _name_variables(pattern: Pattern) -> frozenset[str]:
    """Name the variables of a pattern; a path, which may have many matches, has one more."""
    names = frozenset(node for node in pattern if type(node) is str)
    return names | {""} if isinstance(pattern[1], Path) else names


def _samples(aggregates: Sequence[CompValue], keys: Sequence[str]) -> bool:
    """Say whether a group gives one value of several; rdflib samples the keys too."""
    return any(a.name == "Aggregate_Sample" and key_of(a.vars) not in keys for a in aggregates)


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
