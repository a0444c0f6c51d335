"""The page of a query of the catalogue, with its answer."""

from __future__ import annotations

from dataclasses import dataclass

import pyoxigraph as ox

from entente.vocab import BASE, PREFIXES, RDFS, SH, XSD
from entente.web.things.graph import Graph, Thing
from entente.web.things.words import say_day

_SCHEMA = PREFIXES["schema"]
_FORMS = ("select", "ask", "construct", "describe")
_ENDPOINT = BASE + "sparql"
#: How the column of the labels of another column is named: `thingLabel` beside `thing`.
_LABEL = "Label"


@dataclass(frozen=True, slots=True)
class Question:
    """A question and its answer.

    Attributes:
        thing: The query; its label is the question.
        text: The query's text.
        form: Its form, in capitals.
        tags: What it is filed under.
        endpoints: Other endpoints that it asks; then it has no answer here.
        columns: The columns of the answer.
        rows: The first rows; a cell that is empty has neither IRI nor label.
        count: How many rows there are, or the number after which nobody counted.
        more: Whether there are more.
    """

    thing: Thing
    text: str
    form: str
    tags: tuple[str, ...]
    endpoints: tuple[str, ...]
    columns: tuple[str, ...]
    rows: tuple[tuple[Thing, ...], ...]
    count: int
    more: bool


def read_question(graph: Graph, iri: str, max_rows: int) -> Question:
    """Read a query, and ask it.

    Args:
        graph: The graph.
        iri: The query.
        max_rows: How many rows of the answer are wanted.
    """
    forms = [form for form in _FORMS if graph.value(iri, SH + form)]
    form = forms[0] if forms else "select"
    text = graph.value(iri, SH + form)
    others = [each for each in graph.values(iri, _SCHEMA + "target") if each != _ENDPOINT]
    columns, rows, more = ((), (), False) if others else _ask(graph, text, form, max_rows)
    return Question(
        thing=Thing(iri, graph.text(iri, RDFS + "comment") or graph.label(iri)),
        text=text,
        form=form.upper(),
        tags=tuple(graph.values(iri, _SCHEMA + "keywords")),
        endpoints=tuple(others),
        columns=columns,
        rows=rows,
        count=len(rows),
        more=more,
    )


def is_question(graph: Graph, iri: str) -> bool:
    """Say whether a thing is a query of the catalogue."""
    return any(graph.value(iri, SH + form) for form in _FORMS)


def _ask(
    graph: Graph, text: str, form: str, max_rows: int
) -> tuple[tuple[str, ...], tuple[tuple[Thing, ...], ...], bool]:
    if form == "ask":
        answer = graph.store.query(text)
        return ("answer",), ((Thing("", "yes" if answer else "no"),),), False
    if form != "select":
        return (), (), False
    solutions = graph.store.query(text)
    if not isinstance(solutions, ox.QuerySolutions):
        return (), (), False
    every = {variable.value: None for variable in solutions.variables}
    names = tuple(name for name in every if name.removesuffix(_LABEL) not in every.keys() - {name})
    rows: list[tuple[Thing, ...]] = []
    for solution in solutions:
        if len(rows) == max_rows:
            return names, tuple(rows), True
        cells = {name: _read_cell(graph, solution[name]) for name in every}
        rows.append(tuple(_take_label(cells[name], cells.get(name + _LABEL)) for name in names))
    return names, tuple(rows), False


def _take_label(thing: Thing, label: Thing | None) -> Thing:
    return Thing(thing.iri, label.label) if label and label.label else thing


def _read_cell(graph: Graph, term: object) -> Thing:
    if isinstance(term, ox.Literal) and term.datatype.value == XSD + "date":
        return Thing("", say_day(term.value))
    if isinstance(term, ox.NamedNode | ox.BlankNode | ox.Literal):
        return graph.read_thing(term)
    return Thing("", "")
