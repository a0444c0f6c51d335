"""Where each triple of a Turtle, TriG, N-Triples or N-Quads file stands.

The pass reads tokens only, and no terms: it notes the offsets of subject, predicate and
object in the order in which pyoxigraph's parser gives out the triples, so that the two
sequences can be laid side by side. Each term then is the parser's own. The file has been
parsed already; on one that is malformed the offsets mean nothing.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import pyoxigraph as ox

from entente.errors import Place

#: What the pass reads; pyoxigraph's media types name them.
FORMATS = (
    ox.RdfFormat.TURTLE,
    ox.RdfFormat.TRIG,
    ox.RdfFormat.N_TRIPLES,
    ox.RdfFormat.N_QUADS,
)

_CHAR = r"[^\s.#()\[\]{};,\"'<>/?@!$&*+=~^|\\`]"
_LOCAL = rf"(?:{_CHAR}|\\.|\.+(?={_CHAR}|\\))*+"
_TOKEN = re.compile(
    r"(?P<skip>\#[^\n\r]*)"
    r"|(?P<beyond><<|\{\||\|\}|~)"
    r"|(?P<term><[^>]*>)"
    r'|(?P<text>"""(?:[^"\\]|\\.|"(?!""))*+"""|\'\'\'(?:[^\'\\]|\\.|\'(?!\'\'))*+\'\'\''
    r'|"(?:[^"\\]|\\.)*+"|\'(?:[^\'\\]|\\.)*+\')'
    r"|(?P<tag>@[A-Za-z]+(?:-+[A-Za-z0-9]+)*)"
    r"|(?P<datatype>\^\^)"
    r"|(?P<number>[+-]?(?:(?:\d+(?:\.\d*)?|\.\d+)[eE][+-]?\d+|\d*\.\d+|\d+))"
    rf"|(?P<name>(?:{_CHAR}(?<!:)|\.(?!\s))*?:{_LOCAL})"
    r"|(?P<mark>[\[\](){};,.])"
    r"|(?P<word>\w+)",
    re.DOTALL,
)
#: How many tokens follow a word that opens a directive.
_DIRECTIVES = {"prefix": 2, "base": 1, "version": 1}


#: Where subject, predicate and object begin.
Spot = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Located:
    """A triple and where it stands.

    Attributes:
        quad: The triple in its graph, as the parser gave it.
        subject: Where the subject's token begins, counted from 0 in code points; a list's
            cell begins where its member does, its first where the parenthesis does.
        predicate: Where the predicate's token begins; within a list, where its member does.
        object: Where the object's token begins; of a nested node its opening bracket.
    """

    quad: ox.Quad
    subject: int
    predicate: int
    object: int


class PositionsUnknown(Exception):
    """The file uses syntax that the pass does not read, such as RDF 1.2 triple terms."""


def locate(quads: Iterable[ox.Quad], text: str) -> list[Located]:
    """Say where each triple stands.

    Args:
        quads: What pyoxigraph parsed from the text, in its order and with repetitions.
        text: The whole file without a byte order mark.

    Returns:
        The triples in the parser's order.

    Raises:
        PositionsUnknown: The file has triple terms or annotations.
    """
    triples = list(quads)
    spots = find_spots(triples, text)
    return [Located(quad, *spot) for quad, spot in zip(triples, spots, strict=True)]


def find_spots(quads: Sequence[ox.Quad], text: str) -> list[Spot]:
    """Say where subject, predicate and object of each triple begin; see `locate`.

    Raises:
        PositionsUnknown: The file has triple terms or annotations.
    """
    spots = _find_in_lines(text)
    if not spots or len(spots) != len(quads):
        spots = _find_spots(text)
    if len(spots) != len(quads):
        raise PositionsUnknown(f"{len(spots)} places for {len(quads)} triples")
    return spots


def _find_in_lines(text: str) -> list[Spot]:
    """Find the triples of a file that has each in a line of its own, whole and without prefixes.

    Returns nothing for any other file.
    """
    first = _WRITTEN.search(text)
    if first is None or not _LINE.match(text, first.start()):
        return []
    spots = [(match.start(1), match.start(2), match.start(3)) for match in _LINE.finditer(text)]
    return spots if len(spots) == len(_WRITTEN.findall(text)) else []


#: A line that is neither empty nor a comment, and one that is a triple or quad.
_WRITTEN = re.compile(r"^[ \t]*[^\s#]", re.MULTILINE)
_LINE = re.compile(
    r"^[ \t]*(<[^<>\n]*>|_:[^\s<]+)[ \t]*(<[^<>\n]*>)[ \t]*"
    r"(<(?!<)[^<>\n]*>|_:|\")[^\n]*\.[ \t]*(?:#[^\n]*)?\r?$",
    re.MULTILINE,
)


@dataclass(frozen=True, slots=True)
class Lines:
    """The lines of a text, for turning offsets into places.

    Attributes:
        starts: The offset at which each line begins; a line ends with LF or CR LF.
    """

    starts: Sequence[int]

    @classmethod
    def of(cls, text: str) -> Lines:
        """Find the lines of a text."""
        return cls([0, *(match.end() for match in re.finditer("\n", text))])

    def place(self, offset: int, file: str) -> Place:
        """Return the place of an offset; line and column count from 1, in code points."""
        line = bisect_right(self.starts, offset)
        return Place(file, line, offset - self.starts[line - 1] + 1)


@dataclass(slots=True)
class _Frame:
    """What is being written: a statement, a bracketed node, or a list.

    Attributes:
        closer: The mark that ends it; a list's is a parenthesis.
        began: Where the node began.
        subject: The same; of a list, where its cell of the moment began.
        predicate: Where the predicate of the moment began.
        is_subject: Whether it stands at the place of a subject, so that no triple leads to it.
        members: How many members of the list have begun.
    """

    closer: str
    began: int
    subject: int
    predicate: int = -1
    is_subject: bool = False
    members: int = 0


def _find_spots(text: str) -> list[Spot]:
    walker = _Walker()
    for match in _TOKEN.finditer(text):
        kind = match.lastgroup or ""
        if kind == "beyond":
            raise PositionsUnknown("triple terms are not read")
        if kind != "skip":
            walker.read(kind, match[0], match.start())
    return walker.spots


@dataclass(slots=True)
class _Walker:
    """Follows the grammar from token to token.

    The parser hands out the triples that one token completes in reverse; `batch` collects
    them.
    """

    spots: list[Spot] = field(default_factory=list)
    batch: list[Spot] = field(default_factory=list)
    frames: list[_Frame] = field(default_factory=lambda: [_Frame(".", -1, -1)])
    expected: str = "subject"
    skipped: int = 0
    text: int = -1
    typed: bool = False

    def read(self, kind: str, written: str, at: int) -> None:
        if self.skipped:
            self.skipped -= 1
        elif self.expected == "directive":
            self.expected = "subject" if written == "." else "directive"
        elif not (self.text >= 0 and self._read_suffix(kind)):
            getattr(self, "_read_" + self.expected)(kind, written, at)
        if self.batch:
            self.spots.extend(reversed(self.batch))
            self.batch.clear()

    def _read_suffix(self, kind: str) -> bool:
        """Read what may follow a quoted text; return whether the token belongs to it."""
        if kind == "datatype":
            self.typed = True
            return True
        belongs = self.typed or kind == "tag"
        at, self.text, self.typed = self.text, -1, False
        self._end_object(at)
        return belongs

    def _read_subject(self, kind: str, written: str, at: int) -> None:
        if kind == "tag":
            self.expected = "directive"
        elif kind == "word":
            self.skipped = _DIRECTIVES.get(written.lower(), 0)
        elif written in ("[", "("):
            self._open(written, at, is_subject=True)
        elif kind != "mark":
            self.frames[0].subject = at
            self.expected = "verb"

    def _read_verb(self, kind: str, written: str, at: int) -> None:
        if kind != "mark":
            self.frames[-1].predicate = at
            self.expected = "object"
        elif written == "]":
            self._close()
        elif written != ";":
            self.expected = "subject"

    def _read_object(self, kind: str, written: str, at: int) -> None:
        frame = self.frames[-1]
        if frame.closer == ")":
            if written == ")":
                self._close_list(frame, at)
                return
            self._begin_member(frame, at)
        if written in ("[", "("):
            self._open(written, at)
        elif kind == "text":
            self.text = at
            self.expected = "end"
        else:
            self._end_object(at)

    def _read_end(self, kind: str, written: str, _at: int) -> None:
        """Read what follows an object; a term there is the graph of N-Quads."""
        if written == "]":
            self._close()
        elif kind == "mark":
            self.expected = {",": "object", ";": "verb"}.get(written, "subject")

    def _open(self, written: str, at: int, *, is_subject: bool = False) -> None:
        self.frames.append(_Frame("]" if written == "[" else ")", at, at, is_subject=is_subject))
        self.expected = "verb" if written == "[" else "object"

    def _close(self) -> None:
        """End a bracketed node or a list; the triple that leads to a list came first."""
        frame = self.frames.pop()
        if frame.is_subject:
            self.frames[0].subject = frame.began
            self.expected = "verb"
        elif frame.closer == "]":
            self._end_object(frame.subject)
        else:
            self.expected = "object" if self.frames[-1].closer == ")" else "end"

    def _begin_member(self, frame: _Frame, at: int) -> None:
        if frame.members:
            self.batch.append((frame.subject, at, at))
            frame.subject = at
        elif not frame.is_subject:
            self._lead_to(self.frames[-2], frame.subject)
        frame.members += 1
        frame.predicate = at

    def _close_list(self, frame: _Frame, at: int) -> None:
        if frame.members:
            self.batch.append((frame.subject, at, at))
        elif not frame.is_subject:
            self._lead_to(self.frames[-2], frame.subject)
        self._close()

    def _end_object(self, at: int) -> None:
        frame = self.frames[-1]
        self._lead_to(frame, at)
        self.expected = "object" if frame.closer == ")" else "end"

    def _lead_to(self, frame: _Frame, at: int) -> None:
        self.batch.append((frame.subject, frame.predicate, at))
