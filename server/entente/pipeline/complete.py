"""Add to the claims what follows from the way in which they are written.

An editor writes subject, predicate, object, qualifiers that differ from the default, and
passages. This module adds the type, the source, the defaults, the holder and the passages'
selectors and hashes, and makes one claim of each member of a list.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import pyoxigraph as ox

from entente import vocab
from entente.errors import DataError, InputError
from entente.pipeline.load import Loaded
from entente.terms import Term, value_of
from entente.texts import Passage, parse_passage

Row = dict[str, list[Term]]

TYPE = ox.NamedNode(vocab.RDF + "type")
LABEL = vocab.SKOS + "prefLabel"
DEFAULTS: Mapping[str, ox.NamedNode] = {
    vocab.ENT + "polarity": ox.NamedNode(vocab.VOC + "affirmed"),
    vocab.ENT + "modality": ox.NamedNode(vocab.VOC + "asserted"),
    vocab.ENT + "reading": ox.NamedNode(vocab.VOC + "explicit"),
    vocab.ENT + "rank": ox.NamedNode(vocab.VOC + "normal"),
}
_LISTS = (vocab.ENT + "subject", vocab.ENT + "object")


@dataclass(frozen=True, slots=True)
class Background:
    """What completing a claim needs to know of the rest of the graph.

    Attributes:
        labels: Preferred label by IRI.
        stances: The properties that are stances.
        hashes: SHA-256 by passage.
    """

    labels: Mapping[str, str]
    stances: frozenset[str]
    hashes: Mapping[str, str]


def complete_claims(loaded: Loaded) -> list[ox.Quad]:
    """Complete the claims of every source.

    Args:
        loaded: What the files say.

    Returns:
        The quads of the whole graph: claims completed, all else as it was.

    Raises:
        DataError: A claim lacks what cannot be added; the error lists every such claim.
    """
    background = _read_background(loaded)
    rest: list[ox.Quad] = []
    claims: dict[str, dict[str, Row]] = defaultdict(lambda: defaultdict(lambda: defaultdict(list)))
    for quad in loaded.quads:
        source = value_of(quad.graph_name).removeprefix(vocab.GRAPH)
        if source in vocab.SOURCES:
            row = claims[source][value_of(quad.subject)]
            row[quad.predicate.value].append(_plain(quad.object))
        else:
            rest.append(quad)
    problems: list[str] = []
    for source, rows in claims.items():
        graph = ox.NamedNode(vocab.GRAPH + source)
        triples = _complete_source(source, rows, background, problems)
        rest.extend(ox.Quad(t.subject, t.predicate, t.object, graph) for t in triples)
    if problems:
        raise DataError(
            f"{len(problems)} claims cannot be completed", fix="mend them", problems=problems
        )
    return rest


def _plain(term: Term | ox.Triple) -> Term:
    if isinstance(term, ox.Triple):
        raise DataError("a claim holds no triple term", fix="write subject, predicate, object")
    return term


def _read_background(loaded: Loaded) -> Background:
    stance = ox.NamedNode(vocab.ENT + "StanceProperty")
    labels = {
        value_of(q.subject): value_of(q.object) for q in loaded.quads if q.predicate.value == LABEL
    }
    stances = (
        value_of(q.subject) for q in loaded.quads if q.object == stance and q.predicate == TYPE
    )
    return Background(labels, frozenset(stances), loaded.hashes)


def _complete_source(
    source: str, rows: Mapping[str, Row], background: Background, problems: list[str]
) -> list[ox.Triple]:
    triples: list[ox.Triple] = []
    passages: set[Passage] = set()
    for iri, row in rows.items():
        try:
            passages.update(_read_passages(row, source))
            for name, one in fan_out(iri, row, background.labels):
                triples.extend(_to_triples(name, _complete_row(one, source, background)))
        except InputError as error:
            problems.append(f"{vocab.shorten(iri)}: {error}")
    for passage in sorted(passages):
        triples.extend(describe_passage(passage, background.hashes))
    return triples


def _read_passages(row: Row, source: str) -> list[Passage]:
    evidence = row.get(vocab.ENT + "evidence", [])
    if not evidence:
        raise InputError("there is no evidence", fix="add ent:evidence; `entente cite` finds it")
    passages = [parse_passage(term.value) for term in evidence]
    for passage in passages:
        if passage.source != source:
            raise InputError(
                f"{passage.short} is a passage of another source", fix=f"cite {source}"
            )
    return passages


def fan_out(iri: str, row: Row, labels: Mapping[str, str]) -> Iterator[tuple[str, Row]]:
    """Make one claim of each pair of subject and object.

    Args:
        iri: The claim's IRI as written.
        row: Its objects by predicate.
        labels: Preferred label by IRI.

    Yields:
        Name and row of each claim: the name and the label have the varying members as a
        suffix; a claim with one subject and one object stays as it is.
    """
    subjects, objects = (row.get(predicate, []) for predicate in _LISTS)
    if len(subjects) <= 1 and len(objects) <= 1:
        yield iri, row
        return
    for subject in subjects:
        for thing in objects or (None,):
            members = [
                m for m, many in ((subject, subjects), (thing, objects)) if m and len(many) > 1
            ]
            suffix = "".join("-" + m.value.rsplit("/", 1)[-1] for m in members)
            names = ", ".join(labels.get(m.value, m.value) for m in members)
            one = {**row, _LISTS[0]: [subject], **({_LISTS[1]: [thing]} if thing else {})}
            if LABEL in row:
                one[LABEL] = [ox.Literal(f"{row[LABEL][0].value} ({names})", language="en")]
            yield iri + suffix, one


def _complete_row(row: Row, source: str, background: Background) -> Row:
    added: Row = {
        TYPE.value: [ox.NamedNode(vocab.ENT + "Claim")],
        vocab.ENT + "statedIn": [ox.NamedNode(vocab.SRC + source)],
        vocab.ENT + "holder": _find_holders(row, source, background.stances),
    }
    added.update({name: [value] for name, value in DEFAULTS.items() if name not in row})
    if LABEL not in row:
        added[LABEL] = [ox.Literal(_make_label(row, background.labels), language="en")]
    return {**row, **added}


def _find_holders(row: Row, source: str, stances: frozenset[str]) -> list[Term]:
    """A stance's subject, else whom the claim is attributed to, else the text's authors.

    A stance that is advised, predicted or conditional is not held yet: its subject is not
    the one who says so.
    """
    authors: list[Term] = [ox.NamedNode(f"{vocab.ID}authors-of-{source}")]
    predicates = row.get(vocab.ENT + "predicate", [])
    modalities = row.get(vocab.ENT + "modality", [])
    held = all(modality.value in _HELD for modality in modalities)
    if held and any(value_of(predicate) in stances for predicate in predicates):
        return row.get(vocab.ENT + "subject", [])
    return row.get(vocab.ENT + "attributedTo") or authors


#: Modalities under which a stance is one that its subject holds.
_HELD = frozenset({vocab.VOC + "asserted", vocab.VOC + "planned"})


def _make_label(row: Row, labels: Mapping[str, str]) -> str:
    parts = ("subject", "predicate", "object", "value")
    terms = [term for part in parts for term in row.get(vocab.ENT + part, [])[:1]]
    return " ".join(labels.get(term.value, term.value) for term in terms)


def describe_passage(passage: Passage, hashes: Mapping[str, str]) -> Iterator[ox.Triple]:
    """Describe a passage: its source, its offsets and, where it is known, its hash.

    Source: https://www.w3.org/TR/annotation-model/#text-position-selector
    """
    node = ox.NamedNode(passage.iri)
    selector = ox.NamedNode(passage.iri + "/selector")
    yield ox.Triple(node, TYPE, ox.NamedNode(vocab.ENT + "Passage"))
    yield ox.Triple(
        node, ox.NamedNode(vocab.OA + "hasSource"), ox.NamedNode(vocab.SRC + passage.source)
    )
    yield ox.Triple(node, ox.NamedNode(vocab.OA + "hasSelector"), selector)
    yield ox.Triple(selector, TYPE, ox.NamedNode(vocab.OA + "TextPositionSelector"))
    yield ox.Triple(selector, ox.NamedNode(vocab.OA + "start"), ox.Literal(passage.start))
    yield ox.Triple(selector, ox.NamedNode(vocab.OA + "end"), ox.Literal(passage.end))
    if sha256 := hashes.get(passage.short):
        yield ox.Triple(node, ox.NamedNode(vocab.ENT + "sha256"), ox.Literal(sha256))


def _to_triples(iri: str, row: Mapping[str, Sequence[Term]]) -> Iterable[ox.Triple]:
    subject = ox.NamedNode(iri)
    for predicate, objects in row.items():
        for term in objects:
            yield ox.Triple(subject, ox.NamedNode(predicate), term)
