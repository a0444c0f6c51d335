"""What changed between two versions, by claim and by entity.

Compared are the named graphs but the views, which follow from them. Blank nodes have other names
in each version, so that what is said of them is only counted.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pyoxigraph as ox

from entente.terms import value_of
from entente.vocab import CLAIM, ENT, GRAPH, GRAPH_VIEW, ID, SKOS, SRC, VOC

_GRAPH = f" <{GRAPH}".encode()
_VIEW = f" <{GRAPH_VIEW}".encode()
_BLANK = re.compile(rb"_:\w+")
_ENDS = (ENT + "subject", ENT + "object", ENT + "about", ENT + "holder")
_LABEL = SKOS + "prefLabel"
ADDED, REMOVED, CHANGED = "added", "removed", "changed"


@dataclass(slots=True)
class Change:
    """What changed about one thing.

    Attributes:
        iri: The thing.
        status: `added`, `removed` or `changed`.
        label: What it is called, in the newer version where it is there.
        added: What only the newer version says: predicate, object and graph.
        removed: What only the older one says.
        claims: The claims about it that changed, each with its status.
    """

    iri: str
    status: str = CHANGED
    label: str = ""
    added: list[tuple[str, str, str]] = field(default_factory=list)
    removed: list[tuple[str, str, str]] = field(default_factory=list)
    claims: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Changes:
    """What changed between two versions.

    Attributes:
        claims: Claims, by IRI.
        entities: Entities, sources and concepts, those included of which only claims changed.
        others: All other things: terms, passages, propositions, queries and the like.
        blank: How many statements with blank nodes each graph gained and lost together.
    """

    claims: list[Change]
    entities: list[Change]
    others: list[Change]
    blank: dict[str, int]

    @property
    def any(self) -> bool:
        """Say whether anything changed."""
        return bool(self.claims or self.entities or self.others or self.blank)


def compare_versions(old: Path, new: Path) -> Changes:
    """Compare two data sets in canonical N-Quads.

    Args:
        old: The older one's file.
        new: The newer one's file.
    """
    before, after = set(_read_lines(old)), set(_read_lines(new))
    gone, come = before - after, after - before
    changes: dict[str, Change] = {}
    for lines, side in ((gone, REMOVED), (come, ADDED)):
        for quad in _parse(line for line in lines if not _BLANK.search(line)):
            change = changes.setdefault(value_of(quad.subject), Change(value_of(quad.subject)))
            said = (quad.predicate.value, str(quad.object), value_of(quad.graph_name))
            (change.removed if side == REMOVED else change.added).append(said)
    _tell_status(changes, before, after)
    _gather_claims(changes, before | after)
    _find_labels(changes, before, after)
    claims, entities, others = _sort(changes)
    return Changes(claims, entities, others, _count_blank(gone, come))


def _read_lines(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        for line in file:
            if _GRAPH in line and _VIEW not in line:
                yield line


def _parse(lines: Iterable[bytes]) -> Iterator[ox.Quad]:
    yield from ox.parse(b"".join(sorted(lines)), format=ox.RdfFormat.N_QUADS)


def _subject(line: bytes) -> bytes:
    return line.split(b" ", 1)[0]


def _tell_status(changes: dict[str, Change], before: set[bytes], after: set[bytes]) -> None:
    names = {f"<{iri}>".encode() for iri in changes}
    there = {
        side: names & {_subject(line) for line in lines}
        for side, lines in ((REMOVED, before), (ADDED, after))
    }
    for iri, change in changes.items():
        name = f"<{iri}>".encode()
        if name not in there[REMOVED]:
            change.status = ADDED
        elif name not in there[ADDED]:
            change.status = REMOVED


def _gather_claims(changes: dict[str, Change], lines: set[bytes]) -> None:
    """Note with each entity which of the claims about it changed; `changes` is changed in place."""
    claims = {f"<{iri}>".encode(): iri for iri in changes if iri.startswith(CLAIM)}
    ends = {f"<{end}>".encode() for end in _ENDS}
    for line in lines:
        subject, predicate, rest = line.split(b" ", 2)
        if subject in claims and predicate in ends and rest.startswith(b"<"):
            entity = rest.split(b">", 1)[0][1:].decode()
            claim = claims[subject]
            change = changes.setdefault(entity, Change(entity))
            change.claims[claim] = changes[claim].status


def _find_labels(changes: dict[str, Change], before: set[bytes], after: set[bytes]) -> None:
    names = {f"<{iri}>".encode() for iri in changes}
    label = f" <{_LABEL}> ".encode()
    for lines in (before, after):
        for quad in _parse(line for line in lines if label in line and _subject(line) in names):
            changes[value_of(quad.subject)].label = value_of(quad.object)


def _sort(changes: dict[str, Change]) -> tuple[list[Change], list[Change], list[Change]]:
    kinds: tuple[list[Change], list[Change], list[Change]] = ([], [], [])
    for iri, change in sorted(changes.items()):
        entity = iri.startswith((ID, VOC)) or (iri.startswith(SRC) and "/char/" not in iri)
        kinds[0 if iri.startswith(CLAIM) else 1 if entity else 2].append(change)
    return kinds


def _count_blank(gone: set[bytes], come: set[bytes]) -> dict[str, int]:
    """Count statements with blank nodes that differ whatever these are called."""
    sides = [
        Counter(_BLANK.sub(b"_:", line) for line in lines if _BLANK.search(line))
        for lines in (gone, come)
    ]
    differing = (sides[0] - sides[1]) + (sides[1] - sides[0])
    graphs: Counter[str] = Counter()
    for line, count in differing.items():
        graphs[line.rsplit(b" ", 2)[1].decode().strip("<>")] += count
    return dict(sorted(graphs.items()))
