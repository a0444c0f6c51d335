"""An answer's evidence as JSON-LD: plain JSON to read, and RDF by its context.

The answer is a result set in W3C's vocabulary of result sets, each row derived (PROV-O) from
triples, each triple from claims or by the steps of a proof, each claim with its passages and
their selectors (Web Annotation).

Source: https://www.w3.org/TR/json-ld11/, https://www.w3.org/TR/prov-o/,
https://www.w3.org/TR/annotation-vocab/
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any
from urllib.parse import urlencode

import pyoxigraph as ox

from entente import vocab
from entente.provenance.evidence import Backed, Evidence, RowEvidence
from entente.provenance.proof import Claim, Ground, Proof
from entente.provenance.proof_rdf import name_triple
from entente.provenance.words import Words
from entente.terms import Term
from entente.texts import parse_passage

_PREFIXES = ("ent", "voc", "rdf", "rdfs", "skos", "dcterms", "foaf", "oa", "prov", "sh", "void")


def _link(name: str) -> dict[str, str]:
    return {"@id": name, "@type": "@id"}


def _set(name: str, *, of_iris: bool = False) -> dict[str, str]:
    return {"@id": name, "@container": "@set"} | ({"@type": "@id"} if of_iris else {})


CONTEXT: Mapping[str, object] = MappingProxyType(
    {
        "rs": "http://www.w3.org/2001/sw/DataAccess/tests/result-set#",
        **{name: vocab.PREFIXES[name] for name in _PREFIXES},
        "query": "sh:select",
        "version": "dcterms:identifier",
        "dataset": "prov:wasDerivedFrom",
        "columns": _set("rs:resultVariable"),
        "total": "rs:size",
        "rows": _set("rs:solution"),
        "row": "rs:index",
        "values": _set("rs:binding"),
        "variable": "rs:variable",
        "value": "rs:value",
        "support": _set("prov:wasDerivedFrom"),
        "absent": _set("rdfs:comment"),
        "problem": "skos:note",
        "restsOn": _set("dcterms:references", of_iris=True),
        "subject": _link("rdf:subject"),
        "predicate": _link("rdf:predicate"),
        "object": "rdf:object",
        "graph": _link("prov:atLocation"),
        "givenIn": _set("prov:atLocation", of_iris=True),
        "inferred": None,
        "why": _link("rdfs:seeAlso"),
        "claims": _set("prov:qualifiedDerivation"),
        "claim": _link("prov:entity"),
        "rule": "rdfs:label",
        "summary": "rdfs:comment",
        "others": _set("dcterms:relation", of_iris=True),
        "proof": "prov:wasGeneratedBy",
        "premises": _set("prov:used"),
        "cited": _set("dcterms:references"),
        "label": {"@id": "skos:prefLabel", "@language": "en"},
        "statedIn": _link("ent:statedIn"),
        "holders": _set("ent:holder", of_iris=True),
        "passages": _set("ent:evidence"),
        "source": _link("oa:hasSource"),
        "selectors": _set("oa:hasSelector"),
        "start": "oa:start",
        "end": "oa:end",
        "exact": "oa:exact",
        "sources": _set("dcterms:source"),
        "page": _set("foaf:page", of_iris=True),
        "names": None,
    }
)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a record stands, as far as that is known.

    Attributes:
        record: Its address, or an empty string.
        home: The address of the service, without a slash at its end, or an empty string.
        version: The version of the data set, or an empty string.
    """

    record: str = ""
    home: str = ""
    version: str = ""


def write_record(evidence: Evidence, words: Words | None = None, place: Place = Place()) -> str:
    """Write evidence as JSON-LD, indented, with a line feed at the end.

    A row names claims by their IRIs; `cited` tells of each once. What only follows has the
    steps of its proof, or `why`, the address of it.

    Args:
        evidence: The evidence.
        words: Gives the words of a passage, where the texts are at hand.
        place: Where the record stands.
    """
    content: dict[str, object] = {"@context": dict(CONTEXT)}
    if place.record:
        content["@id"] = place.record
    content |= {"@type": ["rs:ResultSet", "prov:Entity"], "query": evidence.query}
    if place.version:
        content["dataset"] = {"@type": "void:Dataset", "version": place.version}
    content |= {
        "columns": evidence.columns,
        "total": evidence.total,
        "rows": [_row_object(row, evidence.columns, place.home) for row in evidence.rows],
        "cited": [_claim_object(claim, words) for claim in evidence.every_claim()],
        "sources": [_source_object(source, evidence) for source in evidence.every_source()],
        "names": dict(evidence.names),
    }
    return json.dumps(content, ensure_ascii=False, indent=1) + "\n"


def _row_object(row: RowEvidence, columns: tuple[str, ...], home: str) -> dict[str, object]:
    pairs = zip(columns, row.row, strict=True)
    told: dict[str, object] = {
        "@type": ["rs:ResultSolution", "prov:Entity"],
        "row": row.number,
        "values": [
            {"@type": "rs:ResultBinding", "variable": name, "value": _term_object(term)}
            for name, term in pairs
            if term is not None
        ],
        "support": [_backed_object(backed, home) for backed in row.triples],
        "absent": [f"{a.kind} {{ {' . '.join(a.patterns)} }}" for a in row.absent],
        "restsOn": [claim.iri for claim in row.claims()],
    }
    return told | ({"problem": row.problem} if row.problem else {})


def _backed_object(backed: Backed, home: str) -> dict[str, object]:
    told = _triple_object(backed.triple)
    if backed.graph:
        told["graph"] = backed.graph
    told |= {
        "givenIn": backed.graphs,
        "inferred": backed.inferred,
        "claims": [_ground_object(ground) for ground in backed.grounds],
        "others": [claim.iri for claim in backed.others],
    }
    if backed.inferred:
        told["why"] = home + why_reference(backed)
    if backed.proof and backed.proof.rule:
        told["proof"] = _step_object(backed.proof)
    return told


def _triple_object(triple: ox.Triple) -> dict[str, Any]:
    return {
        "@id": name_triple(triple),
        "@type": ["rdf:Statement", "prov:Entity"],
        "subject": _name_node(triple.subject),
        "predicate": _name_node(triple.predicate),
        "object": _term_object(triple.object),
    }


def _step_object(proof: Proof) -> dict[str, object]:
    """Write how a triple follows; its premises have their own steps, or claims."""
    return {
        "@type": "prov:Activity",
        "rule": proof.rule,
        "summary": proof.summary,
        "premises": [_premise_object(premise) for premise in proof.premises],
    }


def _premise_object(proof: Proof) -> dict[str, Any]:
    told = _triple_object(proof.triple)
    if proof.rule:
        return told | {"proof": _step_object(proof)}
    grounds = [_ground_object(ground) for ground in proof.grounds]
    return told | {"givenIn": proof.graphs, "claims": grounds}


def _ground_object(ground: Ground) -> dict[str, object]:
    told: dict[str, object] = {"@type": "prov:Derivation", "claim": ground.claim.iri}
    return told | ({"rule": ground.rule} if ground.rule else {})


def _claim_object(claim: Claim, words: Words | None) -> dict[str, object]:
    told: dict[str, object] = {
        "@id": claim.iri,
        "@type": ["ent:Claim", "prov:Entity"],
        "label": claim.label,
        "statedIn": claim.source,
        "holders": claim.holders,
        "passages": [_passage_object(passage, words) for passage in claim.passages],
    }
    for predicate, term in claim.qualifiers:
        told.setdefault(vocab.shorten(predicate).strip("<>"), []).append(_term_object(term))  # type: ignore[attr-defined]
    return told


def _passage_object(iri: str, words: Words | None) -> dict[str, object]:
    passage = parse_passage(iri)
    position: dict[str, object] = {
        "@id": f"{iri}/selector",
        "@type": "oa:TextPositionSelector",
        "start": passage.start,
        "end": passage.end,
    }
    said = words(iri) if words else ""
    quote = [{"@type": "oa:TextQuoteSelector", "exact": said}] if said else []
    return {"@id": iri, "source": vocab.SRC + passage.source, "selectors": [position, *quote]}


def _source_object(iri: str, evidence: Evidence) -> dict[str, object]:
    told: dict[str, object] = {"@id": iri, "@type": "ent:Source"}
    if label := evidence.names.get(f"<{iri}>"):
        told["label"] = label
    return told | ({"page": evidence.pages[iri]} if iri in evidence.pages else {})


def _name_node(term: object) -> str:
    return term.value if isinstance(term, ox.NamedNode) else str(term)


def _term_object(term: Term | ox.Triple) -> dict[str, str] | str:
    if not isinstance(term, ox.Literal):
        return {"@id": _name_node(term)}
    if term.language:
        return {"@value": term.value, "@language": term.language}
    plain = term.datatype.value == vocab.XSD + "string"
    return {"@value": term.value} | ({} if plain else {"@type": term.datatype.value})


def why_reference(backed: Backed) -> str:
    """Give the reference, relative to a service of the data set, of a triple's proof."""
    triple = backed.triple
    terms = zip("spo", (triple.subject, triple.predicate, triple.object), strict=True)
    asked = {
        name: vocab.shorten(term.value) if isinstance(term, ox.NamedNode) else str(term)
        for name, term in terms
    }
    view = {"viewpoint": backed.viewpoint} if backed.viewpoint else {}
    return f"/why?{urlencode({**asked, **view})}"
