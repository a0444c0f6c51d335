"""Why not: which premises are missing for a triple that does not hold, nearest first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations, islice

import pyoxigraph as ox

from entente.provenance.claims import claims_on
from entente.provenance.patterns import (
    NOTHING,
    Bindings,
    bind,
    list_members,
    match_all,
    to_triple,
    unify,
)
from entente.provenance.proof import Attempt, Missing
from entente.provenance.rulebook import Head
from entente.provenance.world import World
from entente.reason.patterns import Pattern

#: How many ways a rule is tried in with the axioms and facts that hold.
_WAYS = 50


def find_attempts(world: World, goal: ox.Triple, limit: int) -> tuple[Attempt, ...]:
    """Find the rules that would conclude a triple if more held.

    The axioms of a rule must hold: that everything would follow from other axioms tells
    nobody anything. Of each rule and axiom only the nearest ways are kept, and none that says
    the goal in other words.

    Args:
        world: The closed graph and its rules.
        goal: A triple that does not hold.
        limit: How many to return.

    Returns:
        The attempts: fewest missing premises first, then those of which somebody claims a
        missing premise, then those with more premises that hold.
    """
    found = {
        (attempt.rule, tuple(missing.parts for missing in attempt.missing)): attempt
        for head in world.heads
        for attempt in _try(world, head, goal)
    }
    return tuple(sorted(found.values(), key=_distance)[:limit])


def _distance(attempt: Attempt) -> tuple[int, bool, int, str, str]:
    claimed = any(missing.claims for missing in attempt.missing)
    missing = str([tuple(map(str, m.parts)) for m in attempt.missing])
    return len(attempt.missing), not claimed, -len(attempt.held), attempt.rule, missing


def _try(world: World, head: Head, goal: ox.Triple) -> Iterator[Attempt]:
    for axioms, facts, bound in _instances(world, head, goal):
        for held, missing in _split(world, facts, bound):
            if missing and not _is_idle(world, goal, held, missing):
                triples = tuple(filter(None, map(to_triple, [*axioms, *held])))
                parts = tuple(_missing(world, pattern) for pattern in missing)
                yield Attempt(head.rule.name, head.rule.summary, triples, parts)


def _instances(
    world: World, head: Head, goal: ox.Triple
) -> Iterator[tuple[list[Pattern], list[Pattern], Bindings]]:
    """Yield the axioms with which a rule would conclude a goal, and the facts that it needs."""
    bound = unify(head.conclusion, goal)
    if bound is None:
        return
    axioms = [premise for premise in head.premises if premise.is_axiom]
    if head.each:  # the list stands as a whole; its members are the facts
        axioms = [axiom for axiom in axioms if not axiom.lists]
    for found in islice(match_all(world.store, world.closed, axioms, bound), _WAYS):
        facts = [bind(fact, found) for fact in _facts(world, head, found)]
        yield [bind(axiom, found) for axiom in axioms], facts, found


def _is_idle(
    world: World, goal: ox.Triple, held: Sequence[Pattern], missing: Sequence[Pattern]
) -> bool:
    """Tell whether an attempt leads nowhere.

    It needs the goal itself or a member of owl:Nothing, or it says the goal in other words: one
    premise alone that by axioms follows from the goal in turn, and that nobody claims.
    """
    if any(pattern.object == NOTHING or to_triple(pattern) == goal for pattern in missing):
        return True
    lone = None if held or len(missing) > 1 else to_triple(missing[0])
    return lone is not None and _follows_from(world, lone, goal) and not claims_on(world, lone)


def _follows_from(world: World, triple: ox.Triple, goal: ox.Triple) -> bool:
    return any(
        [to_triple(fact) for fact in facts] == [goal]
        for head in world.heads
        for _, facts, _ in _instances(world, head, triple)
    )


def _facts(world: World, head: Head, bound: Bindings) -> list[Pattern]:
    """The premises that are no axioms; for a rule over a list, those of each member."""
    if not head.each:
        return [premise for premise in head.premises if not premise.is_axiom]
    list_name, member_name, said = head.each
    members = list_members(world.store, world.closed, bound[list_name])
    return [bind(pattern, {member_name: member}) for member in members for pattern in said]


def _split(
    world: World, facts: Sequence[Pattern], bound: Bindings
) -> Iterator[tuple[list[Pattern], list[Pattern]]]:
    """Yield the ways in which the most facts hold: those that do, and those that do not."""
    for count in range(len(facts) + 1):
        ways = [
            ([bind(fact, found) for fact in held], [bind(fact, found) for fact in missing])
            for held, missing in _choose(facts, count)
            for found in islice(match_all(world.store, world.closed, held, bound), _WAYS)
        ]
        if ways:
            yield from ways
            return


def _choose(facts: Sequence[Pattern], count: int) -> Iterator[tuple[list[Pattern], list[Pattern]]]:
    for chosen in combinations(range(len(facts)), count):
        yield (
            [fact for number, fact in enumerate(facts) if number not in chosen],
            [facts[number] for number in chosen],
        )


def _missing(world: World, pattern: Pattern) -> Missing:
    triple = to_triple(pattern)
    return Missing(pattern.parts, claims_on(world, triple) if triple else ())
