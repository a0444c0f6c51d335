"""Completion for the query editor: names of the graph, found by what people call them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from flask import Blueprint, Response, request

from entente.errors import UsageError
from entente.query.hangup import Hangup
from entente.query.pool import Pool
from entente.terms import value_of
from entente.vocab import shorten
from entente.web.documented import Parameter, documented
from entente.web.exchange import EXCHANGE, Exchange
from entente.web.resource import Asker

_MAX_FOUND = 20
_MAX_ASKED = 100


@dataclass(frozen=True, slots=True)
class Name:
    """A name that a query can hold.

    Attributes:
        kind: class, property, entity or concept.
        iri: What it names.
        label: What people call it.
    """

    kind: str
    iri: str
    label: str

    @property
    def short(self) -> str:
        """Give the name with its prefix."""
        return shorten(self.iri)


def make_completion(pool: Pool) -> Blueprint:
    """Make the route; the names of a version are asked for once."""
    blueprint = Blueprint("completion", __name__)
    kept: list[tuple[str, tuple[Name, ...]]] = []

    def names() -> tuple[Name, ...]:
        generation = pool.current
        if not generation.served.own:
            return ()
        if not kept or kept[-1][0] != generation.served.version:
            asker = Asker(pool, generation, _hangup())
            kept[:] = [(generation.served.version, tuple(_read(asker)))]
        return kept[-1][1]

    @documented(
        "Complete a name of the graph by its beginning or by words of its label",
        Parameter("q", f"what was typed, at most {_MAX_ASKED} characters", required=True),
        Parameter("in", "the namespace in which the name stands, or nothing"),
        formats=("application/json",),
    )
    def complete() -> Response:
        asked, namespace = request.args.get("q", ""), request.args.get("in", "")
        if len(asked) > _MAX_ASKED:
            raise UsageError(f"q has {len(asked)} characters", fix=f"give at most {_MAX_ASKED}")
        found = find_names(names(), asked, namespace)
        body = [
            {"name": each.short, "iri": each.iri, "label": each.label, "kind": each.kind}
            for each in found
        ]
        response = Response(json.dumps(body), content_type="application/json")
        response.headers["Cache-Control"] = "max-age=60"
        return response

    blueprint.add_url_rule("/complete", "complete", complete)
    return blueprint


def find_names(names: Iterable[Name], asked: str, namespace: str = "") -> list[Name]:
    """Find names, the best first: what begins so, then a word that does, then what has it.

    Args:
        names: Where to look.
        asked: What was typed; case does not matter.
        namespace: The namespace in which the name has to stand, or an empty string.
    """
    wanted = asked.strip().casefold()
    ranked = []
    for name in names:
        if name.iri.startswith(namespace) and name.short[:1] != "<":
            rank = _rank(name, wanted)
            if rank is not None:
                ranked.append((rank, len(name.label), name.short, name))
    ranked.sort(key=lambda each: each[:3])
    return [each[3] for each in ranked[:_MAX_FOUND]]


def _rank(name: Name, wanted: str) -> int | None:
    local, label = name.short.partition(":")[2].casefold(), name.label.casefold()
    if local.startswith(wanted) or label.startswith(wanted):
        return 0
    if any(word.startswith(wanted) for word in label.split()):
        return 1
    return 2 if wanted in label or wanted in local else None


def _read(asker: Asker) -> Iterator[Name]:
    for kind, thing, label in asker.rows("completions"):
        if kind and thing and label:
            yield Name(value_of(kind), value_of(thing), value_of(label))


def _hangup() -> Hangup:
    exchange = request.environ.get(EXCHANGE)
    return (exchange if isinstance(exchange, Exchange) else Exchange()).hangup
