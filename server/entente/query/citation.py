"""Answers that can be cited: one form, to the byte, whichever process evaluates the query.

The engine gives rows in an order that differs between processes, even within ORDER BY where rows
tie. So a citable answer has its rows in the order of their text: SPARQL Results in JSON, a row a
line, or canonical N-Triples (RDFC-1.0). What makes the rows themselves hang on that order cannot
be cited: LIMIT, OFFSET, REDUCED, SAMPLE, GROUP_CONCAT, and functions such as RAND and NOW.
"""

from __future__ import annotations

import dataclasses
import json

import pyoxigraph as ox

from entente.config import Settings
from entente.errors import QueryError
from entente.query.execute import Job, execute
from entente.query.guard import Examined
from entente.query.tokens import place_at, tokenise

#: Words that make an answer hang on the order in which the engine finds its rows.
_UNORDERED = frozenset({"LIMIT", "OFFSET", "REDUCED", "SAMPLE", "GROUP_CONCAT"})
JSON = "application/sparql-results+json"
N_TRIPLES = "application/n-triples"


def check_citable(query: str, examined: Examined, settings: Settings) -> None:
    """Refuse a query whose answer may differ from one evaluation to the next.

    Args:
        query: The text.
        examined: What the guard found out.
        settings: Its limits.

    Raises:
        QueryError: It may differ; the message says by which word.
    """
    if examined.volatile:
        raise QueryError(
            "its answer differs from one evaluation to the next",
            fix="leave out RAND, NOW, UUID, STRUUID and BNODE",
        )
    if examined.relative:
        raise QueryError("it has relative IRIs, which hang on our address", fix="write them whole")
    limits = {"max_nesting": settings.max_nesting, "max_tokens": settings.max_tokens}
    for token in tokenise(query, **limits):
        if token.word in _UNORDERED:
            raise QueryError(
                f"{token.word} makes the answer hang on the order of rows, which is not fixed",
                fix="ask for all rows without it; their order is made canonical",
                place=place_at(query, token.start),
                token=token.text,
            )


def answer_canonically(store: ox.Store, job: Job) -> bytes:
    """Answer a query in the one form of a citable answer.

    Args:
        store: The data.
        job: The query and the size of its answer; its format is left aside.

    Raises:
        QueryError: The rows hold blank nodes, which have no name to be cited by.
        EntenteError: As `execute`.
    """
    plain = dataclasses.replace(job, task="", partial_s=None, explain=False)
    graph = job.format == "nt"
    written = execute(store, dataclasses.replace(plain, format="nt" if graph else "json"))
    return canonicalise_graph(written) if graph else canonicalise_rows(written)


def canonicalise_graph(triples: bytes) -> bytes:
    """Write N-Triples in their canonical form, each triple once, sorted.

    Source: https://www.w3.org/TR/rdf-canon/
    """
    dataset = ox.Dataset(ox.parse(triples, format=ox.RdfFormat.N_TRIPLES))
    dataset.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
    lines = (ox.serialize([quad.triple], format=ox.RdfFormat.N_TRIPLES) for quad in dataset)
    return b"".join(sorted(line for line in lines if line))


def canonicalise_rows(results: bytes) -> bytes:
    """Write SPARQL results in JSON with a row a line, in the order of their text.

    Raises:
        QueryError: The rows hold blank nodes.
    """
    parsed = json.loads(results)
    if "boolean" in parsed:
        return _write({"head": {}, "boolean": parsed["boolean"]}).encode() + b"\n"
    rows = parsed["results"]["bindings"]
    if any(term["type"] == "bnode" for row in rows for term in row.values()):
        raise QueryError(
            "the answer holds blank nodes, which have no name to be cited by",
            fix="ask for what is said of them, and not for them",
        )
    head = _write({"vars": parsed["head"]["vars"]})
    lines = ",\n".join(sorted(_write(row) for row in rows))
    return f'{{"head":{head},"results":{{"bindings":[\n{lines}\n]}}}}\n'.encode()


def _write(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
