"""Linked data: each IRI of ours leads to a document about the thing that it names.

A thing answers 303 with the document that fits Accept; the document is the thing's path
with an extension. Source: https://www.w3.org/TR/cooluris/#r303gendocument
"""

from __future__ import annotations

import hashlib
import io
from bisect import bisect
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from urllib.parse import urlencode

import pyoxigraph as ox
from flask import Blueprint, Response, request
from werkzeug.exceptions import HTTPException, NotAcceptable, NotFound

from entente.errors import UsageError
from entente.query.execute import graph_format
from entente.query.formats import GRAPH_FORMATS, Format
from entente.query.generation import Generation
from entente.query.negotiate import best_media_type
from entente.query.pool import Pool
from entente.terms import value_of
from entente.vocab import BASE, DCTERMS, PREFIXES, VERSION
from entente.web.discovery import add_discovery
from entente.web.documented import Parameter, documented
from entente.web.dumps import Dumps
from entente.web.exchange import EXCHANGE, Exchange
from entente.web.page_data import PageData, make_address, read_page_data, render_page_data
from entente.web.problem_types import describe_problems
from entente.web.resource import Asker, Resource
from entente.web.resource_page import Page, iris_of, render_resource
from entente.web.site import show_missing
from entente.web.things.entity import SECTIONS
from entente.web.told import find_told
from entente.web.versions import Versions

#: The first part of each path that names a thing; graphs are answered by the graph store.
KINDS = (
    *("ontology", "vocabulary", "id", "source", "claim", "query", "shapes", "problem"),
    *("disagreement", "proposition", "dataset", "version", "nanopub"),
)
_LATEST = "version/latest"
#: Namespaces that are things themselves.
_NAMESPACES = frozenset({"ontology", "shapes"})
_HTML = Format("html", "text/html", ("application/xhtml+xml",), "", charset=True)
_EXTENSIONS: Mapping[str, Format] = {form.name: form for form in (*GRAPH_FORMATS, _HTML)}
_QUAD_FORMATS = ("nq", "trig")
_PREFIXED = ("ttl", "trig", "rdf")
_MANY_NAMES = 1000
_NEIGHBOURS = 50
_MAX_ASKED = 100


@dataclass(frozen=True, slots=True)
class Target:
    """What a path names.

    Attributes:
        stem: The path without slashes at its ends and without extension.
        format: The document's format, or None where the path names the thing.
    """

    stem: str
    format: Format | None

    @property
    def iri(self) -> str:
        """The thing."""
        return BASE + self.stem + ("/" if self.stem in _NAMESPACES else "")


def read_target(path: str) -> Target:
    """Read which thing or document a path names.

    >>> read_target("/id/japan.nt").stem, read_target("/id/japan.nt").format.name
    ('id/japan', 'nt')
    >>> read_target("/ontology/").iri, read_target("/ontology/").format
    ('https://w3id.org/entente/ontology/', None)
    """
    stem, dot, extension = path.rpartition(".")
    if dot and extension in _EXTENSIONS:
        return Target(stem.strip("/"), _EXTENSIONS[extension])
    return Target(path.strip("/"), None)


def make_blueprint(linked: LinkedData) -> Blueprint:
    """Make the routes of every name of ours."""
    blueprint = Blueprint("linked_data", __name__)
    kinds = ",".join(KINDS)
    extensions = ",".join(_EXTENSIONS)
    for rule in (
        f"/<any({kinds}):kind>/<path:name>",
        f"/<any({','.join(sorted(_NAMESPACES))}):kind>/",
        f"/<any({','.join(sorted(_NAMESPACES))},dataset,catalog):kind>"
        f".<any({extensions}):extension>",
        "/<any(dataset,catalog):kind>",
    ):
        blueprint.add_url_rule(rule, rule.replace(".", " "), linked.answer)
    linked.dumps.add_to(blueprint)
    add_discovery(blueprint, linked.list_names)
    return blueprint


class LinkedData:
    """What stands behind the names of ours.

    Args:
        pool: Where queries are evaluated.
    """

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self.dumps = Dumps(pool)
        self._versions = Versions(self.dumps)
        self._problems = describe_problems()
        self._names: tuple[str, frozenset[str]] = ("", frozenset())

    @documented(
        "Answer a thing with 303 to its document, or a document",
        Parameter("page", "the page of its claims and links", {"type": "integer", "minimum": 1}),
        Parameter("section", "the section of a page for readers, whole", {"enum": list(SECTIONS)}),
        formats=(*GRAPH_FORMATS, _HTML),
        statuses=(200, 303),
    )
    def answer(self, **_: str) -> Response:
        """Answer a thing or a document."""
        target = read_target(request.path)
        try:
            return self._answer(target)
        except NotFound as error:
            if _wants(target).name != "html":
                raise
            return self._show_missing(target, error)

    def list_names(self) -> frozenset[str]:
        """List every name that has a document in the data set in service."""
        return self.names(Asker(self._pool, self._pool.current, _exchange().hangup))

    def near_names(self, iri: str) -> list[str]:
        """List names that resemble one that is not there."""
        return find_near(iri, self.list_names())

    def names(self, asker: Asker) -> frozenset[str]:
        """List every name that has a document; asked once for each version."""
        generation = asker.generation
        if not generation.served.own:
            return frozenset(self._problems)
        version, names = self._names
        if version != generation.served.version:
            names = frozenset(filter(_is_answered, asker.names())) | self._problems.keys()
            self._names = generation.served.version, names
        return names

    def _answer(self, target: Target) -> Response:
        asker = Asker(self._pool, self._pool.current, _exchange().hangup)
        names = self.names(asker)
        if target.stem == _LATEST and asker.generation.served.folder:
            return _lead_latest(target, asker.generation.served.folder.name)
        told = find_told(target.iri, asker, names, self._versions, request.url_root)
        if not told and target.iri not in names:
            raise NotFound(_miss(target, names))
        page = _read_page(request.args.get("page"))
        if target.format is None:
            return _lead(target, page)
        if told:
            resource = told()
            _check_page(page, resource.pages)
            response = self._write_resource(asker, target, target.format, resource, names)
            # It may hold the address by which the client came, so that nobody keeps it for others.
            response.headers["Cache-Control"] = "no-store"
            _exchange().keep = False
            return response
        section = request.args.get("section", "") if target.format is _HTML else ""
        tag = _make_etag(asker.generation, target, page, section)
        if request.if_none_match.star_tag or request.if_none_match.contains_weak(tag):
            response = Response(status=304)
        else:
            response = self._write(asker, target, target.format, (section, page), names)
        response.headers["Cache-Control"] = "no-cache"
        response.headers["Entente-Version"] = asker.generation.served.version
        response.headers["ETag"] = f'W/"{tag}"'
        return response

    def _write(
        self,
        asker: Asker,
        target: Target,
        form: Format,
        place: tuple[str, int],
        names: Collection[str],
    ) -> Response:
        section, page = place
        own = asker.generation.served.own and target.iri not in self._problems
        if form.name == "html" and own:
            read = self.read(asker, iri=target.iri, section=section, page=str(page))
            if read.kind:
                return self._write_page(target, page, read, asker)
        resource = self._problems.get(target.iri) or asker.resource(target.iri, page)
        _check_page(page, resource.pages)
        return self._write_resource(asker, target, form, resource, names)

    def _write_resource(
        self,
        asker: Asker,
        target: Target,
        form: Format,
        resource: Resource,
        names: Collection[str],
    ) -> Response:
        if form.name == "html":
            body = self._render(asker, target, resource, names)
        else:
            body = write_quads(resource.quads, form)
        response = Response(
            body, 410 if resource.deprecated else 200, content_type=form.content_type
        )
        for iri in resource.values(DCTERMS + "isReplacedBy"):
            response.headers.add("Link", f'<{iri}>; rel="successor-version"')
        links = _links(target, resource.page, resource.pages)
        return self._finish(response, target, form, links, resource.page, asker)

    def read(self, asker: Asker, **asked: str) -> PageData:
        """Let a worker read a page for readers."""
        return read_page_data(self._pool, asker.generation, asker.hangup, **asked)

    def show(self, asker: Asker, read: PageData, **more: object) -> str:
        """Put what a worker read into its template."""
        return render_page_data(read, self.names(asker), **more)

    def _write_page(self, target: Target, page: int, read: PageData, asker: Asker) -> Response:
        _check_page(page, read.pages)
        alternates = {name: _address(target, page, form) for name, form in _EXTENSIONS.items()}
        links = _links(target, page, read.pages, read.section)
        body = self.show(asker, read, alternates=alternates, links=links, iri=target.iri)
        response = Response(body, content_type=_HTML.content_type)
        return self._finish(response, target, _HTML, links, page, asker)

    def _finish(
        self,
        response: Response,
        target: Target,
        form: Format,
        links: Mapping[str, str],
        page: int,
        asker: Asker,
    ) -> Response:
        """Add the links that every document has, and say whether it may be kept."""
        for relation, link in links.items():
            response.headers.add("Link", f'<{link}>; rel="{relation}"')
        _add_alternates(response, target, page, "alternate", form)
        exchange = _exchange()
        exchange.version = asker.generation.served.version
        small = len(response.get_data()) <= self._pool.settings.max_cached_answer_bytes
        exchange.keep = response.status_code == 200 and small
        return response

    def _show_missing(self, target: Target, error: HTTPException) -> Response:
        asker = Asker(self._pool, self._pool.current, _exchange().hangup)
        near = find_near(target.iri, self.names(asker))
        labels = asker.labels(near) if near and asker.generation.served.own else {}
        address = make_address(self.names(asker))
        shown = [(labels.get(iri, iri), address(iri)) for iri in near]
        return show_missing(error, shown, target.stem.rpartition("/")[2])

    def _render(
        self, asker: Asker, target: Target, resource: Resource, names: Collection[str]
    ) -> bytes:
        own = asker.generation.served.own
        labels = asker.labels(iris_of(resource)) if own else {}
        named = {value_of(quad.object) for quad in resource.quads}
        versions = {iri for iri in named if own and iri.startswith(VERSION)}
        known = {*names, *versions} if versions else names
        page = Page(resource, labels, known, request.root_path)
        alternates = {
            name: _address(target, resource.page, form) for name, form in _EXTENSIONS.items()
        }
        version = asker.generation.served.version if own else ""
        root = request.root_path
        links = _links(target, resource.page, resource.pages)
        text = render_resource(page, links, alternates, version, root)
        return text.encode()


def _is_answered(iri: str) -> bool:
    """Say whether a route of ours answers an IRI with a document; the endpoint has none."""
    return iri[len(BASE) :].partition("/")[0] in (*KINDS, "graph")


def write_quads(quads: Iterable[ox.Quad], form: Format) -> bytes:
    """Write quads; formats of triples leave out in which graph each stands."""
    given = list(quads)
    prefixes = _used_prefixes(given) if form.name in _PREFIXED else None
    triples = dict.fromkeys(quad.triple for quad in given)
    output = io.BytesIO()
    ox.serialize(
        given if form.name in _QUAD_FORMATS else triples,
        output,
        graph_format(form.name),
        prefixes=prefixes,
    )
    return output.getvalue()


def _used_prefixes(quads: Iterable[ox.Quad]) -> dict[str, str]:
    iris = {value_of(term) for quad in quads for term in quad if isinstance(term, ox.NamedNode)}
    return {
        prefix: namespace
        for prefix, namespace in PREFIXES.items()
        if any(iri.startswith(namespace) for iri in iris)
    }


def _wants(target: Target) -> Format:
    """Choose the format: the extension's, else what Accept prefers."""
    if target.format:
        return target.format
    best = best_media_type(
        request.headers.get("Accept"), GRAPH_FORMATS, [_HTML.media_type, *_HTML.aliases]
    )
    for form in _EXTENSIONS.values():
        if best == form.media_type or best in form.aliases:
            return form
    offered = ", ".join(form.media_type for form in _EXTENSIONS.values())
    raise NotAcceptable(f"this is told in {offered}; name one of them in Accept")


def _lead_latest(target: Target, version: str) -> Response:
    extension = f".{target.format.name}" if target.format else ""
    address = f"{request.root_path}/version/{version}{extension}"
    response = Response(f"See {address}\n", 302, content_type="text/plain; charset=utf-8")
    response.headers["Location"] = address
    response.headers["Cache-Control"] = "no-cache"
    return response


def _lead(target: Target, page: int) -> Response:
    """Lead from a thing to the document that fits Accept."""
    address = _address(target, page, _wants(target))
    response = Response(f"See {address}\n", 303, content_type="text/plain; charset=utf-8")
    response.headers["Location"] = address
    response.vary.add("Accept")
    _add_alternates(response, target, page, "describedby")
    return response


def _address(target: Target, page: int, form: Format, section: str = "") -> str:
    asked = [("section", section)] if section else []
    asked += [("page", str(page))] if page > 1 else []
    tail = "?" + urlencode(asked) if asked else ""
    return f"{request.root_path}/{target.stem}.{form.name}{tail}"


def _links(target: Target, page: int, pages: int, section: str = "") -> dict[str, str]:
    """Give the links of a document, by relation; the canonical one is the thing's own name."""
    links, form = {"canonical": target.iri, "describes": target.iri}, _wants(target)
    if page > 1:
        links["prev"] = _address(target, page - 1, form, section)
    if page < pages:
        links["next"] = _address(target, page + 1, form, section)
    return links


def _check_page(page: int, pages: int) -> None:
    if page > pages:
        raise NotFound(f"there is no page {page}; the last one is {pages}")


def _add_alternates(
    response: Response, target: Target, page: int, relation: str, but: Format | None = None
) -> None:
    for form in _EXTENSIONS.values():
        if form is not but:
            address = _address(target, page, form)
            response.headers.add("Link", f'<{address}>; rel="{relation}"; type="{form.media_type}"')


def _make_etag(generation: Generation, target: Target, page: int, section: str) -> str:
    form = target.format.name if target.format else ""
    key = "\n".join((generation.served.version, target.stem, form, str(page), section))
    return hashlib.sha256(key.encode()).hexdigest()[:32]


def _read_page(text: str | None) -> int:
    if text is None:
        return 1
    if not (text.isascii() and text.isdigit() and 1 <= len(text) <= 6 and int(text)):
        raise UsageError(f"page={text[:40]}: no page has that number", fix="count from 1")
    return int(text)


def _miss(target: Target, names: Collection[str]) -> str:
    near = find_near(target.iri, names)
    advice = " or ".join(f"<{iri}>" for iri in near)
    return f"nothing here is named <{target.iri[:300]}>" + (
        f"; did you mean {advice}?" if near else ""
    )


def find_near(iri: str, names: Iterable[str]) -> list[str]:
    """List up to three names of the same kind that resemble one that is not there."""
    kind = BASE + iri[len(BASE) :].partition("/")[0] + "/"
    alike = sorted(name[len(kind) :] for name in names if name.startswith(kind))
    asked = iri[len(kind) : len(kind) + _MAX_ASKED]
    if len(alike) > _MANY_NAMES:
        # Comparing takes the interpreter from all others: only neighbours are compared.
        place = bisect(alike, asked)
        alike = alike[max(0, place - _NEIGHBOURS) : place + _NEIGHBOURS]
    return [kind + local for local in get_close_matches(asked, alike, n=3, cutoff=0.6)]


def _exchange() -> Exchange:
    exchange = request.environ.get(EXCHANGE)
    return exchange if isinstance(exchange, Exchange) else Exchange()
