"""Answers with evidence: with each row the triples that it rests on, and the claims behind them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import islice

import pyoxigraph as ox

from entente import vocab
from entente.collection import uncollected
from entente.errors import UsageError
from entente.provenance.claims import claims_on, find_grounds, read_claim
from entente.provenance.functions import open_functions
from entente.provenance.naming import is_view
from entente.provenance.proof import Claim, Ground, Proof
from entente.provenance.rulebook import Rulebook
from entente.provenance.search import Search
from entente.provenance.solution import Absence
from entente.provenance.support import Dataset, Question, Row
from entente.provenance.terms import name_nodes
from entente.provenance.world import World, given_in, is_reasoned, open_world
from entente.terms import value_of

MAX_ROWS = 100
MAX_TRIPLES = 500
#: How many triples that follow are proved at most; for the others there is `entente why`.
MAX_PROOFS = 100


@dataclass(frozen=True, slots=True)
class Wanted:
    """How much evidence is wanted.

    Attributes:
        rows: For how many rows, from the first.
        triples: How many triples a row may rest on.
    """

    rows: int = MAX_ROWS
    triples: int = MAX_TRIPLES

    def __post_init__(self) -> None:
        for name, value, most in (("rows", self.rows, MAX_ROWS), ("triples", self.triples, 5_000)):
            if not 1 <= value <= most:
                raise UsageError(f"evidence for {value} {name}", fix=f"ask for 1 to {most}")


@dataclass(frozen=True, slots=True)
class Backed:
    """A triple of a support, and what stands behind it.

    Attributes:
        triple: The triple.
        graph: The named graph in which the query found it; empty for the default graph.
        graphs: The graphs that give it, sorted; empty where it only follows.
        inferred: Whether it follows by the rules of OWL: `entente why` proves it.
        viewpoint: The viewpoint in which it follows, or an empty string.
        grounds: The claims that give it: the claim that it is a part of, or those that a
            projection drew it from.
        others: Other claims that affirm or deny the same triple.
        proof: Where it follows, its proof; None for those after the first `MAX_PROOFS`.
    """

    triple: ox.Triple
    graph: str
    graphs: tuple[str, ...]
    inferred: bool
    viewpoint: str
    grounds: tuple[Ground, ...]
    others: tuple[Claim, ...]
    proof: Proof | None = None

    def every_ground(self) -> Iterator[Ground]:
        """Yield the claims that give the triple, or that give what it follows from."""
        yield from self.grounds
        for step in self.proof.walk() if self.proof else ():
            yield from step.grounds


@dataclass(frozen=True, slots=True)
class RowEvidence:
    """What a row rests on.

    Attributes:
        number: The row's number in the answer, from 1.
        row: Its values.
        triples: A support: these alone yield the row, and none can go.
        absent: What was looked for and not found.
        problem: Why there is no support, or an empty string.
    """

    number: int
    row: Row
    triples: tuple[Backed, ...]
    absent: tuple[Absence, ...]
    problem: str

    def claims(self) -> list[Claim]:
        """Return the claims behind the row, each once, in the order of its triples."""
        every = [ground.claim for backed in self.triples for ground in backed.every_ground()]
        return list({claim.iri: claim for claim in every}.values())


@dataclass(frozen=True, slots=True)
class Evidence:
    """An answer with its evidence.

    Attributes:
        query: The query's text.
        columns: Its columns.
        rows: The rows with evidence, in the order of the answer.
        total: How many rows the answer has.
        names: Readable names of sources, holders and blank nodes, by N-Triples form.
        pages: Where the sources can be read, by their IRIs.
    """

    query: str
    columns: tuple[str, ...]
    rows: tuple[RowEvidence, ...]
    total: int
    names: Mapping[str, str]
    pages: Mapping[str, tuple[str, ...]]

    def every_claim(self) -> list[Claim]:
        """Return every claim that the evidence speaks of, each once, sorted."""
        every = {claim.iri: claim for claim in _every_claim(self.rows)}
        return [every[iri] for iri in sorted(every)]

    def every_source(self) -> list[str]:
        """Return the IRI of every text that one of these claims stands in, sorted."""
        return sorted({claim.source for claim in self.every_claim() if claim.source})


def find_evidence(
    store: ox.Store,
    rulebook: Rulebook | None,
    query: str,
    dataset: Dataset | None = None,
    wanted: Wanted | None = None,
) -> Evidence:
    """Answer a query and say what each row rests on; it opens no file.

    The answer is computed as always. Then each row's support is searched for, with its values
    bound, and what is found is made as small as it can be by asking the query again on it.

    Args:
        store: The data set.
        rulebook: The rule files, read beforehand; None for data that are not of Entente, where
            triples have no claims behind them.
        query: A SELECT query.
        dataset: The graphs that override its FROM, or None.
        wanted: For how many rows, and how many triples each.

    Raises:
        QueryError: The query is malformed, or says more than SPARQL 1.1.
        UsageError: It is no SELECT.
    """
    wanted = wanted or Wanted()
    functions = open_functions(store) if rulebook else {}
    question = Question(store, query, dataset, wanted.triples, functions)
    columns, answer = question.ask()
    rows = list(islice(answer, wanted.rows))
    total = len(rows) + sum(1 for _ in answer)
    back = _Backing(store, rulebook)
    with uncollected():
        found = tuple(
            _explain_row(number, row, columns, question, back) for number, row in enumerate(rows, 1)
        )
    return Evidence(query, columns, found, total, _name(store, found), _find_pages(store))


class _Backing:
    """What stands behind triples; each is looked up once."""

    def __init__(self, store: ox.Store, rulebook: Rulebook | None) -> None:
        self._store = store
        self._rulebook = rulebook
        self._worlds: dict[str, World] = {}
        self._searches: dict[str, Search] = {}
        self._proved = 0
        self.find = cache(self._find)

    def _find(self, quad: ox.Quad) -> Backed:
        graph = value_of(quad.graph_name)
        world = self._open(graph)
        if world is None:
            return Backed(quad.triple, graph, (graph,) if graph else (), False, "", (), ())
        graphs = given_in(world, quad.triple)
        grounds = self._ground(world, quad.triple, graphs)
        inferred = not graphs and not grounds
        behind = {ground.claim.iri for ground in grounds}
        others = (claim for claim in claims_on(world, quad.triple) if claim.iri not in behind)
        proof = self._prove(world, quad.triple) if inferred else None
        view = world.viewpoint
        return Backed(quad.triple, graph, graphs, inferred, view, grounds, tuple(others), proof)

    def _open(self, graph: str) -> World | None:
        """Give the world in which a graph's triples hold; None for data of others."""
        view = graph.removeprefix(vocab.GRAPH_VIEW) if is_view(graph) else ""
        if view not in self._worlds and self._rulebook is not None:
            self._worlds[view] = open_world(self._store, self._rulebook, view)
        return self._worlds.get(view)

    def _prove(self, world: World, triple: ox.Triple) -> Proof | None:
        self._proved += 1
        if self._proved > MAX_PROOFS or not is_reasoned(world, triple):
            return None
        search = self._searches.setdefault(world.viewpoint, Search(world))
        return search.prove(triple)

    def _ground(
        self, world: World, triple: ox.Triple, graphs: tuple[str, ...]
    ) -> tuple[Ground, ...]:
        if vocab.GRAPH_ASSERTED in graphs or (world.viewpoint and not graphs):
            return find_grounds(world, triple, graphs)
        if not graphs:  # in the whole graph, every fact that a claim gives is written down
            return _own_claim(world, triple)
        return find_grounds(world, triple, graphs) or _own_claim(world, triple)


def _own_claim(world: World, triple: ox.Triple) -> tuple[Ground, ...]:
    """Give the claim that a triple is about, where the build wrote it for the claim."""
    if not value_of(triple.subject).startswith(vocab.CLAIM):
        return ()
    return (Ground("", "", read_claim(world, triple.subject)),)


def _explain_row(
    number: int, row: Row, columns: tuple[str, ...], question: Question, back: _Backing
) -> RowEvidence:
    support = question.support(row, columns)
    triples = tuple(map(back.find, support.quads))
    return RowEvidence(number, row, triples, support.absent, support.problem)


def _name(store: ox.Store, rows: tuple[RowEvidence, ...]) -> dict[str, str]:
    """Name the sources and holders of claims, and blank nodes."""
    iris = {iri for claim in _every_claim(rows) for iri in (claim.source, *claim.holders) if iri}
    label = ox.NamedNode(vocab.SKOS + "prefLabel")
    names: dict[str, str] = {}
    for iri in sorted(iris):
        quads = store.quads_for_pattern(ox.NamedNode(iri), label, None)
        names |= {f"<{iri}>": value_of(quad.object) for quad in islice(quads, 1)}
    triples = [backed.triple for row in rows for backed in row.triples]
    terms = [term for triple in triples for term in (triple.subject, triple.object)]
    return names | name_nodes(store, ox.DefaultGraph(), terms)


def _find_pages(store: ox.Store) -> dict[str, tuple[str, ...]]:
    page, pages = ox.NamedNode(vocab.PREFIXES["foaf"] + "page"), dict[str, tuple[str, ...]]()
    for iri in (vocab.SRC + source for source in vocab.SOURCES):
        quads = store.quads_for_pattern(ox.NamedNode(iri), page, None, ox.DefaultGraph())
        if found := sorted(value_of(quad.object) for quad in quads):
            pages[iri] = tuple(found)
    return pages


def _every_claim(rows: tuple[RowEvidence, ...]) -> Iterator[Claim]:
    for row in rows:
        yield from row.claims()
        for backed in row.triples:
            yield from backed.others
