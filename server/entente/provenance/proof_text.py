"""An explanation as a tree for the terminal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import pyoxigraph as ox

from entente import vocab
from entente.provenance.proof import Attempt, Claim, Explanation, Ground, Missing, Proof
from entente.provenance.terms import show_term
from entente.provenance.words import Words


@dataclass(slots=True)
class _Writer:
    """Writes the parts of one explanation; remembers what was proved and told above."""

    names: Mapping[str, str]
    words: Words | None
    shown: set[ox.Triple] = field(default_factory=set)
    told: set[str] = field(default_factory=set)

    def triple(self, triple: ox.Triple) -> str:
        return " ".join(map(self.term, (triple.subject, triple.predicate, triple.object)))

    def term(self, term: object) -> str:
        return self.names.get(str(term), "") if isinstance(term, ox.BlankNode) else show_term(term)

    def name(self, iri: str) -> str:
        return self.names.get(f"<{iri}>") or vocab.shorten(iri)

    def proof(self, proof: Proof) -> Iterator[str]:
        """A triple's line, its rule, and what is below it."""
        again = bool(proof.rule) and proof.triple in self.shown
        self.shown.add(proof.triple)
        yield f"{self.triple(proof.triple)}{self._origin(proof)}{'  (as above)' if again else ''}"
        if again:
            return
        if proof.rule:
            yield f"  by {proof.rule}: {proof.summary}"
        if vocab.GRAPH_ASSERTED in proof.graphs and not proof.grounds:
            yield "  no claim draws it by the rules at hand; build the snapshot again"
        parts = [
            list(self.proof(premise)) for premise in proof.premises if not premise.is_list_cell
        ]
        parts += [list(self.ground(ground)) for ground in proof.grounds]
        yield from _branches(parts)

    def _origin(self, proof: Proof) -> str:
        if proof.rule or (proof.grounds and not proof.graphs):
            return ""
        return f"  [{', '.join(map(vocab.shorten, proof.graphs)) or 'given'}]"

    def ground(self, ground: Ground) -> Iterator[str]:
        verb = f"drawn by {ground.rule} from" if ground.rule else "a part of"
        yield f"{verb} {vocab.shorten(ground.claim.iri)}"
        yield from (f"  {line}" for line in self.claim(ground.claim))

    def claim(self, claim: Claim) -> Iterator[str]:
        """What a claim says and who says it where; once an explanation."""
        if claim.iri in self.told:
            return
        self.told.add(claim.iri)
        yield f"“{claim.label}”"
        holders = ", ".join(map(self.name, claim.holders))
        yield f"{'denied' if claim.denies else 'held'} by {holders}, in {self.name(claim.source)}"
        if claim.qualifiers:
            pairs = (f"{vocab.shorten(key)} {self.term(term)}" for key, term in claim.qualifiers)
            yield "; ".join(pairs)
        for passage in claim.passages:
            words = self.words(passage) if self.words else ""
            yield f"{vocab.shorten(passage)}{'  ' if words else ''}{words}"

    def attempt(self, attempt: Attempt) -> Iterator[str]:
        yield f"by {attempt.rule}: {attempt.summary}"
        parts = [[f"holds    {self.triple(triple)}"] for triple in attempt.held]
        parts += [list(self.missing(missing)) for missing in attempt.missing]
        yield from _branches(parts)

    def missing(self, missing: Missing) -> Iterator[str]:
        yield f"missing  {' '.join(map(self.term, missing.parts))}"
        yield from _branches([list(self.spoken(claim)) for claim in missing.claims])

    def spoken(self, claim: Claim) -> Iterator[str]:
        yield f"{'denied' if claim.denies else 'said'} by {vocab.shorten(claim.iri)}"
        yield from (f"  {line}" for line in self.claim(claim))


def write_text(explanation: Explanation, words: Words | None = None) -> str:
    """Write an explanation as a tree.

    Args:
        explanation: What `explain` found.
        words: Gives the words of a passage, where the texts are at hand.

    Returns:
        Lines of plain text, a line feed after each.
    """
    writer = _Writer(explanation.names, words)
    lines = list(_write(explanation, writer))
    return "".join(f"{_printable(line.rstrip())}\n" for line in lines)


def _printable(line: str) -> str:
    """Replace what would steer the terminal."""
    return "".join(c if c.isprintable() else "\ufffd" for c in line)


def _write(explanation: Explanation, writer: _Writer) -> Iterator[str]:
    if not explanation.holds:
        yield from _write_absence(explanation, writer)
        return
    for number, proof in enumerate(explanation.proofs, 1):
        writer.shown.clear()
        writer.told.clear()
        if number > 1:
            yield ""
        if len(explanation.proofs) > 1:
            yield f"Proof {number}, {_count(proof.steps, 'step')}"
        yield from writer.proof(proof)
    if explanation.more:
        yield ""
        yield "There are more proofs; ask for fewer levels or raise the limit."


def _write_absence(explanation: Explanation, writer: _Writer) -> Iterator[str]:
    where = f" according to {explanation.viewpoint}" if explanation.viewpoint else ""
    yield f"{writer.triple(explanation.triple)} does not hold{where}."
    if not explanation.claims:
        yield "Nobody claims it."
    yield from _branches([list(writer.spoken(claim)) for claim in explanation.claims])
    if not explanation.attempts:
        yield "No rule leads to it from anything else."
        return
    yield "It would follow, nearest first:"
    yield from _branches([list(writer.attempt(attempt)) for attempt in explanation.attempts])


def _branches(parts: list[list[str]]) -> Iterator[str]:
    """Hang blocks of lines below a line."""
    for number, (first, *rest) in enumerate(parts, 1):
        last = number == len(parts)
        yield f"{'└─' if last else '├─'} {first}"
        yield from (f"{'  ' if last else '│ '} {line}" for line in rest)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
