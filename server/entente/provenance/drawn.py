"""What projection rules drew from claims: a triple at a time, or all of it at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet

import pyoxigraph as ox

from entente import vocab
from entente.provenance.patterns import Graph, bind, to_triple, unify
from entente.provenance.rows import select_rows
from entente.provenance.rulebook import Projection
from entente.terms import AnyTerm, Term

#: A rule that drew a triple, and the claim from which.
Drawing = tuple[Projection, Term]
#: After so many triples it pays to ask for all of them.
_OFTEN = 5


class Drawn:
    """Finds which projection rules drew a triple, and from which claims.

    Args:
        store: The data set.
        projections: The rules.
        read: The graphs that they read.
        sources: Those of them that hold claims.
    """

    def __init__(
        self,
        store: ox.Store,
        projections: Sequence[Projection],
        read: AbstractSet[str],
        sources: Sequence[str],
    ) -> None:
        self._store = store
        self._projections = projections
        self._read: list[Graph] = [ox.NamedNode(graph) for graph in sorted(read)]
        self._sources = [ox.NamedNode(source) for source in sources]
        self._merged = len(sources) == len(vocab.SOURCES)
        self._asked = 0
        self._index: Mapping[ox.Triple, Sequence[Drawing]] | None = None

    def find(self, triple: ox.Triple) -> list[Drawing]:
        """Give the rules that drew a triple, each with the claim, sorted."""
        self._asked += 1
        if self._asked == _OFTEN:
            self._index = self._draw_all()
        if self._index is not None and (triple in self._index or not self._merged):
            return list(self._index.get(triple, ()))
        return list(self._find_one(triple))

    def _draw_all(self) -> dict[ox.Triple, list[Drawing]]:
        """Find all that the rules draw.

        Where all texts speak, the default graph is read, which is faster than theirs together;
        as it holds conclusions too, a triple may be lacking here.
        """
        read: list[Graph] = [ox.DefaultGraph()] if self._merged else self._read
        found: dict[ox.Triple, list[Drawing]] = {}
        for rule in self._projections:
            for row in select_rows(self._store, _select_all(rule), read, {}):
                triple = to_triple(bind(rule.conclusion, row))
                if triple is not None:
                    found.setdefault(triple, []).append((rule, row["claim"]))
        return {triple: sorted(each, key=_by_name) for triple, each in found.items()}

    def _find_one(self, triple: ox.Triple) -> Iterator[Drawing]:
        claims = self._claims_naming(triple.subject) & self._claims_naming(triple.object)
        for rule in self._projections if claims else ():
            bound = unify(rule.conclusion, triple)
            if bound and not any(isinstance(term, ox.BlankNode) for term in bound.values()):
                for claim in self._ask_claims(rule, bound, claims):
                    yield rule, claim

    def _claims_naming(self, term: AnyTerm) -> set[AnyTerm]:
        """Return what names a term, and the term: each fact has both ends from one claim."""
        match = self._store.quads_for_pattern
        quads = (match(None, None, term, graph) for graph in self._sources)  # type: ignore[arg-type]
        return {term, *(quad.subject for found in quads for quad in found)}

    def _ask_claims(
        self, rule: Projection, bound: Mapping[str, Term], claims: Iterable[AnyTerm]
    ) -> list[Term]:
        """Ask over the graphs that the rule was run on, not over what followed from them.

        VALUES lets the engine plan with the terms; substitution does not, at a tenth of the speed.
        """
        values: dict[str, Term | None] = {"claim": None, **bound}
        rows = [
            [str(term or claim) for term in values.values()]
            for claim in sorted(claims, key=str)
            if bound.get("claim", claim) == claim
        ]
        names = " ".join(f"?{name}" for name in values)
        table = " ".join(f"({' '.join(row)})" for row in rows)
        query = (
            f"{rule.prologue}SELECT DISTINCT ?claim WHERE {{\n"
            f"VALUES ({names}) {{ {table} }}\n{rule.body}\n}}"
        )
        found = select_rows(self._store, query, self._read, {})
        return sorted({row["claim"] for row in found}, key=str)


def _select_all(rule: Projection) -> str:
    names = dict.fromkeys(part for part in rule.conclusion.parts if isinstance(part, str))
    shown = " ".join(f"?{name}" for name in {**names, "claim": None})
    return f"{rule.prologue}SELECT DISTINCT {shown} WHERE {{\n{rule.body}\n}}"


def _by_name(drawing: Drawing) -> tuple[str, str]:
    return drawing[0].name, str(drawing[1])
