"""Pages that are made before anybody asks for them: those that take longest to make.

A page follows from its version alone, but for the nonce of each answer. So the pages of the
things of which most is said are made while nobody asks anything, and kept within a memory cap.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from types import MappingProxyType

from flask import Flask, Response, request
from werkzeug.wrappers import Response as BaseResponse

from entente.errors import EntenteError
from entente.query.hangup import Hangup
from entente.query.pool import Pool
from entente.terms import value_of
from entente.vocab import BASE
from entente.web.exchange import EXCHANGE, Exchange
from entente.web.resource import Asker
from entente.web.site import give_nonce

#: Pages of no one thing that take long to make.
_VIEWS = ("/disagreements", "/ontology.html", "/pictures/")
#: What is written anew for each answer.
_PER_ANSWER = frozenset({"content-length", "content-security-policy"})
_HTML, _METHODS = {"Accept": "text/html"}, ("GET", "HEAD")


@dataclass(frozen=True, slots=True)
class _Page:
    """A page as it was made.

    Attributes:
        headers: Its headers, but for those that are written anew for each answer.
        body: Its HTML.
        nonce: The nonce in it, which each answer replaces by its own.
        tag: Its ETag.
    """

    headers: tuple[tuple[str, str], ...]
    body: bytes
    nonce: bytes
    tag: str


class PreparedPages:
    """The pages that are kept, all of one version.

    Args:
        pool: Where pages are read.
    """

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        #: The version, and its pages by root and path.
        self._kept: tuple[str, Mapping[tuple[str, str], _Page]] = "", MappingProxyType({})

    @property
    def paths(self) -> tuple[str, ...]:
        """The paths of the pages that are kept, in the order in which they were made."""
        return tuple(path for _, path in self._kept[1])

    def add_to(self, app: Flask) -> None:
        """Let requests for pages that are kept be answered with them."""
        app.before_request(self._answer)

    def prepare(self, app: Flask, root: str, may_go_on: Callable[[], bool]) -> None:
        """Make the pages of the version in service, unless they are made, up to the memory cap.

        Args:
            app: The application that makes them.
            root: The path under which clients reach the server, without its last slash.
            may_go_on: Waits until nobody asks anything; says whether there is time for a page.
        """
        version, most = self._pool.version, self._pool.settings.prepared_bytes
        if version == self._kept[0] or not most:
            return
        pages: dict[tuple[str, str], _Page] = {}
        self._kept, size = (version, pages), 0
        client = app.test_client()
        for path in self._list_paths():
            if not may_go_on() or self._pool.version != version:
                return
            exchange = Exchange()
            environ = {EXCHANGE: exchange, "SCRIPT_NAME": root}
            given = client.get(path, headers=_HTML, environ_overrides=environ)
            if not exchange.keep or exchange.version != version:
                continue
            size += len(given.data)
            if size > most:
                return
            pages[root, path] = _make_page(given)

    def _list_paths(self) -> Iterator[str]:
        yield from _VIEWS
        with suppress(EntenteError):  # then there are fewer of them
            for row in Asker(self._pool, self._pool.current, Hangup()).rows("heavy"):
                iri = row[0]
                if iri is not None:
                    yield f"/{value_of(iri).removeprefix(BASE)}.html"

    def _answer(self) -> Response | None:
        """Answer with what is kept, or give None."""
        version, pages = self._kept
        page = pages.get((request.root_path, request.full_path.rstrip("?")))
        if page is None or version != self._pool.version or request.method not in _METHODS:
            return None
        has = request.if_none_match.star_tag or request.if_none_match.contains_weak(page.tag)
        if has:
            response = Response(status=304)
        else:
            response = Response(page.body.replace(page.nonce, give_nonce().encode()))
        for name, value in page.headers:
            if name.lower() == "content-type":
                response.content_type = value
            else:
                response.headers.add(name, value)
        exchange = request.environ.get(EXCHANGE)
        if isinstance(exchange, Exchange):
            exchange.keep, exchange.version = not has, version
        return response


def _make_page(given: BaseResponse) -> _Page:
    policy = given.headers["Content-Security-Policy"]
    nonce = policy.partition("'nonce-")[2].partition("'")[0]
    headers = tuple(pair for pair in given.headers if pair[0].lower() not in _PER_ANSWER)
    return _Page(headers, given.data, nonce.encode(), given.get_etag()[0] or "")
