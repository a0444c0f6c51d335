"""The Flask application: which address answers what. It never evaluates a query."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from flask import Flask, Response, redirect, request
from werkzeug.exceptions import BadRequest, HTTPException, NotFound
from werkzeug.wrappers import Response as BaseResponse

from entente.catalogue import CatalogueQuery
from entente.errors import EntenteError
from entente.query.formats import GRAPH_FORMATS, RESULT_FORMATS, Format
from entente.query.hangup import ClientGone, Hangup
from entente.query.negotiate import choose_format
from entente.query.pool import Pool
from entente.query.protocol import (
    METHODS,
    VERSIONS,
    SparqlRequest,
    parse_pairs,
    parse_request,
)
from entente.query.remote import HOP_HEADER
from entente.query.table import read_table
from entente.web import graph_store
from entente.web.answers import Answers
from entente.web.catalogue_queries import CatalogueQueries
from entente.web.completion import make_completion
from entente.web.describe import describe_service
from entente.web.documented import Parameter, documented
from entente.web.endpoint import Judged, answer, choose, judge, name_endpoint, read_hops
from entente.web.exchange import EXCHANGE, Exchange
from entente.web.fragments import make_fragments
from entente.web.home import make_home
from entente.web.linked_data import LinkedData, make_blueprint, read_target
from entente.web.openapi import add_openapi
from entente.web.pages import first_query, render_page
from entente.web.pictures import make_pictures, merge_labels
from entente.web.prepared import PreparedPages
from entente.web.problem import (
    answer_error,
    answer_http_error,
    describe_error,
    describe_http_error,
)
from entente.web.reasons import make_reasons
from entente.web.responses import client_has, draft_reply, finish_response, write_reply
from entente.web.site import add_site, show_missing, show_problem, wants_html, write_policy
from entente.web.validation import make_validation

_HTML = "text/html"
_JSON, _TURTLE = RESULT_FORMATS[0], GRAPH_FORMATS[0]
_CLIENT_GONE = 499
_NEGOTIATED = ("/sparql", "/store", "/graph/")


def create_app(
    pool: Pool,
    answers: Answers,
    examples: Sequence[CatalogueQuery] = (),
    prepared: PreparedPages | None = None,
) -> Flask:
    """Make the application.

    Args:
        pool: Where queries are evaluated; open.
        answers: What is recorded of answers.
        examples: Queries that the page offers.
        prepared: Pages that are made before anybody asks for them.
    """
    app = Flask(__name__)
    answers.add_to(app)
    if prepared:
        prepared.add_to(app)
    linked = LinkedData(pool)
    endpoint = _Endpoint(pool, tuple(examples), answers, linked)
    app.add_url_rule("/sparql", "sparql", endpoint.answer, methods=["GET", "POST", "OPTIONS"])
    _add_store(app, endpoint)
    app.register_blueprint(make_blueprint(linked))
    app.register_blueprint(make_home(pool, linked))
    app.register_blueprint(make_reasons(pool, examples))
    app.register_blueprint(make_fragments(pool))
    app.register_blueprint(make_validation(pool))
    CatalogueQueries(pool, examples, endpoint.answer_judged, linked.near_names).add_to(app)
    add_openapi(app, pool, examples)
    app.register_blueprint(make_pictures(pool, endpoint.examples))
    app.register_blueprint(make_completion(pool))
    app.jinja_env.globals["limits"] = pool.settings
    add_site(app, pool)
    app.register_error_handler(EntenteError, _explain)
    app.register_error_handler(HTTPException, _explain_http)
    app.register_error_handler(ClientGone, lambda _: Response(status=_CLIENT_GONE))
    app.after_request(_add_headers)
    return app


def _explain(error: EntenteError) -> BaseResponse:
    """Answer with an error of ours: a page for readers, a problem for all others."""
    response = answer_error(error)
    if not wants_html():
        return response
    page = show_problem(describe_error(error))
    if after := response.headers.get("Retry-After"):
        page.headers["Retry-After"] = after
    return page


def _explain_http(error: HTTPException) -> BaseResponse:
    """Answer with an error of the protocol: a page for readers, a problem for all others."""
    if not wants_html() or (error.code or 500) < 400:
        return answer_http_error(error)
    if isinstance(error, NotFound):
        return show_missing(error, (), "")
    return show_problem(describe_http_error(error))


def _add_store(app: Flask, endpoint: _Endpoint) -> None:
    for rule in ("/store", "/store/<path:name>", "/graph/<path:name>"):
        app.add_url_rule(
            rule,
            f"store {rule}",
            endpoint.answer_graph,
            methods=graph_store.ALL_METHODS,
            provide_automatic_options=False,
        )


class _Endpoint:
    """What stands behind /sparql and the graph store."""

    def __init__(
        self,
        pool: Pool,
        examples: tuple[CatalogueQuery, ...],
        answers: Answers,
        linked: LinkedData,
    ) -> None:
        self.pool = pool
        self.linked = linked
        self.answers = answers
        self.examples = examples

    @documented(
        "Answer a SPARQL query; without one, describe the service",
        Parameter("query", "the query; in a POST it stands in the body"),
        Parameter("default-graph-uri", "a graph that takes the place of FROM", repeated=True),
        Parameter("named-graph-uri", "a graph that takes the place of FROM NAMED", repeated=True),
        Parameter("format", "the name or the media type of a format, before Accept"),
        Parameter("version", "the version of SPARQL", {"enum": list(VERSIONS)}),
        Parameter("explain", "why the answer is empty", {"enum": ["empty"]}),
        Parameter("partial", "whether a part will do", {"type": "boolean"}),
        Parameter("timeout", "seconds after which no answer is wanted", {"type": "number"}),
        Parameter("max-bytes", "the size of the largest answer", {"type": "integer"}),
        formats=(*RESULT_FORMATS, *GRAPH_FORMATS, _HTML),
    )
    def answer(self) -> BaseResponse:
        if request.method == "OPTIONS":
            return _answer_options(METHODS)
        wants_page = wants_html()
        asked = parse_request(
            request.method,
            request.query_string.decode("latin-1"),
            request.headers.get("Content-Type"),
            request.get_data(cache=False),
        )
        _exchange().query = asked.query or ""
        if asked.query is None:
            return self._show_form() if wants_page else self._describe(asked)
        if wants_page and not asked.format and not asked.explain:
            return self._show_answer(asked, asked.query)
        return self.answer_judged(
            judge(
                self.pool, asked, asked.query, _base(), read_hops(request.headers.get(HOP_HEADER))
            )
        )

    @documented(
        "Give a graph whole (SPARQL 1.1 Graph Store Protocol, read side)",
        Parameter("graph", "the graph's IRI, at /store"),
        Parameter("default", "the default graph, at /store"),
        Parameter("format", "the name or the media type of a format, before Accept"),
        formats=GRAPH_FORMATS,
    )
    def answer_graph(self, name: str | None = None) -> BaseResponse:
        graph_store.check_method(request.method)
        if request.method == "OPTIONS":
            return _answer_options(graph_store.METHODS)
        generation = self.pool.current
        graph = _named_graph() if name is None else request.base_url
        form = request.args.get("format")
        if request.path.startswith("/graph/"):
            if not generation.served.own:
                raise NotFound("the graphs of these data are at /store?graph=")
            target = read_target(request.path)
            if target.format is None and not form and wants_html():
                if target.iri in self.linked.list_names():
                    return redirect(f"{request.root_path}{request.path}.html", 303)
            elif target.format and target.format.name == "html":
                return self.linked.answer()
            graph, form = target.iri, target.format.name if target.format else form
        judged = graph_store.judge_graph(generation, graph, form)
        return self.answer_judged(judged)

    def answer_judged(self, judged: Judged) -> BaseResponse:
        chosen, exchange, body = choose(judged, request.headers.get("Accept")), _exchange(), None
        if not client_has(judged, chosen, request.headers.get("If-None-Match")):
            body = answer(self.pool, judged, chosen, exchange.hangup)
        draft = draft_reply(judged, chosen, self.answers.cite(judged, request.root_path))
        most = self.pool.settings.max_cached_answer_bytes
        reply = write_reply(draft, body, exchange, most)
        return Response(reply.body, reply.status, reply.headers)

    def _describe(self, asked: SparqlRequest) -> BaseResponse:
        chosen = choose_format("DESCRIBE", request.headers.get("Accept"), asked.format)
        if not request.host:
            raise BadRequest("the Host header makes no address; send a plain host name")
        pool = self.pool
        body = describe_service(request.base_url, pool.current, pool.settings, chosen)
        return Response(body, content_type=chosen.content_type)

    def _show_form(self) -> BaseResponse:
        generation = self.pool.current
        examples = self.examples if generation.served.own else ()
        name = request.args.get("example")
        text = next((query.text for query in examples if query.name == name), None)
        page = render_page(generation, examples, text or first_query(generation.served.own))
        return Response(page, content_type=f"{_HTML}; charset=utf-8")

    def _show_answer(self, asked: SparqlRequest, query: str) -> BaseResponse:
        generation, hangup = self.pool.current, _exchange().hangup
        examples = self.examples if generation.served.own else ()
        try:
            # The page says nothing of parts, so that it shows none.
            judged = judge(
                self.pool,
                replace(asked, partial=False),
                query,
                _base(),
                read_hops(request.headers.get(HOP_HEADER)),
            )
            form = judged.examined.form
            page = self._page_of(judged, form, hangup, examples)
            status = 200
        except EntenteError as error:
            problem = describe_error(error)
            page, status = render_page(generation, examples, query, problem=problem), error.status
        return Response(page, status, content_type=f"{_HTML}; charset=utf-8")

    def _page_of(
        self, judged: Judged, form: str, hangup: Hangup, examples: Sequence[CatalogueQuery]
    ) -> str:
        chosen: Format = _TURTLE if form in ("CONSTRUCT", "DESCRIBE") else _JSON
        body = answer(self.pool, judged, chosen, hangup)
        graph = chosen is _TURTLE
        table = None if graph else read_table(body, self.pool.settings.max_table_rows)
        if table and judged.generation.served.own:
            table = merge_labels(table, request.root_path)
        return render_page(
            judged.generation,
            examples,
            judged.query,
            form=form,
            table=table,
            text=body.decode() if graph else None,
        )


def _exchange() -> Exchange:
    exchange = request.environ.get(EXCHANGE)
    return exchange if isinstance(exchange, Exchange) else Exchange()


def _base() -> str:
    return name_endpoint(request.scheme, request.host, f"{request.root_path}{request.path}")


def _named_graph() -> str | None:
    return graph_store.read_graph_name(parse_pairs(request.query_string.decode("latin-1")))


def _answer_options(methods: Sequence[str]) -> Response:
    response = Response(status=204)
    del response.headers["Content-Type"]
    response.headers["Allow"] = ", ".join(methods)
    response.headers["Access-Control-Allow-Methods"] = ", ".join(methods)
    response.headers["Access-Control-Allow-Headers"] = (
        "Accept, Authorization, Content-Type, If-None-Match, X-Request-Id"
    )
    response.headers["Access-Control-Max-Age"] = "86400"
    return response


def _add_headers(response: Response) -> Response:
    coding = request.headers.get("Accept-Encoding")
    negotiated = request.path.startswith(_NEGOTIATED)
    finish_response(response, write_policy(), coding, negotiated=negotiated)
    return response
