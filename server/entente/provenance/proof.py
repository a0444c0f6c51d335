"""What a proof is made of: steps, leaves, and the claims and passages below the leaves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import pyoxigraph as ox

from entente import vocab
from entente.terms import Term


@dataclass(frozen=True, slots=True)
class Claim:
    """A claim, as far as a reader of a proof needs it.

    Attributes:
        iri: Its IRI.
        label: What it says, in our words.
        source: The IRI of the text that states it.
        holders: The IRIs of those whose word it is.
        passages: The IRIs of its passages, in order.
        qualifiers: What differs from the defaults: property IRI and value, sorted.
    """

    iri: str
    label: str
    source: str
    holders: tuple[str, ...]
    passages: tuple[str, ...]
    qualifiers: tuple[tuple[str, Term], ...]

    @property
    def denies(self) -> bool:
        """Whether the claim says that its triple does not hold."""
        return (vocab.ENT + "polarity", ox.NamedNode(vocab.VOC + "denied")) in self.qualifiers


@dataclass(frozen=True, slots=True)
class Ground:
    """Why a triple stands among the data.

    Attributes:
        rule: The projection rule that drew the triple from a claim; empty where the triple
            is a part of the claim itself.
        summary: What the rule asks, one sentence; empty where there is no rule.
        claim: The claim.
    """

    rule: str
    summary: str
    claim: Claim


@dataclass(frozen=True, slots=True)
class Proof:
    """A triple, and why it holds.

    Attributes:
        triple: What is proved.
        rule: The name of the rule that concludes it, as in the tables of the OWL 2 Profiles;
            empty for a leaf.
        summary: What the rule says, one sentence.
        premises: A proof of each premise, in the order of the rule; empty for a leaf and for
            a rule without premises.
        graphs: For a leaf, the graphs in which it is given; empty where a viewpoint draws it.
        grounds: For a leaf, the claims behind it.
    """

    triple: ox.Triple
    rule: str = ""
    summary: str = ""
    premises: tuple[Proof, ...] = ()
    graphs: tuple[str, ...] = ()
    grounds: tuple[Ground, ...] = ()

    @property
    def is_axiom(self) -> bool:
        """Whether it rests on the ontology alone."""
        if not self.rule:
            return vocab.GRAPH_ONTOLOGY in self.graphs
        return all(premise.is_axiom for premise in self.premises)

    @property
    def steps(self) -> int:
        """How often a rule is used, counted as a tree."""
        return bool(self.rule) + sum(premise.steps for premise in self.premises)

    @property
    def depth(self) -> int:
        """How many steps lie between the triple and the farthest leaf."""
        return bool(self.rule) + max((premise.depth for premise in self.premises), default=0)

    @property
    def is_list_cell(self) -> bool:
        """Whether it is a given link of a list, which the list's readable name shows already."""
        cell = self.triple.predicate.value in (vocab.RDF + "first", vocab.RDF + "rest")
        return cell and not self.rule and isinstance(self.triple.subject, ox.BlankNode)

    def walk(self) -> Iterator[Proof]:
        """Yield the proof and every proof below it, each triple once, premises after."""
        seen: set[ox.Triple] = set()
        waiting = [self]
        while waiting:
            proof = waiting.pop()
            if proof.triple not in seen:
                seen.add(proof.triple)
                yield proof
                waiting.extend(reversed(proof.premises))


@dataclass(frozen=True, slots=True)
class Missing:
    """A premise that does not hold.

    Attributes:
        parts: Subject, predicate and object; a string such as `?y` where anything would do.
        claims: The claims that say it, or deny it.
    """

    parts: tuple[Term | str, Term | str, Term | str]
    claims: tuple[Claim, ...]


@dataclass(frozen=True, slots=True)
class Attempt:
    """A rule that would conclude a triple if more held.

    Attributes:
        rule: The rule's name.
        summary: What it says.
        held: The premises that hold.
        missing: Those that do not.
    """

    rule: str
    summary: str
    held: tuple[ox.Triple, ...]
    missing: tuple[Missing, ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """The answer to "why?", or to "why not?".

    Attributes:
        triple: What was asked.
        viewpoint: The viewpoint, or an empty string for the whole graph.
        proofs: The proofs that were asked for, shortest first; empty if it does not hold.
        more: Whether there are more proofs than were asked for.
        claims: If it does not hold, the claims that say it or deny it.
        attempts: If it does not hold, the rules that would conclude it, nearest first.
        names: Readable names of the blank nodes and sources that occur, by N-Triples form.
    """

    triple: ox.Triple
    viewpoint: str
    proofs: tuple[Proof, ...]
    more: bool
    claims: tuple[Claim, ...]
    attempts: tuple[Attempt, ...]
    names: Mapping[str, str]

    @property
    def holds(self) -> bool:
        """Whether the triple holds."""
        return bool(self.proofs)

    def every_claim(self) -> list[Claim]:
        """Return every claim that the explanation speaks of, each once."""
        every = [*self.claims]
        every += [
            ground.claim
            for proof in self.proofs
            for step in proof.walk()
            for ground in step.grounds
        ]
        every += [
            claim
            for attempt in self.attempts
            for missing in attempt.missing
            for claim in missing.claims
        ]
        return list({claim.iri: claim for claim in every}.values())
