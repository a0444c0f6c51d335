"""What rdflib's algebra of a query says: its patterns as terms of pyoxigraph, its variables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rdflib.paths import InvPath, Path, SequencePath
from rdflib.plugins.sparql.algebra import translateGroupGraphPattern
from rdflib.plugins.sparql.parserutils import CompValue

from entente.bridge import from_rdflib
from entente.provenance.expressions import key_of
from entente.terms import Term

#: A term, or the name of a variable; in the middle also a path.
Node = Any
Pattern = tuple[Node, Node, Node]


def read_patterns(part: CompValue) -> tuple[Pattern, ...]:
    """Read the triple patterns of a BGP; a path that is a sequence becomes several."""
    triples = enumerate(part.triples or [])
    return tuple(
        (_read(start), verb if isinstance(verb, Path) else _read(verb), _read(end))
        for number, triple in triples
        for start, verb, end in _unfold(triple[0], triple[1], triple[2], f"{id(part)} {number}")
    )


def _read(node: Any) -> Term | str:
    key = node if type(node) is str else key_of(node)
    return from_rdflib(node) if key is None else key


def _unfold(start: Any, verb: Any, end: Any, name: str) -> Iterator[tuple[Any, Any, Any]]:
    if isinstance(verb, InvPath):
        yield from _unfold(end, verb.arg, start, name)
    elif isinstance(verb, SequencePath):
        for at, step in enumerate(verb.args):
            last = end if at == len(verb.args) - 1 else f"_:{name} {at}"
            yield from _unfold(start, step, last, f"{name} {at}")
            start = last
    else:
        yield start, verb, end


def term_of(node: Node, bound: Mapping[str, Term]) -> Term | None:
    """Give the term of a node; None for a variable without a value."""
    return bound.get(node) if type(node) is str else node


def values_of(nodes: Sequence[Node], terms: Sequence[Any]) -> dict[str, Term] | None:
    """Give the values of a pattern's variables; None where one has two."""
    values: dict[str, Term] = {}
    for node, term in zip(nodes, terms, strict=True):
        if type(node) is str and values.setdefault(node, term) != term:
            return None
    return values


def keys_of(part: CompValue) -> tuple[str, ...] | None:
    """Give the variables by which a part groups; None where it does not."""
    while part.name in ("Extend", "Filter"):
        part = part.p
    if part.name == "Join":
        return keys_of(part.p1)
    if part.name != "AggregateJoin":
        return None
    return tuple(name for node in part.p.expr or [] if (name := key_of(node)) is not None)


def translate(pattern: CompValue) -> CompValue:
    """Give the algebra of the pattern of EXISTS, which rdflib leaves as it was parsed."""
    parsed = pattern.name in ("GroupGraphPatternSub", "SubSelect")
    return translateGroupGraphPattern(pattern) if parsed else pattern


def is_table(part: CompValue) -> bool:
    """Say whether a part is a VALUES."""
    return bool(part.name == "ToMultiSet" and part.p.name == "values")


def patterns_of(part: Any) -> Iterator[Pattern]:
    """Find the triple patterns of a part of the algebra."""
    if not isinstance(part, CompValue):
        return
    if part.name == "BGP":
        yield from read_patterns(part)
    for child in (part.p, part.p1, part.p2):
        yield from patterns_of(child)


def names_of(part: CompValue) -> set[str]:
    """Find the variables that a part of the algebra may bind."""
    names = {node for pattern in patterns_of(part) for node in pattern if type(node) is str}
    return names | {str(variable) for variable in part._vars or ()}


def write_patterns(part: CompValue, bound: Mapping[str, Term]) -> tuple[str, ...]:
    """Write the triple patterns of a part, with the values put in."""
    return tuple(" ".join(_write(node, bound) for node in pattern) for pattern in patterns_of(part))


def _write(node: Node, bound: Mapping[str, Term]) -> str:
    if isinstance(node, Path):
        return str(node.n3())
    term = term_of(node, bound)
    if term is not None:
        return str(term)
    return "[]" if node.startswith("_:") else f"?{node}"
