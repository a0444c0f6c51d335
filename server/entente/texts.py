"""Passages of the five texts: offsets, quotations and hashes.

Offsets are 0-based Unicode code points of the decoded file, end-exclusive, with
nothing stripped or normalised: Python's `text[start:end]`.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

from entente import vocab
from entente.errors import InputError, Place

_PASSAGE = re.compile(re.escape(vocab.SRC) + r"([a-z0-9-]+)/char/(0|[1-9]\d*)-([1-9]\d*)")
_CITE = re.compile(r'cite\("(.+?)"\)', re.DOTALL)
_GAP = re.compile(r"\s+\.\.\.\s+")
_ALIKE = ("'\u2018\u2019`", '"\u201c\u201d\u201e', "-\u2010\u2013\u2014")
_LONGEST_GAP = 3000


@dataclass(frozen=True, slots=True, order=True)
class Passage:
    """A slice of a text.

    Attributes:
        source: The source's file stem, such as `gmf-2023`.
        start: The first code point, 0-based.
        end: The code point after the last one.
    """

    source: str
    start: int
    end: int

    @property
    def iri(self) -> str:
        """The passage's IRI, `<source IRI>/char/<start>-<end>`."""
        return f"{vocab.SRC}{self.source}/char/{self.start}-{self.end}"

    @property
    def short(self) -> str:
        """The passage as it stands in a file of claims, such as `gmf:120-180`."""
        return f"{vocab.SOURCES[self.source]}:{self.start}-{self.end}"


def parse_passage(iri: str) -> Passage:
    """Read the offsets out of a passage IRI.

    Args:
        iri: A passage IRI, `<source IRI>/char/<start>-<end>`.

    Returns:
        The passage.

    Raises:
        InputError: The IRI is not a passage, names an unknown source, or `start >= end`.

    Source: https://www.w3.org/TR/annotation-model/#text-position-selector
    """
    match = _PASSAGE.fullmatch(iri)
    if not match or match[1] not in vocab.SOURCES:
        raise InputError(f"<{iri}> is not a passage", fix="write <source>/char/<start>-<end>")
    passage = Passage(match[1], int(match[2]), int(match[3]))
    if passage.start >= passage.end:
        raise InputError(f"the passage {passage.short} is empty", fix="start must be below end")
    return passage


def read_text(folder: Path, source: str) -> str:
    """Read one of the five texts.

    Args:
        folder: The folder that holds `<source>.txt`.
        source: The source's file stem.

    Returns:
        The decoded text, line ends as they stand in the file.

    Raises:
        InputError: There is no such file, or it is not UTF-8.
    """
    path = folder / f"{source}.txt"
    try:
        return path.read_bytes().decode("utf-8")
    except OSError as error:
        known = ", ".join(vocab.SOURCES)
        raise InputError(f"cannot read {path}", fix=f"the texts are named {known}") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{path} is not UTF-8", fix="put the text back as it was") from error


def slice_passage(text: str, passage: Passage) -> str:
    """Return the words of a passage.

    Raises:
        InputError: The passage ends behind the end of the text.
    """
    if passage.end > len(text):
        raise InputError(
            f"the passage {passage.short} ends behind the text",
            fix=f"{passage.source} has {len(text)} code points",
        )
    return text[passage.start : passage.end]


def hash_passage(words: str) -> str:
    """Return the SHA-256 of a passage's UTF-8 bytes, in lower-case hexadecimal."""
    return hashlib.sha256(words.encode("utf-8")).hexdigest()


def _pattern(quote: str) -> re.Pattern[str]:
    """Match a quotation: white space, quotes and dashes are folded; ` ... ` skips words."""

    def one(character: str) -> str:
        alike = next((group for group in _ALIKE if character in group), None)
        return f"[{re.escape(alike)}]" if alike else re.escape(character)

    parts = (
        r"\s+".join("".join(map(one, word)) for word in part.split())
        for part in _GAP.split(quote.strip())
    )
    return re.compile(f"(?s:.{{0,{_LONGEST_GAP}}}?)".join(parts))


def find_quote(text: str, source: str, quote: str) -> Passage:
    """Find the one passage that a quotation stands for.

    Args:
        text: The whole text.
        source: The source's file stem.
        quote: Words of the text; ` ... ` stands for any words between. White space,
            quotation marks and dashes match their kin.

    Returns:
        The shortest passage from the first to the last word.

    Raises:
        InputError: The words stand nowhere in the text, or in more than one place.
    """
    found = [match.span() for match in _pattern(quote).finditer(text)]
    if not found:
        raise InputError(f'"{quote}" stands nowhere in {source}', fix=_near(text, quote))
    if len(found) > 1:
        places = ", ".join(f"{start}-{end}" for start, end in found[:5])
        raise InputError(
            f'"{quote}" stands {len(found)} times in {source} ({places})', fix="quote more words"
        )
    return Passage(source, *found[0])


def _near(text: str, quote: str) -> str:
    """Say how far the words can be followed."""
    words = quote.split()
    for count in range(len(words) - 1, 1, -1):
        match = _pattern(" ".join(words[:count])).search(text)
        if match:
            onward = " ".join(text[match.start() : match.end() + 40].split())
            return f"the text has there: {onward}"
    return "check the first words"


def fill_draft(draft: str, text: str, source: str, file: str) -> str:
    """Put passages where a draft of claims quotes the text.

    Args:
        draft: A TriG document in which `cite("first words ... last words")` stands
            where a passage belongs.
        text: The whole text.
        source: The source's file stem.
        file: The draft's name, for messages.

    Returns:
        The draft with each `cite("...")` replaced by its passage.

    Raises:
        InputError: A quotation is unknown or ambiguous; the message lists them all.
    """
    problems: list[str] = []

    def fill(match: re.Match[str]) -> str:
        try:
            return find_quote(text, source, match[1]).short
        except InputError as error:
            line = draft.count("\n", 0, match.start()) + 1
            problems.append(f"{Place(file, line)}: {error}")
            return match[0]

    filled = _CITE.sub(fill, draft)
    if problems:
        raise InputError("\n".join(problems))
    return filled
