"""Read the graph's own files into quads, each file into the graph that it belongs to."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pyoxigraph as ox

from entente import vocab
from entente.errors import DataError, Place
from entente.terms import value_of
from entente.turtle import syntax_problem


@dataclass(frozen=True, slots=True)
class Loaded:
    """What the files say.

    Attributes:
        quads: Every statement, in its named graph; nothing in the default graph.
        hashes: SHA-256 by passage (`gmf:120-180`), from data/evidence.csv.
        inputs: SHA-256 by file name, relative to the folder, in order.
        folder: The folder that they were read from.
    """

    quads: list[ox.Quad]
    hashes: dict[str, str]
    inputs: dict[str, str]
    folder: Path


_FOLDERS = (
    ("ontology", "*.ttl", vocab.GRAPH_ONTOLOGY),
    ("ontology/imports", "*.ttl", vocab.GRAPH_ONTOLOGY),
    ("ontology/vocabulary", "*.ttl", vocab.GRAPH_VOCABULARY),
    ("data", "sources.ttl", vocab.GRAPH_ENTITIES),
    ("data/entities", "*.ttl", vocab.GRAPH_ENTITIES),
    ("data/claims", "*.trig", None),
    ("data", "editorial.trig", None),
    ("shapes", "*.ttl", vocab.GRAPH_SHAPES),
)
EVIDENCE = "data/evidence.csv"


def graph_paths(folder: Path) -> list[Path]:
    """List the Turtle and TriG files of a graph, in loading order."""
    return [path for sub, pattern, _ in _FOLDERS for path in sorted((folder / sub).glob(pattern))]


def load_files(folder: Path, graphs: Collection[str] | None = None) -> Loaded:
    """Read ontology/, data/ and shapes/ below a folder.

    Args:
        folder: The folder that holds them, as `entente.files.graph_files` names it.
        graphs: Those whose files are read; None for all.

    Raises:
        DataError: A file is malformed, stands in a graph that is not its own, or nothing
            is there at all.
    """
    quads: list[ox.Quad] = []
    inputs: dict[str, str] = {}
    for sub, pattern, graph in _FOLDERS:
        if graphs is not None and graph not in graphs:
            continue
        for path in sorted((folder / sub).glob(pattern)):
            name = str(path.relative_to(folder))
            content = path.read_bytes()
            inputs[name] = hashlib.sha256(content).hexdigest()
            quads.extend(_parse(content, name, graph))
    if not quads:
        raise DataError(f"no graph files in {folder}", fix="name the folder that holds ontology/")
    hashes = read_hashes(folder / EVIDENCE)
    if hashes:
        inputs[EVIDENCE] = hashlib.sha256((folder / EVIDENCE).read_bytes()).hexdigest()
    return Loaded(quads, hashes, inputs, folder)


def _parse(content: bytes, name: str, graph: str | None) -> Iterator[ox.Quad]:
    rdf_format = ox.RdfFormat.TURTLE if graph else ox.RdfFormat.TRIG
    own = ox.NamedNode(graph or vocab.GRAPH + Path(name).stem)
    try:
        for quad in ox.parse(
            content, format=rdf_format, base_iri=vocab.BASE, rename_blank_nodes=True
        ):
            if graph is None and quad.graph_name != own:
                raise DataError(
                    f"{quad.subject} stands outside {vocab.shorten(own.value)}",
                    fix=f"put it inside `{vocab.shorten(own.value)} {{ ... }}`",
                    place=Place(name),
                )
            _check_date(quad, name)
            yield ox.Quad(quad.subject, quad.predicate, quad.object, own)
    except SyntaxError as error:
        raise syntax_problem(error, name) from error


def _check_date(quad: ox.Quad, name: str) -> None:
    """Refuse a day that is in no calendar; engines would drop or reject it silently."""
    term = quad.object
    if not isinstance(term, ox.Literal) or term.datatype.value != vocab.XSD + "date":
        return
    try:
        date.fromisoformat(term.value)
    except ValueError as error:
        raise DataError(
            f"{vocab.shorten(value_of(quad.subject))}: {term.value!r} is no day of the calendar",
            fix="write YYYY-MM-DD",
            place=Place(name),
        ) from error


def read_hashes(path: Path) -> dict[str, str]:
    """Read the hashes of the passages.

    Args:
        path: A file of lines `<passage>,<SHA-256>`, such as `gmf:120-180,9f86...`; a file
            that does not exist holds none.

    Returns:
        The SHA-256 in hexadecimal, by passage as it is written in the file.

    Raises:
        DataError: A line is malformed.
    """
    if not path.exists():
        return {}
    hashes = {}
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        passage, comma, sha256 = line.partition(",")
        if not comma or len(sha256) != 64:
            raise DataError(
                f"{line!r} is no passage and hash",
                fix="run `entente evidence --texts FOLDER --write`",
                place=Place(str(path), number),
            )
        hashes[passage] = sha256
    return hashes
