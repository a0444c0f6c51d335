"""Expressions of SPARQL over terms of pyoxigraph, evaluated by rdflib.

Their values choose among candidates only; the engine has the last word on a support.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from rdflib import Literal
from rdflib.plugins.sparql.aggregates import Aggregator
from rdflib.plugins.sparql.evalutils import _ebv, _eval
from rdflib.plugins.sparql.parserutils import CompValue
from rdflib.plugins.sparql.sparql import FrozenBindings, NotBoundError, QueryContext, SPARQLError
from rdflib.term import BNode, Identifier, Variable

from entente.bridge import from_rdflib, to_rdflib
from entente.errors import InputError
from entente.terms import Term
from entente.vocab import XSD

EXISTS = ("Builtin_EXISTS", "Builtin_NOTEXISTS")
#: What rdflib raises where it cannot evaluate; a worker may not even open a module's file.
_FAULTS = (SPARQLError, TypeError, ValueError, ArithmeticError, KeyError, InputError, OSError)
Bound = Mapping[str, Term]


def key_of(node: object) -> str | None:
    """Name a variable, or the blank node of a pattern, which stands for one; else None."""
    if isinstance(node, Variable):
        return str(node)
    return f"_:{node}" if isinstance(node, BNode) else None


def holds(expression: Any, bound: Bound, prologue: Any, known: Mapping[str, bool]) -> bool:
    """Say whether a filter lets a solution pass; one that rdflib cannot evaluate does.

    Args:
        expression: The expression, in which `replace_exists` was called.
        bound: The solution.
        prologue: The query's prefixes and base.
        known: What the EXISTS of the expression came to.
    """
    if calls_function(expression):
        return True
    context = _context(bound, prologue, known)
    try:
        return _ebv(expression, context)
    except NotBoundError:
        return False
    except (*_FAULTS, AttributeError):
        return True


def calls_function(expression: Any) -> bool:
    """Say whether a function is called that rdflib does not know; it takes that for false."""
    if isinstance(expression, list):
        return any(map(calls_function, expression))
    if not isinstance(expression, CompValue):
        return False
    foreign = expression.name == "Function" and not str(expression.iri).startswith(XSD)
    return foreign or any(map(calls_function, expression.values()))


def value(expression: Any, bound: Bound, prologue: Any, known: Mapping[str, bool]) -> Term | None:
    """Evaluate an expression; None where it has an error."""
    try:
        found = _eval(expression, _context(bound, prologue, known))
        return from_rdflib(found) if isinstance(found, Identifier) else None
    except _FAULTS:
        return None


def aggregate(
    aggregates: list[CompValue], group: Iterable[Bound], prologue: Any
) -> dict[str, Term]:
    """Compute the aggregates of a group, by the names that rdflib gave them."""
    made = Aggregator(aggregations=aggregates)
    try:
        for bound in group:
            made.update(_context(bound, prologue, {}))
        found = made.get_bindings().items()
        return {str(name): from_rdflib(term) for name, term in found}
    except _FAULTS:
        return {}


def replace_exists(expression: Any, into: dict[str, CompValue]) -> Any:
    """Put a variable for each EXISTS, changed in place, and collect them by its name."""
    if not isinstance(expression, CompValue):
        return expression
    if expression.name in EXISTS:
        name = f"exists {id(expression)}"
        into[name] = expression
        return Variable(name)
    for key, part in list(dict.items(expression)):
        if isinstance(part, list):
            expression[key] = [replace_exists(each, into) for each in part]
        elif isinstance(part, CompValue) and key != "graph":
            expression[key] = replace_exists(part, into)
    return expression


def _context(bound: Bound, prologue: Any, known: Mapping[str, bool]) -> FrozenBindings:
    context = QueryContext()
    context.prologue = prologue
    values: dict[Identifier, Identifier] = {
        Variable(name): to_rdflib(term) for name, term in bound.items()
    }
    values |= {Variable(name): Literal(said) for name, said in known.items()}
    return FrozenBindings(context, values)
