"""Count the graph for its VoID description: by class, by property, by where its links lead.

What is counted are the distinct triples of all graphs but the views and the description
itself, which cannot count its own counts. Source: https://www.w3.org/TR/void/#statistics
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

import pyoxigraph as ox

from entente import vocab

_VOID = vocab.PREFIXES["void"]
_TYPE = f"<{vocab.RDF}type>".encode()
_OURS = f"<{vocab.BASE}".encode()
_MATCHES = ("exactMatch", "closeMatch", "broadMatch", "narrowMatch", "relatedMatch")
#: Properties whose values outside our base make a link set.
LINKS = frozenset(
    {
        *(vocab.SKOS + match for match in _MATCHES),
        vocab.OWL + "sameAs",
        vocab.RDFS + "seeAlso",
        vocab.PREFIXES["foaf"] + "page",
    }
)


@dataclass(frozen=True, slots=True)
class Partitions:
    """What the triples come to.

    Attributes:
        triples: How many there are.
        subjects: How many distinct subjects.
        objects: How many distinct objects.
        entities: How many distinct subjects with an IRI of ours.
        classes: Instances by class; classes without an IRI are left out.
        properties: Triples by property.
        links: Triples by property and by the namespace outside to which they lead.
    """

    triples: int
    subjects: int
    objects: int
    entities: int
    classes: Counter[str]
    properties: Counter[str]
    links: Counter[tuple[str, str]]


def count_partitions(triples: Iterable[bytes]) -> Partitions:
    """Count distinct triples, each as `subject predicate object` in N-Triples.

    Bytes are counted many times faster than terms, which are made anew at each look.
    """
    parts = [triple.split(b" ", 2) for triple in triples]
    subjects = {subject for subject, _, _ in parts}
    return Partitions(
        triples=len(parts),
        subjects=len(subjects),
        objects=len({term for _, _, term in parts}),
        entities=sum(subject.startswith(_OURS) for subject in subjects),
        classes=_count(term for _, link, term in parts if link == _TYPE and term[:1] == b"<"),
        properties=_count(link for _, link, _ in parts),
        links=Counter(_find_links(parts)),
    )


def describe_partitions(dataset: ox.NamedNode, counted: Partitions) -> Iterator[ox.Triple]:
    """Write the counts as VoID.

    Args:
        dataset: The data set; its partitions are named below it.
        counted: The counts.
    """
    for name, count in (
        ("triples", counted.triples),
        ("entities", counted.entities),
        ("classes", len(counted.classes)),
        ("properties", len(counted.properties)),
        ("distinctSubjects", counted.subjects),
        ("distinctObjects", counted.objects),
    ):
        yield _triple(dataset, _VOID + name, ox.Literal(count))
    for iri, count in sorted(counted.classes.items()):
        part = _part(dataset, "class", iri)
        yield _triple(dataset, _VOID + "classPartition", part)
        yield from _name_part(part, "class", iri)
        yield _triple(part, _VOID + "entities", ox.Literal(count))
    for iri, count in sorted(counted.properties.items()):
        part = _part(dataset, "property", iri)
        yield _triple(dataset, _VOID + "propertyPartition", part)
        yield from _name_part(part, "property", iri)
        yield _triple(part, _VOID + "triples", ox.Literal(count))
    for (link, namespace), count in sorted(counted.links.items()):
        yield from _describe_links(dataset, link, namespace, count)


def namespace_of(iri: str) -> str:
    """Give the namespace that an IRI outside stands in: one with a prefix of ours, or its host.

    >>> namespace_of("http://www.wikidata.org/entity/Q17")
    'http://www.wikidata.org/entity/'
    >>> namespace_of("https://example.org/a/b")
    'https://example.org/'
    """
    known = [space for space in vocab.PREFIXES.values() if iri.startswith(space)]
    address = urlsplit(iri)
    return max(known, key=len, default=f"{address.scheme}://{address.netloc}/")


def _count(terms: Iterable[bytes]) -> Counter[str]:
    return Counter({_iri(term): count for term, count in Counter(terms).items()})


def _find_links(parts: Iterable[Sequence[bytes]]) -> Iterator[tuple[str, str]]:
    links = {f"<{link}>".encode() for link in LINKS}
    for subject, link, target in parts:
        leaves = target.startswith(b"<") and not target.startswith(_OURS)
        if link in links and leaves and subject.startswith(_OURS):
            yield _iri(link), namespace_of(_iri(target))


def _iri(term: bytes) -> str:
    return term[1:-1].decode()


def _describe_links(
    dataset: ox.NamedNode, link: str, namespace: str, count: int
) -> Iterator[ox.Triple]:
    target = _part(dataset, "target", namespace)
    links = ox.NamedNode(f"{_part(dataset, 'links', link).value}-to-{_slug(namespace)}")
    yield _triple(target, vocab.RDF + "type", ox.NamedNode(_VOID + "Dataset"))
    yield _triple(target, _VOID + "uriSpace", ox.Literal(namespace))
    yield _triple(dataset, _VOID + "subset", links)
    yield _triple(links, vocab.RDF + "type", ox.NamedNode(_VOID + "Linkset"))
    yield _triple(links, _VOID + "subjectsTarget", dataset)
    yield _triple(links, _VOID + "objectsTarget", target)
    yield _triple(links, _VOID + "linkPredicate", ox.NamedNode(link))
    yield _triple(links, _VOID + "triples", ox.Literal(count))


def _name_part(part: ox.NamedNode, kind: str, iri: str) -> Iterator[ox.Triple]:
    yield _triple(part, vocab.RDF + "type", ox.NamedNode(_VOID + "Dataset"))
    yield _triple(part, _VOID + kind, ox.NamedNode(iri))


def _part(dataset: ox.NamedNode, kind: str, iri: str) -> ox.NamedNode:
    return ox.NamedNode(f"{dataset.value}/{kind}-{_slug(vocab.shorten(iri))}")


def _slug(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9]+", "-", text.partition("://")[2] or text).strip("-")


def _triple(subject: ox.NamedNode, predicate: str, term: ox.NamedNode | ox.Literal) -> ox.Triple:
    return ox.Triple(subject, ox.NamedNode(predicate), term)
