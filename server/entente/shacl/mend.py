"""How to mend what a constraint of SHACL Core found, in plain words."""

from __future__ import annotations

from rdflib import SH, BNode, Graph, Literal, URIRef
from rdflib.collection import Collection
from rdflib.term import Node

from entente import vocab

_HINTS = {
    "MinCount": "add values until there are at least {minCount}",
    "MaxCount": "keep at most {maxCount} of the values",
    "Class": "name an instance of {class}, or give the value that type",
    "Datatype": "write a valid literal of type {datatype}",
    "NodeKind": "put a node of kind {nodeKind} there",
    "In": "choose one of {in}",
    "HasValue": "add the value {hasValue}",
    "Pattern": "write a value that matches {pattern}",
    "MinLength": "write at least {minLength} characters",
    "MaxLength": "write at most {maxLength} characters",
    "MinInclusive": "give a value of {minInclusive} or more",
    "MaxInclusive": "give a value of {maxInclusive} or less",
    "MinExclusive": "give a value above {minExclusive}",
    "MaxExclusive": "give a value below {maxExclusive}",
    "UniqueLang": "keep one value for each language",
    "LanguageIn": "use one of the languages {languageIn}",
    "Closed": "take the statement out, or add its property to the shape",
    "Equals": "make the values equal those of {equals}",
    "Disjoint": "take out the values that {disjoint} has too",
    "LessThan": "give a value below that of {lessThan}",
    "LessThanOrEquals": "give a value not above that of {lessThanOrEquals}",
    "Node": "mend the value so that it conforms to {node}",
    "Not": "change what makes the node conform to {not}",
    "And": "mend the node so that it conforms to all of {and}",
    "Or": "mend the node so that it conforms to one of {or}",
    "Xone": "mend the node so that it conforms to exactly one of {xone}",
    "QualifiedMinCount": "add conforming values until there are at least {qualifiedMinCount}",
    "QualifiedMaxCount": "keep at most {qualifiedMaxCount} of the conforming values",
}


def suggest(component: str, shape: Node | None, shapes: Graph) -> str:
    """Say how to mend what a constraint component found; empty where that is not known.

    Args:
        component: The IRI of the constraint component.
        shape: The shape, whose parameters are named.
        shapes: The shapes graph.
    """
    name = component.removeprefix(str(SH)).removesuffix("ConstraintComponent")
    hint = _HINTS.get(name, "")
    if "{" not in hint:
        return hint
    parameter = hint[hint.index("{") + 1 : hint.index("}")]
    values = list(shapes.objects(shape, SH[parameter]))
    written = (_write_value(values[0], shapes) if len(values) == 1 else "") or f"sh:{parameter}"
    return hint.replace("{" + parameter + "}", written)


def _write_value(node: Node, shapes: Graph) -> str:
    if isinstance(node, URIRef):
        return vocab.shorten(str(node))
    if isinstance(node, Literal):
        return str(node)
    members = [m for m in Collection(shapes, node) if not isinstance(m, BNode)]
    written = [_write_value(m, shapes) for m in members[:_SHOWN]]
    more = [f"{len(members) - _SHOWN:,} more"] if len(members) > _SHOWN else []
    return ", ".join(written + more)


#: How many members of a list a hint names.
_SHOWN = 20
