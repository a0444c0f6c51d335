"""Write a snapshot as files for others: Turtle, TriG, N-Quads, JSON-LD, RDF 1.2, nanopublications.

A dump follows from its version alone, to the byte. No dump can hold its own hash, so that what
depends on the version (hash, size, permanent address) stands in `dumps.json` beside the dumps,
and the server tells it in its catalogue; the data set itself names the addresses only.
`python -m entente.pipeline.dumps FOLDER` writes the dumps of a version's folder.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

import pyoxigraph as ox

from entente.pipeline.nanopubs import group_claims, write_nanopub
from entente.snapshot import DATASET
from entente.terms import value_of
from entente.vocab import ENT, GRAPH, PREFIXES, RDF, SOURCES

FOLDER = "dumps"
_LIST = "dumps.json"
_LEVEL = 6
#: Queries go first.
_NICENESS = 10
_REIFIES = ox.NamedNode(RDF + "reifies")
_ENDS = (ENT + "subject", ENT + "predicate", ENT + "object", ENT + "value")

Graphs = Mapping[str, Sequence[ox.Quad]]
Write = Callable[[bytes, Graphs], bytes]


@dataclass(frozen=True, slots=True)
class Dump:
    """A form in which the data set is given away.

    Attributes:
        name: The file's name.
        media_type: What it is.
        title: What it holds, in one line.
        write: Makes it from the canonical N-Quads and from their quads by graph.
    """

    name: str
    media_type: str
    title: str
    write: Write


@dataclass(frozen=True, slots=True)
class DumpFile:
    """A dump that is written.

    Attributes:
        name: The file's name, without `.gz`.
        media_type: What it is.
        title: What it holds.
        sha256: The hash of the file before compression.
        size: Its bytes before compression.
        gzip_size: Its bytes as they are stored.
    """

    name: str
    media_type: str
    title: str
    sha256: str
    size: int
    gzip_size: int


def write_dumps(folder: Path) -> list[DumpFile]:
    """Write the dumps of a version; they are there whole, or not at all.

    Args:
        folder: The version's folder, that of a snapshot.
    """
    lines = (folder / DATASET).read_bytes()
    graphs = _split_graphs(ox.parse(lines, format=ox.RdfFormat.N_QUADS))
    draft = Path(tempfile.mkdtemp(prefix=".dumps-", dir=folder))
    try:
        files = [_write_dump(dump, lines, graphs, draft) for dump in DUMPS]
        table = [{name: getattr(file, name) for name in DumpFile.__slots__} for file in files]
        (draft / _LIST).write_text(json.dumps(table, indent=1) + "\n", "utf-8")
        draft.chmod(0o755)
        if not read_dumps(folder):
            draft.rename(folder / FOLDER)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return files


def read_dumps(folder: Path) -> list[DumpFile]:
    """List the dumps of a version, or nothing where none are written."""
    try:
        table: list[dict[str, Any]] = json.loads((folder / FOLDER / _LIST).read_bytes())
    except OSError:
        return []
    return [DumpFile(**row) for row in table]


def dump_path(folder: Path, name: str) -> Path:
    """Give the path of a dump, compressed by gzip."""
    return folder / FOLDER / f"{name}.gz"


def _write_dump(dump: Dump, lines: bytes, graphs: Graphs, draft: Path) -> DumpFile:
    content = dump.write(lines, graphs)
    packed = gzip.compress(content, _LEVEL, mtime=0)
    (draft / f"{dump.name}.gz").write_bytes(packed)
    sha256 = hashlib.sha256(content).hexdigest()
    return DumpFile(dump.name, dump.media_type, dump.title, sha256, len(content), len(packed))


def _split_graphs(quads: Iterable[ox.Quad]) -> Graphs:
    """Gather quads by graph, in the order of the graphs' names; the default graph is first."""
    graphs: dict[str, list[ox.Quad]] = {}
    for quad in quads:
        graphs.setdefault(value_of(quad.graph_name), []).append(quad)
    return dict(sorted(graphs.items()))


def _write_trig(_: bytes, graphs: Graphs) -> bytes:
    return _serialize(chain.from_iterable(graphs.values()), ox.RdfFormat.TRIG)


def _write_json_ld(_: bytes, graphs: Graphs) -> bytes:
    quads = chain.from_iterable(graphs.values())
    return ox.serialize(quads, format=ox.RdfFormat.JSON_LD) or b""


def _write_turtle(_: bytes, graphs: Graphs) -> bytes:
    return _serialize(_default(graphs))


def _write_rdf12(_: bytes, graphs: Graphs) -> bytes:
    return _serialize(sorted([*_default(graphs), *reify_claims(graphs)], key=_subject_of))


def _write_nanopubs(_: bytes, graphs: Graphs) -> bytes:
    nanopubs = (write_nanopub(claim, said) for claim, said in _list_claims(graphs))
    return _serialize(chain.from_iterable(nanopubs), ox.RdfFormat.TRIG)


def reify_claims(graphs: Graphs) -> list[ox.Triple]:
    """Let each claim reify its triple, which stays unasserted.

    Source: https://www.w3.org/TR/rdf12-concepts/#section-reification
    """
    triples = []
    for _, said in _list_claims(graphs):
        ends = {quad.predicate.value: quad.object for quad in said}
        subject, predicate, thing, value = (ends.get(name) for name in _ENDS)
        target = thing or value
        if isinstance(subject, ox.NamedNode) and isinstance(predicate, ox.NamedNode) and target:
            claimed = ox.Triple(subject, predicate, target)
            triples.append(ox.Triple(said[0].subject, _REIFIES, claimed))
    return triples


def _list_claims(graphs: Graphs) -> Iterable[tuple[str, list[ox.Quad]]]:
    stated = chain.from_iterable(graphs.get(GRAPH + stem, ()) for stem in SOURCES)
    return group_claims(stated).items()


def _default(graphs: Graphs) -> list[ox.Triple]:
    return [quad.triple for quad in graphs.get("", ())]


def _serialize(
    said: Iterable[ox.Quad] | Iterable[ox.Triple], form: ox.RdfFormat = ox.RdfFormat.TURTLE
) -> bytes:
    written = ox.serialize(said, format=form, prefixes=dict(PREFIXES)) or b""
    # The engine declares prefixes in an order of its own, another one in each process.
    lines = written.split(b"\n", len(PREFIXES))
    return b"\n".join([*sorted(lines[: len(PREFIXES)]), *lines[len(PREFIXES) :]])


def _subject_of(triple: ox.Triple) -> str:
    return str(triple.subject)


DUMPS = (
    Dump(
        "entente.nq",
        "application/n-quads",
        "The whole data set in canonical N-Quads; its SHA-256 is the version",
        lambda lines, _: lines,
    ),
    Dump("entente.trig", "application/trig", "The whole data set, by graph", _write_trig),
    Dump("entente.jsonld", "application/ld+json", "The whole data set", _write_json_ld),
    Dump(
        "entente.ttl",
        "text/turtle",
        "The default graph: facts, claims and vocabulary, without the views",
        _write_turtle,
    ),
    Dump(
        "entente-rdf12.ttl",
        "text/turtle;version=1.2",
        "The default graph, where each claim reifies its triple (RDF 1.2)",
        _write_rdf12,
    ),
    Dump(
        "entente-nanopubs.trig",
        "application/trig",
        "The claims as nanopublications, one each",
        _write_nanopubs,
    ),
)


if __name__ == "__main__":
    os.nice(_NICENESS)
    write_dumps(Path(sys.argv[1]))
