"""The shortest proof of a triple, or all proofs up to a depth.

The closed graph is a graph of ways: a triple has derivations, a derivation has premises.
The search opens it from the goal, and only where a shortest proof may lie: an unopened
triple is taken to cost one step, the cheapest proof under that hope is found bottom-up
(Knuth's generalisation of Dijkstra's algorithm, in which a circle never gets a cost), the
unopened triples in it are opened, and so on until it has none. What remains is a shortest
proof, and it is well-founded.
"""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import product

import pyoxigraph as ox

from entente.errors import DataError
from entente.provenance.claims import find_grounds
from entente.provenance.derive import Derivation, derive
from entente.provenance.proof import Proof
from entente.provenance.world import World, given_in, holds, is_inferred


@dataclass(slots=True)
class _Way:
    """A derivation on its way to a cost: how many premises wait for theirs."""

    goal: ox.Triple
    derivation: Derivation
    waiting: int
    cost: int = 1


@dataclass(slots=True)
class Search:
    """Searches one world and keeps what it finds, so that the next triple costs less.

    Attributes:
        world: The world.
    """

    world: World
    _leaves: dict[ox.Triple, Proof | None] = field(default_factory=dict)
    _opened: dict[ox.Triple, list[Derivation]] = field(default_factory=dict)
    _best: dict[ox.Triple, tuple[int, Derivation]] = field(default_factory=dict)
    _built: dict[ox.Triple, Proof] = field(default_factory=dict)

    def prove(self, goal: ox.Triple) -> Proof:
        """Find a proof with the fewest steps, counted as a tree.

        Args:
            goal: A triple that holds in the world.

        Returns:
            The proof; of several shortest the first by the names of rules and premises.

        Raises:
            DataError: No rule concludes the triple: the snapshot was built with others.
        """
        while not self._leaf(goal) and goal not in self._best:
            costs, chosen = self._estimate(goal)
            if goal not in costs:
                raise _unproved(goal)
            self._advance(goal, costs, chosen)
        return self._build(goal)

    def prove_all(self, goal: ox.Triple, depth: int) -> Iterator[Proof]:
        """Yield every proof up to a depth, the shallow ones first.

        A given triple is a leaf below the goal; the goal itself is also derived.
        """
        if self._leaf(goal):
            yield self._build(goal)
        for exact in range(1, depth + 1):
            for proof in self._enumerate(goal, exact, frozenset()):
                if proof.depth == exact:
                    yield proof

    def _leaf(self, triple: ox.Triple) -> Proof | None:
        if triple not in self._leaves:
            self._leaves[triple] = _find_leaf(self.world, triple)
        return self._leaves[triple]

    def _open(self, triple: ox.Triple) -> list[Derivation]:
        if triple not in self._opened:
            self._opened[triple] = derive(self.world, triple)
        return self._opened[triple]

    def _known_cost(self, triple: ox.Triple) -> int | None:
        """The cost of what needs no way: leaves, settled triples, and, in hope, unopened ones."""
        if self._leaf(triple):
            return 0
        if triple in self._best:
            return self._best[triple][0]
        return None if triple in self._opened else 1

    def _estimate(
        self, goal: ox.Triple
    ) -> tuple[dict[ox.Triple, int], dict[ox.Triple, Derivation]]:
        """Find the least cost of each triple that the goal may need."""
        queue, users = self._collect(goal)
        costs: dict[ox.Triple, int] = {}
        chosen: dict[ox.Triple, Derivation] = {}
        while queue and goal not in costs:
            cost, _, triple, way = heapq.heappop(queue)
            if triple in costs:
                continue
            costs[triple] = cost
            if way:
                chosen[triple] = way.derivation
            for number, user in users[triple]:
                user.waiting -= 1
                user.cost += cost
                if not user.waiting:
                    heapq.heappush(queue, (user.cost, number, user.goal, user))
        return costs, chosen

    def _collect(
        self, goal: ox.Triple
    ) -> tuple[
        list[tuple[int, int, ox.Triple, _Way | None]],
        dict[ox.Triple, list[tuple[int, _Way]]],
    ]:
        """Gather the opened part of the graph below the goal: known costs, and who uses what."""
        queue: list[tuple[int, int, ox.Triple, _Way | None]] = []
        users: dict[ox.Triple, list[tuple[int, _Way]]] = defaultdict(list)
        reached, number = [goal], 0
        seen = {goal}
        for triple in reached:  # it grows while it is read
            number += 1
            known = self._known_cost(triple)
            if known is not None:
                queue.append((known, number, triple, None))
                continue
            for derivation in self._opened[triple]:
                number += 1
                way = _Way(triple, derivation, len(derivation.premises))
                if not derivation.premises:
                    queue.append((1, number, triple, way))
                for premise in derivation.premises:
                    users[premise].append((number, way))
                    if premise not in seen:
                        seen.add(premise)
                        reached.append(premise)
        heapq.heapify(queue)
        return queue, users

    def _advance(
        self,
        goal: ox.Triple,
        costs: dict[ox.Triple, int],
        chosen: dict[ox.Triple, Derivation],
    ) -> None:
        """Open what the cheapest proof leaves unopened; if it leaves nothing, it is settled."""
        used, unopened = [goal], []
        for triple in used:  # it grows while it is read
            if triple in chosen:
                used += [p for p in chosen[triple].premises if p not in used]
            elif not self._leaf(triple) and triple not in self._best:
                unopened.append(triple)
        for triple in unopened:
            self._open(triple)
        if not unopened:
            self._best.update((t, (costs[t], chosen[t])) for t in used if t in chosen)

    def _build(self, triple: ox.Triple) -> Proof:
        """Put a proof together from what is settled; given triples get their claims."""
        if triple not in self._built:
            self._built[triple] = self._build_leaf(triple) or self._build_step(triple)
        return self._built[triple]

    def _build_leaf(self, triple: ox.Triple) -> Proof | None:
        leaf = self._leaf(triple)
        if not leaf or leaf.grounds:
            return leaf
        return replace(leaf, grounds=find_grounds(self.world, triple, leaf.graphs))

    def _build_step(self, triple: ox.Triple) -> Proof:
        derivation = self._best[triple][1]
        return _step(triple, derivation, tuple(map(self._build, derivation.premises)))

    def _enumerate(
        self, goal: ox.Triple, depth: int, above: frozenset[ox.Triple]
    ) -> Iterator[Proof]:
        """Yield the proofs of a goal by rules; nothing above a triple is used below it."""
        above |= {goal}
        for derivation in self._open(goal):
            if above.isdisjoint(derivation.premises):
                for premises in self._premises(derivation.premises, depth - 1, above):
                    yield _step(goal, derivation, premises)

    def _premises(
        self, premises: Sequence[ox.Triple], depth: int, above: frozenset[ox.Triple]
    ) -> Iterator[tuple[Proof, ...]]:
        ways: list[list[Proof]] = []
        for premise in premises:
            if self._leaf(premise):
                below = [self._build(premise)]
            else:
                below = list(self._enumerate(premise, depth, above)) if depth else []
            if not below:
                return
            ways.append(below)
        yield from product(*ways)


def _step(triple: ox.Triple, derivation: Derivation, premises: tuple[Proof, ...]) -> Proof:
    return Proof(triple, derivation.rule, derivation.summary, premises)


def _find_leaf(world: World, triple: ox.Triple) -> Proof | None:
    """Tell a given triple from one that follows; its claims are looked up when they are shown."""
    graphs = given_in(world, triple)
    if graphs:
        return Proof(triple, graphs=graphs)
    if world.viewpoint:
        grounds = find_grounds(world, triple, ())
        return Proof(triple, grounds=grounds) if grounds else None
    return None if is_inferred(world, triple) or not holds(world, triple) else Proof(triple)


def _unproved(goal: ox.Triple) -> DataError:
    return DataError(
        f"no rule concludes {goal}", fix="build the snapshot again: its rules were others"
    )
