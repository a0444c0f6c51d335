"""Triple patterns of rules as terms."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

import pyoxigraph as ox

from entente.reason.rules import expand
from entente.terms import Term
from entente.vocab import OWL, RDF, RDFS

TYPE = ox.NamedNode(RDF + "type")
FIRST = ox.NamedNode(RDF + "first")
REST = ox.NamedNode(RDF + "rest")

#: The one property path of the rules that infer.
MEMBERS = "rdf:rest*/rdf:first"

_LITERAL = re.compile(r'"(?P<form>[^"]*)"(?:\^\^(?P<datatype>\S+))?')


@dataclass(frozen=True, slots=True)
class Pattern:
    """A triple pattern.

    Attributes:
        subject: A term, or the name of a variable without question mark.
        predicate: Likewise.
        object: Likewise.
        lists: Whether the subject is a list and the object one of its members.
        repeat: How often the predicate leads on: `*`, `+` or `?` as in a path; empty for once.
    """

    subject: Term | str
    predicate: Term | str
    object: Term | str
    lists: bool = False
    repeat: str = ""

    @property
    def parts(self) -> tuple[Term | str, Term | str, Term | str]:
        """Subject, predicate and object."""
        return self.subject, self.predicate, self.object

    @property
    def is_axiom(self) -> bool:
        """Whether it asks for OWL's own vocabulary, and not for a fact of the domain."""
        if self.predicate == TYPE:
            return isinstance(self.object, ox.NamedNode) and _is_builtin(self.object)
        return self.lists or (
            isinstance(self.predicate, ox.NamedNode) and _is_builtin(self.predicate)
        )


def _is_builtin(term: ox.NamedNode) -> bool:
    return term.value.startswith((OWL, RDF, RDFS))


def parse_pattern(text: str, prefixes: Mapping[str, str]) -> Pattern:
    """Read `subject predicate object` as it stands in a rule.

    Args:
        text: The pattern, its parts set apart by white space.
        prefixes: The rule's prefixes.

    Returns:
        The pattern.
    """
    subject, predicate, object_ = text.split()
    lists = predicate == MEMBERS
    repeat = "" if lists or predicate[0] == "?" or predicate[-1] not in "*+?" else predicate[-1]
    verb = FIRST if lists else parse_part(predicate.removesuffix(repeat), prefixes)
    start, end = parse_part(subject, prefixes), parse_part(object_, prefixes)
    return Pattern(start, verb, end, lists, repeat)


def parse_part(part: str, prefixes: Mapping[str, str]) -> Term | str:
    """Read one part of a pattern: a term, or a variable's name without question mark."""
    if part.startswith("?"):
        return part[1:]
    if part == "a":
        return TYPE
    if found := _LITERAL.fullmatch(part):
        datatype = ox.NamedNode(expand(found["datatype"], prefixes)) if found["datatype"] else None
        return ox.Literal(found["form"], datatype=datatype)
    return ox.NamedNode(expand(part, prefixes))
