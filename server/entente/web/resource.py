"""What the graph says of one thing, asked of a worker by the queries in `queries/`."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.resources import files

import pyoxigraph as ox

from entente.errors import UsageError
from entente.query.execute import Job
from entente.query.generation import Generation
from entente.query.hangup import Hangup
from entente.query.pool import Pool
from entente.terms import value_of
from entente.vocab import OWL

#: Claims, and other things that lead here, on one page; the queries have the same number.
PAGE_SIZE = 50
_EMPTY_VALUES = re.compile(r"(VALUES \?\w+) \{ \}")
_DEPRECATED = OWL + "deprecated"


@dataclass(frozen=True, slots=True)
class Resource:
    """A thing and what the graph says of it; quads are sorted, and none is from a view.

    Attributes:
        iri: The thing.
        description: What is said of it, and of the blank nodes in that.
        claims: What is said of the claims on this page that speak of it.
        links: What else leads to it, on this page.
        disagreements: What is said of the disagreements that involve it.
        claim_count: How many claims speak of it.
        link_count: How many other things lead to it.
        page: The number of the page, from 1.
    """

    iri: str
    description: tuple[ox.Quad, ...] = ()
    claims: tuple[ox.Quad, ...] = ()
    links: tuple[ox.Quad, ...] = ()
    disagreements: tuple[ox.Quad, ...] = ()
    claim_count: int = 0
    link_count: int = 0
    page: int = 1

    @property
    def pages(self) -> int:
        """The number of pages, one at the least."""
        return max(1, -(-max(self.claim_count, self.link_count) // PAGE_SIZE))

    @property
    def quads(self) -> list[ox.Quad]:
        """All that is said, each quad once, sorted."""
        return sort_quads({*self.description, *self.claims, *self.links, *self.disagreements})

    @property
    def deprecated(self) -> bool:
        """Say whether the thing is kept only to tell what took its place."""
        return any(
            quad.predicate.value == _DEPRECATED and value_of(quad.object) in ("true", "1")
            for quad in self.description
            if value_of(quad.subject) == self.iri
        )

    def values(self, predicate: str) -> list[str]:
        """List what the description gives for a property of the thing."""
        return sorted(
            {
                value_of(quad.object)
                for quad in self.description
                if value_of(quad.subject) == self.iri and quad.predicate.value == predicate
            }
        )


@dataclass(frozen=True, slots=True)
class Asker:
    """Asks one data set for one request.

    Attributes:
        pool: Where queries are evaluated.
        generation: The data set.
        hangup: The request's other end.
    """

    pool: Pool
    generation: Generation
    hangup: Hangup

    def rows(
        self, name: str, iris: Iterable[str] = (), page: int = 1
    ) -> list[list[ox.NamedNode | ox.BlankNode | ox.Literal | None]]:
        """Ask a query of ours.

        Args:
            name: The stem of its file.
            iris: The terms for its VALUES.
            page: The page, from 1, where it is paged.

        Raises:
            UsageError: One of `iris` is no IRI.
            EntenteError: As `Pool.evaluate`.
        """
        query = bind(files("entente.web").joinpath(f"queries/{name}.rq").read_text(), iris, page)
        job = Job(query, "json", None, self.pool.settings.max_answer_bytes)
        body = self.pool.evaluate(self.generation, job, self.hangup)
        answer = ox.parse_query_results(body, ox.QueryResultsFormat.JSON)
        if not isinstance(answer, ox.QuerySolutions):
            raise TypeError(f"{name}.rq is no SELECT")
        names = [variable.value for variable in answer.variables]
        return [[_plain(solution[each]) for each in names] for solution in answer]

    def quads(self, name: str, iri: str, page: int = 1) -> tuple[ox.Quad, ...]:
        """Ask a query whose rows are graph, subject, predicate and object."""
        return tuple(sort_quads(_quad(row) for row in self.rows(name, [iri], page)))

    def names(self) -> frozenset[str]:
        """List every IRI of ours that the data speak of."""
        return frozenset(value_of(row[0]) for row in self.rows("names") if row[0] is not None)

    def labels(self, iris: Iterable[str]) -> dict[str, str]:
        """Find what things are called; those without a label are left out."""
        rows = self.rows("labels", sorted(iris))
        return {value_of(thing): value_of(label) for thing, label in rows if thing and label}

    def resource(self, iri: str, page: int) -> Resource:
        """Ask for everything that the document of a thing holds.

        Args:
            iri: The thing; it has a name in `names`.
            page: Which page of its claims and links, from 1.
        """
        ((claims, links),) = self.rows("counts", [iri])
        return Resource(
            iri,
            self.quads("description", iri),
            self.quads("claims", iri, page),
            self.quads("links", iri, page),
            self.quads("disagreements", iri),
            _number(claims),
            _number(links),
            page,
        )


def bind(query: str, iris: Iterable[str], page: int = 1) -> str:
    """Put terms into the empty VALUES of a query, and the page into its OFFSET.

    Raises:
        UsageError: One of `iris` is no IRI.

    >>> bind("SELECT * { VALUES ?this { } ?this ?p ?o } OFFSET 0", ["a:b"], 2)
    'SELECT * { VALUES ?this { <a:b> } ?this ?p ?o } OFFSET 50'
    """
    terms = " ".join(write_iri(iri) for iri in iris)
    bound = _EMPTY_VALUES.sub(lambda match: f"{match[1]} {{ {terms} }}", query)
    return bound.replace("OFFSET 0", f"OFFSET {(page - 1) * PAGE_SIZE}")


def write_iri(iri: str) -> str:
    """Write an IRI as a term of SPARQL.

    Raises:
        UsageError: It is no IRI, and so might end the term before its end.
    """
    try:
        return str(ox.NamedNode(iri))
    except ValueError:
        raise UsageError(f"{iri[:200]!r} is no IRI", fix="check the address") from None


def sort_quads(quads: Iterable[ox.Quad]) -> list[ox.Quad]:
    """Sort quads by their text, so that one document has one form."""
    return sorted(quads, key=str)


def _plain(term: object) -> ox.NamedNode | ox.BlankNode | ox.Literal | None:
    return term if isinstance(term, ox.NamedNode | ox.BlankNode | ox.Literal) else None


def _quad(row: list[ox.NamedNode | ox.BlankNode | ox.Literal | None]) -> ox.Quad:
    graph, subject, predicate, term = row
    if (
        not isinstance(graph, ox.NamedNode)
        or not isinstance(predicate, ox.NamedNode)
        or isinstance(subject, ox.Literal)
        or subject is None
        or term is None
    ):
        raise TypeError(f"{row} is no quad")
    return ox.Quad(subject, predicate, term, graph)


def _number(term: ox.NamedNode | ox.BlankNode | ox.Literal | None) -> int:
    return int(value_of(term)) if term is not None else 0
