"""What all pages share: the frame's addresses, and a nonce for the scripts of each page."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from flask import Flask, Response, g, request

from entente.query.pool import Pool

#: The pages that every page leads to; data of others have the endpoint only.
_OWN_LINKS = (
    ("Query", "/sparql"),
    ("Pictures", "/pictures/"),
    ("Ontology", "/ontology.html"),
    ("Check RDF", "/validate"),
)
_LINKS = (("Query", "/sparql"), ("Check RDF", "/validate"))
_YEAR_S = 365 * 24 * 3600
_PLAIN_POLICY = "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'"


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
    """Give the templates `site`, `asset` and `nonce`, and kept files a long life.

    Args:
        app: The application, changed in place.
        pool: Its data set.
    """
    address = _make_asset(Path(app.static_folder or ""))

    def give_context() -> dict[str, Any]:
        return {"site": read_site(pool), "asset": address, "nonce": give_nonce}

    app.context_processor(give_context)
    app.after_request(_keep_assets)


def read_site(pool: Pool) -> Site:
    """Read what the frame of a page says."""
    served = pool.current.served
    links = _OWN_LINKS if served.own else _LINKS
    return Site(request.root_path, served.own, served.version, links)


def give_nonce() -> str:
    """Give the nonce of this answer; each answer that is made has its own."""
    if "nonce" not in g:
        g.nonce = secrets.token_urlsafe(18)
    return str(g.nonce)


def write_policy() -> str:
    """Write the content-security policy: scripts run on pages that gave a nonce, and no others.

    Source: https://www.w3.org/TR/CSP3/#framework-directive-source-list
    """
    if "nonce" not in g:
        return _PLAIN_POLICY
    return (
        f"default-src 'none'; script-src 'nonce-{g.nonce}'; style-src 'self' 'nonce-{g.nonce}'; "
        "img-src 'self' data:; font-src 'self'; connect-src 'self'; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    )


def _make_asset(folder: Path) -> Callable[[str], str]:
    @cache
    def mark(name: str) -> str:
        return hashlib.sha256((folder / name).read_bytes()).hexdigest()[:12]

    return lambda name: f"{request.root_path}/static/{name}?v={mark(name)}"


def _keep_assets(response: Response) -> Response:
    """Let browsers keep fonts, and files whose address names their content."""
    named = "v" in request.args or request.path.startswith("/static/fonts/")
    if request.path.startswith("/static/") and named and response.status_code == 200:
        response.headers["Cache-Control"] = f"public, max-age={_YEAR_S}, immutable"
    return response
