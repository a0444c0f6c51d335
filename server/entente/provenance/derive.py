"""One step back: which rules conclude a triple, and from which premises."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pyoxigraph as ox

from entente.provenance.patterns import (
    bind,
    cells_to,
    list_cells,
    list_members,
    match,
    match_all,
    to_triple,
    unify,
)
from entente.provenance.rows import select_rows
from entente.provenance.rulebook import Head
from entente.provenance.world import World, is_reasoned
from entente.reason.patterns import Pattern
from entente.terms import Term


@dataclass(frozen=True, slots=True)
class Derivation:
    """One instance of a rule.

    Attributes:
        rule: The rule's name.
        summary: What the rule says.
        premises: The triples that it needs, each once, in the rule's order.
    """

    rule: str
    summary: str
    premises: tuple[ox.Triple, ...]


def derive(world: World, goal: ox.Triple) -> list[Derivation]:
    """Find every rule instance of a closed graph that concludes a triple.

    Those that need the triple itself are left out.

    Args:
        world: The closed graph and its rules.
        goal: The triple.

    Returns:
        The derivations, ordered by rule and premises.
    """
    found = {
        (derivation.rule, frozenset(derivation.premises)): derivation
        for head in world.heads
        for derivation in _apply(world, head, goal)
        if goal not in derivation.premises
        and all(is_reasoned(world, premise) for premise in derivation.premises)
    }
    return sorted(found.values(), key=lambda d: (d.rule, str(d.premises)))


def _apply(world: World, head: Head, goal: ox.Triple) -> Iterator[Derivation]:
    bound = unify(head.conclusion, goal)
    if bound is None or not _may_apply(world, head, bound):
        return
    for row in select_rows(world.store, head.query, [world.closed], bound):
        premises = tuple(dict.fromkeys(_premises(world, head, row)))
        yield Derivation(head.rule.name, head.rule.summary, premises)


def _may_apply(world: World, head: Head, bound: dict[str, Term]) -> bool:
    """Ask for each premise by itself: most rules fail here, at a fraction of a query's cost."""
    return all(
        premise.lists or next(match(world.store, world.closed, bind(premise, bound)), None)
        for premise in head.premises
    )


def _premises(world: World, head: Head, bound: dict[str, Term]) -> Iterator[ox.Triple]:
    for premise in head.premises:
        yield from _ground(world, bind(premise, bound))
    if head.each:
        list_name, member_name, said = head.each
        yield from list_cells(world.store, world.closed, bound[list_name])
        for member in list_members(world.store, world.closed, bound[list_name]):
            yield from _ground_all(world, said, {**bound, member_name: member})


def _ground(world: World, premise: Pattern) -> Iterator[ox.Triple]:
    if premise.lists:
        yield from cells_to(world.store, world.closed, premise.subject, premise.object)
    elif isinstance(premise.object, ox.Literal):  # as the store writes it, "1" and not "01"
        yield from match(world.store, world.closed, premise)
    elif triple := to_triple(premise):
        yield triple


def _ground_all(
    world: World, patterns: tuple[Pattern, ...], bound: dict[str, Term]
) -> Iterator[ox.Triple]:
    """Instantiate patterns that hold together; of several ways the first by name."""
    ways = match_all(world.store, world.closed, patterns, bound)
    chosen = min(ways, key=str)
    for pattern in patterns:
        yield from _ground(world, bind(pattern, chosen))
