"""Why an answer is empty: the pattern that emptied it, and near names for its constants.

Runs in a worker, under the limits of any query.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import Any

import pyoxigraph as ox

from entente.query.guard import read_prefixes
from entente.query.patterns import Pattern, Patterns, find_patterns
from entente.query.tokens import Kind, place_at, tokenise

_MAX_CANDIDATES = 20_000
_NEAR = 3
Ask = Callable[[str], Any]


def explain_empty(query: str, ask: Ask, base: str = "") -> bytes:
    """Explain why a query has no answer.

    Args:
        query: The query, which the engine can parse.
        ask: Evaluates a query on the data set that the query would see.
        base: What relative IRIs are resolved against.

    Returns:
        A JSON object: `empty`; `reason`, one sentence; and `patterns`, those that emptied
        the answer, each with `pattern`, `line`, `column` and `near`: by constant, what is
        there instead.
    """
    if not is_empty(ask(query)):
        return _write(False, "The query has an answer.", [])
    patterns = find_patterns(query)
    alone = [each for each in patterns.required if not _matches(ask, patterns, [each])]
    if alone:
        reason = "No triple matches " + ("this pattern." if len(alone) == 1 else "these patterns.")
        names = read_prefixes(query, base)
        return _write(True, reason, [_describe(query, each, ask, names) for each in alone])
    for count in range(2, len(patterns.required) + 1):
        if not _matches(ask, patterns, patterns.required[:count]):
            reason = "Each pattern has matches, but this one has none with those before it."
            return _write(True, reason, [_place(query, patterns.required[count - 1])])
    return _write(
        True,
        "The patterns have matches together; a FILTER, a MINUS, a join with UNION or VALUES, or "
        "a modifier such as LIMIT, OFFSET or HAVING takes them away.",
        [],
    )


def is_empty(answer: Any) -> bool:
    """Say whether an answer of the engine has no row, no triple, or is false."""
    if isinstance(answer, ox.QueryBoolean):
        return not bool(answer)
    return next(iter(answer), None) is None


def _matches(ask: Ask, patterns: Patterns, group: Sequence[Pattern]) -> bool:
    body = " . ".join(each.text for each in group)
    return bool(ask(f"{patterns.prologue} ASK {patterns.dataset} {{ {body} }}"))


def _place(query: str, pattern: Pattern) -> dict[str, Any]:
    place = place_at(query, pattern.start)
    return {"pattern": pattern.text, "line": place.line, "column": place.column, "near": {}}


def _describe(
    query: str, pattern: Pattern, ask: Ask, prefixes: Mapping[str, str]
) -> dict[str, Any]:
    described = _place(query, pattern)
    for position, text in enumerate(pattern.terms):
        for constant, near in _find_near(text, position, ask, prefixes):
            described["near"][constant] = near
    return described


def _find_near(
    text: str, position: int, ask: Ask, prefixes: Mapping[str, str]
) -> Iterator[tuple[str, list[str]]]:
    """Find near names for each constant of a term or path that is not in the data."""
    for token in tokenise(text, max_nesting=len(text), max_tokens=len(text)):
        if token.kind in (Kind.IRI, Kind.NAME):
            iri = _resolve(token.text, prefixes)
            if iri and not _is_there(iri, position, ask):
                yield token.text, [f"<{name}>" for name in _near_iris(iri, position, ask)]
        elif token.kind is Kind.STRING and position == 2:
            yield token.text, _near_literals(token.text, ask)
            return


def _resolve(text: str, prefixes: Mapping[str, str]) -> str:
    if text.startswith("<"):
        return text[1:-1]
    prefix, _, local = text.partition(":")
    return prefixes[prefix] + local.replace("\\", "") if prefix in prefixes else ""


def _is_there(iri: str, position: int, ask: Ask) -> bool:
    term = ["?s", "?p", "?o"]
    term[position] = f"<{iri}>"
    triple = " ".join(term)
    return bool(ask(f"ASK {{ {{ {triple} }} UNION {{ GRAPH ?g {{ {triple} }} }} }}"))


def _near_iris(iri: str, position: int, ask: Ask) -> list[str]:
    """Find names of the same namespace, in the same position, that resemble one."""
    cut = max(iri.rfind("/"), iri.rfind("#"), iri.rfind(":")) + 1
    space, name = iri[:cut], iri[cut:]
    rows = ask(
        f"SELECT DISTINCT ?x {{ {_triple(position)} FILTER(isIRI(?x) && STRSTARTS(STR(?x), "
        f"{_quote(space)})) }} LIMIT {_MAX_CANDIDATES}"
    )
    known = {row["x"].value[cut:].casefold(): row["x"].value for row in rows}
    return [known[near] for near in get_close_matches(name.casefold(), sorted(known), _NEAR)]


def _near_literals(text: str, ask: Ask) -> list[str]:
    """Find literals of the same text, in any case, with another language or datatype."""
    rows = ask(
        f"SELECT DISTINCT ?x {{ {_triple(2)} "
        f"FILTER(isLiteral(?x) && LCASE(STR(?x)) = LCASE({text})) }} LIMIT {_NEAR}"
    )
    return sorted(str(row["x"]) for row in rows)


def _triple(position: int) -> str:
    terms = ["?s", "?p", "?o"]
    terms[position] = "?x"
    return " ".join(terms) + " ."


def _quote(text: str) -> str:
    return str(ox.Literal(text))


def _write(empty: bool, reason: str, patterns: list[dict[str, Any]]) -> bytes:
    explained = {"empty": empty, "reason": reason, "patterns": patterns}
    return (json.dumps(explained, ensure_ascii=False, indent=2) + "\n").encode()
