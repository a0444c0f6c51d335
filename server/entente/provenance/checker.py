"""A second opinion on proofs: small, slow and plain.

It takes a proof as the JSON that `entente why --format json` prints and a data set as
N-Quads, and it trusts neither. It shares no code with the search: `checker_rules` is a table
of the rules of its own, and terms are compared as strings.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from entente.provenance.checker_rules import Triple, follows, iri

Quad = tuple[str, str, str, str]

_GRAPH = "https://w3id.org/entente/graph/"
_LINE = re.compile(
    r"(<[^>]*>|_:\S+) (<[^>]*>) "
    r'(<[^>]*>|_:\S+|"(?:[^"\\]|\\.)*"(?:@[\w-]+|\^\^<[^>]*>)?)(?: (<[^>]*>|_:\S+))? \.'
)


@dataclass(frozen=True, slots=True)
class Checker:
    """Checks proofs against one data set.

    Attributes:
        quads: Subject, predicate, object and graph in N-Triples form; the graph is a bare IRI,
            empty for the default graph.
        hostile: The properties that are hostile deeds, in N-Triples form.
        viewpoint: The viewpoint that the proofs are for, or an empty string.
    """

    quads: frozenset[Quad]
    hostile: frozenset[str]
    viewpoint: str = ""

    def check(self, proof: Mapping[str, Any]) -> list[str]:
        """Verify a proof.

        Args:
            proof: One of `proofs` in the JSON of `entente why`.

        Returns:
            What is wrong, one line a fault; empty if the proof is right.
        """
        return list(self._check(proof, frozenset()))

    def _check(self, proof: Mapping[str, Any], above: frozenset[Triple]) -> Iterator[str]:
        triple = _as_triple(proof["triple"])
        shown = " ".join(triple)
        if triple in above:
            yield f"{shown}: it is used to prove itself"
            return
        if not proof["rule"]:
            yield from (f"{shown}: {fault}" for fault in self._check_leaf(triple, proof))
            return
        premises = [_as_triple(premise["triple"]) for premise in proof["premises"]]
        if not follows(proof["rule"], premises, triple):
            yield f"{shown}: it does not follow by {proof['rule']} from its premises"
        for premise in proof["premises"]:
            yield from self._check(premise, above | {triple})

    def _check_leaf(self, triple: Triple, proof: Mapping[str, Any]) -> Iterator[str]:
        if proof["premises"]:
            yield "it has premises and no rule"
        for graph in proof["graphs"]:
            if (*triple, graph) not in self.quads:
                yield f"it is not in {graph}"
            if not self._may_give(graph):
                yield f"{graph} gives nothing"
        drawn = [ground for ground in proof["grounds"] if ground["rule"]]
        is_fact = _GRAPH + "asserted" in proof["graphs"]
        if (is_fact or not proof["graphs"]) and not drawn:
            yield "no claim is behind it"
        for ground in proof["grounds"]:
            yield from self._check_ground(triple, ground)

    def _may_give(self, graph: str) -> bool:
        name = graph.removeprefix(_GRAPH)
        if name == "inferred" or name.startswith("view/"):
            return False
        given = {"ontology", "entities", *self.viewpoint.split("~")}
        return not self.viewpoint or self.viewpoint == "undisputed" or name in given

    def _check_ground(self, triple: Triple, ground: Mapping[str, Any]) -> Iterator[str]:
        claim = f"<{ground['claim']['claim']}>"
        if not ground["rule"]:
            if triple[0] != claim:
                yield f"it is no part of {claim}"
        elif not self._draws(ground["rule"], claim, triple):
            yield f"{ground['rule']} does not draw it from {claim}"
        passages = ground["claim"]["passages"]
        if not passages:
            yield f"{claim} has no passage"
        for passage in passages:
            if not self._says(claim, "ent:evidence", f"<{passage}>"):
                yield f"{claim} does not rest on {passage}"
            if not self._says(f"<{passage}>", "oa:hasSource", f"<{ground['claim']['source']}>"):
                yield f"{passage} is not of {ground['claim']['source']}"

    def _says(self, subject: str, predicate: str, term: str) -> bool:
        return (subject, iri(predicate), term, "") in self.quads

    def _draws(self, rule: str, claim: str, triple: Triple) -> bool:
        """Tell whether a claim has the content and the standing that a projection needs."""
        subject, predicate, term = triple
        if not self._says(claim, "ent:polarity", iri("voc:affirmed")):
            return False
        if rule == "strict-advice":
            modality = {"ent:recommends": "voc:recommended", "ent:suggests": "voc:suggested"}
            return term == claim and any(
                predicate == iri(verb)
                and self._says(claim, "ent:modality", iri(value))
                and self._says(claim, "ent:holder", subject)
                for verb, value in modality.items()
            )
        if not self._says(claim, "ent:modality", iri("voc:asserted")):
            return False
        if rule in ("strict-threat", "strict-responsibility"):
            return self._says(claim, "ent:holder", subject) and self._accuses(rule, claim, triple)
        return (
            self._says(claim, "ent:subject", subject)
            and self._says(claim, "ent:predicate", predicate)
            and (self._says(claim, "ent:object", term) or self._says(claim, "ent:value", term))
        )

    def _accuses(self, rule: str, claim: str, triple: Triple) -> bool:
        _, predicate, actor = triple
        by_subject = self._says(claim, "ent:subject", actor)
        if rule == "strict-threat":
            threatens = self._says(claim, "ent:predicate", iri("ent:threatens"))
            return predicate == iri("ent:regardsAsThreat") and by_subject and threatens
        blamed = self._says(claim, "ent:predicate", iri("ent:perpetratedBy"))
        hostile = by_subject and any(
            self._says(claim, "ent:predicate", deed) for deed in self.hostile
        )
        blamed = blamed and self._says(claim, "ent:object", actor)
        return predicate == iri("ent:holdsResponsible") and (blamed or hostile)


def open_checker(lines: Iterable[str], viewpoint: str = "") -> Checker:
    """Make a checker of a data set.

    Args:
        lines: The data set as canonical N-Quads.
        viewpoint: The viewpoint that the proofs are for, or an empty string.

    Raises:
        ValueError: A line is no quad.
    """
    quads = frozenset(_read_quads(lines))
    hostile, below = iri("ent:hostileTo"), iri("rdfs:subPropertyOf")
    deeds = {s for s, p, o, _ in quads if p == below and o == hostile}
    return Checker(quads, frozenset({hostile, *deeds}), viewpoint)


def _read_quads(lines: Iterable[str]) -> Iterator[Quad]:
    for line in lines:
        found = _LINE.fullmatch(line.strip())
        if not found:
            raise ValueError(f"no quad: {line}")
        subject, predicate, term, graph = found.groups(default="")
        yield subject, predicate, term, graph[1:-1]


def _as_triple(parts: Sequence[str]) -> Triple:
    subject, predicate, term = parts
    return subject, predicate, term
