"""Load RDF files into a store, and count what is in it."""

from __future__ import annotations

import mmap
from collections.abc import Iterable
from pathlib import Path

import pyoxigraph as ox

from entente.errors import DataError, InputError, Place


def load_files(store: ox.Store, files: Iterable[str], *, trusted: bool = False) -> None:
    """Load files into a store, changed in place.

    Args:
        store: Where they go.
        files: Their paths.
        trusted: Whether we wrote them, and their hash is what it was: they need not be checked
            letter by letter, which takes a third of the time.

    Raises:
        DataError: A file is malformed, or holds a DOCTYPE.
        InputError: A file cannot be read, or its format is unknown.
    """
    for name in files:
        _load_file(store, Path(name), trusted=trusted)


def count_graphs(store: ox.Store) -> dict[str, int]:
    """Count the triples of each named graph, by its IRI."""
    rows = store.query("SELECT ?g (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } } GROUP BY ?g")
    counts = {str(row["g"].value): int(row["n"].value) for row in rows}  # type: ignore[union-attr]
    return dict(sorted(counts.items()))


def count_default(store: ox.Store) -> int:
    """Count the triples of the default graph."""
    return sum(1 for _ in store.quads_for_pattern(None, None, None, ox.DefaultGraph()))


def _load_file(store: ox.Store, path: Path, *, trusted: bool) -> None:
    file_format = ox.RdfFormat.from_extension(path.suffix.lstrip("."))
    if file_format is None:
        raise InputError(
            f"{path.name}: '{path.suffix}' is no known RDF format",
            fix="name the file .ttl, .trig, .nt, .nq, .rdf or .jsonld",
        )
    try:
        if file_format == ox.RdfFormat.RDF_XML and _has_doctype(path):
            raise DataError(
                "the file has a DOCTYPE, whose entities can fill the memory",
                fix="remove it, or convert the file to Turtle",
                place=Place(file=str(path)),
            )
        base = path.resolve().as_uri()
        store.bulk_load(path=str(path), format=file_format, base_iri=base, lenient=trusted)
    except SyntaxError as error:
        raise DataError(
            " ".join(str(error.msg).split()),
            fix="mend the file",
            place=Place(file=str(path), line=error.lineno, column=error.offset),
        ) from None
    except OSError as error:
        raise InputError(
            f"{path}: {error.strerror or error}", fix="name a file that can be read"
        ) from None


def _has_doctype(path: Path) -> bool:
    with path.open("rb") as file:
        if not path.stat().st_size:
            return False
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            return data.find(b"<!DOCTYPE") >= 0
