"""Pictures: each is drawn in the browser from a query of the catalogue, beside its table."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

from flask import Blueprint, Response, render_template, request
from werkzeug.exceptions import NotFound

from entente.catalogue import CatalogueQuery
from entente.errors import Busy, DeadlineExceeded
from entente.query.execute import Job
from entente.query.pool import Pool
from entente.query.table import Cell, Table, read_table
from entente.vocab import BASE
from entente.web.documented import documented
from entente.web.exchange import EXCHANGE, Exchange
from entente.web.page_data import say_column
from entente.web.thumbnails import HEIGHT, WIDTH, make_thumbnail

_LABEL = "Label"
_HTML = "text/html"


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture.

    Attributes:
        name: The last part of its address.
        kind: How it is drawn: timeline, network, matrix or tree.
        title: What it shows.
        lead: How to read it, one or two sentences.
        query: The name of its query in the catalogue.
    """

    name: str
    kind: str
    title: str
    lead: str
    query: str


PICTURES = (
    Picture(
        "timeline",
        "timeline",
        "When things happened, according to whom",
        "Events, agreements, foundations and memberships, each with the time that a text gives "
        "it. Where two texts give one thing different times, both are drawn.",
        "when-did-what-happen",
    ),
    Picture(
        "network",
        "network",
        "Who works with whom, through what",
        "Actors on the left, what joins them on the right: programmes, exercises, treaties and "
        "bodies. Point at a name, or move to it with the Tab key, to see its ties alone.",
        "who-takes-part-in-what",
    ),
    Picture(
        "stances",
        "matrix",
        "Who stands where on what",
        "Issues down, actors across. A cell says which position a text ascribes to the actor; "
        "open it to see the claims.",
        "who-takes-which-position-on-what",
    ),
    Picture(
        "ontology",
        "tree",
        "How the ontology is built",
        "Each class and each property below the one that it is a kind of, and how often the "
        "data use it.",
        "how-is-the-ontology-built",
    ),
)


def make_pictures(pool: Pool, queries: Sequence[CatalogueQuery]) -> Blueprint:
    """Make the pages of the pictures.

    Args:
        pool: Where queries are evaluated.
        queries: The catalogue; pictures whose query is not in it are left out.
    """
    texts = {query.name: query.text for query in queries}
    pages = _Pages(pool, texts, {each.name: each for each in PICTURES if each.query in texts})
    blueprint = Blueprint("pictures", __name__, url_prefix="/pictures")
    blueprint.add_url_rule("/", "index", pages.show_index)
    blueprint.add_url_rule("/<name>", "picture", pages.show)
    return blueprint


class _Pages:
    """What stands behind /pictures/."""

    def __init__(
        self, pool: Pool, texts: Mapping[str, str], pictures: Mapping[str, Picture]
    ) -> None:
        self._pool = pool
        self._texts = texts
        self._pictures = pictures

    @documented("List the pictures", formats=(_HTML,))
    def show_index(self) -> Response:
        self._check_own()
        return self._answer("", self._draw_index)

    @documented("Show a picture, its query and its table", formats=(_HTML,))
    def show(self, name: str) -> Response:
        self._check_own()
        if name not in self._pictures:
            offered = ", ".join(self._pictures)
            raise NotFound(f"no picture is named {name[:100]}; there are {offered}")
        return self._answer(name, lambda: self._draw(self._pictures[name]))

    def _answer(self, name: str, draw: Callable[[], str]) -> Response:
        version = self._pool.current.served.version
        tag = hashlib.sha256(f"picture\n{name}\n{version}".encode()).hexdigest()[:32]
        if request.if_none_match.contains_weak(tag):
            response = Response(status=304)
        else:
            exchange = _exchange()
            exchange.keep, exchange.version = True, version
            response = Response(draw(), content_type=f"{_HTML}; charset=utf-8")
            if not exchange.keep:
                response.headers["Cache-Control"] = "no-store"
                return response
        response.headers["ETag"] = f'W/"{tag}"'
        response.headers["Cache-Control"] = "no-cache"
        return response

    def _draw_index(self) -> str:
        """Draw the index; while the server is too busy for the drawings, it has none."""
        thumbnails = {}
        with suppress(Busy, DeadlineExceeded):
            for name, picture in self._pictures.items():
                thumbnails[name] = make_thumbnail(picture.kind, self._ask(picture))
        _exchange().keep = len(thumbnails) == len(self._pictures)
        return render_template(
            "pictures.html",
            pictures=self._pictures.values(),
            thumbnails=thumbnails,
            box=f"0 0 {WIDTH} {HEIGHT}",
        )

    def _draw(self, picture: Picture) -> str:
        table = merge_labels(self._ask(picture), request.root_path)
        query = self._texts[picture.query]
        return render_template(
            "picture.html", picture=picture, query=query, table=table, say_column=say_column
        )

    def _ask(self, picture: Picture) -> Table:
        query = self._texts[picture.query]
        job = Job(query, "json", None, self._pool.settings.max_answer_bytes)
        return read_table(self._pool.evaluate(self._pool.current, job, _exchange().hangup))

    def _check_own(self) -> None:
        if not self._pool.current.served.own:
            raise NotFound("the data that are served here have no pictures")


def merge_labels(table: Table, root: str = "") -> Table:
    """Put each label into the cell of its thing, and let things of ours lead to their pages.

    A column `thingLabel` is the label of the column `thing`.

    Args:
        table: The answer.
        root: The path under which the server stands.
    """
    places = {name: number for number, name in enumerate(table.columns)}
    kept = [
        name
        for name in table.columns
        if not (name.endswith(_LABEL) and name.removesuffix(_LABEL) in places)
    ]
    rows = tuple(
        tuple(_merge(row, places[name], places.get(name + _LABEL), root) for name in kept)
        for row in table.rows
    )
    return Table(tuple(kept), rows, table.total)


def _merge(row: Sequence[Cell], place: int, label: int | None, root: str) -> Cell:
    cell = row[place]
    link = root + "/" + cell.link.removeprefix(BASE) if cell.link.startswith(BASE) else cell.link
    if label is not None and row[label].text:
        return Cell(row[label].text, link)
    return Cell(cell.text, link, "" if cell.note in ("en", "xsd:string") else cell.note)


def _exchange() -> Exchange:
    exchange = request.environ.get(EXCHANGE)
    return exchange if isinstance(exchange, Exchange) else Exchange()
