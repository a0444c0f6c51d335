"""Triple Pattern Fragments: the matches of one pattern, page by page, with the way to the rest.

A client such as Comunica joins by itself from these, so that a query of any size costs this
server no more than a page at a time.

Source: https://linkeddatafragments.org/specification/triple-pattern-fragments/
"""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

import pyoxigraph as ox
from flask import Blueprint, Response, render_template, request
from werkzeug.exceptions import NotAcceptable, NotFound

from entente.errors import UsageError
from entente.query.execute import Job, graph_format
from entente.query.formats import GRAPH_FORMATS, Format
from entente.query.fragment import MAX_COUNTED, PARTS, Pattern, read_pattern
from entente.query.generation import Generation
from entente.query.negotiate import best_media_type, choose_format
from entente.query.pool import Pool
from entente.query.protocol import parse_pairs
from entente.terms import value_of
from entente.vocab import DCTERMS, PREFIXES, RDF, XSD
from entente.web.documented import Parameter, documented
from entente.web.exchange import EXCHANGE, Exchange

#: Triples on a page.
PAGE_SIZE = 100
_HYDRA = "http://www.w3.org/ns/hydra/core#"
_VOID = PREFIXES["void"]
_FOAF = PREFIXES["foaf"]
_HTML = Format("html", "text/html", ("application/xhtml+xml",), "", charset=True)
_WITH_GRAPHS = frozenset({"nq", "trig", "jsonld"})
_PREFIXED = frozenset({"ttl", "trig"})
_MAX_PAGE = 100_000_000


@dataclass(frozen=True, slots=True)
class Fragment:
    """A page of a pattern's matches.

    Attributes:
        root: The address of all fragments.
        asked: The parts of the pattern as the client wrote them.
        address: The address of this page, as the client wrote it.
        page: The number of the page, from 1.
        triples: The matches on it.
        total: How many matches there are on all pages; beyond `MAX_COUNTED` an estimate.
        more: Whether another page follows.
    """

    root: str
    asked: dict[str, str]
    address: str
    page: int
    triples: tuple[ox.Triple, ...]
    total: int
    more: bool

    def page_address(self, page: int) -> str:
        """Give the address of another page."""
        asked = self.asked if page == 1 else self.asked | {"page": str(page)}
        return self.root + (f"?{urlencode(asked)}" if asked else "")

    def quads(self, *, named: bool) -> Iterator[ox.Quad]:
        """Give the data, and metadata and controls: in a graph of their own if `named`."""
        for triple in self.triples:
            yield ox.Quad(triple.subject, triple.predicate, triple.object)
        graph = ox.NamedNode(f"{self.address}#metadata")
        if named:
            page = ox.NamedNode(self.address)
            yield ox.Quad(graph, ox.NamedNode(_FOAF + "primaryTopic"), page, graph)
        where = graph if named else ox.DefaultGraph()
        for subject, predicate, value in (*self._controls(), *self._metadata()):
            yield ox.Quad(subject, ox.NamedNode(predicate), value, where)

    def _controls(self) -> Iterator[Said]:
        dataset, search = ox.NamedNode(f"{self.root}#dataset"), ox.BlankNode("search")
        template = f"{self.root}{{?{','.join(PARTS)}}}"
        yield dataset, RDF + "type", ox.NamedNode(_VOID + "Dataset")
        yield dataset, RDF + "type", ox.NamedNode(_HYDRA + "Collection")
        yield dataset, _VOID + "subset", ox.NamedNode(self.address)
        yield dataset, _VOID + "uriLookupEndpoint", ox.Literal(f"{self.root}{{?subject}}")
        yield dataset, _HYDRA + "search", search
        yield search, _HYDRA + "template", ox.Literal(template)
        explicit = ox.NamedNode(_HYDRA + "ExplicitRepresentation")
        yield search, _HYDRA + "variableRepresentation", explicit
        for part in PARTS:
            mapping = ox.BlankNode(part)
            yield search, _HYDRA + "mapping", mapping
            yield mapping, _HYDRA + "variable", ox.Literal(part)
            yield mapping, _HYDRA + "property", ox.NamedNode(RDF + part)

    def _metadata(self) -> Iterator[Said]:
        page = ox.NamedNode(self.address)
        total = ox.Literal(str(self.total), datatype=ox.NamedNode(XSD + "integer"))
        yield page, RDF + "type", ox.NamedNode(_HYDRA + "PartialCollectionView")
        yield page, DCTERMS + "source", ox.NamedNode(f"{self.root}#dataset")
        yield page, _VOID + "subset", ox.NamedNode(self.page_address(1))
        yield page, _HYDRA + "totalItems", total
        yield page, _VOID + "triples", total
        yield page, _HYDRA + "itemsPerPage", ox.Literal(PAGE_SIZE)
        yield page, _HYDRA + "first", ox.NamedNode(self.page_address(1))
        if self.page > 1:
            yield page, _HYDRA + "previous", ox.NamedNode(self.page_address(self.page - 1))
        if self.more:
            yield page, _HYDRA + "next", ox.NamedNode(self.page_address(self.page + 1))


Said = tuple[ox.NamedNode | ox.BlankNode, str, ox.NamedNode | ox.BlankNode | ox.Literal]


def make_fragments(pool: Pool) -> Blueprint:
    """Make the route /fragments."""
    blueprint, fragments = Blueprint("fragments", __name__), Fragments(pool)
    blueprint.add_url_rule("/fragments", "fragments", fragments.answer)
    return blueprint


class Fragments:
    """What stands behind the route.

    Args:
        pool: Where matches are found.
    """

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    @documented(
        "Give the triples that match a pattern, page by page (Triple Pattern Fragments)",
        Parameter("subject", "an IRI; none, or ?name, is a variable"),
        Parameter("predicate", "an IRI; none, or ?name, is a variable"),
        Parameter("object", 'an IRI or "text", "text"@en, "1"^^datatype IRI'),
        Parameter("page", "the number of the page, from 1", {"type": "integer", "minimum": 1}),
        Parameter("format", "the name or the media type of a format, before Accept"),
        formats=(*GRAPH_FORMATS, _HTML),
    )
    def answer(self) -> Response:
        """Answer with a page of a fragment."""
        asked, page, named = _read_parameters()
        pattern, generation = read_pattern(asked), self._pool.current
        chosen = _choose(named)
        tag = _tag(generation, chosen)
        if request.if_none_match.contains_weak(tag):
            response = Response(status=304)
        else:
            fragment = self._find(generation, pattern, asked, page)
            body = _show(fragment) if chosen is _HTML else _write(fragment, chosen)
            response = Response(body, content_type=chosen.content_type)
            exchange = _exchange()
            exchange.keep, exchange.version = True, generation.served.version
        response.headers["ETag"] = f'W/"{tag}"'
        response.headers["Cache-Control"] = "no-cache"
        response.headers["Entente-Version"] = generation.served.version
        response.vary.add("Accept")
        return response

    def _find(
        self, generation: Generation, pattern: Pattern, asked: dict[str, str], page: int
    ) -> Fragment:
        offset = (page - 1) * PAGE_SIZE
        body = self._ask(generation, pattern.write_page(offset, PAGE_SIZE + 1))
        triples = tuple(pattern.read_page(body))
        if page > 1 and not triples:
            raise NotFound(f"this fragment has no page {page}")
        found, more = triples[:PAGE_SIZE], len(triples) > PAGE_SIZE
        total = offset + len(found) if not more else self._count(generation, pattern)
        root = f"{request.url_root}fragments"
        return Fragment(root, asked, _address(), page, found, total, more)

    def _count(self, generation: Generation, pattern: Pattern) -> int:
        if pattern.free:
            return generation.triples
        answered = json.loads(self._ask(generation, pattern.write_count()))
        counted = int(answered["results"]["bindings"][0]["n"]["value"])
        return counted if counted <= MAX_COUNTED else max(counted, generation.triples // 2)

    def _ask(self, generation: Generation, query: str) -> bytes:
        job = Job(query, "json", None, self._pool.settings.max_answer_bytes)
        return self._pool.evaluate(generation, job, _exchange().hangup)


def _read_parameters() -> tuple[dict[str, str], int, str | None]:
    """Read the pattern's parts, the page and the format.

    Raises:
        UsageError: One is given twice or not UTF-8, or the page is no number.
    """
    asked: dict[str, str] = {}
    for name, value in parse_pairs(request.query_string.decode("latin-1")):
        if name in asked:
            raise UsageError(f"the parameter '{name[:40]}' is given more than once")
        if name in (*PARTS, "page", "format"):
            asked[name] = value
    page, named = asked.pop("page", "1"), asked.pop("format", None)
    if not (page.isascii() and page.isdigit() and 0 < int(page[:10]) < _MAX_PAGE):
        raise UsageError(f"page={page[:40]}: no number of a page", fix="count from 1")
    return {part: asked[part] for part in PARTS if asked.get(part)}, int(page), named


def _choose(named: str | None) -> Format:
    if named == _HTML.name:
        return _HTML
    accept = request.headers.get("Accept")
    if not named:
        best = best_media_type(accept, GRAPH_FORMATS, [_HTML.media_type, *_HTML.aliases])
        if best is None:
            raise NotAcceptable("fragments are written in RDF and HTML; name one of them in Accept")
        if best in (_HTML.media_type, *_HTML.aliases):
            return _HTML
    return choose_format("CONSTRUCT", accept, named)


def _write(fragment: Fragment, chosen: Format) -> bytes:
    output = io.BytesIO()
    named = chosen.name in _WITH_GRAPHS
    quads = fragment.quads(named=named)
    data: Iterable[ox.Quad] | Iterable[ox.Triple] = quads if named else (q.triple for q in quads)
    prefixes = {"hydra": _HYDRA, "void": _VOID, "dcterms": DCTERMS, "rdf": RDF}
    form = graph_format(chosen.name)
    ox.serialize(data, output, form, prefixes=prefixes if chosen.name in _PREFIXED else None)
    return output.getvalue()


def _show(fragment: Fragment) -> bytes:
    rows = [
        [_cell(term, part) for term, part in zip(t, PARTS, strict=True)] for t in _terms(fragment)
    ]
    return render_template(
        "fragment.html", fragment=fragment, rows=rows, parts=PARTS, max_counted=MAX_COUNTED
    ).encode()


def _terms(fragment: Fragment) -> Iterator[Sequence[ox.NamedNode | ox.BlankNode | ox.Literal]]:
    for triple in fragment.triples:
        yield (triple.subject, triple.predicate, triple.object)  # type: ignore[misc]


def _cell(term: ox.NamedNode | ox.BlankNode | ox.Literal, part: str) -> tuple[str, str]:
    """Give a term's text, and the parameters of the fragment that it leads to."""
    if isinstance(term, ox.NamedNode):
        return term.value, urlencode({part if part == "predicate" else "subject": term.value})
    if isinstance(term, ox.Literal):
        return value_of(term), urlencode({"object": _explicit(term)})
    return str(term), ""


def _explicit(literal: ox.Literal) -> str:
    if literal.language:
        return f'"{literal.value}"@{literal.language}'
    plain = literal.datatype.value == XSD + "string"
    return f'"{literal.value}"' + ("" if plain else f"^^{literal.datatype.value}")


def _address() -> str:
    query = request.query_string.decode("latin-1")
    return request.base_url + (f"?{query}" if query else "")


def _tag(generation: Generation, chosen: Format) -> str:
    key = f"{generation.served.version}\n{request.url}\n{chosen.name}"
    return hashlib.sha256(key.encode()).hexdigest()[:32]


def _exchange() -> Exchange:
    exchange = request.environ.get(EXCHANGE)
    return exchange if isinstance(exchange, Exchange) else Exchange()
