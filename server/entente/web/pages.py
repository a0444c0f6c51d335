"""The page for people: a form, examples to click, and an answer as a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import render_template

from entente.catalogue import CatalogueQuery
from entente.query.generation import Generation
from entente.query.negotiate import formats_for
from entente.query.table import Table
from entente.vocab import PREFIXES

_SHOWN_PREFIXES = ("ent", "voc", "id", "src", "claim", "graph", "rdf", "rdfs", "skos", "xsd")
_FIRST_QUERY = "SELECT * WHERE {\n  ?s ?p ?o .\n}\nLIMIT 10\n"


def first_query(own: bool) -> str:
    """Give the query with which the form is filled: our prefixes, and a first pattern."""
    names = _SHOWN_PREFIXES if own else ("rdf", "rdfs", "xsd")
    return "".join(f"PREFIX {name}: <{PREFIXES[name]}>\n" for name in names) + "\n" + _FIRST_QUERY


def render_page(
    generation: Generation,
    examples: Sequence[CatalogueQuery],
    query: str,
    *,
    form: str = "SELECT",
    table: Table | None = None,
    text: str | None = None,
    problem: Mapping[str, Any] | None = None,
) -> str:
    """Render the page.

    Args:
        generation: The data set in service.
        examples: Queries to click.
        query: What stands in the form.
        form: The form of the query, which decides what it can be downloaded as.
        table: The answer of SELECT or ASK.
        text: The answer of CONSTRUCT or DESCRIBE, as Turtle.
        problem: What went wrong instead.
    """
    return render_template(
        "endpoint.html",
        generation=generation,
        examples=examples,
        query=query,
        formats=formats_for(form),
        table=table,
        text=text,
        problem=problem,
    )
