"""Turn the engine's syntax errors into ones that say what to do.

The engine reports the farthest character that it looked at. Where it tried a keyword
that is as far behind the error as the keyword is long; where it tried a mark or a digit, exact.
"""

from __future__ import annotations

import re

from entente.errors import QueryError
from entente.query.tokens import Kind, Token, place_at, tokenise
from entente.vocab import PREFIXES

_ENGINE = re.compile(r"error at (\d+):(\d+): expected (.*)", re.DOTALL)
_KEYWORD = re.compile(r"\b[A-Z]{2,}\b")
_SENTENCE = re.compile(r"(?:one of |, |^)([A-Z][a-z]+ [A-Za-z ,'-]{8,}?)(?=, [\"\['A-Z]|$)")


def diagnose(query: str, message: str) -> QueryError:
    """Translate a syntax error of the engine.

    Args:
        query: The query, which passed the guard.
        message: The engine's message, `error at line:column: expected ...`.

    Returns:
        The error to raise, with place, token and a suggestion.
    """
    tokens = list(tokenise(query, max_nesting=len(query), max_tokens=len(query)))
    if error := _find_undeclared(query, tokens):
        return error
    parsed = _ENGINE.search(message)
    if parsed is None:
        return QueryError(_plain(message), fix="see the SPARQL 1.1 grammar")
    line, column, expected = int(parsed[1]), int(parsed[2]), parsed[3]
    offset = _offset_of(query, line, column)
    exact = '"' in expected or "['" in expected or not _KEYWORD.search(expected)
    token = _token_near(tokens, offset, exact=exact)
    found = f"'{token.text}' does not fit here" if token else "the query ends too early"
    return QueryError(
        _sentence_in(expected) or found,
        fix=_advise(expected),
        place=place_at(query, token.start if token else len(query)),
        token=token.text if token else "",
    )


def _find_undeclared(query: str, tokens: list[Token]) -> QueryError | None:
    declared, previous = set[str](), None
    for token in tokens:
        if token.kind is Kind.NAME:
            prefix = token.text.partition(":")[0]
            if previous is not None and previous.word == "PREFIX":
                declared.add(prefix)
            elif prefix not in declared:
                return _undeclared(query, token, prefix)
        previous = token
    return None


def _undeclared(query: str, token: Token, prefix: str) -> QueryError:
    known = PREFIXES.get(prefix)
    return QueryError(
        f"the prefix '{prefix}:' is not declared",
        fix=f"add the line PREFIX {prefix}: <{known}>"
        if known
        else f"add a line PREFIX {prefix}: <...>, or write the IRI in full",
        place=place_at(query, token.start),
        token=token.text,
    )


def _token_near(tokens: list[Token], offset: int, *, exact: bool) -> Token | None:
    if exact:
        return next((token for token in tokens if token.end > offset), None)
    return next((token for token in reversed(tokens) if token.start < offset), None)


def _offset_of(query: str, line: int, column: int) -> int:
    lines = query.split("\n")
    return sum(len(text) + 1 for text in lines[: line - 1]) + column - 1


def _sentence_in(expected: str) -> str:
    """Find the engine's own sentence among what it expected, such as on scopes of variables."""
    found = _SENTENCE.search(expected)
    sentence = found[1].strip() if found else ""
    return sentence[:1].lower() + sentence[1:] if sentence.count(" ") > 1 else ""


def _advise(expected: str) -> str:
    quoted = re.findall(r'"([^" ]+)"', expected)
    words = [word for word in re.findall(r"\b[A-Z_]{2,}\b", expected) if word not in ("ERROR",)]
    wanted = [f"'{mark}'" for mark in quoted] + words
    if not wanted or len(wanted) > 8:
        return "look at what stands before it"
    return "look at what stands before it; the parser looked for " + ", ".join(wanted)


def _plain(message: str) -> str:
    return " ".join(message.split())[:300]
