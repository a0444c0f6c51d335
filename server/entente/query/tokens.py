r"""SPARQL's tokens, cut as the engine cuts them.

The engine has no tokeniser: its parser reads characters, so that `<` is an operator
or opens an IRI by context, and a keyword ends where its letters end. A guard that
cut the text otherwise could be shown a string where the engine sees `SERVICE`. Two
rules keep both in step: the context of each bracket is tracked, and what could be
cut in two ways is an error.

Source: https://www.w3.org/TR/sparql11-query/#sparqlGrammar
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from entente.errors import Place, QueryError, QueryTooCostly


class Kind(StrEnum):
    """What a token is."""

    IRI = "iri"
    NAME = "name"
    BLANK = "blank"
    VARIABLE = "variable"
    STRING = "string"
    LANGUAGE = "language"
    NUMBER = "number"
    WORD = "word"
    MARK = "mark"


class Token(NamedTuple):
    """A token of a query. Many are made for each query, and a tuple takes least time.

    Attributes:
        kind: What it is.
        text: Its characters as they stand.
        start: Its offset in code points.
        word: A bare word in upper case, and an empty string for all else.
    """

    kind: Kind
    text: str
    start: int
    word: str = ""

    @property
    def end(self) -> int:
        """Give the offset behind its last character."""
        return self.start + len(self.text)


_BASE = (
    r"A-Za-z\u00C0-\u00D6\u00D8-\u00F6\u00F8-\u02FF\u0370-\u037D\u037F-\u1FFF\u200C-\u200D"
    r"\u2070-\u218F\u2C00-\u2FEF\u3001-\uD7FF\uF900-\uFDCF\uFDF0-\uFFFD\U00010000-\U000EFFFF"
)
_CHARS = _BASE + r"_0-9\u00B7\u0300-\u036F\u203F-\u2040-"
_ESCAPED = r"%[0-9A-Fa-f]{2}|\\[_~.!$&'()*+,;=/?#@%-]"
_LOCAL_HEAD = rf"(?:[{_BASE}_0-9:]|{_ESCAPED})"
_LOCAL_TAIL = rf"(?:[{_CHARS}:]|{_ESCAPED})"
_UCHAR = r"\\u[0-9A-Fa-f]{4}|\\U[0-9A-Fa-f]{8}"
_ECHAR = rf"\\[tbnrf\\\"']|{_UCHAR}"

#: White space and comments, from which nothing is given back to what follows.
_SPACE = r"(?:[ \t\r\n]++|#[^\r\n]*+)*+"
_IRI = re.compile(rf"<(?:[^<>\"{{}}|^`\\\x00-\x20]|{_UCHAR})*>")
# A local name holds one run of dots at most: so the engine reads it. A prefix has 100
# characters at most, or `a-a-a-...` would be searched for a colon from each letter on.
# Where a `<` stands, the context says what it is, and where nothing stands, the text is cut.
_TOKEN = re.compile(
    rf"{_SPACE}(?:(?P<less>(?=<))|(?P<end>\Z)|"
    + "|".join(
        (
            rf'(?P<string>"""(?:"{{0,2}}(?:[^"\\]|{_ECHAR}))*"""'
            rf"|'''(?:'{{0,2}}(?:[^'\\]|{_ECHAR}))*'''"
            rf'|"(?:[^"\\\r\n]|{_ECHAR})*"'
            rf"|'(?:[^'\\\r\n]|{_ECHAR})*')",
            rf"(?P<blank>_:[{_BASE}_0-9](?:[{_CHARS}.]*[{_CHARS}])?)",
            rf"(?P<name>(?:[{_BASE}](?:[{_CHARS}.]{{0,98}}[{_CHARS}])?)?:"
            rf"(?:{_LOCAL_HEAD}{_LOCAL_TAIL}*(?:\.+{_LOCAL_TAIL}+)?)?)",
            rf"(?P<variable>[?$][{_BASE}_0-9][{_BASE}_0-9\u00B7\u0300-\u036F\u203F-\u2040]*)",
            r"(?P<language>@[A-Za-z]+(?:-[A-Za-z0-9]+)*(?:--[A-Za-z]+)?)",
            r"(?P<number>(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)[eE][+-]?[0-9]+|[0-9]*\.[0-9]+|[0-9]+)",
            r"(?P<word>[A-Za-z][A-Za-z0-9_]*)",
            r"(?P<mark>\)>>|>>|\{\||\|\}|&&|\|\||!=|>=|\^\^"
            r"|[{}()\[\];,.|/^+*?!=>~-])",
        )
    )
    + "|(?P<bad>))"
)
_LESS, _END, _BAD = (_TOKEN.groupindex[name] for name in ("less", "end", "bad"))
#: The kind that the number of a group stands for.
_KINDS = {_TOKEN.groupindex[kind]: kind for kind in Kind if kind in _TOKEN.groupindex}

_OPENING = {"{": "}", "(": ")", "[": "]", "<<": ">>", "<<(": ")>>", "{|": "|}"}
_CLOSING = frozenset(_OPENING.values())
_OPERANDS = frozenset({Kind.IRI, Kind.NAME, Kind.VARIABLE, Kind.STRING, Kind.NUMBER, Kind.LANGUAGE})
_EXPRESSION_CLAUSES = frozenset({"SELECT", "GROUP", "HAVING", "ORDER"})
_PATTERN_CLAUSES = frozenset({"WHERE", "VALUES", "FROM"})
_CONSTRAINTS = frozenset({"FILTER", "BIND"})


def place_at(text: str, offset: int) -> Place:
    """Turn an offset in code points into line and column, both counted from 1.

    >>> place_at("ASK {\\n ?s", 7)
    Place(file=None, line=2, column=2)
    """
    before = text[:offset]
    return Place(line=before.count("\n") + 1, column=offset - before.rfind("\n"))


@dataclass(slots=True)
class _Frame:
    """An open bracket: how it closes, and whether expressions stand directly in it."""

    closing: str
    start: int
    expression: bool = False
    parenthesis: bool = False


class _Context:
    """The brackets that are open, changed in place token by token."""

    def __init__(self) -> None:
        self.frames = [_Frame("", 0)]
        self.constraint = False
        self.previous: Token | None = None

    @property
    def depth(self) -> int:
        return len(self.frames) - 1

    def awaits_operator(self) -> bool:
        """Say whether a `<` here compares, and does not open an IRI."""
        previous, top = self.previous, self.frames[-1]
        if previous is None or not (top.expression and top.parenthesis):
            return False
        ends = previous.text in (")", ")>>", "]", "}") or previous.word in ("TRUE", "FALSE")
        return ends or previous.kind in _OPERANDS

    def take(self, token: Token, text: str) -> None:
        kind, mark, _, word = token
        if kind is Kind.WORD:
            self._take_word(word)
        elif kind is Kind.MARK:
            if mark in _OPENING:
                self._open(token)
            elif mark in _CLOSING:
                self._close(token, text)
        self.previous = token

    def _take_word(self, word: str) -> None:
        if word in _CONSTRAINTS:
            self.constraint = True
        elif not self.frames[-1].parenthesis:
            if word in _EXPRESSION_CLAUSES:
                self.frames[-1].expression = True
            elif word in _PATTERN_CLAUSES:
                self.frames[-1].expression = False

    def _open(self, token: Token) -> None:
        parenthesis = token.text == "("
        expression = parenthesis and (self.constraint or self.frames[-1].expression)
        self.frames.append(_Frame(_OPENING[token.text], token.start, expression, parenthesis))
        self.constraint = False

    def _close(self, token: Token, text: str) -> None:
        frame = self.frames[-1]
        if frame.closing != token.text:
            wanted = f"the '{frame.closing}' of line {place_at(text, frame.start).line}"
            raise QueryError(
                f"'{token.text}' closes nothing",
                fix=f"put {wanted} before it" if frame.closing else "remove it",
                place=place_at(text, token.start),
                token=token.text,
            )
        self.frames.pop()
        if token.text == "}" and not self.frames[-1].parenthesis:
            self.frames[-1].expression = False

    def finish(self, text: str) -> None:
        if self.depth:
            frame = self.frames[-1]
            opening = text[frame.start]
            raise QueryError(
                f"'{opening}' is never closed",
                fix=f"add '{frame.closing}'",
                place=place_at(text, frame.start),
                token=opening,
            )


def tokenise(text: str, *, max_nesting: int, max_tokens: int) -> Iterator[Token]:
    """Cut a query into its tokens, without white space and comments.

    Args:
        text: The query.
        max_nesting: The depth to which brackets may nest.
        max_tokens: The number of tokens that is allowed.

    Raises:
        QueryError: A character begins no token, or a bracket does not match.
        QueryTooCostly: The query nests too deep, or has too many tokens.
    """
    context, at, count = _Context(), 0, 0
    while token := _token_at(text, at, context):
        context.take(token, text)
        count += 1
        if len(context.frames) > max_nesting + 1 or count > max_tokens:
            raise _too_costly(text, token, context.depth, max_nesting, max_tokens)
        yield token
        at = token.start + len(token.text)
    context.finish(text)


def _token_at(text: str, at: int, context: _Context) -> Token | None:
    match = _TOKEN.match(text, at)
    group = match.lastindex if match else _BAD
    if match is None or group is None or group == _BAD:
        raise _bad_character(text, match.end() if match else at)
    if group == _LESS:
        return _token_at_less(text, match.end(), context)
    if group == _END:
        return None
    mark, start = match[group], match.start(group)
    kind = _KINDS[group]
    if kind is Kind.WORD:
        return Token(kind, mark, start, mark.upper())
    if mark in (")>>", ">>") and context.frames[-1].closing != mark:
        mark = mark[0]
    return Token(kind, mark, start)


def _token_at_less(text: str, at: int, context: _Context) -> Token:
    if context.awaits_operator():
        return Token(Kind.MARK, "<=" if text.startswith("<=", at) else "<", at)
    if match := _IRI.match(text, at):
        return Token(Kind.IRI, match.group(), at)
    for mark in ("<<(", "<<"):
        if text.startswith(mark, at):
            return Token(Kind.MARK, mark, at)
    raise QueryError(
        "an IRI is opened by '<' and never closed, or holds a character that no IRI has",
        fix="percent-encode blanks, quotes and braces in it",
        place=place_at(text, at),
        token=text[at : at + 20].split("\n", 1)[0],
    )


def _bad_character(text: str, at: int) -> QueryError:
    character = text[at]
    quoted = character in "\"'"
    return QueryError(
        "the string is never closed, or holds an unknown escape"
        if quoted
        else f"the character {character!r} begins nothing that SPARQL knows",
        fix="close it on its line, or use three quotes" if quoted else "remove it",
        place=place_at(text, at),
        token=character,
    )


def _too_costly(
    text: str, token: Token, depth: int, max_nesting: int, max_tokens: int
) -> QueryTooCostly:
    deep = depth > max_nesting
    return QueryTooCostly(
        f"the query nests deeper than {max_nesting} levels"
        if deep
        else f"the query has more than {max_tokens} tokens",
        fix="write it flatter" if deep else "ask in several queries",
        place=place_at(text, token.start),
        token=token.text,
    )
