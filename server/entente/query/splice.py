"""Put what remote endpoints answered into a query, in the place of SERVICE.

Runs in a worker, where what a remote says can do no harm.

Source: https://www.w3.org/TR/sparql11-federated-query/#defn_service
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import pyoxigraph as ox

from entente.errors import AnswerTooLarge, ServiceFailed

_FORMATS = {"json": ox.QueryResultsFormat.JSON, "xml": ox.QueryResultsFormat.XML}
_SCHEME = "urn:x-entente:"
_UNBOUND = "UNDEF"

Row = tuple[str, ...]
Functions = dict[ox.NamedNode, Callable[..., Any]]


@dataclass(frozen=True, slots=True)
class Table:
    """What stands for one SERVICE.

    Attributes:
        at: The offset in the query where it is put.
        endpoint: The endpoint's IRI.
        columns: The variables that the pattern may bind.
        answers: What the endpoint answered, each as the name of a format and its text.
        silent: Whether a failure counts as one solution without bindings.
        failed: Whether nothing was answered.
        max_rows: The number of rows beyond which there is no answer.
        scope: What makes the names of its blank nodes unlike all others.
    """

    at: int
    endpoint: str
    columns: tuple[str, ...]
    answers: tuple[tuple[str, str], ...]
    silent: bool
    failed: bool
    max_rows: int
    scope: str


def splice(query: str, tables: Sequence[Mapping[str, Any]]) -> tuple[str, Functions]:
    """Put tables into a query.

    VALUES holds no blank node. So IRIs stand for them, and a function turns these back.

    Args:
        query: The query, blanks in the place of each SERVICE.
        tables: The fields of a `Table` each.

    Returns:
        The query, and the functions that it calls.

    Raises:
        ServiceFailed: An answer is no result of a SELECT.
        AnswerTooLarge: There are too many rows.
    """
    parts, at, functions = list[str](), 0, Functions()
    for table in sorted((Table(**fields) for fields in tables), key=lambda each: each.at):
        parts += [query[at : table.at], _write(table, functions)]
        at = table.at
    return "".join([*parts, query[at:]]), functions


def _write(table: Table, functions: Functions) -> str:
    nothing_known = _write_rows(table.columns, [(_UNBOUND,) * len(table.columns)])
    if table.failed:
        return nothing_known
    blanks: dict[str, ox.BlankNode] = {}
    try:
        rows = [row for answer in table.answers for row in _read(table, answer, blanks)]
    except ServiceFailed:
        if table.silent:
            return nothing_known
        raise
    if len(rows) > table.max_rows:
        raise AnswerTooLarge(
            f"SERVICE <{table.endpoint}>: there are more than {table.max_rows} rows",
            fix="make the SERVICE more selective, or put before it what binds its variables",
        )
    if not blanks:
        return _write_rows(table.columns, rows)
    name = ox.NamedNode(f"{_SCHEME}{table.scope}:term")
    functions[name] = lambda term: blanks.get(getattr(term, "value", ""), term)
    return _write_with_blanks(table, rows, blanks.keys(), name)


def _read(table: Table, answer: tuple[str, str], blanks: dict[str, ox.BlankNode]) -> Iterator[Row]:
    form, text = answer
    names: dict[ox.BlankNode, str] = {}

    def write(term: object) -> str:
        if isinstance(term, ox.BlankNode):
            name = names.setdefault(term, f"{_SCHEME}{table.scope}:{len(blanks)}")
            blanks.setdefault(name, ox.BlankNode(f"{table.scope}x{len(blanks)}"))
            return f"<{name}>"
        if isinstance(term, ox.Triple):
            raise _failed(table, "it answered with a triple term, which is not carried over")
        return _UNBOUND if term is None else str(term)

    try:
        results = ox.parse_query_results(text.encode(), _FORMATS[form])
        if not isinstance(results, ox.QuerySolutions):
            raise _failed(table, "it answered yes or no, and not with rows")
        known = {variable.value for variable in results.variables}
        for solution in results:
            yield tuple(write(solution[c] if c in known else None) for c in table.columns)
    except (SyntaxError, ValueError) as error:
        line = " ".join(str(error).split())[:200]
        raise _failed(table, f"what it answered is no SPARQL result in {form}: {line}") from None


def _failed(table: Table, what: str) -> ServiceFailed:
    return ServiceFailed(f"SERVICE <{table.endpoint}>: {what}", fix="is it a SPARQL endpoint?")


def _write_rows(columns: Sequence[str], rows: Sequence[Row]) -> str:
    """Write a table for each set of columns that are bound together.

    The engine looks up rows by a column only where it is bound in all of them.
    """
    ordered = sorted(rows, key=_bound)
    parts = [_write_part(columns, bound, list(g)) for bound, g in groupby(ordered, _bound)]
    if not parts:
        return _write_part(columns, (True,) * len(columns), [])
    absent = [c for at, c in enumerate(columns) if all(row[at] == _UNBOUND for row in rows)]
    if absent:  # they are columns of `SELECT *` all the same
        parts[0] += f" VALUES ({_variables(absent)}) {{ ({' '.join([_UNBOUND] * len(absent))}) }}"
    return " UNION ".join(f"{{ {part} }}" for part in parts)


def _write_part(columns: Sequence[str], bound: Sequence[bool], rows: Sequence[Row]) -> str:
    def keep(row: Sequence[str]) -> list[str]:
        return [cell for cell, is_bound in zip(row, bound, strict=True) if is_bound]

    lines = " ".join(f"({' '.join(keep(row))})" for row in rows)
    return f"VALUES ({_variables(keep(columns))}) {{ {lines} }}"


def _write_with_blanks(
    table: Table, rows: Sequence[Row], names: Iterable[str], function: ox.NamedNode
) -> str:
    marked = {f"<{name}>" for name in names}
    columns = {column: column for column in table.columns}
    for at, column in enumerate(table.columns):
        if any(row[at] in marked for row in rows):
            columns[column] = f"{column}_{table.scope}"
    inner = _write_rows(list(columns.values()), rows)
    binds = " ".join(f"BIND({function}(?{m}) AS ?{c})" for c, m in columns.items() if c != m)
    return f"{{ SELECT {_variables(table.columns)} {{ {inner} {binds} }} }}"


def _bound(row: Row) -> tuple[bool, ...]:
    return tuple(cell != _UNBOUND for cell in row)


def _variables(columns: Sequence[str]) -> str:
    return " ".join(f"?{column}" for column in columns)
