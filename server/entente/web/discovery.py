"""Where crawlers and clients look first: robots.txt, sitemap.xml and the well-known addresses."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from xml.sax.saxutils import escape

from flask import Blueprint, Response, request
from werkzeug.exceptions import NotFound

from entente.vocab import BASE, CATALOG, GRAPH, GRAPH_QUERIES
from entente.web.documented import documented

#: Where the well-known addresses lead.
#: Source: https://www.w3.org/TR/void/#well-known, and for the queries
#: https://github.com/sib-swiss/sparql-examples
WELL_KNOWN = {"void": CATALOG, "sparql-examples": GRAPH_QUERIES}
#: A sitemap may hold as many addresses as this. Source: https://www.sitemaps.org/protocol.html
_MAX_ADDRESSES = 50_000
_SITEMAP = "http://www.sitemaps.org/schemas/sitemap/0.9"


def add_discovery(blueprint: Blueprint, list_names: Callable[[], Iterable[str]]) -> None:
    """Add the addresses that tell of others; the blueprint is changed in place.

    Args:
        blueprint: Where they are added.
        list_names: Gives every IRI of ours that has a document.
    """
    blueprint.add_url_rule("/robots.txt", "robots", _write_robots)
    blueprint.add_url_rule("/sitemap.xml", "sitemap", _make_sitemap(list_names))
    blueprint.add_url_rule("/.well-known/<name>", "well-known", _lead_well_known)


def write_sitemap(root: str, names: Iterable[str]) -> bytes:
    """Write the sitemap: a page for each thing, but not for the selectors inside passages.

    Args:
        root: The address of the server, with its last slash.
        names: IRIs of ours.
    """
    kept = sorted(name for name in names if not name.startswith(GRAPH) and name != BASE)
    pages = [
        f"{root}{name[len(BASE) :].rstrip('/')}.html"
        for name in kept
        if not name.endswith("/selector")
    ]
    lines = [f"<url><loc>{escape(page)}</loc></url>\n" for page in pages[:_MAX_ADDRESSES]]
    head = f'<?xml version="1.0" encoding="UTF-8"?>\n<urlset xmlns="{_SITEMAP}">\n'
    return (head + "".join(lines) + "</urlset>\n").encode()


@documented("Tell crawlers what to leave out, and where the sitemap is", formats=("text/plain",))
def _write_robots() -> Response:
    lines = (
        "User-agent: *",
        f"Disallow: {request.root_path}/sparql",
        f"Disallow: {request.root_path}/store",
        f"Disallow: {request.root_path}/fragments",
        f"Sitemap: {request.url_root}sitemap.xml",
    )
    return _whole("\n".join(lines).encode() + b"\n", "text/plain; charset=utf-8")


def _make_sitemap(list_names: Callable[[], Iterable[str]]) -> Callable[[], Response]:
    @documented("List the pages of all things", formats=("application/xml",))
    def answer_sitemap() -> Response:
        return _whole(write_sitemap(request.url_root, list_names()), "application/xml")

    return answer_sitemap


@documented("Lead to the VoID description or to the example queries", statuses=(303,))
def _lead_well_known(name: str) -> Response:
    if name not in WELL_KNOWN:
        raise NotFound(f"nothing is known as {name[:100]}; there are {', '.join(WELL_KNOWN)}")
    address = f"{request.root_path}/{WELL_KNOWN[name][len(BASE) :]}"
    response = Response(f"See {address}\n", 303, content_type="text/plain; charset=utf-8")
    response.headers["Location"] = address
    return response


def _whole(body: bytes, content_type: str) -> Response:
    # It holds the address by which the client came, so that nobody keeps it for others.
    response = Response(body, content_type=content_type)
    response.headers["Cache-Control"] = "no-store"
    return response
