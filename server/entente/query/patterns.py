"""The triple patterns that an answer hangs on, found by a query's tokens.

Only patterns that every answer must match are found: none inside OPTIONAL, MINUS, EXISTS,
a branch of UNION, a subquery or a CONSTRUCT template, and none with brackets in it: [], lists,
triple terms.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from entente.query.tokens import Kind, Token, tokenise
from entente.query.words import FORMS

_CLOSING = {"{": "}", "(": ")", "[": "]", "<<": ">>", "<<(": ")>>", "{|": "|}"}
_TERMS = frozenset({Kind.IRI, Kind.NAME, Kind.BLANK, Kind.VARIABLE, Kind.NUMBER, Kind.STRING})
_NOT_REQUIRED = frozenset({"OPTIONAL", "MINUS", "EXISTS", "UNION"})
_SKIPPED = frozenset({"FILTER", "BIND", "VALUES"})


@dataclass(frozen=True, slots=True)
class Pattern:
    """A triple pattern as it stands in a query.

    Attributes:
        terms: Subject, predicate (or path) and object, as they are written.
        start: The offset of its subject, or of its predicate where the subject stands before.
        graph: The term of the GRAPH that it stands in, or an empty string.
    """

    terms: tuple[str, str, str]
    start: int
    graph: str = ""

    @property
    def text(self) -> str:
        """Write it as a group that can be asked."""
        text = " ".join(self.terms)
        return f"GRAPH {self.graph} {{ {text} }}" if self.graph else text


@dataclass(frozen=True, slots=True)
class Patterns:
    """What an answer hangs on.

    Attributes:
        prologue: The BASE and PREFIX declarations, as they stand.
        dataset: The FROM clauses, as they stand.
        required: The patterns that every answer must match, in their order.
    """

    prologue: str
    dataset: str
    required: tuple[Pattern, ...]


def find_patterns(query: str) -> Patterns:
    """Find the patterns of a query that the engine has parsed.

    >>> [p.terms for p in find_patterns("ASK { ?s a <c:C> ; <p:p>/<p:q> 1 , 2 }").required][2]
    ('?s', '<p:p>/<p:q>', '2')
    """
    tokens = list(tokenise(query, max_nesting=len(query), max_tokens=len(query)))
    first = next(i for i, token in enumerate(tokens) if token.word in FORMS)
    body = first + 1
    if tokens[first].word == "CONSTRUCT" and tokens[body].text == "{":
        body = _skip(tokens, body)
    opening = next((i for i in range(body, len(tokens)) if tokens[i].text == "{"), len(tokens))
    clauses = _find_from(tokens[body:opening])
    reader = _Reader(query, tokens)
    if opening < len(tokens):
        reader.read_group(opening, "")
    return Patterns(query[: tokens[first].start], clauses, tuple(reader.found))


def _find_from(tokens: Sequence[Token]) -> str:
    starts = [i for i, token in enumerate(tokens) if token.word == "FROM"]
    return " ".join(
        " ".join(t.text for t in tokens[i : i + (3 if tokens[i + 1].word == "NAMED" else 2)])
        for i in starts
    )


def _skip(tokens: Sequence[Token], at: int) -> int:
    """Give the index behind the bracket that closes the one at an index."""
    depth = 0
    for index in range(at, len(tokens)):
        if tokens[index].kind is Kind.MARK:
            depth += (tokens[index].text in _CLOSING) - (tokens[index].text in _CLOSING.values())
        if depth == 0:
            return index + 1
    return len(tokens)


class _Reader:
    """Reads groups; `found` grows, changed in place."""

    def __init__(self, query: str, tokens: Sequence[Token]) -> None:
        self.query = query
        self.tokens = tokens
        self.found: list[Pattern] = []

    def read_group(self, at: int, graph: str) -> int:
        """Read the group whose brace stands at an index; give the index behind it."""
        end, at = _skip(self.tokens, at), at + 1
        while at < end - 1:
            at = self._read_part(at, end, graph)
        return end

    def _read_part(self, at: int, end: int, graph: str) -> int:
        token = self.tokens[at]
        if token.text == "{":
            return self._read_branches(at, graph)
        if token.word == "GRAPH":
            return self.read_group(at + 2, self.tokens[at + 1].text)
        if token.word == "SELECT":
            return end
        if token.word in _NOT_REQUIRED:
            return _skip(self.tokens, at + 1)
        if token.word in _SKIPPED:
            return self._skip_clause(at)
        if token.kind is Kind.MARK and token.text not in _CLOSING:
            return at + 1
        return self._read_triples(at, end, graph)

    def _read_branches(self, at: int, graph: str) -> int:
        """Read a group, and forget what it requires where UNION follows."""
        before = len(self.found)
        behind = self.read_group(at, graph)
        if self._text(behind).upper() == "UNION":
            del self.found[before:]
        return behind

    def _skip_clause(self, at: int) -> int:
        """Skip FILTER, BIND or VALUES with its brackets; only VALUES has two of them."""
        values = self.tokens[at].word == "VALUES"
        while self._text(at) not in ("(", "{"):
            at += 1
        parenthesis, at = self._text(at) == "(", _skip(self.tokens, at)
        return _skip(self.tokens, at) if values and parenthesis else at

    def _read_triples(self, at: int, end: int, graph: str) -> int:
        subject, at = self._read_term(at)
        start = self.tokens[at - 1].start if subject else -1
        while at < end - 1 and self._text(at) not in (".", "}"):
            if self._text(at) == ";":
                at += 1
                continue
            first, behind = at, self._read_path(at)
            if behind == at or behind >= end:
                return at + 1
            path, at = self._slice(at, behind), behind
            while True:
                value, at = self._read_term(at)
                if subject and value:
                    where = start if start >= 0 else self.tokens[first].start
                    self.found.append(Pattern((subject, path, value), where, graph))
                if self._text(at) == "{|":
                    at = _skip(self.tokens, at)
                if self._text(at) != ",":
                    break
                at += 1
            start = -1
            if self._text(at) != ";":
                return at
        return at

    def _read_term(self, at: int) -> tuple[str, int]:
        """Read a term; give its text, or an empty one where it has brackets, and what follows."""
        token = self.tokens[at]
        if token.text in _CLOSING:
            return "", _skip(self.tokens, at)
        behind = at + 1
        if token.text in ("+", "-") or self.tokens[behind].kind is Kind.LANGUAGE:
            behind += 1
        elif self._text(behind) == "^^":
            behind += 2
        known = token.kind in _TERMS or token.text in ("+", "-") or token.word in ("TRUE", "FALSE")
        return (self._slice(at, behind) if known else ""), behind

    def _read_path(self, at: int) -> int:
        """Give the index behind the predicate or path at an index, which it is where none is."""
        while True:
            while self._text(at) in ("^", "!"):
                at += 1
            token = self.tokens[at]
            if token.text == "(":
                at = _skip(self.tokens, at)
            elif token.kind in (Kind.IRI, Kind.NAME, Kind.VARIABLE) or token.word == "A":
                at += 1
            else:
                return at
            while self._text(at) in ("*", "+", "?"):
                at += 1
            if self._text(at) not in ("/", "|"):
                return at
            at += 1

    def _slice(self, at: int, behind: int) -> str:
        return self.query[self.tokens[at].start : self.tokens[behind - 1].end]

    def _text(self, at: int) -> str:
        return self.tokens[at].text if at < len(self.tokens) else ""
