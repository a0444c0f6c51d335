"""Which claims speak of a thing, and in which part: what a page needs to sort them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from entente.vocab import ENT, RDF, VOC
from entente.web.things.claim import stem
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
    found: dict[str, list[tuple[str, ...]]] = {}
    for row in graph.rows("parts", [iri]):
        claim, *said = (term.value if term else "" for term in row)
        found.setdefault(claim, []).append(tuple(said))
    kinds = read_kinds(graph)
    claims = sorted(found)
    entries = tuple(_read_entry(claim, found[claim], kinds) for claim in claims[:MAX_SORTED])
    texts = Counter(min(row[1] for row in found[claim]) for claim in claims)
    return Outline(entries, tuple(claims), texts)


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


def _read_entry(claim: str, rows: Sequence[tuple[str, ...]], kinds: Mapping[str, str]) -> Entry:
    """Make an entry of the rows of a claim, one for each part that the thing has in it."""
    _, _, subject, predicate, other, polarity, modality, *days = map(min, zip(*rows, strict=True))
    return Entry(
        iri=claim,
        roles=frozenset(stem(row[0]) for row in rows),
        subject=subject,
        predicate=predicate,
        object=other,
        kind=kinds.get(predicate, ""),
        denied=polarity == VOC + "denied",
        modality=stem(modality),
        begins=next(filter(None, days), ""),
    )
