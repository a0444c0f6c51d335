"""What an engine finds, before it becomes a report."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from rdflib import SH, URIRef

from entente import vocab
from entente.bridge import Term
from entente.shacl.model import Checked, Exercised, Result

#: A shape says with this property and `true` that its target may match nothing.
OPTIONAL = URIRef(vocab.ENT + "targetOptional")


@dataclass(frozen=True, slots=True)
class Findings:
    """What an engine finds.

    Attributes:
        checked: The shapes with targets.
        nodes: The different nodes that were checked, the whole graph left out.
        results: The results, in any order.
        uncompiled: What was left to the reference engine: a shape, and why.
        exercised: The constraints, as far as it is known what they were tried on.
    """

    checked: Sequence[Checked]
    nodes: frozenset[Term]
    results: Sequence[Result]
    uncompiled: tuple[tuple[str, str], ...] = ()
    exercised: tuple[Exercised, ...] = ()


def has_target(shape: Any) -> bool:
    """Tell whether a shape of pySHACL has a target."""
    return any(list(nodes) for nodes in shape.target())


def describe(shape: Any, focus_nodes: int) -> Checked:
    """Say how many focus nodes a shape of pySHACL had."""
    graph = shape.sg.graph
    name = graph.value(shape.node, SH.name) or ""
    marks = {str(mark).lower() for mark in graph.objects(shape.node, OPTIONAL)}
    return Checked(str(shape.node), str(name), focus_nodes, bool(marks & {"true", "1"}))
