"""An explanation as a fragment of HTML: nested lists, no script and no style."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from html import escape

import pyoxigraph as ox

from entente.provenance.proof import Attempt, Claim, Explanation, Ground, Missing, Proof
from entente.provenance.terms import show_term
from entente.vocab import shorten


def write_html(explanation: Explanation) -> str:
    """Write an explanation as a `<section>`; every text in it is escaped."""
    names = explanation.names
    title = f"<h2>{_triple(explanation.triple, names)}</h2>"
    if not explanation.holds:
        return _tag("section", title + _absence(explanation, names), "why") + "\n"
    proofs = [_proof(proof, names) for proof in explanation.proofs]
    more = "<p>There are more proofs.</p>" if explanation.more else ""
    return _tag("section", title + "".join(map(_list, ([p] for p in proofs))) + more, "why") + "\n"


def write_page(explanation: Explanation) -> str:
    """Write an explanation as a page of its own."""
    title = escape("Why " + " ".join(map(show_term, _parts(explanation.triple))))
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        f"<title>{title}</title></head>\n<body>\n{write_html(explanation)}</body></html>\n"
    )


def _parts(triple: ox.Triple) -> tuple[object, object, object]:
    return triple.subject, triple.predicate, triple.object


def _proof(proof: Proof, names: Mapping[str, str]) -> str:
    line = _triple(proof.triple, names)
    if proof.graphs:
        line += f" <small>{escape(', '.join(map(shorten, proof.graphs)))}</small>"
    if proof.rule:
        line += f"<p>by <b>{escape(proof.rule)}</b>: {escape(proof.summary)}</p>"
    below = [_proof(premise, names) for premise in proof.premises if not premise.is_list_cell]
    below += [_ground(ground, names) for ground in proof.grounds]
    return line + _list(below)


def _ground(ground: Ground, names: Mapping[str, str]) -> str:
    verb = f"drawn by <b>{escape(ground.rule)}</b> from" if ground.rule else "a part of"
    return f"{verb} {_claim(ground.claim, names)}"


def _claim(claim: Claim, names: Mapping[str, str]) -> str:
    holders = ", ".join(_link(iri, names) for iri in claim.holders)
    said = "denied" if claim.denies else "held"
    lines = [f"{said} by {holders}, in {_link(claim.source, names)}"]
    lines += [f"{_link(key, {})} {_term(term, names)}" for key, term in claim.qualifiers]
    lines += [_link(passage, {}) + _quote(names.get(passage, "")) for passage in claim.passages]
    return f"{_link(claim.iri, {})}: {escape(claim.label)}{_list(lines)}"


def _quote(words: str) -> str:
    return f" <q>{escape(words)}</q>" if words else ""


def _absence(explanation: Explanation, names: Mapping[str, str]) -> str:
    where = f" according to {escape(explanation.viewpoint)}" if explanation.viewpoint else ""
    said = _list(_claim(claim, names) for claim in explanation.claims)
    attempts = _list(_attempt(attempt, names) for attempt in explanation.attempts)
    return f"<p>It does not hold{where}.</p>{said or '<p>Nobody claims it.</p>'}" + (
        f"<p>It would follow, nearest first:</p>{attempts}" if attempts else ""
    )


def _attempt(attempt: Attempt, names: Mapping[str, str]) -> str:
    held = [f"holds: {_triple(triple, names)}" for triple in attempt.held]
    lacking = [_missing(missing, names) for missing in attempt.missing]
    return f"by <b>{escape(attempt.rule)}</b>: {escape(attempt.summary)}{_list(held + lacking)}"


def _missing(missing: Missing, names: Mapping[str, str]) -> str:
    parts = " ".join(_term(part, names) for part in missing.parts)
    return f"missing: {parts}{_list(_claim(claim, names) for claim in missing.claims)}"


def _triple(triple: ox.Triple, names: Mapping[str, str]) -> str:
    return " ".join(_term(term, names) for term in _parts(triple))


def _term(term: object, names: Mapping[str, str]) -> str:
    text = names.get(str(term)) or show_term(term)
    return _anchor(term.value, text) if isinstance(term, ox.NamedNode) else escape(text)


def _link(iri: str, names: Mapping[str, str]) -> str:
    return _anchor(iri, names.get(f"<{iri}>") or shorten(iri))


def _anchor(iri: str, text: str) -> str:
    """Link to the web only: data of others may hold any IRI, `javascript:` included."""
    if not iri.startswith(("http://", "https://")):
        return escape(text)
    return f'<a href="{escape(iri)}">{escape(text)}</a>'


def _list(items: Iterable[str]) -> str:
    lines = "".join(f"<li>{item}</li>" for item in items)
    return f"<ul>{lines}</ul>" if lines else ""


def _tag(name: str, content: str, class_: str) -> str:
    return f'<{name} class="{class_}">{content}</{name}>'
