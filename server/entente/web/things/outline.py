"""Which claims speak of a thing, and in which part: what a page needs to sort them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import pyoxigraph as ox

from entente.vocab import CLAIM, ENT, RDF, VOC
from entente.web.things.claim import Properties, read_properties, stem
from entente.web.things.graph import Graph

_KINDS = ("Record", "Conduct", "Judgement", "Stance")
_ADVICE = frozenset({"recommended", "suggested", "proposed"})


#: Claims that are sorted; more than that no reader would look through.
MAX_SORTED = 2000


@dataclass(frozen=True, slots=True)
class Outline:
    """The claims that speak of a thing.

    Attributes:
        entries: The first 2,000 of them, by text and then in its order.
        claims: All, in the same order.
        counts: How many each text makes.
    """

    entries: tuple[Entry, ...]
    claims: tuple[str, ...]
    counts: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Entry:
    """A claim, as far as sorting needs it.

    Attributes:
        iri: The claim.
        roles: The parts that the thing has in it.
        subject: Its subject.
        predicate: Its predicate.
        object: Its object; empty where it has a value.
        kind: The predicate's kind: Record, Conduct, Judgement or Stance.
        denied: Whether it denies.
        modality: Such as `asserted`.
        begins: The day by which it is sorted, or an empty string.
    """

    iri: str
    roles: frozenset[str]
    subject: str
    predicate: str
    object: str
    kind: str
    denied: bool
    modality: str
    begins: str

    @property
    def asserted(self) -> bool:
        """Say whether it is put as fact, and affirmed."""
        return not self.denied and self.modality == "asserted"

    @property
    def advises(self) -> bool:
        """Say whether it tells what somebody should do."""
        return self.modality in _ADVICE

    def other(self, iri: str) -> str:
        """Give the thing at the claim's other end, or an empty string."""
        return self.subject if self.subject != iri else self.object


def outline(graph: Graph, iri: str) -> Outline:
    """Find the claims that speak of a thing."""
    roles: dict[str, set[str]] = {}
    pairs = graph.store.quads_for_pattern(None, None, ox.NamedNode(iri), ox.DefaultGraph())
    for pair in pairs:
        if isinstance(pair.subject, ox.NamedNode) and pair.subject.value.startswith(CLAIM):
            roles.setdefault(pair.subject.value, set()).add(stem(pair.predicate.value))
    kinds = read_kinds(graph)
    entries = tuple(
        _read_entry(read_properties(graph, claim), frozenset(roles[claim]), kinds)
        for claim in sorted(roles)[:MAX_SORTED]
    )
    texts = {claim: graph.value(claim, ENT + "statedIn") for claim in sorted(roles)}
    return Outline(entries, tuple(texts), Counter(texts.values()))


def read_kinds(graph: Graph) -> dict[str, str]:
    """Read which property is of which kind."""
    return {
        name: kind
        for kind in _KINDS
        for name in graph.subjects(RDF + "type", f"{ENT}{kind}Property")
    }


def group(entries: Iterable[Entry]) -> dict[str, list[Entry]]:
    """Group claims by predicate, the largest group first."""
    groups: dict[str, list[Entry]] = {}
    for entry in entries:
        groups.setdefault(entry.predicate, []).append(entry)
    return dict(sorted(groups.items(), key=lambda pair: (-len(pair[1]), pair[0])))


def _read_entry(claim: Properties, roles: frozenset[str], kinds: Mapping[str, str]) -> Entry:
    predicate = claim.one("predicate")
    return Entry(
        iri=claim.iri,
        roles=roles,
        subject=claim.one("subject"),
        predicate=predicate,
        object=claim.one("object"),
        kind=kinds.get(predicate, ""),
        denied=claim.one("polarity") == VOC + "denied",
        modality=stem(claim.one("modality")),
        begins=claim.begins,
    )
