"""Triples as numbers: for each predicate its pairs, indexed where somebody looks.

A rule joins a few relations of a graph; most of a graph's triples stand in relations that no
rule ever reads, and these are never indexed.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

import pyoxigraph as ox

from entente.reason.patterns import FIRST, REST
from entente.terms import AnyTerm
from entente.vocab import OWL, RDF, XSD

Pair = tuple[int, int]
_SAME_AS = ox.NamedNode(OWL + "sameAs")
#: The numbers of rdf:first and rdf:rest.
_FIRST, _REST = 0, 1

#: The datatypes whose values the engine keeps as written, and how it writes those of others.
_VERBATIM = {XSD + "string", RDF + "langString"}
_CANONICAL = {
    XSD + "integer": re.compile(r"0|-?[1-9][0-9]{0,17}"),
    XSD + "date": re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}"),
}


class Relation:
    """The pairs of subject and object of one predicate.

    Args:
        pairs: The pairs; taken over, not copied.
    """

    __slots__ = ("_by_object", "_by_subject", "pairs")

    def __init__(self, pairs: set[Pair]) -> None:
        self.pairs = pairs
        self._by_subject: dict[int, list[int]] | None = None
        self._by_object: dict[int, list[int]] | None = None

    def by_subject(self) -> Mapping[int, list[int]]:
        """Give the objects of each subject."""
        if self._by_subject is None:
            self._by_subject = _index(self.pairs)
        return self._by_subject

    def by_object(self) -> Mapping[int, list[int]]:
        """Give the subjects of each object."""
        if self._by_object is None:
            self._by_object = _index((other, one) for one, other in self.pairs)
        return self._by_object

    def extend(self, new: set[Pair]) -> None:
        """Add pairs that are not there yet."""
        self.pairs |= new
        if self._by_subject is not None:
            _index(new, self._by_subject)
        if self._by_object is not None:
            _index(((other, one) for one, other in new), self._by_object)


def _index(
    pairs: Iterable[Pair], index: dict[int, list[int]] | None = None
) -> dict[int, list[int]]:
    """Add pairs to an index, in place."""
    index = {} if index is None else index
    for one, other in pairs:
        if one in index:
            index[one].append(other)
        else:
            index[one] = [other]
    return index


Relations = dict[int, Relation]
NOTHING = Relation(set())


class Facts:
    """The triples of a graph.

    Args:
        triples: The triples. Numbers and dates that are written otherwise than the engine writes
            them count as what the engine makes of them.

    Attributes:
        relations: The pairs by the number of their predicate.
        terms: The terms by their numbers.
        iris: The numbers of IRIs.
        literals: The numbers of literals.
        values: The numbers of those literals that are no text, such as dates.
        subjects: The numbers of what RDF lets be a subject.
    """

    def __init__(self, triples: Iterable[ox.Triple] = ()) -> None:
        self.relations: Relations = {}
        self.terms: list[AnyTerm] = []
        self.iris: set[int] = set()
        self.literals: set[int] = set()
        self.values: set[int] = set()
        self.subjects: set[int] = set()
        self._numbers: dict[AnyTerm, int] = {}
        self._borrowed: set[int] = set()
        self._members: dict[int, Sequence[int]] = {}
        for term in (FIRST, REST):
            self.number(term)
        self.add_triples(triples)

    def __len__(self) -> int:
        return sum(len(relation.pairs) for relation in self.relations.values())

    def copy(self) -> Facts:
        """Copy the facts; a relation is copied when one of the two adds to it."""
        copied = Facts()
        copied.relations = dict(self.relations)
        copied.terms = list(self.terms)
        copied.iris = set(self.iris)
        copied.literals = set(self.literals)
        copied.values = set(self.values)
        copied.subjects = set(self.subjects)
        copied._numbers = dict(self._numbers)
        copied._borrowed = set(self.relations)
        self._borrowed = set(self.relations)
        return copied

    def number(self, term: AnyTerm) -> int:
        """Give the number of a term; a new one where it has none."""
        number = self._numbers.get(term)
        if number is None:
            stored = _as_stored(term)
            number = self._numbers.setdefault(stored, len(self.terms))
            self._numbers[term] = number
            if number == len(self.terms):
                self._append(stored)
        return number

    def _append(self, term: AnyTerm) -> None:
        number = len(self.terms)
        self.terms.append(term)
        if isinstance(term, ox.NamedNode):
            self.iris.add(number)
            self.subjects.add(number)
        elif isinstance(term, ox.BlankNode):
            self.subjects.add(number)
        elif isinstance(term, ox.Literal):
            self.literals.add(number)
            if term.datatype.value not in _VERBATIM:
                self.values.add(number)

    def add_triples(self, triples: Iterable[ox.Triple | ox.Quad]) -> Relations:
        """Add triples, or those of quads, and return those that are new as relations."""
        pairs: defaultdict[int, set[Pair]] = defaultdict(set)
        known, number = self._numbers.get, self.number
        for triple in triples:
            one, verb, other = triple.subject, triple.predicate, triple.object
            subject, predicate, object_ = known(one), known(verb), known(other)
            if subject is None:
                subject = number(one)
            if predicate is None:
                predicate = number(verb)
            if object_ is None:
                object_ = number(other)
            pairs[predicate].add((subject, object_))
        return self.add(pairs)

    def add(self, pairs: Mapping[int, set[Pair]]) -> Relations:
        """Add pairs by predicate, and return those that are new as relations."""
        new: Relations = {}
        for predicate, found in pairs.items():
            if added := found - self.relations.get(predicate, NOTHING).pairs:
                self._extend(predicate, added)
                new[predicate] = Relation(added)
        if changes_lists(new):
            self._members.clear()
        return new

    def _extend(self, predicate: int, new: set[Pair]) -> None:
        there = self.relations.get(predicate)
        if there is None:
            self.relations[predicate] = Relation(set(new))
            return
        if predicate in self._borrowed:
            self._borrowed.discard(predicate)
            there = self.relations[predicate] = Relation(set(there.pairs))
        there.extend(new)

    def triples(self, relations: Relations) -> Iterator[ox.Triple]:
        """Write relations as triples."""
        terms = self.terms
        for predicate, relation in relations.items():
            verb = terms[predicate]
            for subject, object_ in relation.pairs:
                yield ox.Triple(terms[subject], verb, terms[object_])  # type: ignore[arg-type]

    def quads(self, graph: ox.NamedNode) -> Iterator[ox.Quad]:
        """Write all facts as the quads of a graph, less that a thing is the same as itself."""
        terms, quad, same = self.terms, ox.Quad, self.number(_SAME_AS)
        for predicate, relation in self.relations.items():
            verb = terms[predicate]
            for subject, object_ in relation.pairs:
                if predicate != same or subject != object_:
                    yield quad(terms[subject], verb, terms[object_], graph)  # type: ignore[arg-type]

    def list_cells(self) -> set[int]:
        """Give every node that has a member or a rest."""
        return {*self._of(_FIRST), *self._of(_REST)}

    def list_members(self, start: int) -> Sequence[int]:
        """Give the members of the list that starts with a node; none where none does."""
        if start not in self._members:
            firsts = self._of(_FIRST)
            cells = self.walk_list(start)
            found = dict.fromkeys(member for cell in cells for member in firsts.get(cell, ()))
            self._members[start] = tuple(found)
        return self._members[start]

    def walk_list(self, start: int) -> list[int]:
        """List the nodes that rdf:rest leads to, the start included, each once."""
        return self.walk(start, _REST, "*")

    def walk(self, start: int, predicate: int, repeat: str) -> list[int]:
        """List the nodes that a predicate leads to from a node, each once, the nearest first.

        Args:
            start: The node.
            predicate: The number of the predicate.
            repeat: `*` for any number of steps, `+` for at least one, `?` for at most one.
        """
        steps = self._of(predicate)
        last = [start] if repeat != "+" else list(steps.get(start, ()))
        found = dict.fromkeys(last)
        while last:
            last = [after for node in last for after in steps.get(node, ()) if after not in found]
            found |= dict.fromkeys(last)
            if repeat == "?":
                break
        return list(found)

    def _of(self, predicate: int) -> Mapping[int, list[int]]:
        return self.relations.get(predicate, NOTHING).by_subject()


def changes_lists(new: Relations) -> bool:
    """Say whether new triples may give a list another member."""
    return _FIRST in new or _REST in new


def _as_stored(term: AnyTerm) -> AnyTerm:
    """Give a term as the engine stores it, numbers and dates by their value."""
    if not isinstance(term, ox.Literal):
        return term
    datatype = term.datatype.value
    if datatype in _VERBATIM:
        return term
    canonical = _CANONICAL.get(datatype)
    if canonical and canonical.fullmatch(term.value):
        return term
    store = ox.Store()
    store.add(ox.Quad(FIRST, FIRST, term))
    (quad,) = store
    stored: AnyTerm = quad.object
    return stored
