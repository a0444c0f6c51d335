"""The page of a comparison: a form, and each row with what every viewpoint says of it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from flask import render_template

from entente.provenance.compare import CONTRADICTED, DIFFERS, SHARED, SOME
from entente.provenance.naming import UNDISPUTED
from entente.query.formats import Format
from entente.vocab import BASE, CLAIM, SOURCES, SRC, shorten
from entente.web.page_data import clip, make_address, say_column
from entente.web.resource import Asker
from entente.web.things.words import say_day

#: What each verdict is called, and the sign beside it.
VERDICTS = {
    CONTRADICTED: ("the texts contradict each other", "≠"),
    DIFFERS: ("they answer differently", "~"),
    SOME: ("only some say it", "◌"),
    SHARED: ("all say it", "✓"),
}
#: The fields of the form.
FIELDS = ("query", "viewpoints", "key")
_FINE = re.compile(r"[^\x00-\x20<>\"{}|\\^`]*")
_DATE = "http://www.w3.org/2001/XMLSchema#date"
_WORLDS = (*SOURCES, UNDISPUTED)

Term = Mapping[str, str]
Value = list[tuple[str, Term]]


def render_comparison(
    asked: Mapping[str, str],
    asker: Asker,
    formats: Sequence[Format],
    comparison: Mapping[str, Any] | None = None,
    problem: Mapping[str, Any] | None = None,
) -> str:
    """Render the page.

    Args:
        asked: What stands in the form: `query`, `viewpoints` and `key`.
        asker: Asks what things are called.
        formats: What the comparison can be had as.
        comparison: What `provenance.comparison.write_json` wrote, or None before the first asking.
        problem: What went wrong instead.
    """
    chosen = [name.strip() for name in asked.get("viewpoints", "").split(",") if name.strip()]
    rows = comparison["rows"] if comparison else []
    shown = rows[: asker.pool.settings.max_table_rows]
    texts = {SRC + part for name in (*_WORLDS, *chosen) for part in name.split("~")}
    labels = asker.labels(iri for iri in texts | set(_list_iris(shown)) if _is_ours(iri))
    counts = Counter(row["verdict"] for row in rows)
    return render_template(
        "compare.html",
        asked=asked,
        worlds=[*_WORLDS, *(name for name in chosen if name not in _WORLDS)],
        chosen=chosen or list(SOURCES),
        comparison=comparison,
        rows=shown,
        counts=[(verdict, counts[verdict]) for verdict in VERDICTS if counts[verdict]],
        verdicts=VERDICTS,
        problem=problem,
        formats=formats,
        target=urlencode([(name, asked[name]) for name in FIELDS if asked.get(name)]),
        address=make_address(asker.names() if comparison else ()),
        world=lambda name: _name_world(name, labels),
        name=lambda term: clip(_name(term, labels)),
        values=_values,
        claims=_claims,
        say_column=say_column,
    )


def _list_iris(rows: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for row in rows:
        yield from row["disagreements"]
        bindings = (binding for every in row["rows"].values() for binding in every)
        for terms in (row["key"], *bindings):
            yield from (term["value"] for term in terms.values() if term["type"] == "uri")


def _is_ours(iri: str) -> bool:
    # What holds a character that no IRI has is a name of the form's, and has no label.
    return iri.startswith(BASE) and _FINE.fullmatch(iri) is not None


def _name_world(name: str, labels: Mapping[str, str]) -> str:
    if name == UNDISPUTED:
        return "What nobody contradicts"
    return " with ".join(labels.get(SRC + part, part) for part in name.split("~"))


def _name(term: Term | str, labels: Mapping[str, str]) -> str:
    """Say a term in words: an IRI may stand for itself."""
    value = term if isinstance(term, str) else term["value"]
    if not isinstance(term, str) and term["type"] != "uri":
        return say_day(value) if term.get("datatype") == _DATE else value
    return labels.get(value, shorten(value))


def _values(comparison: Mapping[str, Any], bindings: Sequence[Mapping[str, Term]]) -> list[Value]:
    """List what a viewpoint gives under a key: columns and terms of each value, each once."""
    found = dict[tuple[tuple[str, str], ...], Value]()
    for binding in bindings:
        value = [(name, binding[name]) for name in comparison["compared"] if name in binding]
        found[tuple((name, term["value"]) for name, term in value)] = value
    return [found[key] for key in sorted(found)]


def _claims(bindings: Sequence[Mapping[str, Term]]) -> list[str]:
    """List the claims that the rows of a viewpoint name."""
    return sorted(
        {
            term["value"]
            for binding in bindings
            for term in binding.values()
            if term["value"].startswith(CLAIM)
        }
    )
