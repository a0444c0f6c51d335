"""Write an answer's evidence: as a table of words, as JSON."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from urllib.parse import urlencode

import pyoxigraph as ox

from entente import vocab
from entente.provenance.evidence import Backed, Evidence, RowEvidence
from entente.provenance.proof import Claim
from entente.provenance.proof_json import ClaimObject, claim_object
from entente.provenance.support import Row
from entente.provenance.terms import show_term
from entente.terms import Term

#: Gives the words of a passage.
Words = Callable[[str], str]

HEAD = ("row", "answer", "triples", "claims", "passages")


def tabulate(evidence: Evidence, words: Words | None = None) -> list[list[str]]:
    """Write evidence as rows of words, without a head; see `HEAD`.

    Args:
        evidence: The evidence.
        words: Gives the words of a passage, where the texts are at hand.
    """
    return [_line(row, evidence, words) for row in evidence.rows]


def _line(row: RowEvidence, evidence: Evidence, words: Words | None) -> list[str]:
    claims = row.claims()
    passages = dict.fromkeys(passage for claim in claims for passage in claim.passages)
    triples = [_show(backed, evidence) for backed in row.triples]
    triples += [f"{a.kind} {{ {' . '.join(a.patterns)} }}" for a in row.absent]
    return [
        str(row.number),
        "  ".join(show_term(term) for term in row.row if term is not None),
        "\n".join(triples) or row.problem or "none is needed",
        "\n".join(vocab.shorten(claim.iri) for claim in claims),
        "\n".join(_passage(passage, words) for passage in passages),
    ]


def _show(backed: Backed, evidence: Evidence) -> str:
    triple = backed.triple
    terms = (triple.subject, triple.predicate, triple.object)
    shown = " ".join(
        evidence.names.get(str(term), show_term(term))
        if isinstance(term, ox.BlankNode)
        else show_term(term)
        for term in terms
    )
    return f"{shown}  (inferred)" if backed.inferred else shown


def _passage(passage: str, words: Words | None) -> str:
    name = vocab.shorten(passage)
    return f"{name}  {words(passage)}" if words else name


def write_record(evidence: Evidence) -> str:
    """Write evidence as a JSON object, indented, with a line feed at the end.

    A row names claims by their IRIs; `claims` tells of each once. Terms of triples are in
    N-Triples form. `why` is the reference of an inferred triple's proof.
    """
    content = {
        "query": evidence.query,
        "columns": evidence.columns,
        "total": evidence.total,
        "rows": [_row_object(row, evidence.columns) for row in evidence.rows],
        "claims": _claim_objects(evidence),
        "names": evidence.names,
    }
    return json.dumps(content, ensure_ascii=False, indent=2) + "\n"


def _row_object(row: RowEvidence, columns: tuple[str, ...]) -> dict[str, object]:
    return {
        "row": row.number,
        "values": _values(row.row, columns),
        "support": [_backed_object(backed) for backed in row.triples],
        "absent": [{"kind": a.kind, "patterns": a.patterns} for a in row.absent],
        "claims": [claim.iri for claim in row.claims()],
        "problem": row.problem,
    }


def _values(row: Row, columns: tuple[str, ...]) -> dict[str, str]:
    pairs = zip(columns, row, strict=True)
    return {name: str(term) for name, term in pairs if term is not None}


def _backed_object(backed: Backed) -> dict[str, object]:
    triple = backed.triple
    return {
        "triple": [str(triple.subject), str(triple.predicate), str(triple.object)],
        "graph": backed.graph,
        "givenIn": backed.graphs,
        "inferred": backed.inferred,
        "why": why_reference(backed) if backed.inferred else "",
        "claims": [{"claim": g.claim.iri, "rule": g.rule} for g in backed.grounds],
        "others": [claim.iri for claim in backed.others],
    }


def why_reference(backed: Backed) -> str:
    """Give the reference, relative to a service of the data set, of a triple's proof."""
    triple = backed.triple
    asked = {"s": _name(triple.subject), "p": _name(triple.predicate), "o": _name(triple.object)}
    view = {"viewpoint": backed.viewpoint} if backed.viewpoint else {}
    return f"/why?{urlencode({**asked, **view})}"


def _name(term: Term | ox.Triple) -> str:
    return vocab.shorten(term.value) if isinstance(term, ox.NamedNode) else str(term)


def _claim_objects(evidence: Evidence) -> dict[str, ClaimObject]:
    claims = sorted(_every_claim(evidence.rows), key=lambda claim: claim.iri)
    return {claim.iri: claim_object(claim) for claim in claims}


def _every_claim(rows: Sequence[RowEvidence]) -> Iterator[Claim]:
    for row in rows:
        for backed in row.triples:
            yield from (ground.claim for ground in backed.grounds)
            yield from backed.others
