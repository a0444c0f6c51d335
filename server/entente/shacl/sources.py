"""Read RDF files of any format for a check, with what is needed to say where a triple stands."""

from __future__ import annotations

import glob
import gzip
import io
import re
import sys
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pyoxigraph as ox

from entente.errors import InputError, Place, UsageError
from entente.positions import FORMATS as WITH_POSITIONS

STDIN = "-"
#: Media type by file ending, `.gz` left off.
ENDINGS = {
    "ttl": "text/turtle",
    "nt": "application/n-triples",
    "trig": "application/trig",
    "nq": "application/n-quads",
    "n3": "text/n3",
    "rdf": "application/rdf+xml",
    "owl": "application/rdf+xml",
    "xml": "application/rdf+xml",
    "jsonld": "application/ld+json",
    "json": "application/ld+json",
}
_OWL = "http://www.w3.org/2002/07/owl#"
_TYPE = ox.NamedNode("http://www.w3.org/1999/02/22-rdf-syntax-ns#type")
_PROLOG = re.compile(rb"(?:\s+|<\?.*?\?>|<!--.*?-->)*+", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Source:
    """A file that was read.

    Attributes:
        name: Its name as it was given; `standard input` for `-`.
        quads: What it says, in the order of the file, with repetitions.
        text: The text, or None where no positions are to be had in its format.
        prefixes: The namespaces by the prefixes that it declares.
        size: Its bytes, unpacked.
    """

    name: str
    quads: Sequence[ox.Quad]
    text: str | None
    prefixes: Mapping[str, str] = field(default_factory=dict)
    size: int = 0

    @property
    def triples(self) -> list[ox.Triple]:
        """What it says, its named graphs merged."""
        return [quad.triple for quad in self.quads]


def find_files(patterns: Iterable[str]) -> list[str]:
    """Resolve names and glob patterns; `-` stands for standard input.

    Raises:
        InputError: A file does not exist or is a folder, or nothing fits a pattern.
    """
    return [name for pattern in patterns for name in _find(pattern)]


def _find(pattern: str) -> list[str]:
    if pattern == STDIN or Path(pattern).is_file():
        return [pattern]
    if Path(pattern).is_dir():
        raise InputError(
            "this is a folder",
            fix=f"name its files, such as '{pattern.rstrip('/')}/*.ttl'",
            place=Place(pattern),
        )
    names = glob.glob(pattern, recursive=True)  # noqa: PTH207 - Path.glob takes no absolute pattern
    found = sorted(name for name in names if Path(name).is_file())
    if not found:
        raise InputError("there is no such file", fix="check the name", place=Place(pattern))
    return found


def read_sources(
    names: Iterable[str], ending: str | None = None, max_bytes: int | None = None
) -> list[Source]:
    """Read files; for what they are, and for the errors, see `read_source`.

    Args:
        names: The files; `-` is standard input.
        ending: A key of `ENDINGS` that overrides the files' own.
        max_bytes: How many bytes they may have together, unpacked; None for any number.
    """
    sources: list[Source] = []
    for name in names:
        taken = sum(source.size for source in sources)
        left = None if max_bytes is None else max_bytes - taken
        sources.append(read_source(name, ending, max_bytes=left))
    return sources


def read_source(
    name: str, ending: str | None = None, base: str | None = None, max_bytes: int | None = None
) -> Source:
    """Read a file, gzipped or not.

    Args:
        name: The file; `-` is standard input.
        ending: A key of `ENDINGS` that overrides the file's own.
        base: The base IRI  [default: the file's].
        max_bytes: How many bytes it may have, unpacked; None for any number.

    Raises:
        InputError: The file cannot be read, is too large, malformed or of no known format,
            or would have the reader use the network.
    """
    shown = "standard input" if name == STDIN else name
    media_type = choose_media_type(name, ending, shown)
    base = base or (None if name == STDIN else Path(name).resolve().as_uri())
    return parse_source(_read(name, shown, max_bytes), media_type, shown, base)


def parse_source(content: bytes, media_type: str, name: str, base: str | None = None) -> Source:
    """Parse RDF.

    Args:
        content: The bytes, not gzipped.
        media_type: One of `ENDINGS`.
        name: What it is called in reports.
        base: The base IRI, or None.

    Returns:
        What it says; its blank nodes have names of their own.

    Raises:
        InputError: It is malformed, or would have the reader use the network.
    """
    rdf_format = ox.RdfFormat.from_media_type(media_type)
    if rdf_format is None:
        raise UsageError(f"{media_type} is no format of RDF", fix=_KNOWN, place=Place(name))
    size = len(content)
    content = content.removeprefix(b"\xef\xbb\xbf")
    if rdf_format == ox.RdfFormat.RDF_XML:
        _refuse_doctype(content, name)
    quads, prefixes = _parse(content, rdf_format, base, name)
    text = content.decode("utf-8") if rdf_format in WITH_POSITIONS else None
    return Source(name, quads, text, prefixes, size)


def _parse(
    content: bytes, rdf_format: ox.RdfFormat, base: str | None, shown: str
) -> tuple[list[ox.Quad], Mapping[str, str]]:
    parser = ox.parse(content, format=rdf_format, base_iri=base, rename_blank_nodes=True)
    try:
        return list(parser), parser.prefixes
    except SyntaxError as error:
        what = error.msg.split(": ", 1)[-1]
        if "LoadDocumentCallback" in what:
            raise InputError(
                "the JSON-LD has a context on the network, which is not read",
                fix="put the context into the file",
                place=Place(shown),
            ) from error
        raise InputError(
            f"the {rdf_format.name} is malformed: {what}",
            fix="correct it, or name the format with --input-format",
            place=Place(shown, error.lineno, error.offset),
        ) from error


def _read(name: str, shown: str, max_bytes: int | None) -> bytes:
    limit = -1 if max_bytes is None else max(max_bytes, 0) + 1
    try:
        with sys.stdin.buffer if name == STDIN else Path(name).open("rb") as file:
            content = file.read(limit)
    except OSError as error:
        raise InputError(
            f"cannot be read: {error.strerror}", fix="name a readable file", place=Place(shown)
        ) from error
    return unpack(content, shown, max_bytes)


def unpack(content: bytes, name: str, max_bytes: int | None) -> bytes:
    """Unpack what is gzipped; give the rest as it is.

    Args:
        content: The bytes; some of them are enough where they are more than allowed.
        name: What it is called in reports.
        max_bytes: How many bytes it may have, unpacked; None for any number.

    Raises:
        InputError: It is damaged, or too large.
    """
    limit = -1 if max_bytes is None else max(max_bytes, 0) + 1
    try:
        if content[:2] == b"\x1f\x8b" and (limit < 0 or len(content) < limit):
            content = gzip.GzipFile(fileobj=io.BytesIO(content)).read(limit)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise InputError(
            "the gzip file is cut off or damaged", fix="get it again", place=Place(name)
        ) from error
    if 0 < limit <= len(content):
        raise InputError(
            f"the data have more than {max_bytes:,} bytes, as many as are left for them",
            fix="check them in parts, or allow more (--max-data-bytes); a check takes many times "
            "the memory of its data",
            place=Place(name),
        )
    return content


_KNOWN = f"use one of {', '.join(sorted(set(ENDINGS.values())))}"


def choose_media_type(name: str, ending: str | None, shown: str) -> str:
    """Choose the media type of a file by its ending.

    Args:
        name: The file's name.
        ending: A key of `ENDINGS` that overrides it.
        shown: What it is called in errors.

    Raises:
        UsageError: The ending is unknown.
    """
    own = Path(name.lower().removesuffix(".gz")).suffix.removeprefix(".")
    media_type = ENDINGS.get(ending or own)
    if media_type is None:
        raise UsageError(
            "the format is unknown",
            fix=f"add --input-format, one of {', '.join(ENDINGS)}",
            place=Place(shown),
        )
    return media_type


def _refuse_doctype(content: bytes, shown: str) -> None:
    """Refuse RDF/XML that defines entities: a short file can expand without bound."""
    if b"\0" in content[:64] or content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise InputError("the RDF/XML is not UTF-8", fix="convert it", place=Place(shown))
    prolog = _PROLOG.match(content)
    start = prolog.end() if prolog else 0
    if content[start : start + 9].upper() == b"<!DOCTYPE":
        raise InputError(
            "the RDF/XML has a DOCTYPE, which is not read",
            fix="replace its entities by what they stand for",
            place=Place(shown, content.count(b"\n", 0, start) + 1),
        )


def refuse_open_imports(sources: Sequence[Source]) -> None:
    """Refuse an `owl:imports` of what none of the files is: it would not be checked.

    Raises:
        InputError: Such an import stands in a file.
    """
    imports = [
        (source, quad.object)
        for source in sources
        if source.text is None or "imports" in source.text
        for quad in source.quads
        if quad.predicate == _IMPORTS and isinstance(quad.object, ox.NamedNode)
    ]
    if not imports:
        return
    quads = (quad for source in sources for quad in source.quads)
    known = {q.subject for q in quads if q.predicate == _TYPE and q.object == _ONTOLOGY}
    files = {Path(source.name).resolve().as_uri() for source in sources}
    for source, wanted in imports:
        if wanted not in known and wanted.value not in files | _BUILT_IN:
            raise InputError(
                f"imports <{wanted.value}>, which is not among the files",
                fix="name its file too, or pass --ignore-imports; nothing is fetched",
                place=Place(source.name),
            )


_IMPORTS = ox.NamedNode(_OWL + "imports")
_ONTOLOGY = ox.NamedNode(_OWL + "Ontology")
#: Vocabularies that a validator has built in.
_BUILT_IN = {"http://www.w3.org/ns/shacl#", "http://www.w3.org/ns/shacl"}
