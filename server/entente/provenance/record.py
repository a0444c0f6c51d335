"""Write an answer's evidence as a table of words."""

from __future__ import annotations

import pyoxigraph as ox

from entente import vocab
from entente.provenance.evidence import Backed, Evidence, RowEvidence
from entente.provenance.terms import show_term
from entente.provenance.words import Words

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
    if not backed.inferred:
        return shown
    return f"{shown}  (by {backed.proof.rule})" if backed.proof else f"{shown}  (inferred)"


def _passage(passage: str, words: Words | None) -> str:
    name = vocab.shorten(passage)
    return f"{name}  {words(passage)}" if words else name
