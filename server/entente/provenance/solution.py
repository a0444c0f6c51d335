"""A solution of a query's patterns: values, the quads that it used, what it found absent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from rdflib.plugins.sparql.parserutils import CompValue

from entente.provenance.algebra import write_patterns
from entente.provenance.paths import Quads
from entente.terms import Term

_ABSENT = {"Builtin_NOTEXISTS": "NOT EXISTS", "Minus": "MINUS"}


@dataclass(frozen=True, slots=True)
class Absence:
    """What was looked for and not found.

    Attributes:
        kind: `NOT EXISTS` or `MINUS`.
        patterns: The triple patterns, the solution's values put in; text.
    """

    kind: str
    patterns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Solution:
    """Values of variables, and why they are a solution.

    Attributes:
        bound: The values by variable; the blank nodes of patterns are variables too.
        quads: The quads that were used.
        absent: What was looked for and not found.
    """

    bound: Mapping[str, Term]
    quads: Quads = frozenset()
    absent: frozenset[Absence] = frozenset()

    def bind(self, values: Mapping[str, Term]) -> Solution | None:
        """Add values; None where they contradict those that are there."""
        if any(self.bound.get(name, term) != term for name, term in values.items()):
            return None
        return replace(self, bound={**self.bound, **values})

    def use(self, other: Solution) -> Solution:
        """Add what another solution used, and not its values."""
        return replace(self, quads=self.quads | other.quads, absent=self.absent | other.absent)


def use_all(solution: Solution, members: Sequence[Solution]) -> Solution:
    """Add what the members of a group used to a solution."""
    quads = frozenset(quad for member in members for quad in member.quads)
    absent = frozenset(each for member in members for each in member.absent)
    return solution.use(Solution({}, quads, absent))


def lacking(solution: Solution, kind: str, pattern: CompValue) -> Solution:
    """Note that nothing matched the pattern of a NOT EXISTS or a MINUS."""
    absence = Absence(_ABSENT[kind], write_patterns(pattern, solution.bound))
    return replace(solution, absent=solution.absent | {absence})
