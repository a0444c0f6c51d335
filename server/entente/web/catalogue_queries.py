"""Each query of the catalogue as a resource: `/queries/<name>?state=japan`.

Parameters are read as terms and bound as terms. A browser gets the query's page, with its
parameters as a form; programs get the answer, negotiated as at /sparql.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches

import pyoxigraph as ox
from flask import Flask, Response, render_template, request
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response as BaseResponse

from entente.catalogue import CatalogueQuery
from entente.errors import UsageError
from entente.query.formats import GRAPH_FORMATS, RESULT_FORMATS, Format
from entente.query.negotiate import best_media_type, formats_for
from entente.query.parameters import bind_values, read_values
from entente.query.pool import Pool
from entente.query.protocol import SparqlRequest, parse_pairs
from entente.query.remote import HOP_HEADER
from entente.query.table import read_table
from entente.terms import value_of
from entente.vocab import shorten
from entente.web.documented import documented
from entente.web.endpoint import Judged, answer, judge, read_hops
from entente.web.exchange import EXCHANGE, Exchange
from entente.web.openapi import QUERY_RULE
from entente.web.resource import Asker

_HTML = Format("html", "text/html", ("application/xhtml+xml",), "", charset=True)
_EXTENSIONS = frozenset(form.name for form in (*RESULT_FORMATS, *GRAPH_FORMATS, _HTML))
#: Parameters that any request may have, beside those of the query.
_COMMON = ("format", "timeout", "max-bytes")
Value = ox.NamedNode | ox.Literal


@dataclass(frozen=True, slots=True)
class Field:
    """A field of the form.

    Attributes:
        name: The parameter.
        description: What it stands for, and of which type it is.
        value: What stands in it.
        kind: The type of the input, in HTML's words.
    """

    name: str
    description: str
    value: str
    kind: str


class CatalogueQueries:
    """What stands behind `/queries/`.

    Args:
        pool: Where queries are evaluated.
        queries: The catalogue.
        answer_query: Answers a judged query, as at /sparql.
        near_names: Gives names that resemble an IRI that is not there.
    """

    def __init__(
        self,
        pool: Pool,
        queries: Iterable[CatalogueQuery],
        answer_query: Callable[[Judged], BaseResponse],
        near_names: Callable[[str], Iterable[str]],
    ) -> None:
        self._pool = pool
        self._queries = {query.name: query for query in queries}
        self._answer_query = answer_query
        self._near_names = near_names

    def add_to(self, app: Flask) -> None:
        """Add the route; the application is changed in place."""
        app.add_url_rule(QUERY_RULE, "queries", self.answer)

    @documented(
        "Answer a query of the catalogue; its parameters are its own",
        formats=(*RESULT_FORMATS, *GRAPH_FORMATS, _HTML),
    )
    def answer(self, name: str) -> BaseResponse:
        """Answer a query with its page, or with its rows."""
        stem, dot, extension = name.rpartition(".")
        known = dot and extension in _EXTENSIONS
        query = self._find(stem if known else name)
        pairs = parse_pairs(request.query_string.decode("latin-1"))
        asked = extension if known else dict(pairs).get("format")
        values = read_values(query, (pair for pair in pairs if pair[0] not in _COMMON))
        self._check_types(query, values)
        text = bind_values(query, values)
        _exchange().query = text
        page = asked == "html" or (not asked and self._wants_page(query))
        asking = SparqlRequest(text, format=None if page else asked)
        judged = judge(self._pool, asking, text, hops=read_hops(request.headers.get(HOP_HEADER)))
        response = self._show(query, judged, values) if page else self._answer_query(judged)
        response.vary.add("Accept")
        return response

    def _find(self, name: str) -> CatalogueQuery:
        if name in self._queries and self._pool.current.served.own:
            return self._queries[name]
        near = get_close_matches(name[:100], self._queries, n=3)
        advice = f"did you mean {' or '.join(near)}?" if near else "/openapi.json lists them"
        raise NotFound(f"the catalogue has no query {name[:100]}; {advice}")

    def _check_types(self, query: CatalogueQuery, values: Mapping[str, Value]) -> None:
        """Refuse a value that names nothing, or a thing of another class."""
        asker = Asker(self._pool, self._pool.current, _exchange().hangup)
        for parameter in query.parameters:
            value = values.get(parameter.name)
            if not isinstance(value, ox.NamedNode):
                continue
            classes = {value_of(row[0]) for row in asker.rows("classes", [value.value]) if row[0]}
            if parameter.type_iri in classes:
                continue
            near = " or ".join(shorten(iri) for iri in self._near_names(value.value))
            what = "nothing here" if not classes else f"no {shorten(parameter.type_iri)}"
            raise UsageError(
                f"{parameter.name}={shorten(value.value)[:300]}: {what} has that name",
                fix=f"did you mean {near}?"
                if near and not classes
                else f"name one such as {parameter.default}",
            )

    def _wants_page(self, query: CatalogueQuery) -> bool:
        accept = request.headers.get("Accept")
        best = best_media_type(accept, formats_for(query.form), [_HTML.media_type, *_HTML.aliases])
        return best in (_HTML.media_type, *_HTML.aliases)

    def _show(self, query: CatalogueQuery, judged: Judged, values: Mapping[str, Value]) -> Response:
        graph = query.form in ("CONSTRUCT", "DESCRIBE")
        chosen = GRAPH_FORMATS[0] if graph else RESULT_FORMATS[0]
        body = answer(self._pool, judged, chosen, _exchange().hangup)
        page = render_template(
            "query.html",
            query=query,
            text=judged.query,
            fields=list_fields(query, values),
            table=None if graph else read_table(body, self._pool.settings.max_table_rows),
            graph=body.decode() if graph else None,
            formats=formats_for(query.form),
            asked=request.query_string.decode("latin-1"),
        )
        response = Response(page, content_type=_HTML.content_type)
        response.headers["Cache-Control"] = "no-cache"
        response.headers["Entente-Version"] = judged.generation.served.version
        return response


def list_fields(query: CatalogueQuery, values: Mapping[str, Value]) -> list[Field]:
    """List the fields of the form of a query, filled with what was asked or the defaults."""
    fields = []
    for parameter in query.parameters:
        given = values.get(parameter.name)
        shown = parameter.default if given is None else value_of(given)
        if isinstance(given, ox.NamedNode):
            shown = shorten(given.value).strip("<>")
        kind = "date" if parameter.type_iri.endswith("#date") else "text"
        told = f"{parameter.description} ({shorten(parameter.type_iri)})"
        fields.append(Field(parameter.name, told, shown, kind))
    return fields


def _exchange() -> Exchange:
    exchange = request.environ.get(EXCHANGE)
    return exchange if isinstance(exchange, Exchange) else Exchange()
