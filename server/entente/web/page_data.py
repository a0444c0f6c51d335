"""Pages for readers: what a worker read of a thing, put into its template."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from flask import render_template, request

from entente.query.execute import Job
from entente.query.generation import Generation
from entente.query.hangup import Hangup
from entente.query.pool import Pool
from entente.vocab import BASE, GRAPH, SOURCES
from entente.web.stances import side_of, sign_of
from entente.web.things.claim import place_of
from entente.web.things.words import say_day

_DUMPS = BASE + "dumps/"
#: Labels longer than this are cut in lists; the thing's own page has them whole.
_LONGEST_LABEL = 240


@dataclass(frozen=True, slots=True)
class PageData:
    """What a worker read.

    Attributes:
        kind: The page's template, without its extension; empty where no page of ours fits.
        data: What the template shows.
        words: The words of passages, by IRI, where the operator has the texts.
    """

    kind: str
    data: Any
    words: Mapping[str, str]

    @property
    def pages(self) -> int:
        """How many pages the thing has."""
        return int(self.data.get("pages", 1)) if isinstance(self.data, dict) else 1

    @property
    def section(self) -> str:
        """The one section of the thing that it is, or an empty string."""
        return str(self.data.get("section", "")) if isinstance(self.data, dict) else ""


def read_page_data(pool: Pool, generation: Generation, hangup: Hangup, **asked: str) -> PageData:
    """Let a worker read a page; for what may be asked see `things.page.read_page`.

    Raises:
        EntenteError: As `Pool.evaluate`.
    """
    job = Job("", "json", None, pool.settings.max_answer_bytes, task="page", arguments=dict(asked))
    return PageData(**json.loads(pool.evaluate(generation, job, hangup)))


def render_page_data(read: PageData, names: Collection[str], **more: object) -> str:
    """Put what a worker read into its template.

    Args:
        read: What it read.
        names: IRIs that have a document here.
        more: What else the template shows.
    """
    return render_template(
        f"{read.kind}.html",
        data=read.data,
        address=make_address(names),
        words=lambda passage: read.words.get(passage, ""),
        why=_address_why,
        stance=side_of,
        sign=sign_of,
        say_column=say_column,
        say_day=say_day,
        say_place=_say_place,
        site_of=_site_of,
        anchor=_make_anchor,
        clip=clip,
        worlds=tuple(SOURCES),
        **more,
    )


def make_address(names: Collection[str]) -> Callable[[str], str]:
    """Make the function that says where an IRI leads: to its document here, or out to the web.

    It gives an empty string where there is nothing to lead to, so that no IRI of another
    scheme, `javascript:` included, ever becomes a link.
    """
    root = request.root_path

    def address(iri: str) -> str:
        if iri in names:
            return f"{root}/{quote(iri[len(BASE) :].rstrip('/'), safe='/~')}.html"
        if iri.startswith((GRAPH, _DUMPS)):
            return f"{root}/{quote(iri[len(BASE) :], safe='/~')}"
        outside = iri.startswith(("http://", "https://")) and not iri.startswith(BASE)
        return iri if outside else ""

    return address


def clip(label: str) -> str:
    """Cut a label that is too long for a list.

    >>> len(clip("x" * 2000))
    240
    """
    return label if len(label) <= _LONGEST_LABEL else label[: _LONGEST_LABEL - 1] + "…"


def say_column(name: str) -> str:
    """Say what a variable of a query is called.

    >>> say_column("asOf")
    'as of'
    """
    return re.sub(r"(?<=[a-z])([A-Z])", lambda letter: f" {letter[1].lower()}", name)


def _address_why(parts: Sequence[str]) -> str:
    """Give the address of the proof of a triple."""
    return f"{request.root_path}/why?" + urlencode([*zip("spo", parts, strict=True)])


def _say_place(passage: str) -> str:
    _, start, end = place_of(passage)
    return f"characters {start:,} to {end:,}"


def _site_of(iri: str) -> str:
    """Name the site behind an address, for a link that leads out."""
    return (urlsplit(iri).hostname or iri).removeprefix("www.")


def _make_anchor(iri: str) -> str:
    """Make the name of a place on a page."""
    return re.sub(r"[^A-Za-z0-9_-]", "-", iri.removeprefix(BASE).partition("/")[2] or iri)
