"""Decide before a query runs whether it may, and tell what kind it is.

The engine has no switch for SERVICE and none for depth, so this is the gate. Behind
it stands a second one: a worker can open neither file nor socket.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import takewhile
from typing import NoReturn
from urllib.parse import urljoin

from entente.config import Settings
from entente.errors import Place, QueryError, QueryRefused, QueryTooCostly
from entente.query.cost import count_patterns
from entente.query.tokens import Kind, Token, place_at, tokenise
from entente.query.words import FORMS, KNOWN, UPDATES, VOLATILE, nearest_word

_FEDERATING = frozenset({"SERVICE", "SILENT"})
#: The words that any query may have.
_FINE = KNOWN - UPDATES
_ABSOLUTE = re.compile(r"<[A-Za-z][A-Za-z0-9+.-]*:")


@dataclass(frozen=True, slots=True)
class Examined:
    """What is known about a query before it runs.

    Attributes:
        form: SELECT, ASK, CONSTRUCT or DESCRIBE.
        volatile: Whether two evaluations may differ, so that no answer is kept.
        graphs: The IRIs of FROM and FROM NAMED, resolved, with the offset of each.
        relative: Whether it has a relative IRI, so that its answer hangs on the base.
        federated: Whether it has SERVICE.
    """

    form: str
    volatile: bool
    graphs: tuple[tuple[str, int], ...] = ()
    relative: bool = False
    federated: bool = False


def examine(query: str, settings: Settings, base: str = "") -> Examined:
    """Look through a query and refuse what may not run here.

    Args:
        query: The text of the query.
        settings: Limits on length, nesting, tokens and patterns.
        base: What relative IRIs are resolved against where the query has no BASE.

    Raises:
        QueryError: It is malformed in a way that its tokens show.
        QueryRefused: It updates, or asks another server.
        QueryTooCostly: It is too long, too deep, or has too many tokens or patterns.
    """
    size = len(query.encode("utf-8", "surrogatepass"))
    if size > settings.max_query_bytes:
        raise QueryTooCostly(
            f"the query is {size} bytes long, and {settings.max_query_bytes} are allowed",
            fix="ask in several queries",
        )
    cut = tokenise(query, max_nesting=settings.max_nesting, max_tokens=settings.max_tokens)
    tokens = _take_checked(cut, query, federates=bool(settings.service_origins))
    _check_patterns(tokens, settings.max_patterns)
    words = {token.word for token in tokens}
    return Examined(
        form=_find_form(tokens, query),
        volatile=not words.isdisjoint(VOLATILE) or "SERVICE" in words,
        graphs=tuple(_find_graphs(tokens, base)) if "FROM" in words else (),
        relative=_hangs_on_base(tokens),
        federated="SERVICE" in words,
    )


def check_graphs(
    asked: Iterable[tuple[str, Place | None]], named: AbstractSet[str], *, source: str
) -> None:
    """Refuse graphs that are not in the data set.

    Args:
        asked: Graph IRIs, each with its place in the query.
        named: The graphs of the data set.
        source: Who asks for the graph: `FROM` or a parameter's name.

    Raises:
        QueryRefused: A graph is not there; the message names near ones.
    """
    for iri, place in asked:
        if iri not in named:
            near = near_names(iri, named)
            raise QueryRefused(
                f"{source} names the graph <{iri}>, which is not in the data set; "
                "nothing is fetched from elsewhere",
                fix=f"did you mean {near}?"
                if near
                else "list the graphs with SELECT DISTINCT ?g { GRAPH ?g { ?s ?p ?o } }",
                place=place,
                token=f"<{iri}>",
            )


def near_names(iri: str, known: Iterable[str]) -> str:
    """Name up to three IRIs that resemble one that is not there, or give an empty string."""
    near = get_close_matches(iri, sorted(known), n=3, cutoff=0.7)
    return " or ".join(f"<{name}>" for name in near)


def _check_patterns(tokens: Sequence[Token], most: int) -> None:
    patterns = count_patterns(tokens)
    if patterns > most:
        raise QueryTooCostly(
            f"the query has {patterns} triple patterns, and {most} are allowed",
            fix="ask in several queries, or put values into VALUES",
        )


def _take_checked(cut: Iterable[Token], query: str, *, federates: bool) -> list[Token]:
    # One pass, so that what is refused is refused before anything later is malformed.
    tokens: list[Token] = []
    for token in cut:
        if token.word:
            if token.word not in _FINE and not (federates and token.word in _FEDERATING):
                _refuse_word(token, query)
        elif token.text in ("{", "("):
            _check_glued(tokens[-2:], query)
        tokens.append(token)
    return tokens


def _refuse_word(token: Token, query: str) -> NoReturn:
    word = token.word
    if "SERVICE" in word:
        raise _refuse_service(token, query)
    if word in UPDATES:
        raise QueryRefused(
            f"{word} changes data, and this endpoint is read-only",
            fix="ask with SELECT, ASK, CONSTRUCT or DESCRIBE",
            place=place_at(query, token.start),
            token=token.text,
        )
    near = nearest_word(word)
    raise QueryError(
        f"'{token.text}' is no keyword or function of SPARQL",
        fix=f"did you mean {near}?" if near else "write a variable with '?', a name with ':'",
        place=place_at(query, token.start),
        token=token.text,
    )


def _refuse_service(token: Token, query: str) -> QueryRefused:
    return QueryRefused(
        "SERVICE asks another server, and this endpoint asks nobody, since its operator lists no "
        "origin in the setting service_origins",
        fix="federate from your side: ask each endpoint, or name this one in your SERVICE",
        place=place_at(query, token.start),
        token=token.text,
    )


def _check_glued(before: Sequence[Token], query: str) -> None:
    """Refuse a name that the engine would read as a keyword and another name.

    It reads `SERVICEx:y {` as `SERVICE x:y {` and `FILTERx:y(` as `FILTER x:y(`.
    """
    if not before or before[-1].kind is not Kind.NAME:
        return
    name = before[-1]
    prefix = name.text.partition(":")[0].upper()
    wants_graph = before[0].word in ("GRAPH", "FROM", "NAMED")
    if prefix.startswith("SERVICE") and not wants_graph:
        raise _refuse_service(name, query)
    if prefix.startswith(("FILTER", "BIND")):
        raise QueryError(
            f"'{name.text}' can be read in two ways",
            fix="put a blank behind the keyword, or rename the prefix",
            place=place_at(query, name.start),
            token=name.text,
        )


def _find_form(tokens: Sequence[Token], query: str) -> str:
    for token in tokens:
        if token.word in FORMS:
            return token.word
    raise QueryError(
        "the query has no SELECT, ASK, CONSTRUCT or DESCRIBE",
        fix="begin with one of them, after the PREFIX lines",
        place=place_at(query, tokens[0].start) if tokens else Place(line=1, column=1),
        token=tokens[0].text if tokens else "",
    )


def read_prefixes(query: str, base: str = "") -> dict[str, str]:
    """Read the prefixes that a query declares, their IRIs resolved against its BASE.

    Args:
        query: The text of the query.
        base: What its BASE, or what stands for it, is resolved against.

    Raises:
        QueryError: A character begins no token.
    """
    cut = tokenise(query, max_nesting=len(query), max_tokens=len(query))
    return read_prologue(list(takewhile(lambda token: token.word not in FORMS, cut)), base)[1]


def read_prologue(tokens: Sequence[Token], base: str) -> tuple[str, dict[str, str]]:
    """Read the BASE and the prefixes that stand before a query's form, resolved."""
    prefixes = dict[str, str]()
    for token, second, third in zip(tokens, tokens[1:], [*tokens[2:], None], strict=False):
        if token.word == "BASE":
            base = _join(base, second)
        elif token.word == "PREFIX" and third:
            prefixes[second.text[:-1]] = _join(base, third)
    return base, prefixes


def _hangs_on_base(tokens: Sequence[Token]) -> bool:
    """Say whether a relative IRI stands before any absolute BASE of the query itself."""
    for index, token in enumerate(tokens):
        if token.kind is Kind.IRI:
            if not _ABSOLUTE.match(token.text):
                return True
            if index and tokens[index - 1].word == "BASE":
                return False
    return False


def _find_graphs(tokens: Sequence[Token], base: str) -> Iterable[tuple[str, int]]:
    base, prefixes = read_prologue(tokens, base)
    for index, token in enumerate(tokens):
        following = tokens[index + 1 : index + 3]
        if token.word == "FROM" and following:
            target = following[-1] if following[0].word == "NAMED" else following[0]
            if iri := resolve(target, base, prefixes):
                yield iri, target.start


def resolve(token: Token, base: str, prefixes: dict[str, str]) -> str:
    """Give the IRI of a token; where its prefix is unknown, an empty string: the engine tells."""
    if token.kind is Kind.IRI:
        return _join(base, token)
    prefix, _, local = token.text.partition(":")
    if token.kind is not Kind.NAME or prefix not in prefixes:
        return ""
    return prefixes[prefix] + local.replace("\\", "")


def _join(base: str, token: Token) -> str:
    try:
        return urljoin(base, _iri_of(token))
    except ValueError:  # a bracket in the host, an escape of no character
        raise QueryError(f"{token.text[:100]} is no IRI", fix="correct the IRI") from None


def _iri_of(token: Token) -> str:
    inner = token.text[1:-1]
    if "\\" in inner:
        inner = inner.encode("ascii", "backslashreplace").decode("unicode_escape")
    return inner
