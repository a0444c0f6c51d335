"""The words of passages, where the texts are at hand; they are never in the graph."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

import pyoxigraph as ox

from entente import vocab
from entente.errors import InputError
from entente.terms import value_of
from entente.texts import parse_passage, read_text, slice_passage

#: Gives the words of a passage by its IRI; an empty string where they are not to be had.
Words = Callable[[str], str]


def read_texts(folder: Path | None) -> dict[str, str]:
    """Read those of the texts that a folder holds, by their names; none without a folder."""
    texts: dict[str, str] = {}
    for source in vocab.SOURCES if folder else ():
        with suppress(InputError):
            texts[source] = read_text(folder, source)  # type: ignore[arg-type]
    return texts


def open_words(store: ox.Store, texts: Mapping[str, str]) -> Words | None:
    """Give what shows the words of passages; None where there are no texts.

    Args:
        store: A data set, which has the hash of each text; another text's words are not shown.
        texts: The texts, by their names.
    """
    known = {source: text for source, text in texts.items() if _is_same(store, source, text)}
    if not known:
        return None

    def show(iri: str) -> str:
        passage = parse_passage(iri)
        text = known.get(passage.source)
        return "" if text is None else " ".join(slice_passage(text, passage).split())

    return show


def _is_same(store: ox.Store, source: str, text: str) -> bool:
    node, predicate = ox.NamedNode(vocab.SRC + source), ox.NamedNode(vocab.ENT + "sha256")
    quads = store.quads_for_pattern(node, predicate, None, ox.DefaultGraph())
    return hashlib.sha256(text.encode()).hexdigest() in {value_of(quad.object) for quad in quads}
