"""The group graph patterns of a query, cut out of its tokens.

The engine shows no parse tree. This finds what the elements of each group are, where they
stand, and which variables each may bind: as much as is needed to take a SERVICE out.

Source: https://www.w3.org/TR/sparql11-query/#rGroupGraphPattern
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from entente.errors import QueryError
from entente.query.tokens import Kind, Token, place_at
from entente.query.words import FORMS

_NESTING = frozenset({"OPTIONAL", "MINUS", "LATERAL", "GRAPH", "SERVICE"})
_NAMED = frozenset({"GRAPH", "SERVICE"})
_STARTERS = _NESTING | {"FILTER", "BIND", "VALUES", "SELECT", "UNION"}
_CLOSING = {"(": ")", "{": "}"}
_NOTHING = frozenset[str]()


@dataclass(frozen=True, slots=True)
class Element:
    """A part of a group.

    Attributes:
        kind: OPTIONAL, MINUS, LATERAL, GRAPH, SERVICE, FILTER, BIND, VALUES or SELECT as the
            query has it; GROUP for groups with UNION between them, TRIPLES for the rest.
        start: The offset of its first character.
        end: The offset behind its last one; a dot at its end is left out.
        groups: The groups in it; of a FILTER or BIND none.
        name: What stands for the graph or the endpoint.
        silent: Whether a SERVICE is SILENT.
        binds: The variables that it may bind for the group that it stands in.
        mentions: All variables in it.
        tests: Whether it has EXISTS.
    """

    kind: str
    start: int
    end: int
    groups: tuple[Group, ...] = ()
    name: Token | None = None
    silent: bool = False
    binds: frozenset[str] = _NOTHING
    mentions: frozenset[str] = _NOTHING
    tests: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """A group graph pattern.

    Attributes:
        start: The offset of its opening brace.
        end: The offset behind its closing one.
        elements: What is in it, in the order of the query.
    """

    start: int
    end: int
    elements: tuple[Element, ...]

    @property
    def binds(self) -> frozenset[str]:
        """The variables that it may bind."""
        return _NOTHING.union(*(element.binds for element in self.elements))


def read_pattern(tokens: Sequence[Token], query: str) -> Group:
    """Read the pattern of a query: what stands behind WHERE.

    Args:
        tokens: The query's tokens, brackets balanced.
        query: Its text, for places.

    Raises:
        QueryError: It is malformed in a way that shows here.
    """
    reader = _Reader(tokens, query)
    while reader.peek().word not in FORMS:
        reader.take()
    if reader.take().word == "CONSTRUCT" and reader.peek().text == "{":
        reader.skip("{")
    while reader.peek().text != "{":
        reader.step()
    return reader.group()


class _Reader:
    """Tokens and the place among them, changed in place."""

    def __init__(self, tokens: Sequence[Token], query: str) -> None:
        self.tokens = tokens
        self.query = query
        self.at = 0

    def peek(self) -> Token:
        if self.at == len(self.tokens):
            end = len(self.query)
            raise QueryError("the query ends too early", place=place_at(self.query, end))
        return self.tokens[self.at]

    def take(self, expected: str = "") -> Token:
        token = self.peek()
        if expected and token.text != expected:
            raise QueryError(
                f"'{token.text}' stands where '{expected}' is due",
                place=place_at(self.query, token.start),
                token=token.text,
            )
        self.at += 1
        return token

    def skip(self, opening: str) -> None:
        """Skip a bracket with all that is in it."""
        self.take(opening)
        while self.peek().text != _CLOSING[opening]:
            self.step()
        self.take()

    def step(self) -> None:
        """Skip a token, or a bracket as a whole."""
        token = self.peek()
        if token.text in _CLOSING and token.kind is Kind.MARK:
            self.skip(token.text)
        else:
            self.take()

    def group(self) -> Group:
        start, elements = self.take("{").start, list[Element]()
        while (token := self.peek()).text != "}":
            if token.text == ".":
                self.take()
            else:
                elements.append(self.element(token))
        return Group(start, self.take().end, tuple(elements))

    def element(self, token: Token) -> Element:
        word, first = token.word, self.at
        if token.text == "{":
            return self._union(first)
        if word in _NESTING:
            return self._nesting(word, first)
        if word == "SELECT":
            return self._subquery(first)
        if word in ("FILTER", "BIND", "VALUES"):
            return self._expression(word, first)
        if word == "UNION":
            raise QueryError(
                "UNION joins nothing here",
                fix="put a group in braces before it",
                place=place_at(self.query, token.start),
                token=token.text,
            )
        while (token := self.peek()).text not in ("{", "}") and token.word not in _STARTERS:
            self.take()
        return self._made("TRIPLES", first, binds=self._variables(first))

    def _union(self, first: int) -> Element:
        groups = [self.group()]
        while self.peek().word == "UNION":
            self.take()
            groups.append(self.group())
        return self._made("GROUP", first, groups, _binds(groups))

    def _nesting(self, kind: str, first: int) -> Element:
        self.take()
        silent = kind == "SERVICE" and self.peek().word == "SILENT"
        if silent:
            self.take()
        name = self._name() if kind in _NAMED else None
        groups = [self.group()]
        binds = _NOTHING if kind == "MINUS" else _binds(groups) | _names(name)
        return self._made(kind, first, groups, binds, name, silent=silent)

    def _name(self) -> Token:
        token = self.take()
        if token.kind not in (Kind.IRI, Kind.NAME, Kind.VARIABLE):
            raise QueryError(
                f"'{token.text}' stands where an IRI or a variable is due",
                place=place_at(self.query, token.start),
                token=token.text,
            )
        return token

    def _subquery(self, first: int) -> Element:
        """Read a subquery: it fills the rest of its group."""
        self.take()
        head = self.at
        while self.peek().text != "{" and self.peek().word != "WHERE":
            self.step()
        projected = self._projected(head)
        if self.peek().word == "WHERE":
            self.take()
        group = self.group()
        while self.peek().text != "}":
            self.step()
        return self._made("SELECT", first, [group], group.binds if projected is None else projected)

    def _projected(self, first: int) -> frozenset[str] | None:
        """Give the variables that a SELECT clause names, or None where it has a star."""
        found, depth = set[str](), 0
        for before, token in zip(
            self.tokens[first - 1 :], self.tokens[first : self.at], strict=False
        ):
            depth += (token.text == "(") - (token.text == ")")
            if token.text == "*" and not depth:
                return None
            if token.kind is Kind.VARIABLE and (not depth or before.word == "AS"):
                found.add(token.text[1:])
        return frozenset(found)

    def _expression(self, kind: str, first: int) -> Element:
        self.take()
        binds = _NOTHING
        if kind == "VALUES":
            while self.peek().text != "{":
                self.step()
            binds = self._variables(first)
            self.skip("{")
        else:
            while self.peek().text not in _CLOSING:
                self.take()
            self.step()
        if kind == "BIND":
            binds = _names(self.tokens[self.at - 2])
        return self._made(kind, first, binds=binds)

    def _made(
        self,
        kind: str,
        first: int,
        groups: Iterable[Group] = (),
        binds: frozenset[str] = _NOTHING,
        name: Token | None = None,
        *,
        silent: bool = False,
    ) -> Element:
        last = self.tokens[self.at - 1]
        if kind == "TRIPLES" and last.text == "." and self.at - first > 1:
            last = self.tokens[self.at - 2]
        return Element(
            kind,
            self.tokens[first].start,
            last.end,
            tuple(groups),
            name,
            silent,
            binds,
            self._variables(first),
            any(token.word == "EXISTS" for token in self.tokens[first : self.at]),
        )

    def _variables(self, first: int) -> frozenset[str]:
        return _NOTHING.union(*(_names(token) for token in self.tokens[first : self.at]))


def _binds(groups: Iterable[Group]) -> frozenset[str]:
    return _NOTHING.union(*(group.binds for group in groups))


def _names(token: Token | None) -> frozenset[str]:
    if token is None or token.kind is not Kind.VARIABLE:
        return _NOTHING
    return frozenset({token.text[1:]})
