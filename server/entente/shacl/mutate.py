"""Run the mutants of shapes and of their cases, and name those that nothing notices."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import pyoxigraph as ox

from entente import vocab
from entente.errors import EntenteError
from entente.shacl.cases import Topic
from entente.shacl.model import Result
from entente.shacl.mutants import Mutant, mutate_data, mutate_shapes
from entente.shacl.validate import check
from entente.terms import value_of

_TARGET = vocab.SH + "target"
#: What a triple may have as its subject.
Subject = ox.NamedNode | ox.BlankNode | ox.Triple


@dataclass(frozen=True, slots=True)
class Mutation:
    """What became of the mutants of a topic.

    Attributes:
        topic: Its name.
        of: `shapes` or `data`.
        mutants: How many there were that are well-formed.
        survivors: Those that nothing noticed: where, and what differs.
    """

    topic: str
    of: str
    mutants: int
    survivors: tuple[tuple[str, str], ...]


def mutate_topic(topic: Topic, kinds: Iterable[str]) -> Iterator[Mutation]:
    """Run the mutants of a topic.

    Args:
        topic: The topic, whose cases are as expected.
        kinds: `shapes`, `data` or both.
    """
    shapes = [triple for source in topic.shapes for triple in source.triples]
    behind = [triple for source in topic.background for triple in source.triples]
    passing = topic.passing.triples if topic.passing else []
    failing = topic.failing.triples if topic.failing else []
    if "shapes" in kinds:
        trial = _ShapeTrial(shapes, [*behind, *passing, *failing])
        yield _run(topic.name, "shapes", mutate_shapes(shapes), trial)
    if "data" in kinds and passing:
        yield _run(topic.name, "data", mutate_data(passing), _DataTrial(shapes, behind, passing))


def _run(
    topic: str, of: str, mutants: Iterable[Mutant], trial: _ShapeTrial | _DataTrial
) -> Mutation:
    count = 0
    survivors = []
    for mutant in mutants:
        noticed = trial.notices(mutant)
        count += noticed is not None
        if noticed is False:
            survivors.append((trial.name(mutant), mutant.what))
    return Mutation(topic, of, count, tuple(survivors))


class _DataTrial:
    """Tells whether the shapes find something else in changed data."""

    def __init__(
        self, shapes: Sequence[ox.Triple], behind: Sequence[ox.Triple], data: Sequence[ox.Triple]
    ) -> None:
        self._shapes = shapes
        self._behind = behind
        self._found = _find([*behind, *data], shapes)

    def notices(self, mutant: Mutant) -> bool | None:
        """Tell whether anything else is found."""
        return _find([*self._behind, *mutant.triples], self._shapes) != self._found

    def name(self, mutant: Mutant) -> str:
        """Name what was changed."""
        return vocab.shorten(value_of(mutant.subject))


class _ShapeTrial:
    """Tells whether changed shapes find something else in the same data.

    Only the shapes that lead to the changed one are run.
    """

    def __init__(self, shapes: Sequence[ox.Triple], data: Sequence[ox.Triple]) -> None:
        self._data = data
        self._found: dict[frozenset[object], Counter[object]] = {}
        self._shapes = shapes
        self._below = _reach_all(shapes)

    def notices(self, mutant: Mutant) -> bool | None:
        """Tell whether anything else is found; None where the mutant is no shape any more."""
        roots = frozenset(r for r, below in self._below.items() if mutant.subject in below)
        if roots not in self._found:
            self._found[roots] = _find(self._data, _describing(self._shapes, roots))
        try:
            return _find(self._data, _describing(mutant.triples, roots)) != self._found[roots]
        except EntenteError:
            return None

    def name(self, mutant: Mutant) -> str:
        """Name the shapes concerned."""
        roots = [root for root, below in self._below.items() if mutant.subject in below]
        return ", ".join(sorted(vocab.shorten(value_of(root)) for root in roots))


def _reach_all(triples: Sequence[ox.Triple]) -> dict[Subject, set[object]]:
    """Return what each shape with a target leads to, itself included."""
    links = _links(triples)
    roots = {t.subject for t in triples if t.predicate.value.startswith(_TARGET)}
    return {root: _reach(root, links) for root in roots}


def _links(triples: Iterable[ox.Triple]) -> Mapping[object, list[object]]:
    links: dict[object, list[object]] = {}
    for triple in triples:
        links.setdefault(triple.subject, []).append(triple.object)
    return links


def _reach(start: object, links: Mapping[object, list[object]]) -> set[object]:
    found: set[object] = set()
    waiting = [start]
    while waiting:
        node = waiting.pop()
        if node not in found:
            found.add(node)
            waiting.extend(links.get(node, ()))
    return found


def _describing(triples: Sequence[ox.Triple], roots: Iterable[object]) -> list[ox.Triple]:
    """Return the triples of some shapes and of what they lead to."""
    links = _links(triples)
    kept = set().union(*(_reach(root, links) for root in roots))
    return [triple for triple in triples if triple.subject in kept]


def _find(data: Sequence[ox.Triple], shapes: Sequence[ox.Triple]) -> Counter[object]:
    """Return what a case foretells of each result, counted."""
    return Counter(map(_key, check(data, shapes).results))


def _key(result: Result) -> tuple[object, ...]:
    return result.focus_term, result.path_term, result.severity, result.shape, result.value_term
