"""An answer as a table for people, on the page and in the terminal."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from entente.vocab import shorten


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell: what to show.

    Attributes:
        text: A name, an IRI with its prefix where one fits, or a literal's value.
        link: The web address behind an IRI, or an empty string.
        note: The language or datatype of a literal, or an empty string.
    """

    text: str
    link: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """An answer as a table.

    Attributes:
        columns: The variables.
        rows: The rows that are shown.
        total: The number of rows of the answer.
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    total: int


def read_table(results: bytes, max_rows: int | None = None) -> Table:
    """Read SPARQL results in JSON as a table; an ASK has one cell, yes or no."""
    parsed = json.loads(results)
    if "boolean" in parsed:
        return Table(("answer",), ((Cell("yes" if parsed["boolean"] else "no"),),), 1)
    columns, rows = parsed["head"]["vars"], parsed["results"]["bindings"]
    shown = tuple(tuple(_cell(row.get(name)) for name in columns) for row in rows[:max_rows])
    return Table(tuple(columns), shown, len(rows))


def _cell(term: Mapping[str, Any] | None) -> Cell:
    if term is None:
        return Cell("")
    value = term["value"]
    if isinstance(value, Mapping):
        return Cell("<<( " + " ".join(_cell(part).text for part in value.values()) + " )>>")
    if term["type"] == "uri":
        web = value.startswith(("http://", "https://"))
        return Cell(shorten(value).strip("<>"), value if web else "")
    if term["type"] == "bnode":
        return Cell("_:" + value)
    datatype = term.get("datatype")
    return Cell(value, note=term.get("xml:lang") or (shorten(datatype) if datatype else ""))
