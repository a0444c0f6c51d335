"""Reasons over HTTP: why a triple holds, what viewpoints say, what the rows of an answer rest on.

Workers give them, under the limits of any query.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from flask import Blueprint, Response, request
from werkzeug.exceptions import NotAcceptable, NotFound

from entente.catalogue import CatalogueQuery
from entente.errors import EntenteError, UsageError
from entente.provenance.naming import parse_viewpoint, view_graph
from entente.query.execute import Job
from entente.query.formats import Format
from entente.query.generation import Generation
from entente.query.negotiate import best_media_type
from entente.query.pool import Pool
from entente.query.protocol import SparqlRequest, parse_pairs
from entente.web.compare_page import FIELDS, render_comparison
from entente.web.documented import Parameter, documented
from entente.web.endpoint import judge
from entente.web.exchange import EXCHANGE, Exchange
from entente.web.pages import first_query
from entente.web.problem import describe_error
from entente.web.resource import Asker
from entente.web.why_page import render_why

#: The module of what workers do for them.
TASKS = "entente.web.tasks"
_JSON = Format("json", "application/json", (), "")
_JSONLD = Format("jsonld", "application/ld+json", (), "")
_TURTLE = Format("ttl", "text/turtle", (), "", True, True)
_HTML = Format("html", "text/html", (), "", charset=True)
_TEXT = Format("txt", "text/plain", (), "", charset=True)
_CSV = Format("csv", "text/csv", (), "", charset=True)
_NAMES = {"turtle": "ttl", "text": "txt"}
_FORMAT = Parameter("format", "the name of a format, before Accept")
#: The query with which the form of a comparison is filled at first.
_FIRST_QUERY = "when-did-japan-join-the-ccdcoe"
_REPEATED = ("default-graph-uri", "named-graph-uri")


def make_reasons(pool: Pool, examples: Sequence[CatalogueQuery]) -> Blueprint:
    """Make the routes /why, /compare and /evidence."""
    blueprint, reasons = Blueprint("reasons", __name__), Reasons(pool, examples)
    blueprint.add_url_rule("/why", "why", reasons.answer_why)
    blueprint.add_url_rule("/compare", "compare", reasons.answer_compare)
    blueprint.add_url_rule("/evidence", "evidence", reasons.answer_evidence)
    return blueprint


class Reasons:
    """What stands behind the routes.

    Args:
        pool: Where the answers are found.
        examples: Queries, one of which fills the form of a comparison.
    """

    def __init__(self, pool: Pool, examples: Sequence[CatalogueQuery]) -> None:
        self._pool = pool
        texts = {query.name: query.text for query in examples}
        self._first_query = texts.get(_FIRST_QUERY) or first_query(own=True)

    @documented(
        "Say why a triple holds, down to the passages, or why not",
        Parameter("s", "the subject", required=True),
        Parameter("p", "the property, or `a`", required=True),
        Parameter("o", "the object", required=True),
        Parameter("viewpoint", "a text in whose view it is asked"),
        Parameter("all", "whether every proof is given", {"type": "boolean"}),
        Parameter("depth", "how deep a reason is given why not", {"type": "integer"}),
        Parameter("limit", "how many proofs at most", {"type": "integer"}),
        _FORMAT,
        formats=(_JSON, _HTML, _TURTLE, _TEXT),
    )
    def answer_why(self) -> Response:
        """Answer `s`, `p`, `o`, `viewpoint`, `all`, `depth` and `limit` with an explanation."""
        asked = _read(("s", "p", "o"), ("viewpoint", "all", "depth", "limit"))
        chosen = _choose((_JSON, _HTML, _TURTLE, _TEXT), asked)
        generation = self._own()
        makes = _makes(generation, [asked["viewpoint"]] if asked.get("viewpoint") else [])
        return self._answer(generation, self._make_job("why", asked, chosen, makes), chosen)

    @documented(
        "Ask one query in several viewpoints, and compare the rows",
        Parameter("query", "a SELECT without FROM", required=True),
        Parameter("viewpoints", "texts, separated by commas or repeated", required=True),
        Parameter("key", "columns by which rows are matched, separated by commas"),
        _FORMAT,
        formats=(_JSON, _HTML, _CSV, _TURTLE),
    )
    def answer_compare(self) -> Response:
        """Answer `query`, `viewpoints` and `key` with a comparison; readers get a form for them."""
        asked = _read((), FIELDS, joined=("viewpoints",))
        chosen = _choose((_JSON, _HTML, _CSV, _TURTLE), asked)
        generation = self._own()
        if chosen is _HTML:
            return self._show_comparison(asked, generation)
        generation, makes = self._judge_comparison(asked)
        return self._answer(generation, self._make_job("compare", asked, chosen, makes), chosen)

    def _show_comparison(self, asked: Mapping[str, str], generation: Generation) -> Response:
        status, shown = 200, dict[str, Any]()
        if "query" in asked:
            try:
                generation, makes = self._judge_comparison(asked)
                body = self._evaluate(generation, self._make_job("compare", asked, _JSON, makes))
                shown["comparison"] = json.loads(body)
            except EntenteError as error:
                status, shown["problem"] = error.status, describe_error(error)
        asker = Asker(self._pool, generation, _exchange().hangup)
        form = {"query": self._first_query, **asked}
        page = render_comparison(form, asker, (_JSON, _CSV, _TURTLE), **shown)
        response = Response(page, status, content_type=_HTML.content_type)
        response.headers["Cache-Control"] = "no-store" if shown.get("problem") else "no-cache"
        response.vary.add("Accept")
        return response

    def _judge_comparison(self, asked: Mapping[str, str]) -> tuple[Generation, tuple[str, ...]]:
        """Judge the query of a comparison; give the data set, and the views to be made."""
        _require(asked, ("query", "viewpoints"))
        judged = judge(self._pool, SparqlRequest(asked["query"]), asked["query"])
        if judged.examined.graphs:
            raise UsageError(
                "the query names its own graphs",
                fix="leave FROM out; the viewpoints take its place",
            )
        return judged.generation, _makes(judged.generation, asked["viewpoints"].split(","))

    @documented(
        "Say on which triples, claims and passages each row of an answer rests",
        Parameter("query", "a query", required=True),
        Parameter("default-graph-uri", "a graph that takes the place of FROM", repeated=True),
        Parameter("named-graph-uri", "a graph that takes the place of FROM NAMED", repeated=True),
        _FORMAT,
        formats=(_JSON,),
    )
    def answer_evidence(self) -> Response:
        """Answer `query`, and the graphs that override its FROM, with what its rows rest on."""
        asked = _read(("query",), ())
        chosen = _choose((_JSONLD, _JSON, _TURTLE), asked)
        self._own()
        default, named = (tuple(request.args.getlist(name)) for name in _REPEATED)
        judged = judge(self._pool, SparqlRequest(asked["query"], default, named), asked["query"])
        dataset = (default, named) if judged.request.has_dataset else None
        target = request.query_string.decode("latin-1")  # Flask's own url is no IRI
        place = {"record": f"{request.base_url}?{target}", "home": request.url_root.rstrip("/")}
        version = {"version": judged.generation.served.version}
        told = asked | place | version
        job = self._make_job("evidence", told, chosen, judged.makes, dataset)
        return self._answer(judged.generation, job, chosen)

    def _own(self) -> Generation:
        generation = self._pool.current
        if not generation.served.own:
            raise NotFound("these data are not the graph of Entente, whose claims are the reasons")
        return generation

    def _answer(self, generation: Generation, job: Job, chosen: Format) -> Response:
        version = generation.served.version
        tag = hashlib.sha256(f"{version}\n{request.url}\n{chosen.name}".encode()).hexdigest()[:32]
        if request.if_none_match.contains_weak(tag):
            _exchange().query = job.query
            response = Response(status=304)
        else:
            body = self._evaluate(generation, job)
            if chosen is _HTML:
                asker = Asker(self._pool, generation, _exchange().hangup)
                body = render_why(body.decode(), asker).encode()
            response = Response(body, content_type=chosen.content_type)
        response.headers["ETag"] = f'W/"{tag}"'
        response.headers["Cache-Control"] = "no-cache"
        response.headers["Entente-Version"] = version
        response.vary.add("Accept")
        return response

    def _evaluate(self, generation: Generation, job: Job) -> bytes:
        exchange = _exchange()
        exchange.query = job.query
        return self._pool.evaluate(generation, job, exchange.hangup)

    def _make_job(
        self,
        task: str,
        asked: Mapping[str, str],
        chosen: Format,
        makes: tuple[str, ...],
        dataset: tuple[tuple[str, ...], tuple[str, ...]] | None = None,
    ) -> Job:
        return Job(
            query=asked.get("query", ""),
            format="fragment" if chosen is _HTML else chosen.name,
            dataset=dataset,
            max_answer_bytes=self._pool.settings.max_answer_bytes,
            task=task,
            arguments=dict(asked),
            makes=makes,
        )


def _makes(generation: Generation, viewpoints: Sequence[str]) -> tuple[str, ...]:
    """Give the graphs of those viewpoints that the build did not make.

    Raises:
        UsageError: There is no such viewpoint; the message has near names.
    """
    graphs = dict.fromkeys(view_graph(parse_viewpoint(name)) for name in viewpoints)
    return tuple(graph for graph in graphs if graph not in generation.graphs)


def _read(
    needed: Collection[str], allowed: Collection[str], joined: Collection[str] = ()
) -> dict[str, str]:
    """Read the parameters of the target, each once, or those of `joined` as one with commas.

    Raises:
        UsageError: One is missing, given twice, unknown, or not UTF-8.
    """
    asked: dict[str, str] = {}
    known = (*needed, *allowed, "format")
    for name, value in parse_pairs(request.query_string.decode("latin-1")):
        if name in asked and name in joined:
            asked[name] += f",{value}"
        elif name in asked:
            raise UsageError(f"the parameter '{name}' is given more than once", fix="give it once")
        elif name in known:
            asked[name] = value
        elif name not in _REPEATED:
            raise UsageError(
                f"the parameter '{name[:40]}' is not known here", fix=f"use {', '.join(known)}"
            )
    _require(asked, needed)
    return asked


def _require(asked: Mapping[str, str], needed: Collection[str]) -> None:
    for name in needed:
        if not asked.get(name):
            raise UsageError(f"the parameter '{name}' is missing", fix=f"add {name}=...")


def _choose(formats: Sequence[Format], asked: Mapping[str, str]) -> Format:
    """Choose the format: the parameter's, else what Accept prefers."""
    if named := asked.get("format"):
        for form in formats:
            if _NAMES.get(named, named) in (form.name, form.media_type):
                return form
        names = ", ".join(form.name for form in formats)
        raise UsageError(f"format={named[:40]}: it is not written so", fix=f"use one of {names}")
    best = best_media_type(request.headers.get("Accept"), formats)
    for form in formats:
        if best == form.media_type:
            return form
    offered = ", ".join(form.media_type for form in formats)
    raise NotAcceptable(f"this is told in {offered}; name one of them in Accept")


def _exchange() -> Exchange:
    exchange = request.environ.get(EXCHANGE)
    return exchange if isinstance(exchange, Exchange) else Exchange()
