"""An explanation as JSON: terms in N-Triples form, so that nothing is lost."""

from __future__ import annotations

import json
from typing import TypedDict

import pyoxigraph as ox

from entente.provenance.proof import Attempt, Claim, Explanation, Ground, Missing, Proof


class ClaimObject(TypedDict):
    """A claim in JSON; IRIs are bare, the values of qualifiers in N-Triples form."""

    claim: str
    label: str
    source: str
    holders: list[str]
    passages: list[str]
    denies: bool
    qualifiers: list[list[str]]


class GroundObject(TypedDict):
    """Why a leaf stands among the data, in JSON."""

    rule: str
    summary: str
    claim: ClaimObject


class ProofObject(TypedDict):
    """A proof in JSON; a leaf has an empty rule."""

    triple: list[str]
    rule: str
    summary: str
    premises: list[ProofObject]
    graphs: list[str]
    grounds: list[GroundObject]


def write_json(explanation: Explanation) -> str:
    """Write an explanation as a JSON object, indented, with a line feed at the end."""
    content = {
        "triple": _triple(explanation.triple),
        "viewpoint": explanation.viewpoint,
        "holds": explanation.holds,
        "proofs": [to_object(proof) for proof in explanation.proofs],
        "more": explanation.more,
        "claims": [claim_object(claim) for claim in explanation.claims],
        "attempts": [_attempt(attempt) for attempt in explanation.attempts],
        "names": dict(explanation.names),
    }
    return json.dumps(content, ensure_ascii=False, indent=2) + "\n"


def to_object(proof: Proof) -> ProofObject:
    """Turn a proof into objects of JSON; the checker reads them."""
    return {
        "triple": _triple(proof.triple),
        "rule": proof.rule,
        "summary": proof.summary,
        "premises": [to_object(premise) for premise in proof.premises],
        "graphs": list(proof.graphs),
        "grounds": [_ground(ground) for ground in proof.grounds],
    }


def _triple(triple: ox.Triple) -> list[str]:
    return [str(triple.subject), str(triple.predicate), str(triple.object)]


def _ground(ground: Ground) -> GroundObject:
    return {"rule": ground.rule, "summary": ground.summary, "claim": claim_object(ground.claim)}


def claim_object(claim: Claim) -> ClaimObject:
    """Turn a claim into an object of JSON."""
    return {
        "claim": claim.iri,
        "label": claim.label,
        "source": claim.source,
        "holders": list(claim.holders),
        "passages": list(claim.passages),
        "denies": claim.denies,
        "qualifiers": [[key, str(term)] for key, term in claim.qualifiers],
    }


def _attempt(attempt: Attempt) -> dict[str, object]:
    return {
        "rule": attempt.rule,
        "summary": attempt.summary,
        "held": [_triple(triple) for triple in attempt.held],
        "missing": [_missing(missing) for missing in attempt.missing],
    }


def _missing(missing: Missing) -> dict[str, object]:
    parts = [f"?{part}" if isinstance(part, str) else str(part) for part in missing.parts]
    return {"triple": parts, "claims": [claim_object(claim) for claim in missing.claims]}
