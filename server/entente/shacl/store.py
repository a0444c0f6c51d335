"""A graph as pySHACL reads it fastest: lookups in dictionaries, queries in pyoxigraph.

pySHACL over a store of pyoxigraph spends its time on crossing over for each lookup; over
rdflib's own memory store, on contexts that one graph does not have and, where shapes hold
SPARQL, on evaluating it in Python.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache

import pyoxigraph as ox
from rdflib import Graph, Variable
from rdflib.plugins.stores.memory import Memory
from rdflib.query import Result
from rdflib.term import Identifier, Node

from entente.bridge import Term, from_rdflib, from_rdflib_graph, to_rdflib
from entente.errors import InputError
from entente.shacl.prebind import CONSTANT, prebind

_Triple = tuple[Node, Node, Node]
_Pattern = tuple[Node | None, Node | None, Node | None]
_Index = dict[Node, dict[Node, dict[Node, None]]]


def hold_graph(data: Graph | Iterable[ox.Triple] | Iterable[ox.Quad]) -> Graph:
    """Copy a graph into a store that answers lookups and queries fast.

    Args:
        data: The triples; those of pyoxigraph are taken in faster, quads without their graph.

    Returns:
        A graph to be read, and added to triple by triple.
    """
    triples = from_rdflib_graph(data) if isinstance(data, Graph) else data
    store = _Store()
    convert = lru_cache(maxsize=None)(to_rdflib)
    quads = []
    for triple in triples:
        quads.append(ox.Quad(triple.subject, triple.predicate, triple.object))
        store.take(convert(triple.subject), convert(triple.predicate), convert(triple.object))
    store.answers.extend(quads)
    graph = Graph(store=store)
    store.home = (graph,)
    return graph


class _Store(Memory):
    """One graph, indexed three ways; namespaces are kept as rdflib's memory store does."""

    def __init__(self) -> None:
        super().__init__()
        self.answers = ox.Store()
        self.home: tuple[Graph, ...] = ()
        self._spo: _Index = {}
        self._pos: _Index = {}
        self._osp: _Index = {}
        self._size = 0

    def take(self, s: Node, p: Node, o: Node) -> None:
        """Put a triple into the indexes."""
        objects = self._spo.setdefault(s, {}).setdefault(p, {})
        self._size += o not in objects
        objects[o] = None
        self._pos.setdefault(p, {}).setdefault(o, {})[s] = None
        self._osp.setdefault(o, {}).setdefault(s, {})[p] = None

    def __len__(self, context: object = None) -> int:
        return self._size  # pySHACL asks for each node whether the graph is empty

    def add(
        self,
        triple: _Triple,
        context: object = None,  # noqa: ARG002, rdflib passes it by name
        quoted: bool = False,  # noqa: ARG002, likewise
    ) -> None:
        """Put a triple into the indexes and before the engine."""
        self.take(*triple)
        self.answers.extend(ox.Quad(*one) for one in from_rdflib_graph([triple]))

    def remove(
        self,
        triple: _Pattern,
        context: object = None,  # noqa: ARG002, rdflib passes it by name
    ) -> None:
        """Take triples out of the indexes and from the engine."""
        for s, p, o in list(self._find(*triple)):
            del self._spo[s][p][o], self._pos[p][o][s], self._osp[o][s][p]
            self._size -= 1
            for one in from_rdflib_graph([(s, p, o)]):
                self.answers.remove(ox.Quad(*one))

    def triples(  # type: ignore[override]
        self,
        pattern: _Pattern,
        context: object = None,  # noqa: ARG002, rdflib passes it by name
    ) -> Iterator[tuple[_Triple, Iterator[Graph]]]:
        """Yield the triples that fit, each in the one graph."""
        return ((triple, iter(self.home)) for triple in self._find(*pattern))

    def _find(self, s: Node | None, p: Node | None, o: Node | None) -> Iterator[_Triple]:
        if s is not None and (p is not None or o is None):
            return ((s, p2, o2) for p2, o2 in _walk(self._spo.get(s), p, o))
        if o is not None and p is None:
            return ((s2, p2, o) for s2, p2 in _walk(self._osp.get(o), s, None))
        if p is not None:
            return ((s2, p, o2) for o2, s2 in _walk(self._pos.get(p), o, None))
        return ((s2, p2, o2) for s2, by_p in self._spo.items() for p2, o2 in _walk(by_p))

    def query(  # type: ignore[override]
        self,
        query: str,
        _namespaces: Mapping[str, object],
        bindings: Mapping[str, Identifier],
        *_graph: str,
        **_options: object,
    ) -> Result:
        """Answer a query of a shape; rdflib passes all but the options by position.

        Raises:
            InputError: The query is malformed.
            NotImplementedError: A blank node is pre-bound, which no query can name; rdflib
                then answers the query itself.
        """
        known: dict[str, Term] = {str(name): from_rdflib(node) for name, node in bindings.items()}
        named = {name: t for name, t in known.items() if not isinstance(t, ox.BlankNode)}
        try:
            answer = self.answers.query(prebind(query, named))
        except SyntaxError as error:
            raise refuse_query(query, error) from error
        if len(named) < len(known):
            raise NotImplementedError
        return _to_result(answer, bindings)


def refuse_query(query: str, error: SyntaxError) -> InputError:
    """Return the error that says what is wrong with a query of a shape."""
    asked = " ".join(line for line in query.split("\n") if not line.startswith("PREFIX"))
    return InputError(
        f"a shape is malformed: {error} in {' '.join(asked.split())[:200]}", fix="mend its query"
    )


def _walk(
    index: dict[Node, dict[Node, None]] | None, first: Node | None = None, last: Node | None = None
) -> Iterator[tuple[Node, Node]]:
    """Yield the pairs below a key, with the first and the last of a pair given or free."""
    if index is None:
        return
    for key in index if first is None else (first,):
        found = index.get(key, {})
        if last is None:
            for value in found:
                yield key, value
        elif last in found:
            yield key, last


def _to_result(
    answer: ox.QuerySolutions | ox.QueryBoolean | ox.QueryTriples,
    bound: Mapping[str, Identifier],
) -> Result:
    if not isinstance(answer, ox.QuerySolutions):
        result = Result("ASK")
        result.askAnswer = bool(answer)
        return result
    selected = [variable.value for variable in answer.variables]
    names = [name for name in selected if not name.startswith(CONSTANT) and name not in bound]
    given = {Variable(str(name)): node for name, node in bound.items()}
    result = Result("SELECT")
    result.vars = [*given, *map(Variable, names)]
    result.bindings = [
        given | {Variable(n): to_rdflib(row[n]) for n in names if row[n] is not None}
        for row in answer
    ]
    return result
