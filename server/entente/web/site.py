"""What all pages share: the frame's addresses, and a nonce for the scripts of each page."""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from flask import Flask, Response, g, render_template, request
from markupsafe import Markup
from werkzeug.exceptions import HTTPException

from entente.errors import Busy
from entente.query.formats import GRAPH_FORMATS, RESULT_FORMATS
from entente.query.negotiate import best_media_type
from entente.query.pool import Pool

#: The pages that every page leads to; data of others have the endpoint only.
_OWN_LINKS = (
    ("Disagreements", "/disagreements"),
    ("Browse", "/search"),
    ("Pictures", "/pictures/"),
    ("Ontology", "/ontology.html"),
    ("Query", "/sparql"),
    ("Check RDF", "/validate"),
)
_LINKS = (("Query", "/sparql"), ("Check RDF", "/validate"))
_HTML = "text/html"
_MACHINE = (*RESULT_FORMATS, *GRAPH_FORMATS)
_YEAR_S = 365 * 24 * 3600
_COMMENT = re.compile(r"/\*.*?\*/|^\s*//[^\n]*", re.DOTALL | re.MULTILINE)
#: The content-security policy of all that is no page.
PLAIN_POLICY = "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'"


@dataclass(frozen=True, slots=True)
class Site:
    """The frame of a page.

    Attributes:
        root: The path under which the server stands, without its last slash.
        own: Whether the graph of Entente is served, and not somebody's files.
        version: The version of the data set.
        links: What every page leads to: a name, and a path below the root.
    """

    root: str
    own: bool
    version: str
    links: tuple[tuple[str, str], ...]


def add_site(app: Flask, pool: Pool) -> None:
    """Give the templates `site`, `asset`, `inline` and `nonce`, and kept files a long life.

    Args:
        app: The application, changed in place.
        pool: Its data set.
    """
    folder = Path(app.static_folder or "")
    address, inline = _make_asset(folder), _make_inline(folder)

    def give_context() -> dict[str, Any]:
        return {"site": read_site(pool), "asset": address, "inline": inline, "nonce": give_nonce}

    app.context_processor(give_context)
    app.after_request(_keep_assets)


def read_site(pool: Pool) -> Site:
    """Read what the frame of a page says; where nothing is served it says little."""
    try:
        served = pool.current.served
    except Busy:
        return Site(request.root_path, False, "", ())
    links = _OWN_LINKS if served.own else _LINKS
    return Site(request.root_path, served.own, served.version, links)


def give_nonce() -> str:
    """Give the nonce of this answer; each answer that is made has its own."""
    if "nonce" not in g:
        g.nonce = secrets.token_urlsafe(18)
    return str(g.nonce)


def wants_html() -> bool:
    """Say whether a browser sent the request at hand."""
    return prefers_html(request.method, request.headers.get("Accept"))


def prefers_html(method: str, accept: str | None) -> bool:
    """Say whether a browser asks for a page."""
    return method in ("GET", "HEAD") and accepts_html(accept)


def accepts_html(accept: str | None) -> bool:
    """Say whether an Accept header has HTML before any format for machines, as browsers do."""
    return best_media_type(accept, _MACHINE, [_HTML]) == _HTML


def show_problem(problem: Mapping[str, Any]) -> Response:
    """Show a reader what went wrong, in the place of a page."""
    page = render_template("problem.html", problem=problem)
    return _unkept(Response(page, problem["status"], content_type=f"{_HTML}; charset=utf-8"))


def show_missing(error: HTTPException, near: Sequence[tuple[str, str]], asked: str) -> Response:
    """Show a reader that nothing is there, and what is called alike.

    Args:
        error: What is missing.
        near: What is called alike: a name, and an address.
        asked: What the reader may have looked for, for the search.
    """
    page = render_template("missing.html", what=error.description, near=near, asked=asked)
    return _unkept(Response(page, 404, content_type=f"{_HTML}; charset=utf-8"))


def write_policy() -> str:
    """Write the content-security policy: scripts run on pages that gave a nonce, and no others.

    Source: https://www.w3.org/TR/CSP3/#framework-directive-source-list
    """
    if "nonce" not in g:
        return PLAIN_POLICY
    return (
        f"default-src 'none'; script-src 'nonce-{g.nonce}'; style-src 'self' 'nonce-{g.nonce}'; "
        "img-src 'self' data:; connect-src 'self'; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    )


def _unkept(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-store"
    response.vary.add("Accept")
    return response


def _make_asset(folder: Path) -> Callable[[str], str]:
    @cache
    def mark(name: str) -> str:
        return hashlib.sha256((folder / name).read_bytes()).hexdigest()[:12]

    return lambda name: f"{request.root_path}/static/{name}?v={mark(name)}"


def _make_inline(folder: Path) -> Callable[[str], Markup]:
    @cache
    def read(name: str) -> Markup:
        text = _COMMENT.sub("", (folder / name).read_text(encoding="utf-8"))
        return Markup("\n".join(line for line in map(str.strip, text.splitlines()) if line))  # noqa: S704  our own file

    return read


def _keep_assets(response: Response) -> Response:
    """Let browsers keep files whose address names their content."""
    if not request.path.startswith("/static/") or response.status_code != 200:
        return response
    if "v" in request.args:
        response.headers["Cache-Control"] = f"public, max-age={_YEAR_S}, immutable"
    return response
