"""Find where claims disagree, by the rules in queries/rules/disagreements/."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import pyoxigraph as ox

from entente import vocab
from entente.provenance.construct import conclude
from entente.terms import value_of

#: First each disagreement is found, then what reconciles it.
GROUPS = ("find-*.rq", "reconcile-*.rq")
_KIND = "Disagreement"


@dataclass(frozen=True, slots=True)
class Disagreement:
    """One disagreement.

    Attributes:
        iri: Its name.
        kind: What it is over, in the words of the class: `Beginning`, `Polarity`, ...
        label: Both claims' labels.
        claims: The IRIs of the claims that cannot all be right, sorted.
        reconciled_by: The IRIs of claims that show how these fit together, sorted.
    """

    iri: str
    kind: str
    label: str
    claims: tuple[str, ...]
    reconciled_by: tuple[str, ...]


def find_disagreements(store: ox.Store, queries: Path) -> set[ox.Triple]:
    """Find the disagreements of a graph.

    Args:
        store: A store whose default graph holds ontology, claims, judgements of identity and
            plain facts; what is found is added to it, in place.
        queries: The folder queries/.

    Returns:
        The content of `graph:disagreements`.

    Raises:
        DataError: A rule is absent or malformed.
    """
    return conclude(store, queries / "rules/disagreements", GROUPS)


def read_disagreements(triples: Iterable[ox.Triple]) -> list[Disagreement]:
    """Read disagreements out of the triples that tell of them, ordered by name."""
    rows: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for triple in triples:
        name = triple.predicate.value.rpartition("/")[2].rpartition("#")[2]
        rows[value_of(triple.subject)][name].add(value_of(triple.object))
    return [_read_one(iri, rows[iri]) for iri in sorted(rows) if rows[iri]["involvesClaim"]]


def _read_one(iri: str, row: dict[str, set[str]]) -> Disagreement:
    kinds = {name.removeprefix(vocab.ENT).removesuffix(_KIND) for name in row["type"]} - {""}
    return Disagreement(
        iri,
        min(kinds, default=""),
        min(row["prefLabel"], default=""),
        tuple(sorted(row["involvesClaim"])),
        tuple(sorted(row["reconciledBy"])),
    )
