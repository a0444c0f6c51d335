"""Account for every sentence of every text: the claims that it carries, or why it has none."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from entente import vocab
from entente.errors import DataError, InputError, Place
from entente.pipeline.evidence import claims_by_passage
from entente.pipeline.load import Loaded

#: Why a sentence may carry no claim; `repeats` names the claim that it repeats.
REASONS = ("heading", "transition", "rhetorical", "repeats")
_FIELDS = ("start", "end", "status", "note")
_END = re.compile(
    r"""(?<=[.!?…])["'\u201d\u2019)\]]*(?:\[\d+\])*[¹²³⁴⁵]?\s+(?=["'\u201c\u2018(„]*[^\Wa-z])"""
)
_ABBREVIATION = re.compile(
    r"(?:(?:\b(?:[A-Z]|Mr|Ms|Dr|vs|e\.g|i\.e|cf|No|H\.E|U\.S|U\.K|D\.C)|^\s*\d+)\.)$", re.MULTILINE
)


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence and what became of it.

    Attributes:
        start: The first code point, 0-based.
        end: The code point after the last one.
        status: `claims`, one of `REASONS`, or empty where neither is known.
        note: The names of the claims, separated by spaces, or the reason in words.
    """

    start: int
    end: int
    status: str = ""
    note: str = ""


def segment(text: str) -> list[tuple[int, int]]:
    """Cut a text into sentences.

    A line break ends a sentence only where a blank line follows, or where the line ends
    like a sentence or a heading; so a sentence that runs over a page break is cut there.

    Returns:
        Start and end of each sentence in code points, white space left out, in order.
    """
    spans: list[tuple[int, int]] = []
    for line in re.finditer(r"[^\n]*\S[^\n]*", text):
        begin = line.start()
        for gap in _END.finditer(text, line.start(), line.end()):
            if _ABBREVIATION.search(text, begin, gap.start()):
                continue
            spans.append((begin, gap.end()))
            begin = gap.end()
        spans.append((begin, line.end()))
    stripped = (_strip(text, start, end) for start, end in spans)
    return [(start, end) for start, end in stripped if start < end]


def _strip(text: str, start: int, end: int) -> tuple[int, int]:
    part = text[start:end]
    return start + len(part) - len(part.lstrip()), end - len(part) + len(part.rstrip())


def read_coverage(folder: Path, source: str) -> list[Sentence]:
    """Read data/coverage/<source>.csv; a file that does not exist holds no sentence.

    Raises:
        DataError: A row is malformed or has an unknown status.
    """
    path = folder / "data/coverage" / f"{source}.csv"
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        return [_read_row(row, number, path) for number, row in enumerate(csv.DictReader(file), 2)]


def _read_row(row: dict[str, str], number: int, path: Path) -> Sentence:
    try:
        sentence = Sentence(int(row["start"]), int(row["end"]), row["status"], row["note"])
    except (KeyError, ValueError, TypeError) as error:
        raise DataError(
            "no sentence in this row",
            fix="run `entente coverage --write`",
            place=Place(str(path), number),
        ) from error
    if sentence.status not in ("", "claims", *REASONS):
        raise DataError(
            f"{sentence.status!r} is no status",
            fix=f"write claims, {', '.join(REASONS)}",
            place=Place(str(path), number),
        )
    return sentence


def cover(
    spans: Iterable[tuple[int, int]], source: str, loaded: Loaded, old: Iterable[Sentence]
) -> list[Sentence]:
    """Say of each sentence which claims it carries, or the reason that an editor gave.

    Args:
        spans: Start and end of each sentence.
        source: The source's file stem.
        loaded: What the files say.
        old: What stood in the file before; its reasons are kept.
    """
    reasons = {(s.start, s.end): s for s in old if s.status in REASONS}
    passages = [
        (p, names) for p, names in claims_by_passage(loaded.quads).items() if p.source == source
    ]
    covered = []
    for start, end in spans:
        names = sorted({n for p, many in passages if p.start < end and start < p.end for n in many})
        short = " ".join(name.removeprefix(source + "-") for name in names)
        fallback = reasons.get((start, end), Sentence(start, end))
        covered.append(Sentence(start, end, "claims", short) if names else fallback)
    return covered


def write_coverage(folder: Path, source: str, sentences: Sequence[Sentence]) -> None:
    """Write data/coverage/<source>.csv."""
    path = folder / "data/coverage" / f"{source}.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(_FIELDS)
        writer.writerows((s.start, s.end, s.status, s.note) for s in sentences)


def check_segmentation(sentences: Sequence[Sentence], text: str, source: str) -> None:
    """Check that the stored sentences are those of the text.

    Raises:
        InputError: They differ; the message names the first place.
    """
    stored = [(sentence.start, sentence.end) for sentence in sentences]
    fresh = segment(text)
    if stored != fresh:
        at = next((b for a, b in zip(stored, fresh, strict=False) if a != b), fresh[-1:])
        raise InputError(
            f"{source}: the stored sentences are not those of the text, first at {at}",
            fix="run `entente coverage --texts FOLDER --write`",
        )


def find_gaps(source: str, sentences: Sequence[Sentence], loaded: Loaded) -> list[str]:
    """Name each sentence that carries no claim and has no reason, or whose row is out of date."""
    spans = [(sentence.start, sentence.end) for sentence in sentences]
    gaps = []
    for stored, fresh in zip(sentences, cover(spans, source, loaded, sentences), strict=True):
        place = f"{vocab.SOURCES[source]}:{stored.start}-{stored.end}"
        if not fresh.status:
            gaps.append(f"{place} carries no claim; write one, or give the reason in the file")
        elif stored != fresh:
            gaps.append(f"{place} is out of date; run `entente coverage --write`")
    return gaps
