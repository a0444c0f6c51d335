"""Which claims speak of a thing, and in which part: what a page needs to sort them."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import pyoxigraph as ox

from entente.terms import Term, value_of
from entente.vocab import ENT, RDF, VOC
from entente.web.things.claim import stem
from entente.web.things.graph import Graph

_COLUMNS = (
    *("claim", "role", "source", "subject", "predicate", "thing", "value"),
    *("polarity", "modality", "from", "on", "to"),
)
_KINDS = ("Record", "Conduct", "Judgement", "Stance")
_ADVICE = frozenset({"recommended", "suggested", "proposed"})


@dataclass(frozen=True, slots=True)
class Entry:
    """A claim, as far as sorting needs it.

    Attributes:
        iri: The claim.
        source: The text that makes it.
        roles: The parts that the thing has in it: `subject`, `object`, `about`, `holder` ...
        subject: Its subject.
        predicate: Its predicate.
        object: Its object or value.
        kind: The predicate's kind: Record, Conduct, Judgement or Stance.
        denied: Whether it denies.
        modality: Such as `asserted`.
        begins: The day by which it is sorted, or an empty string.
    """

    iri: str
    source: str
    roles: frozenset[str]
    subject: str
    predicate: str
    object: Term | None
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
        if self.subject != iri:
            return self.subject
        return self.object.value if isinstance(self.object, ox.NamedNode) else ""


def outline(graph: Graph, iri: str) -> list[Entry]:
    """Find the claims that speak of a thing, by text and then in its order."""
    kinds, found = read_kinds(graph), dict[str, Entry]()
    for row in graph.rows("outline", [iri]):
        entry = _read_entry(row, kinds)
        if known := found.get(entry.iri):
            entry = dataclasses.replace(known, roles=known.roles | entry.roles)
        found[entry.iri] = entry
    return [found[claim] for claim in sorted(found)]


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


def _read_entry(row: list[Term | None], kinds: Mapping[str, str]) -> Entry:
    terms = {name: term for name, term in zip(_COLUMNS, row, strict=True) if term is not None}
    texts = {name: value_of(term) for name, term in terms.items()}
    predicate = texts["predicate"]
    return Entry(
        iri=texts["claim"],
        source=texts["source"],
        roles=frozenset({stem(texts["role"])}),
        subject=texts["subject"],
        predicate=predicate,
        object=terms.get("thing") or terms.get("value"),
        kind=kinds.get(predicate, ""),
        denied=texts["polarity"] == VOC + "denied",
        modality=stem(texts["modality"]),
        begins=texts.get("from") or texts.get("on") or texts.get("to") or "",
    )
