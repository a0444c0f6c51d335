"""Check the passages of the claims against the texts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pyoxigraph as ox

from entente import vocab
from entente.errors import InputError
from entente.pipeline.load import EVIDENCE, Loaded
from entente.terms import value_of
from entente.texts import Passage, hash_passage, parse_passage, read_text, slice_passage


@dataclass(frozen=True, slots=True)
class EvidenceCheck:
    """What the check of the passages found.

    Attributes:
        passages: How many distinct passages were looked at.
        fresh: SHA-256 by passage, of those without a hash so far.
        stale: Passages that have a hash and that no claim uses.
        problems: One line for each passage that fails; each names a claim.
    """

    passages: int
    fresh: Mapping[str, str]
    stale: tuple[str, ...]
    problems: tuple[str, ...]


def claims_by_passage(quads: Iterable[ox.Quad]) -> dict[Passage, list[str]]:
    """List the claims of each passage, in the order of source and offset.

    Raises:
        InputError: An object of `ent:evidence` is no passage.
    """
    evidence = ox.NamedNode(vocab.ENT + "evidence")
    claims: dict[Passage, list[str]] = {}
    for quad in quads:
        if quad.predicate == evidence and value_of(quad.subject).startswith(vocab.CLAIM):
            passage = parse_passage(value_of(quad.object))
            claims.setdefault(passage, []).append(value_of(quad.subject).removeprefix(vocab.CLAIM))
    return {passage: sorted(claims[passage]) for passage in sorted(claims)}


def check_evidence(loaded: Loaded, texts: Path) -> EvidenceCheck:
    """Hash every passage and compare.

    Args:
        loaded: What the files say.
        texts: The folder that holds the texts.

    Raises:
        InputError: A text cannot be read.
    """
    read: dict[str, str] = {source: read_text(texts, source) for source in vocab.SOURCES}
    fresh: dict[str, str] = {}
    problems: list[str] = []
    claims = claims_by_passage(loaded.quads)
    for passage, names in claims.items():
        try:
            sha256 = hash_passage(slice_passage(read[passage.source], passage))
        except InputError as error:
            problems.append(f"claim:{names[0]}: {error}")
            continue
        if passage.short not in loaded.hashes:
            fresh[passage.short] = sha256
        elif loaded.hashes[passage.short] != sha256:
            problems.append(
                f"claim:{names[0]}: {passage.short} no longer fits its hash; "
                f"cite the passage again, or put the text back as it was"
            )
    used = {passage.short for passage in claims}
    stale = tuple(sorted(set(loaded.hashes) - used))
    return EvidenceCheck(len(claims), fresh, stale, tuple(problems))


def write_hashes(loaded: Loaded, check: EvidenceCheck) -> None:
    """Write data/evidence.csv: the hashes that hold, the missing ones, none that is unused."""
    hashes = {p: h for p, h in loaded.hashes.items() if p not in check.stale} | dict(check.fresh)
    passages = sorted((_parse_short(short), sha256) for short, sha256 in hashes.items())
    lines = [f"{passage.short},{sha256}\n" for passage, sha256 in passages]
    (loaded.folder / EVIDENCE).write_text("".join(lines), encoding="utf-8")


def _parse_short(short: str) -> Passage:
    prefix, offsets = short.split(":")
    return parse_passage(vocab.PREFIXES[prefix] + offsets)
