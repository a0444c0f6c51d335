"""Functions for queries: what the texts say of a triple, and whether two intervals overlap.

Each is pure in one data set and has a pattern of plain SPARQL beside it; see
docs/viewpoints.md. They look into `graph:propositions` and the claims, whatever FROM says.

Source: https://www.w3.org/TR/sparql11-query/#extensionFunctions
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import pyoxigraph as ox

from entente import vocab
from entente.errors import UsageError
from entente.provenance.naming import UNDISPUTED, parse_viewpoint
from entente.terms import AnyTerm, value_of

#: A function: terms in, a term out, or None where it has no value.
Function = Callable[..., ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple | None]

FUNCTION = vocab.BASE + "function/"
#: Every function, with what it does in one sentence.
FUNCTIONS: Mapping[str, str] = MappingProxyType(
    {
        FUNCTION + "status": "The status of the triple of three terms: voc:affirmed, voc:denied, "
        "voc:conflicted, voc:qualified, voc:open or voc:unknown; with the graph of a viewpoint as "
        "a fourth argument, the status according to its texts.",
        FUNCTION + "holders": "The IRIs of those who affirm the triple of three terms as fact, "
        "with blanks between; with voc:denied as a fourth argument, of those who deny it.",
        FUNCTION + "overlap": "Whether two intervals of dates have a day in common; the arguments "
        "are from, to, from, to, and an empty string leaves an interval open.",
    }
)
_AFFIRMED, _DENIED, _ASSERTED, _DEPRECATED, _CONFLICTED, _QUALIFIED, _OPEN, _UNKNOWN = (
    vocab.VOC + name
    for name in (
        "affirmed",
        "denied",
        "asserted",
        "deprecated",
        "conflicted",
        "qualified",
        "open",
        "unknown",
    )
)
_Key = tuple[AnyTerm, AnyTerm, AnyTerm]
_FACTS = ox.DefaultGraph()
_POLARITY = vocab.ENT + "PolarityDisagreement"


def open_functions(store: ox.Store) -> dict[ox.NamedNode, Function]:
    """Give the functions over a data set, by their names; what they look up is read once."""
    propositions = _Propositions(store)
    return {
        ox.NamedNode(FUNCTION + "status"): propositions.status,
        ox.NamedNode(FUNCTION + "holders"): propositions.holders,
        ox.NamedNode(FUNCTION + "overlap"): overlap,
    }


def overlap(*bounds: object) -> ox.Literal | None:
    """Say whether two intervals have a day in common; None where a bound is no date."""
    days = [_read_day(bound) for bound in bounds]
    if len(days) != 4 or None in days:
        return None
    start, end, other_start, other_end = (day or "" for day in days)
    # Days in ISO 8601 are in order as texts are; an open end is behind every day.
    meet = start <= (other_end or "~") and other_start <= (end or "~")
    return ox.Literal(meet)


def _read_day(bound: object) -> str | None:
    if not isinstance(bound, ox.Literal):
        return None
    plain = bound.datatype.value in (vocab.XSD + "date", vocab.XSD + "dateTime")
    return bound.value[:10] if plain or not bound.value else None


@dataclass(frozen=True, slots=True)
class _Said:
    """What a claim says of its proposition."""

    iri: str
    text: str
    polarity: str
    asserted: bool
    holders: tuple[str, ...]


class _Propositions:
    """The propositions of a data set, read when they are first asked for."""

    def __init__(self, store: ox.Store) -> None:
        self._store = store
        self._index: dict[_Key, AnyTerm] | None = None

    def status(self, *terms: AnyTerm) -> ox.NamedNode | None:
        said = self._said(terms)
        texts = _texts_of(value_of(terms[3])) if len(terms) == 4 else frozenset(vocab.SOURCES)
        if said is None or texts is None:
            return None
        if texts == {UNDISPUTED}:
            disputed = {claim for pair in self._disagreements() for claim in pair[1]}
            said = [one for one in said if one.iri not in disputed]
        else:
            said = [one for one in said if one.text in texts]
        return ox.NamedNode(_judge(said, self._is_conflicted(said, texts)))

    def holders(self, *terms: AnyTerm) -> ox.Literal | None:
        said = self._said(terms)
        polarity = value_of(terms[3]) if len(terms) == 4 else _AFFIRMED
        if said is None:
            return None
        agreed = [one for one in said if one.asserted and one.polarity == polarity]
        return ox.Literal(" ".join(sorted({holder for one in agreed for holder in one.holders})))

    def _said(self, terms: tuple[AnyTerm, ...]) -> list[_Said] | None:
        """Give what claims say of a triple; None where the arguments make none."""
        if len(terms) not in (3, 4):
            return None
        subject, predicate, object_ = terms[:3]
        proposition = self._read_index().get((subject, predicate, object_))
        expresses = ox.NamedNode(vocab.ENT + "expresses")
        quads = self._store.quads_for_pattern(None, expresses, proposition, _FACTS)  # type: ignore[arg-type]
        return [] if proposition is None else [self._read_claim(quad.subject) for quad in quads]

    def _read_index(self) -> dict[_Key, AnyTerm]:
        if self._index is None:
            parts = ("subject", "predicate", "object")
            by_part = [self._read_part(vocab.RDF + part) for part in parts]
            self._index = {
                (subject, by_part[1][node], by_part[2][node]): node
                for node, subject in by_part[0].items()
                if node in by_part[1] and node in by_part[2]
            }
        return self._index

    def _read_part(self, predicate: str) -> dict[AnyTerm, AnyTerm]:
        graph = ox.NamedNode(vocab.GRAPH_PROPOSITIONS)
        quads = self._store.quads_for_pattern(None, ox.NamedNode(predicate), None, graph)
        return {quad.subject: quad.object for quad in quads}

    def _read_claim(self, claim: AnyTerm) -> _Said:
        def values(name: str) -> list[str]:
            predicate = ox.NamedNode(vocab.ENT + name)
            quads = self._store.quads_for_pattern(claim, predicate, None, _FACTS)  # type: ignore[arg-type]
            return [value_of(quad.object) for quad in quads]

        asserted = values("modality") == [_ASSERTED] and _DEPRECATED not in values("rank")
        text = next(iter(values("statedIn")), "").removeprefix(vocab.SRC)
        polarity = next(iter(values("polarity")), "")
        return _Said(value_of(claim), text, polarity, asserted, tuple(values("holder")))

    def _disagreements(self) -> Iterator[tuple[str, set[str]]]:
        """Yield the class and the claims of each disagreement."""
        graph = ox.NamedNode(vocab.GRAPH_DISAGREEMENTS)
        kind, involves = (
            ox.NamedNode(iri) for iri in (vocab.RDF + "type", vocab.ENT + "involvesClaim")
        )
        for quad in self._store.quads_for_pattern(None, kind, None, graph):
            pairs = self._store.quads_for_pattern(quad.subject, involves, None, graph)
            yield value_of(quad.object), {value_of(pair.object) for pair in pairs}

    def _is_conflicted(self, said: list[_Said], texts: frozenset[str]) -> bool:
        """Say whether an asserted claim is denied in the same respect, by a text that counts."""
        asserted = {one.iri for one in said if one.asserted}
        return any(
            kind == _POLARITY and not asserted.isdisjoint(claims) and self._speak(claims, texts)
            for kind, claims in self._disagreements()
        )

    def _speak(self, claims: set[str], texts: frozenset[str]) -> bool:
        return all(self._read_claim(ox.NamedNode(claim)).text in texts for claim in claims)


def _texts_of(viewpoint: str) -> frozenset[str] | None:
    """Give the texts that speak in a viewpoint, named by its graph or its text."""
    name = viewpoint.removeprefix(vocab.GRAPH_VIEW).removeprefix(vocab.SRC)
    try:
        return frozenset(parse_viewpoint(name))
    except UsageError:
        return None


def _judge(said: list[_Said], conflicted: bool) -> str:
    """Judge as the rules in queries/rules/propositions/ do."""
    sides = {one.polarity for one in said if one.asserted}
    if conflicted:
        return _CONFLICTED
    if {_AFFIRMED, _DENIED} <= sides:
        return _QUALIFIED
    return next(iter(sides), _OPEN if said else _UNKNOWN)
