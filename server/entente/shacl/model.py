"""What a validation found: the one model from which every report is written."""

from __future__ import annotations

from dataclasses import dataclass

from rdflib import BNode
from rdflib.term import Node

from entente.bridge import Term
from entente.errors import Place
from entente.shacl.paths import Path, write_path

#: The severities that SHACL names, the worst first; any other counts as the worst.
SEVERITIES = ("Violation", "Warning", "Info")
#: What can check, the default first.
ENGINES = ("compiled", "pyshacl")


@dataclass(frozen=True, slots=True)
class Result:
    """One thing that a shape found.

    Attributes:
        focus_term: The thing to mend; where a shape of ours checks what others name, it is
            the one that names it.
        path_term: The path concerned, if any.
        value_term: The offending value, if any.
        shape_term: The shape that found it.
        shape: Its IRI, or that of the nearest named shape that it is part of.
        message: What is wrong and, in our own shapes, how to mend it.
        severity: `Violation`, `Warning`, `Info`, or the IRI of another severity.
        component: The IRI of the constraint component.
        mend: How to mend it, where the message comes from the validator.
        inferred: The triples that it rests on and that no file holds.
        place: Where its cause stands, where that is known.
    """

    focus_term: Node | None
    path_term: Path | None
    value_term: Node | None
    shape_term: Node | None
    shape: str
    message: str
    severity: str
    component: str
    mend: str = ""
    inferred: tuple[str, ...] = ()
    place: Place | None = None

    @property
    def focus(self) -> str:
        """The focus node's IRI or text; empty for a blank node."""
        return _write(self.focus_term)

    @property
    def path(self) -> str:
        """The property's IRI, another path as SPARQL writes it, or an empty string."""
        return name_path(self.path_term)

    @property
    def value(self) -> str:
        """The value's IRI or text; empty for a blank node or where there is none."""
        return _write(self.value_term)

    @property
    def rank(self) -> int:
        """How bad it is: 0 is the worst."""
        return SEVERITIES.index(self.severity) if self.severity in SEVERITIES else 0


@dataclass(frozen=True, slots=True)
class Checked:
    """A shape with a target, and how many focus nodes it had.

    Attributes:
        shape: Its IRI, or the label of a blank node.
        name: Its `sh:name`, or an empty string.
        focus_nodes: How many nodes it checked.
        optional: Whether it says, with `ent:targetOptional true`, that it may check none.
    """

    shape: str
    name: str
    focus_nodes: int
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Exercised:
    """A constraint, and what it was tried on.

    Attributes:
        shape: The IRI of its shape, or that of the nearest named shape that it is part of.
        path: The path of its shape as `Result.path` writes it; empty for a node shape.
        component: The name of its component, such as `MinCount`.
        values: How many value nodes it looked at; for counts these are what was counted.
        failures: How many failures it found.
    """

    shape: str
    path: str
    component: str
    values: int
    failures: int


@dataclass(frozen=True, slots=True)
class Report:
    """What was checked, and what was found.

    Attributes:
        conforms: Whether there is no violation; warnings do not count.
        results: Violations first, then by focus, path and shape.
        checked: The shapes with targets, by IRI.
        shapes: How many shapes have targets.
        focus_nodes: How many different nodes were checked.
        seconds: How long it took.
        focus_terms: The nodes that were checked.
        engine: What checked: `compiled`, or `pyshacl`, the reference.
        uncompiled: What the compiled engine left to the reference: a shape, and the name of
            the constraint or another reason.
        exercised: The constraints, by shape; none from the reference.
    """

    conforms: bool
    results: tuple[Result, ...]
    checked: tuple[Checked, ...]
    shapes: int
    focus_nodes: int
    seconds: float
    focus_terms: frozenset[Term] = frozenset()
    engine: str = ENGINES[0]
    uncompiled: tuple[tuple[str, str], ...] = ()
    exercised: tuple[Exercised, ...] = ()

    @property
    def unmatched(self) -> tuple[str, ...]:
        """The shapes that had nothing to check and do not say that this is fine."""
        return tuple(c.shape for c in self.checked if not c.focus_nodes and not c.optional)


def name_path(path: Path | None) -> str:
    """Write a path: a property's IRI, another path as SPARQL writes it, nothing for none."""
    return "" if path is None else path.iri or write_path(path)


def _write(node: Node | None) -> str:
    return "" if node is None or isinstance(node, BNode) else str(node)
