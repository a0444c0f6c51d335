"""The front page, the list of disagreements, and the search."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable

from flask import Blueprint, Response, render_template, request

from entente.errors import UsageError
from entente.query.generation import Generation
from entente.query.pool import Pool
from entente.web.documented import Parameter, documented
from entente.web.exchange import EXCHANGE, Exchange
from entente.web.linked_data import LinkedData
from entente.web.page_data import clip, make_address
from entente.web.resource import Asker
from entente.web.search import KINDS, Index, Query, Results, make_index

_HTML = "text/html; charset=utf-8"
_SUGGESTIONS = 8
_MAX_TYPED = 200
_TYPED = Parameter("q", "a part of a name")


def make_home(pool: Pool, linked: LinkedData) -> Blueprint:
    """Make the routes of the pages that are of no one thing."""
    blueprint, home = Blueprint("home", __name__), Home(pool, linked)
    blueprint.add_url_rule("/", "front", home.show_front)
    blueprint.add_url_rule("/disagreements", "disagreements", home.show_disagreements)
    blueprint.add_url_rule("/search", "search", home.show_search)
    blueprint.add_url_rule("/suggest", "suggest", home.suggest)
    return blueprint


class Home:
    """What stands behind these routes.

    Args:
        pool: Where pages are read.
        linked: Knows which names have documents.
    """

    def __init__(self, pool: Pool, linked: LinkedData) -> None:
        self._pool = pool
        self._linked = linked
        self._index: tuple[str, Index] = ("", make_index(()))

    @documented("Show the front page", formats=("text/html",))
    def show_front(self) -> Response:
        """Show the front page."""
        generation = self._pool.current
        if not generation.served.own:
            return self._answer(generation, lambda: _show_files(generation))
        return self._show_view(generation, "front")

    @documented("Show every disagreement of the texts", formats=("text/html",))
    def show_disagreements(self) -> Response:
        """Show every disagreement."""
        return self._show_view(self._own(), "disagreements")

    @documented(
        "Show what is called so, or everything by kind",
        _TYPED,
        Parameter("kind", "the kind that is wanted", {"enum": list(KINDS)}),
        Parameter("page", "the page of the hits", {"type": "integer", "minimum": 1}),
        formats=("text/html",),
    )
    def show_search(self) -> Response:
        """Show what the reader looked for, or everything by kind."""
        generation = self._own()
        return self._answer(generation, lambda: self._search(generation))

    @documented("Suggest names while one is being typed", _TYPED, formats=("application/json",))
    def suggest(self) -> Response:
        """Suggest names for what is being typed, as JSON."""
        generation = self._own()
        typed = request.args.get("q", "")[:_MAX_TYPED]
        results = self.index(generation).find(Query(typed), _SUGGESTIONS)
        address = make_address(self._linked.names(self._asker(generation)))
        found = [
            {
                "label": hit.entry.label,
                "name": hit.name,
                "kind": hit.entry.kind,
                "address": address(hit.entry.iri),
            }
            for hit in results.hits
        ]
        response = Response(json.dumps(found, ensure_ascii=False), content_type="application/json")
        response.headers["Cache-Control"] = "no-cache"
        return response

    def index(self, generation: Generation) -> Index:
        """Give the index of names; it is made once for each version."""
        version, index = self._index
        if version != generation.served.version:
            read = self._linked.read(self._asker(generation), view="listing")
            index = make_index(read.data)
            self._index = generation.served.version, index
        return index

    def _search(self, generation: Generation) -> str:
        typed = request.args.get("q", "")[:_MAX_TYPED]
        query = Query(typed, request.args.get("kind", ""), _read_page(request.args.get("page")))
        index = self.index(generation)
        results: Results = index.find(query)
        address = make_address(self._linked.names(self._asker(generation)))
        near = index.near(typed) if not results.total and typed.strip() else []
        return render_template(
            "search.html",
            query=query,
            results=results,
            near=near,
            address=address,
            clip=clip,
            find_text=typed,
        )

    def _show_view(self, generation: Generation, view: str) -> Response:
        def render() -> str:
            asker = self._asker(generation)
            read = self._linked.read(asker, view=view)
            return self._linked.show(asker, read, generation=generation)

        return self._answer(generation, render)

    def _answer(self, generation: Generation, render: Callable[[], str]) -> Response:
        version = generation.served.version
        tag = hashlib.sha256(f"{version}\n{request.url}".encode()).hexdigest()[:32]
        if request.if_none_match.contains_weak(tag):
            response = Response(status=304)
        else:
            response = Response(render(), content_type=_HTML)
            exchange = _exchange()
            exchange.version, exchange.keep = version, True
        response.headers["ETag"] = f'W/"{tag}"'
        response.headers["Cache-Control"] = "no-cache"
        response.headers["Entente-Version"] = version
        return response

    def _asker(self, generation: Generation) -> Asker:
        return Asker(self._pool, generation, _exchange().hangup)

    def _own(self) -> Generation:
        generation = self._pool.current
        if not generation.served.own:
            raise UsageError(
                "these data are not the graph of Entente, whose names can be searched",
                fix="ask them by SPARQL at /sparql",
            )
        return generation


def _show_files(generation: Generation) -> str:
    return render_template("files.html", generation=generation)


def _read_page(text: str | None) -> int:
    given = text or "1"
    if not (given.isascii() and given.isdigit() and len(given) <= 6 and int(given)):
        raise UsageError(f"page={given[:40]}: no page has that number", fix="count from 1")
    return int(given)


def _exchange() -> Exchange:
    exchange = request.environ.get(EXCHANGE)
    return exchange if isinstance(exchange, Exchange) else Exchange()
