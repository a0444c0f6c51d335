"""Evaluate one query and write its answer. Runs in a worker, never in the server."""

from __future__ import annotations

import dataclasses
import io
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import islice
from types import MappingProxyType
from typing import Any

import pyoxigraph as ox

from entente.errors import (
    AnswerTooLarge,
    EntenteError,
    InconsistentGraph,
    InputError,
    MemoryExceeded,
    NothingChecked,
    Place,
    QueryError,
    QueryRefused,
    ServiceFailed,
    ShapeError,
    UsageError,
)
from entente.query.diagnose import diagnose
from entente.query.explain import explain_empty
from entente.query.guard import read_prefixes
from entente.query.linking import add_link
from entente.query.partial import MARKED, cut_answer
from entente.query.rows import COUNTED, LEAST_BYTES, count_rows, end_of_rows
from entente.query.splice import splice

_RESULTS = {
    "json": ox.QueryResultsFormat.JSON,
    "xml": ox.QueryResultsFormat.XML,
    "csv": ox.QueryResultsFormat.CSV,
    "tsv": ox.QueryResultsFormat.TSV,
}
_GRAPHS = {
    "ttl": ox.RdfFormat.TURTLE,
    "nt": ox.RdfFormat.N_TRIPLES,
    "rdf": ox.RdfFormat.RDF_XML,
    "jsonld": ox.RdfFormat.JSON_LD,
    "nq": ox.RdfFormat.N_QUADS,
    "trig": ox.RdfFormat.TRIG,
}
_XML = frozenset({"xml", "rdf"})
#: Characters that the engine writes, as they are or by reference, and no parser of XML reads.
#: Source: https://www.w3.org/TR/xml/#charsets
_NOT_XML = re.compile(
    rb"[\x00-\x08\x0b\x0c\x0e-\x1f]|\xef\xbf[\xbe\xbf]"
    rb"|&#(?:x0*(?:[0-8BCEFbcef]|1[0-9A-Fa-f]|[Ff]{3}[EeFf])|0*(?:[0-8]|1[124-9]|2\d|3[01]));"
)
#: Formats that shorten IRIs, by the prefixes that the query itself declares.
_PREFIXED = frozenset({"ttl", "trig", "rdf"})


#: Functions that queries may call beside SPARQL's own, by their names.
Functions = Mapping[ox.NamedNode, Callable[..., Any]]
_NO_FUNCTIONS: Functions = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Job:
    """A query as a worker gets it.

    Attributes:
        query: The text, which passed the guard.
        format: The name of the answer's format.
        dataset: The default graphs and the named graphs that override FROM, or None.
        max_answer_bytes: The size beyond which there is no answer.
        base: What relative IRIs are resolved against, or an empty string.
        explain: Whether to tell why the answer is empty, in the place of the answer.
        partial_s: Seconds after which, and `max_answer_bytes` is the size beyond which, what
            is written is given as a part; None where the client wants the whole or nothing.
        task: The task that takes the place of the query's answer, or an empty string.
        arguments: What the task asks beside the query.
        max_rows: The rows beyond which there is no answer, or None.
        makes: The graphs that are made first, where the worker has not made them yet.
        link: Where more is told about the answer, or an empty string.
        tables: What stands for each SERVICE of the query, the fields of a `Table` each.
    """

    query: str
    format: str
    dataset: tuple[tuple[str, ...], tuple[str, ...]] | None
    max_answer_bytes: int
    base: str = ""
    explain: bool = False
    partial_s: float | None = None
    task: str = ""
    arguments: Mapping[str, str] = dataclasses.field(default_factory=dict)
    makes: tuple[str, ...] = ()
    max_rows: int | None = None
    link: str = ""
    tables: tuple[Mapping[str, Any], ...] = ()

    def within(self, max_answer_bytes: int | None, max_rows: int | None) -> Job:
        """Give the job with the limits of one client, where it has its own."""
        size = self.max_answer_bytes if max_answer_bytes is None else max_answer_bytes
        rows = self.max_rows if max_rows is None or self.max_rows is None else max_rows
        if (size, rows) == (self.max_answer_bytes, self.max_rows):
            return self
        return dataclasses.replace(self, max_answer_bytes=size, max_rows=rows)

    def as_header(self) -> dict[str, Any]:
        """Write the job for the pipe, as far as it differs from the usual."""
        return {
            name: value
            for name in self.__slots__
            if (value := getattr(self, name)) or name not in _USUAL
        }


#: The fields that a job need not say where they are empty.
_USUAL = frozenset(Job.__slots__) - {"query", "format", "dataset", "max_answer_bytes"}


class _CappedBytes(io.BytesIO):
    """Bytes that refuse to grow beyond a cap, or after a time."""

    def __init__(self, cap: int, seconds: float | None) -> None:
        super().__init__()
        self.cap = cap
        self.until = None if seconds is None else time.monotonic() + seconds

    def write(self, data: Any) -> int:
        if self.until is not None and time.monotonic() > self.until:
            raise AnswerTooLarge("the answer takes too long", fix="ask for fewer rows: add LIMIT")
        if self.tell() + len(data) > self.cap:
            raise AnswerTooLarge(
                f"the answer is larger than {self.cap} bytes",
                fix="ask for fewer rows: add LIMIT, or ask in several queries",
            )
        return super().write(data)


def execute(store: ox.Store, job: Job, functions: Functions = _NO_FUNCTIONS) -> bytes:
    """Answer a query, whole or not at all.

    SELECT and CONSTRUCT are lazy in the engine: they run while they are written, so
    that their errors come as late as that.

    Args:
        store: The data.
        job: The query, its data set, the answer's format and size.
        functions: What the query may call beside SPARQL's own functions.

    Raises:
        QueryError: The engine cannot parse the query, or lacks a function of it.
        QueryRefused: The query tried to reach beyond the store.
        AnswerTooLarge: The answer is larger than the job allows.
        MemoryExceeded: There is not enough memory for the answer.
        ServiceFailed: What stands for a SERVICE is no result of a SELECT.
    """
    query, blanks = splice(job.query, job.tables)
    output = _CappedBytes(job.max_answer_bytes, job.partial_s)
    try:
        ask = _asker(store, job, {**functions, **blanks})
        if job.explain:
            output.write(explain_empty(job.query, ask, job.base))
        else:
            _write(ask(query), output, job)
            _check_characters(output, job)
        written = output.getvalue()
        return add_link(job.format, written, job.link) if job.link else written
    except AnswerTooLarge as error:
        return _give_part(error, output.getvalue(), job)
    except SyntaxError as error:
        raise diagnose(job.query, str(error)) from None
    except RuntimeError as error:
        raise QueryError(
            f"the engine cannot evaluate it: {_line(error)}", fix="use SPARQL's own functions"
        ) from None
    except OSError as error:
        raise QueryRefused(
            f"the query reached beyond the data set: {_line(error)}", fix="remove that part"
        ) from None
    except MemoryError:
        raise MemoryExceeded("the query needs more memory than it may take") from None


def _give_part(error: AnswerTooLarge, written: bytes, job: Job) -> bytes:
    if job.max_rows is not None and job.format in COUNTED:
        written = written[: end_of_rows(job.format, written, job.max_rows)]
    if job.partial_s is not None:
        part = cut_answer(job.format, written)
        if part is not None:
            return part
    fits = count_rows(job.format, written) if job.format in COUNTED else 0
    most = f"{fits:,} rows fit: add LIMIT {fits}" if fits else "ask for fewer rows: add LIMIT"
    part_fix = ", or ask for a part with partial=true" if job.format in MARKED else ""
    raise AnswerTooLarge(error.what, fix=f"{most}, or ask in several queries{part_fix}") from None


def _count_rows(output: io.BytesIO, job: Job) -> None:
    """Check the rows of what is written, unless there are too few bytes for too many."""
    if job.max_rows is not None and output.tell() > job.max_rows * LEAST_BYTES[job.format]:
        _check_rows(count_rows(job.format, output.getvalue()), job)


def _check_rows(rows: int, job: Job) -> None:
    if job.max_rows is not None and rows > job.max_rows:
        raise AnswerTooLarge(f"the answer has more than {job.max_rows:,} rows", fix="")


def _check_characters(output: io.BytesIO, job: Job) -> None:
    with output.getbuffer() as written:
        if job.format in _XML and _NOT_XML.search(written):
            raise QueryError(
                "the answer has characters that XML cannot hold",
                fix="ask for JSON, CSV, TSV or Turtle",
            )


def graph_format(name: str) -> ox.RdfFormat:
    """Give the engine's name of a graph format of ours."""
    return _GRAPHS[name]


def _asker(store: ox.Store, job: Job, functions: Functions) -> Callable[[str], Any]:
    base, dataset = job.base or None, _dataset_of(job)
    if functions:
        dataset["custom_functions"] = dict(functions)
    return lambda text: store.query(text, base_iri=base, **dataset)


def _dataset_of(job: Job) -> dict[str, Any]:
    if job.dataset is None:
        return {}
    default, named = job.dataset
    return {
        "default_graph": [ox.NamedNode(iri) for iri in default],
        "named_graphs": [ox.NamedNode(iri) for iri in named],
    }


def _write(answer: Any, output: io.BytesIO, job: Job) -> None:
    graph = isinstance(answer, ox.QueryTriples)
    if graph and job.format not in COUNTED:
        prefixed = job.format in _PREFIXED
        prefixes = read_prefixes(job.query, job.base) if prefixed else None
        some = islice(answer, job.max_rows)
        ox.serialize(some, output, _GRAPHS[job.format], prefixes=prefixes)
        if job.max_rows is not None:
            _check_rows(job.max_rows + sum(1 for _ in islice(answer, 1)), job)
    else:
        answer.serialize(output, (_GRAPHS if graph else _RESULTS)[job.format])
        if isinstance(answer, ox.QuerySolutions) or graph:
            _count_rows(output, job)


def _line(error: Exception) -> str:
    return " ".join(str(error).split())[:300]


def write_error(error: EntenteError) -> dict[str, Any]:
    """Write an error for the pipe."""
    place = error.place or Place()
    return {
        "error": type(error).__name__,
        "what": error.what,
        "fix": error.fix,
        "file": place.file,
        "line": place.line,
        "column": place.column,
        "token": getattr(error, "token", ""),
        "explanations": getattr(error, "explanations", ()),
    }


def read_error(header: Mapping[str, Any]) -> EntenteError:
    """Read an error that came through the pipe."""
    what, fix = header["what"], header["fix"]
    known = header["file"] or header["line"]
    place = Place(header["file"], header["line"], header["column"]) if known else None
    for kind in (QueryRefused, QueryError):
        if header["error"] == kind.__name__:
            return kind(what, fix=fix, place=place, token=header["token"])
    if header["error"] == InconsistentGraph.__name__:
        return InconsistentGraph(what, fix=fix, explanations=header["explanations"])
    for other in _TOLD:
        if header["error"] == other.__name__:
            return other(what, fix=fix, place=place)
    return EntenteError(what, fix=fix)


_TOLD = (
    UsageError,
    ShapeError,
    InputError,
    NothingChecked,
    AnswerTooLarge,
    MemoryExceeded,
    ServiceFailed,
)
