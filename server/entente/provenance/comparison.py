"""Write a comparison: as a table of words, as CSV, as JSON, as RDF."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Sequence

import pyoxigraph as ox

from entente import vocab
from entente.provenance.compare import ComparedRow, Comparison, Row
from entente.provenance.naming import view_graph
from entente.terms import Term

_RS = "http://www.w3.org/2001/sw/DataAccess/tests/result-set#"
_TYPE = ox.NamedNode(vocab.RDF + "type")


def tabulate(comparison: Comparison) -> list[list[str]]:
    """Write a comparison as rows of words, the head first.

    A row holds the verdict, the key, and what each viewpoint says: `yes` where nothing but the
    key is compared, `-` where it has no such row; then the disagreements, if there are any.
    """
    head = ["verdict", *comparison.key, *comparison.viewpoints, "disagreements"]
    return [head, *(_line(comparison, row) for row in comparison.rows)]


def _line(comparison: Comparison, row: ComparedRow) -> list[str]:
    cells = [_cell(comparison, row, viewpoint) for viewpoint in comparison.viewpoints]
    against = ", ".join(vocab.shorten(iri) for iri in row.disagreements)
    return [row.verdict, *map(_word, row.key), *cells, against]


def _cell(comparison: Comparison, row: ComparedRow, viewpoint: str) -> str:
    values = comparison.values(row, viewpoint)
    if not values:
        return "-"
    return "; ".join(" ".join(map(_word, value)) for value in values) or "yes"


def _word(term: Term | None) -> str:
    if term is None:
        return ""
    return vocab.shorten(term.value) if isinstance(term, ox.NamedNode) else term.value


def write_csv(comparison: Comparison) -> bytes:
    """Write a comparison as CSV (RFC 4180), with the columns of the table."""
    out = io.StringIO()
    csv.writer(out).writerows(tabulate(comparison))
    return out.getvalue().encode()


def write_json(comparison: Comparison) -> bytes:
    """Write a comparison as JSON; terms are written as in SPARQL's JSON results."""
    content = {
        "viewpoints": comparison.viewpoints,
        "columns": comparison.columns,
        "key": comparison.key,
        "compared": comparison.compared,
        "evidence": comparison.evidence,
        "rows": [_to_json(comparison, row) for row in comparison.rows],
    }
    return (json.dumps(content, ensure_ascii=False, indent=2) + "\n").encode()


def _to_json(comparison: Comparison, row: ComparedRow) -> dict[str, object]:
    return {
        "verdict": row.verdict,
        "key": _bindings(comparison.key, row.key),
        "rows": {
            viewpoint: [_bindings(comparison.columns, one) for one in rows]
            for viewpoint, rows in row.rows.items()
        },
        "disagreements": row.disagreements,
    }


def _bindings(columns: Sequence[str], row: Row) -> dict[str, dict[str, str]]:
    terms = zip(columns, row, strict=True)
    return {name: _term_to_json(term) for name, term in terms if term is not None}


def _term_to_json(term: Term) -> dict[str, str]:
    if isinstance(term, ox.NamedNode):
        return {"type": "uri", "value": term.value}
    if isinstance(term, ox.BlankNode):
        return {"type": "bnode", "value": term.value}
    written = {"type": "literal", "value": term.value}
    if term.language:
        return {**written, "xml:lang": term.language}
    plain = term.datatype.value == vocab.XSD + "string"
    return written if plain else {**written, "datatype": term.datatype.value}


def write_turtle(comparison: Comparison) -> bytes:
    """Write a comparison as RDF: the rows in W3C's result-set vocabulary.

    Each row has its verdict, the graph of each viewpoint that has it, and the disagreements.

    Source: https://www.w3.org/2001/sw/DataAccess/tests/README.html
    """
    prefixes = {**vocab.PREFIXES, "rs": _RS}
    triples = list(_to_triples(comparison))
    used = {p: ns for p, ns in prefixes.items() if any(ns in str(triple) for triple in triples)}
    return ox.serialize(triples, format=ox.RdfFormat.TURTLE, prefixes=used) or b""


def _to_triples(comparison: Comparison) -> Iterator[ox.Triple]:
    table = ox.BlankNode("comparison")
    yield ox.Triple(table, _TYPE, ox.NamedNode(_RS + "ResultSet"))
    for name in comparison.columns:
        yield ox.Triple(table, ox.NamedNode(_RS + "resultVariable"), ox.Literal(name))
    for number, row in enumerate(comparison.rows, 1):
        yield from _row_to_triples(comparison, row, table, f"row{number}")


def _row_to_triples(
    comparison: Comparison, row: ComparedRow, table: ox.BlankNode, name: str
) -> Iterator[ox.Triple]:
    distinct = sorted({one for rows in row.rows.values() for one in rows}, key=str)
    for count, one in enumerate(distinct, 1):
        node = ox.BlankNode(f"{name}x{count}")
        yield ox.Triple(table, ox.NamedNode(_RS + "solution"), node)
        yield ox.Triple(node, ox.NamedNode(vocab.ENT + "verdict"), ox.Literal(row.verdict))
        for viewpoint, rows in row.rows.items():
            if one in rows:
                graph = ox.NamedNode(view_graph(viewpoint.split("~")))
                yield ox.Triple(node, ox.NamedNode(vocab.ENT + "holdsIn"), graph)
        for iri in row.disagreements:
            yield ox.Triple(node, ox.NamedNode(vocab.ENT + "disputedBy"), ox.NamedNode(iri))
        yield from _solution(comparison.columns, one, node)


def _solution(columns: Sequence[str], row: Row, node: ox.BlankNode) -> Iterator[ox.Triple]:
    for name, term in zip(columns, row, strict=True):
        if term is not None:
            cell = ox.BlankNode(f"{node.value}{name}")
            yield ox.Triple(node, ox.NamedNode(_RS + "binding"), cell)
            yield ox.Triple(cell, ox.NamedNode(_RS + "variable"), ox.Literal(name))
            yield ox.Triple(cell, ox.NamedNode(_RS + "value"), term)
