"""The catalogue, and what each version of the data set is: DCAT and VoID, with the dumps' hashes.

A data set cannot hold its own hash, so that what depends on the version is told here, from the
snapshot's files, and not in the data set.

Source: https://www.w3.org/TR/vocab-dcat-3/
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import starmap
from pathlib import Path

import pyoxigraph as ox

from entente.history import Past, list_versions
from entente.pipeline.dumps import DUMPS, DumpFile
from entente.snapshot import find_version
from entente.terms import Term
from entente.vocab import (
    BASE,
    CATALOG,
    DCTERMS,
    DUMP,
    GRAPH_VOID,
    PREFIXES,
    RDF,
    VERSION,
    XSD,
)
from entente.web.dumps import Dumps
from entente.web.resource import Asker, Resource, sort_quads

_DCAT, _VOID = PREFIXES["dcat"], PREFIXES["void"]
_SPDX = PREFIXES["spdx"]
_DATASET = ox.NamedNode(BASE + "dataset")
_CATALOG = ox.NamedNode(CATALOG)
_LICENCE = ox.NamedNode("https://creativecommons.org/licenses/by/4.0/")
_MEDIA_TYPES = "https://www.iana.org/assignments/media-types/"


class Versions:
    """Descriptions of the catalogue and of the versions.

    Args:
        dumps: The dumps of the versions.
    """

    def __init__(self, dumps: Dumps) -> None:
        self._dumps = dumps

    def find(self, iri: str, asker: Asker, root: str) -> Callable[[], Resource] | None:
        """Find what describes the catalogue or a version.

        Args:
            iri: The catalogue, or a version.
            asker: Asks the data set in service.
            root: The address of the server, with its last slash.

        Raises:
            VersionUnknown: There never was such a version.
            VersionGone: Its files were removed.
        """
        folder = asker.generation.served.folder
        if folder is None:
            return None
        if iri == CATALOG:
            return partial(self._tell_catalog, folder, asker, root)
        name = iri[len(VERSION) :].partition("/")[0]  # its parts are told with it
        return partial(self._tell_version, folder, _find_past(folder, name), root)

    def _tell_catalog(self, folder: Path, asker: Asker, root: str) -> Resource:
        void = asker.rows("graph", [GRAPH_VOID])
        files = self._dumps.look_up(folder)
        return _resource(
            CATALOG, [*_describe_catalog(folder, files, root), *starmap(_triple, void)]
        )

    def _tell_version(self, folder: Path, past: Past, root: str) -> Resource:
        files = self._dumps.look_up(folder.parent / past.version)
        triples = _describe_version(folder.parent, past, files, root)
        return _resource(VERSION + past.version, triples)


def _resource(iri: str, triples: Iterable[ox.Triple]) -> Resource:
    return Resource(iri, tuple(sort_quads({ox.Quad(*triple) for triple in triples})))


def _find_past(folder: Path, name: str) -> Past:
    known = [past for past in list_versions(folder.parent) if past.version == name]
    if name == folder.name and not known:
        return Past(name, {}, kept=True)
    if not known or not known[0].kept:
        return find_version(folder.parent, name)
    return known[0]


def _describe_catalog(folder: Path, files: list[DumpFile], root: str) -> Iterator[ox.Triple]:
    yield _link(_CATALOG, RDF + "type", _DCAT + "Catalog")
    yield _text(_CATALOG, DCTERMS + "title", "The catalogue of Entente")
    yield _text(
        _CATALOG,
        DCTERMS + "description",
        "The data set, its versions and its dumps. Hashes stand here and not in the data set, "
        "which cannot hold its own.",
    )
    yield ox.Triple(_CATALOG, ox.NamedNode(DCTERMS + "license"), _LICENCE)
    yield ox.Triple(_CATALOG, ox.NamedNode(_DCAT + "dataset"), _DATASET)
    yield _link(_DATASET, RDF + "type", _DCAT + "Dataset")
    service = ox.NamedNode(BASE + "sparql")
    yield ox.Triple(_CATALOG, ox.NamedNode(_DCAT + "service"), service)
    yield _link(service, RDF + "type", _DCAT + "DataService")
    yield _link(service, _DCAT + "endpointURL", root + "sparql")
    yield _link(service, _DCAT + "endpointDescription", root + "openapi.json")
    yield ox.Triple(service, ox.NamedNode(_DCAT + "servesDataset"), _DATASET)
    current = Past(folder.name, {}, kept=True)
    yield _link(_DATASET, _DCAT + "hasCurrentVersion", VERSION + current.version)
    yield from _describe_dumps(_DATASET, current.version, files, root)
    for past in list_versions(folder.parent):
        if past.kept:
            yield _link(_DATASET, _DCAT + "hasVersion", VERSION + past.version)
            yield _link(_CATALOG, _DCAT + "dataset", VERSION + past.version)


def _describe_version(
    root_folder: Path, past: Past, files: list[DumpFile], root: str
) -> Iterator[ox.Triple]:
    node = ox.NamedNode(VERSION + past.version)
    yield _link(node, RDF + "type", _DCAT + "Dataset")
    yield _link(node, RDF + "type", _VOID + "Dataset")
    yield _text(node, DCTERMS + "title", f"Entente, version {past.version[:12]}")
    yield ox.Triple(node, ox.NamedNode(_DCAT + "isVersionOf"), _DATASET)
    yield ox.Triple(node, ox.NamedNode(_DCAT + "version"), ox.Literal(past.version))
    yield ox.Triple(node, ox.NamedNode(DCTERMS + "license"), _LICENCE)
    versions = [each.version for each in list_versions(root_folder)]
    older = versions[versions.index(past.version) + 1 :] if past.version in versions else []
    if older:
        yield _link(node, _DCAT + "previousVersion", VERSION + older[0])
    for graph, count in past.manifest.get("graphs", {}).items():
        part = ox.NamedNode(f"{node.value}/{graph[len(BASE) :]}")
        yield ox.Triple(node, ox.NamedNode(_VOID + "subset"), part)
        yield _link(part, DCTERMS + "source", graph)
        yield ox.Triple(part, ox.NamedNode(_VOID + "triples"), ox.Literal(count))
    yield from _describe_dumps(node, past.version, files, root)


def _describe_dumps(
    dataset: ox.NamedNode, version: str, files: list[DumpFile], root: str
) -> Iterator[ox.Triple]:
    """Describe the dumps of a version: where, and of those that are made how large, which hash.

    Source: https://www.w3.org/TR/vocab-dcat-3/#Class:Distribution
    """
    known = {file.name: file for file in files}
    for dump in DUMPS:
        node = ox.NamedNode(f"{DUMP}{version}/{dump.name}")
        address = f"{root}dumps/{version}/{dump.name}"
        media_type = dump.media_type.partition(";")[0]
        yield ox.Triple(dataset, ox.NamedNode(_DCAT + "distribution"), node)
        yield _link(dataset, _VOID + "dataDump", address)
        yield _link(node, RDF + "type", _DCAT + "Distribution")
        yield _text(node, DCTERMS + "title", dump.title)
        yield _link(node, _DCAT + "downloadURL", address)
        yield _link(node, _DCAT + "mediaType", _MEDIA_TYPES + media_type)
        yield ox.Triple(node, ox.NamedNode(DCTERMS + "license"), _LICENCE)
        if dump.name in known:
            yield from _describe_file(node, known[dump.name])


def _describe_file(node: ox.NamedNode, file: DumpFile) -> Iterator[ox.Triple]:
    size = ox.Literal(str(file.size), datatype=ox.NamedNode(XSD + "nonNegativeInteger"))
    value = ox.Literal(file.sha256, datatype=ox.NamedNode(XSD + "hexBinary"))
    checksum = ox.BlankNode("checksum" + file.sha256[:16])
    yield ox.Triple(node, ox.NamedNode(_DCAT + "byteSize"), size)
    yield ox.Triple(node, ox.NamedNode(_SPDX + "checksum"), checksum)
    yield ox.Triple(checksum, ox.NamedNode(RDF + "type"), ox.NamedNode(_SPDX + "Checksum"))
    algorithm = ox.NamedNode(_SPDX + "checksumAlgorithm_sha256")
    yield ox.Triple(checksum, ox.NamedNode(_SPDX + "algorithm"), algorithm)
    yield ox.Triple(checksum, ox.NamedNode(_SPDX + "checksumValue"), value)


def _triple(subject: Term | None, predicate: Term | None, thing: Term | None) -> ox.Triple:
    if (
        subject is None
        or isinstance(subject, ox.Literal)
        or not isinstance(predicate, ox.NamedNode)
        or thing is None
    ):
        raise TypeError(f"{subject} {predicate} {thing} is no triple")
    return ox.Triple(subject, predicate, thing)


def _link(node: ox.NamedNode, predicate: str, target: str) -> ox.Triple:
    return ox.Triple(node, ox.NamedNode(predicate), ox.NamedNode(target))


def _text(node: ox.NamedNode, predicate: str, text: str) -> ox.Triple:
    return ox.Triple(node, ox.NamedNode(predicate), ox.Literal(text, language="en"))
