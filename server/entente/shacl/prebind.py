"""Pre-bind variables in the queries of shapes by writing their values into the text.

The engine's own substitution joins the values at the end, so that a FILTER in an inner group
does not see them. A value in the text is seen everywhere, as SHACL demands.

Source: https://www.w3.org/TR/shacl/#pre-binding
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

import pyoxigraph as ox

#: How the variables begin that stand in a projection for what is pre-bound.
CONSTANT = "prebound"

_TOKEN = re.compile(
    r"(?P<said>\"\"\".*?\"\"\"|'''.*?'''|\"(?:[^\"\\\n]|\\.)*\"|'(?:[^'\\\n]|\\.)*'"
    r"|<[^<>\"{}|^`\\\s]*>|\#[^\n]*)"
    r"|(?P<bound>\bbound\s*\(\s*[$?](?P<asked>\w+)\s*\))"
    r"|(?P<renamed>\bAS\s+[$?]\w+)"
    r"|[$?](?P<name>\w+)"
    r"|(?P<word>\b(?:SELECT|WHERE|GROUP|ORDER|HAVING|LIMIT)\b|[{}()])",
    re.IGNORECASE | re.DOTALL,
)


def prebind(query: str, bindings: Mapping[str, ox.NamedNode | ox.Literal]) -> str:
    """Write the values of variables into a query.

    Args:
        query: A SELECT or ASK query.
        bindings: The value by the variable's name.

    Returns:
        The query; it selects a constant in the place of each of the variables.
    """
    return "".join(_rewrite(query, bindings))


def _rewrite(query: str, bindings: Mapping[str, ox.NamedNode | ox.Literal]) -> Iterator[str]:
    clause, depth, end, taken = "", 0, 0, 0
    for token in _TOKEN.finditer(query):
        yield query[end : token.start()]
        end = token.end()
        word = (token["word"] or "").upper()
        if word in ("(", ")"):
            depth += 1 if word == "(" else -1
        elif word:
            clause, depth = word, 0
        value = bindings.get(token["name"] or token["asked"] or "")
        if value is None:
            yield token[0]
        elif token["bound"]:
            yield "(true)"
        elif clause == "SELECT" and not depth:
            taken += 1  # a variable of its own, so that outer and inner queries do not clash
            yield f"(true AS ?{CONSTANT}{taken})"
        else:
            yield f"({value})" if clause in ("GROUP", "ORDER") and not depth else str(value)
    yield query[end:]
