"""Finding things by their names, while they are being typed."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

#: Hits on one page.
PAGE_SIZE = 50
#: Kinds in the order in which equally good hits stand.
KINDS = (
    *("actor", "mechanism", "event", "text", "disagreement", "topic", "document"),
    *("issue", "place", "thing", "question", "term", "claim"),
)
_RANK = {kind: rank for rank, kind in enumerate(KINDS)}
#: Kinds whose labels are sentences come after names.
_SENTENCES = frozenset({"claim", "question", "disagreement"})
_MAX_NEAR = 5
_MAX_COMPARED = 3000


@dataclass(frozen=True, slots=True)
class Named:
    """Something that can be found.

    Attributes:
        iri: Its IRI.
        label: What it is called.
        kind: What it is, in a word.
        weight: How much is said of it.
        names: What it is called, the label first.
        keys: The same as they are compared.
    """

    iri: str
    label: str
    kind: str
    weight: int
    names: tuple[str, ...]
    keys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Query:
    """What is looked for.

    Attributes:
        text: What was typed.
        kind: The kind that is wanted, or an empty string.
        page: Which page of the hits, from 1.
    """

    text: str
    kind: str = ""
    page: int = 1


@dataclass(frozen=True, slots=True)
class Hit:
    """Something found.

    Attributes:
        entry: What it is.
        name: The name that fits, where it is not the label.
    """

    entry: Named
    name: str


@dataclass(frozen=True, slots=True)
class Results:
    """What was found.

    Attributes:
        hits: The hits on this page, best first.
        total: How many there are of the kind that is wanted.
        kinds: How many there are of each kind, in the order of `KINDS`.
        page: Which page this is.
        pages: How many there are.
    """

    hits: tuple[Hit, ...]
    total: int
    kinds: Mapping[str, int]
    page: int
    pages: int


class Index:
    """Names to search in; each search looks at all of them, which takes a few milliseconds.

    Args:
        entries: What can be found.
    """

    def __init__(self, entries: Iterable[Named]) -> None:
        self._entries = tuple(entries)

    def find(self, query: Query, size: int = PAGE_SIZE) -> Results:
        """Find things by a part of their names; without a text, everything by name."""
        wanted = fold(query.text)
        found = self._rank(wanted) if wanted else self._list_all()
        kinds = Counter(hit.entry.kind for hit in found)
        if query.kind:
            found = [hit for hit in found if hit.entry.kind == query.kind]
        first = (query.page - 1) * size
        return Results(
            hits=tuple(found[first : first + size]),
            total=len(found),
            kinds={kind: kinds[kind] for kind in KINDS if kinds[kind]},
            page=query.page,
            pages=max(1, -(-len(found) // size)),
        )

    def near(self, text: str) -> list[Named]:
        """List things whose names resemble a text that no name has."""
        named = {
            key: entry
            for entry in self._entries
            if entry.kind not in _SENTENCES
            for key in entry.keys
        }
        close = get_close_matches(fold(text)[:60], list(named)[:_MAX_COMPARED], _MAX_NEAR, 0.6)
        return list(dict.fromkeys(named[key] for key in close))

    def _rank(self, wanted: str) -> list[Hit]:
        words = wanted.split()
        scored = []
        for entry in self._entries:
            best = min(
                (_score(key, wanted, words) + (place > 0), place)
                for place, key in enumerate(entry.keys)
            )
            if best[0] < _NONE:
                score = best[0] + (_LATER if entry.kind in _SENTENCES else 0)
                order = (score, -entry.weight, _RANK.get(entry.kind, 99), entry.label)
                scored.append((order, Hit(entry, entry.names[best[1]] if best[1] else "")))
        return [hit for _, hit in sorted(scored, key=lambda pair: pair[0])]

    def _list_all(self) -> list[Hit]:
        return [Hit(entry, "") for entry in sorted(self._entries, key=lambda e: e.keys[0])]


_NONE = 100
_LATER = 12


def make_index(entries: Iterable[Mapping[str, Any]]) -> Index:
    """Make the index from what `things.listing` lists."""
    return Index(
        Named(
            iri=each["iri"],
            label=each["label"],
            kind=each["kind"],
            weight=each["weight"],
            names=(each["label"], *each["names"]),
            keys=tuple(map(fold, (each["label"], *each["names"]))),
        )
        for each in entries
    )


def fold(text: str) -> str:
    """Fold a name for comparing: no case, no accents, single spaces.

    >>> fold("  Ramón  PACHECO Pardo ")
    'ramon pacheco pardo'
    """
    parts = unicodedata.normalize("NFKD", text)
    bare = "".join(part for part in parts if not unicodedata.combining(part))
    return " ".join(bare.casefold().split())


def _score(key: str, wanted: str, words: list[str]) -> int:
    """Say how well a name fits, 0 best."""
    if key == wanted:
        return 0
    if key.startswith(wanted):
        return 2
    if f" {wanted}" in key or f"({wanted}" in key:
        return 4
    if all(word in key for word in words):
        return 6 if wanted in key else 8
    return _NONE
