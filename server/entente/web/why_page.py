"""The page of an explanation: a worker's lists in the frame of all pages, with labels."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from html import unescape

from flask import render_template
from markupsafe import Markup, escape

from entente.vocab import BASE, CLAIM, RDF, shorten
from entente.web.page_data import make_address
from entente.web.resource import Asker
from entente.web.resource_page import STATUS

_ANCHOR = re.compile(r'<a href="([^"]*)">([^<]*)</a>')
_GRAPHS = re.compile(r"<small>([^<]*)</small>")
_GRAPH_WORDS = {shorten(iri): word for iri, word in STATUS.items()}
_PASSAGE = re.compile(re.escape(BASE) + r"source/[^/]+/char/(\d+)-(\d+)")


def render_why(fragment: str, asker: Asker) -> str:
    """Put an explanation into the frame.

    Args:
        fragment: What `provenance.proof_html` wrote; all texts in it are escaped.
        asker: Asks what things are called.
    """
    iris = {unescape(iri) for iri, _ in _ANCHOR.findall(fragment)}
    labels = asker.labels(iri for iri in iris if iri.startswith(BASE))
    told = _ANCHOR.sub(_make_writer(labels, make_address(asker.names())), fragment)
    told = _GRAPHS.sub(_say_graphs, told)
    heading = told.replace("<h2>", "<h1>", 1).replace("</h2>", "</h1>", 1)
    return render_template("why.html", explanation=Markup(heading))  # noqa: S704  escaped there


def _make_writer(
    labels: Mapping[str, str], address: Callable[[str], str]
) -> Callable[[re.Match[str]], str]:
    def write(anchor: re.Match[str]) -> str:
        iri, text = unescape(anchor[1]), anchor[2]
        if unescape(text) in (shorten(iri), "a"):
            text = str(escape(_name(iri, labels)))
        place = address(iri)
        return f'<a href="{escape(place)}">{text}</a>' if place else text

    return write


def _say_graphs(graphs: re.Match[str]) -> str:
    """Say in words in which graphs a triple stands."""
    said = (_GRAPH_WORDS.get(name, name.removeprefix("graph:")) for name in graphs[1].split(", "))
    return f"<small>{', '.join(said)}</small>"


def _name(iri: str, labels: Mapping[str, str]) -> str:
    if passage := _PASSAGE.fullmatch(iri):
        return f"characters {int(passage[1]):,} to {int(passage[2]):,}"
    if iri.startswith(CLAIM):  # its sentence stands beside it
        return f"claim {iri.removeprefix(CLAIM)}"
    if iri == RDF + "type":
        return "is a"
    return labels.get(iri, shorten(iri))
