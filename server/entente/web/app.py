"""The Flask application: which address answers what. It never evaluates a query."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Flask, Response, redirect, request
from werkzeug.exceptions import BadRequest, HTTPException
from werkzeug.wrappers import Response as BaseResponse

from entente.catalogue import CatalogueQuery
from entente.errors import EntenteError
from entente.query.formats import GRAPH_FORMATS, RESULT_FORMATS, Format
from entente.query.hangup import ClientGone, Hangup
from entente.query.negotiate import best_media_type, choose_format
from entente.query.pool import Pool
from entente.query.protocol import METHODS, SparqlRequest, parse_request
from entente.query.table import read_table
from entente.web.describe import describe_service
from entente.web.endpoint import Judged, answer, judge
from entente.web.exchange import EXCHANGE, Exchange
from entente.web.pages import first_query, render_page
from entente.web.problem import answer_error, answer_http_error, describe_error

_HTML = "text/html"
_JSON, _TURTLE = RESULT_FORMATS[0], GRAPH_FORMATS[0]
_CLIENT_GONE = 499
_CONTENT_POLICY = "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'"


def create_app(pool: Pool, examples: Sequence[CatalogueQuery] = ()) -> Flask:
    """Make the application.

    Args:
        pool: Where queries are evaluated; open.
        examples: Queries that the page offers.
    """
    app = Flask(__name__)
    endpoint = _Endpoint(pool, tuple(examples))
    app.add_url_rule("/sparql", "sparql", endpoint.answer, methods=["GET", "POST", "OPTIONS"])
    app.add_url_rule("/", "home", lambda: redirect("/sparql", 303))
    app.add_url_rule("/healthz", "healthz", lambda: _text("ok\n"))
    app.add_url_rule("/readyz", "readyz", endpoint.tell_ready)
    app.register_error_handler(EntenteError, answer_error)
    app.register_error_handler(HTTPException, answer_http_error)
    app.register_error_handler(ClientGone, lambda _: Response(status=_CLIENT_GONE))
    app.after_request(_add_headers)
    return app


class _Endpoint:
    """What stands behind /sparql."""

    def __init__(self, pool: Pool, examples: tuple[CatalogueQuery, ...]) -> None:
        self.pool = pool
        self.examples = examples

    def answer(self) -> BaseResponse:
        if request.method == "OPTIONS":
            return _answer_options()
        wants_page = _wants_page()
        asked = parse_request(
            request.method,
            request.query_string.decode("latin-1"),
            request.headers.get("Content-Type"),
            request.get_data(cache=False),
        )
        if asked.query is None:
            return self._show_form() if wants_page else self._describe(asked)
        if wants_page and not asked.format:
            return self._show_answer(asked, asked.query)
        return self._answer_query(judge(self.pool, asked, asked.query))

    def tell_ready(self) -> BaseResponse:
        ready = self.pool.current.alive
        return _text("ready\n" if ready else "not ready\n", 200 if ready else 503)

    def _answer_query(self, judged: Judged) -> BaseResponse:
        accept = request.headers.get("Accept")
        chosen = choose_format(judged.examined.form, accept, judged.request.format)
        etag, version = judged.etag(chosen), judged.generation.served.version
        if etag and _client_has(etag):
            response = Response(status=304)
        else:
            body = answer(self.pool, judged, chosen, _exchange().hangup)
            response = Response(body, content_type=chosen.content_type)
            _exchange().version = version
            small = len(body) <= self.pool.settings.max_cached_answer_bytes
            _exchange().keep = etag is not None and small
        response.headers["Cache-Control"] = "no-cache" if etag else "no-store"
        response.headers["Entente-Version"] = version
        if etag:
            response.headers["ETag"] = etag
        return response

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
            judged = judge(self.pool, asked, query)
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
        return render_page(
            judged.generation,
            examples,
            judged.query,
            form=form,
            table=None if graph else read_table(body, self.pool.settings.max_table_rows),
            text=body.decode() if graph else None,
        )


def _wants_page() -> bool:
    """Say whether a browser asks: it accepts HTML before every format of ours."""
    if request.method not in ("GET", "HEAD"):
        return False
    formats = (*RESULT_FORMATS, *GRAPH_FORMATS)
    return best_media_type(request.headers.get("Accept"), formats, [_HTML]) == _HTML


def _client_has(etag: str) -> bool:
    tags = request.if_none_match
    return tags.star_tag or tags.contains_weak(etag[3:-1])


def _exchange() -> Exchange:
    exchange = request.environ.get(EXCHANGE)
    return exchange if isinstance(exchange, Exchange) else Exchange()


def _answer_options() -> Response:
    response = Response(status=204)
    del response.headers["Content-Type"]
    response.headers["Allow"] = ", ".join(METHODS)
    response.headers["Access-Control-Allow-Methods"] = ", ".join(METHODS)
    response.headers["Access-Control-Allow-Headers"] = "Accept, Content-Type, If-None-Match"
    response.headers["Access-Control-Max-Age"] = "86400"
    return response


def _text(text: str, status: int = 200) -> Response:
    return Response(text, status, content_type="text/plain; charset=utf-8")


def _add_headers(response: Response) -> Response:
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Access-Control-Expose-Headers"] = "ETag, Entente-Version, Retry-After"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Security-Policy"] = _CONTENT_POLICY
    if request.path == "/sparql":
        response.vary.add("Accept")
    return response
