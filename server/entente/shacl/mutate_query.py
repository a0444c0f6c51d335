"""Mutants of a query of a shape: without each of its filters, and of its alternatives."""

from __future__ import annotations

import re
from collections.abc import Iterator

_TOKEN = re.compile(
    r"\"\"\".*?\"\"\"|'''.*?'''|\"(?:[^\"\\\n]|\\.)*\"|'(?:[^'\\\n]|\\.)*'"
    r"|<[^<>\"{}|^`\\\s]*>|\#[^\n]*|[\w.?$-]*:[\w.-]*|[?$]\w+|(?P<word>[A-Za-z]\w*)"
    r"|(?P<mark>[{}()])",
    re.DOTALL,
)


def mutate_query(query: str) -> Iterator[tuple[str, str]]:
    """Yield each mutant: what differs, in words, and the query.

    >>> [text for _, text in mutate_query("SELECT * { ?s ?p ?o FILTER (?o > 1) }")]
    ['SELECT * { ?s ?p ?o  }']
    """
    tokens = [match for match in _TOKEN.finditer(query) if match["word"] or match["mark"]]
    ends = _match_brackets(tokens)
    for index, token in enumerate(tokens):
        word = (token["word"] or "").upper()
        if word == "FILTER":
            end = _end_of_filter(tokens, index, ends)
            if end is not None:
                said = query[token.start() : end]
                yield f"without {' '.join(said.split())}", query[: token.start()] + query[end:]
    for start, end in _alternatives(tokens, ends):
        said = query[start:end]
        nothing = "{ FILTER (false) }"
        yield f"without {' '.join(said.split())}", query[:start] + nothing + query[end:]


def _match_brackets(tokens: list[re.Match[str]]) -> dict[int, int]:
    """Return the index of the closing bracket for that of each opening one."""
    waiting: list[int] = []
    ends: dict[int, int] = {}
    for index, token in enumerate(tokens):
        if token["mark"] in ("{", "("):
            waiting.append(index)
        elif token["mark"] and waiting:
            ends[waiting.pop()] = index
    return ends


def _end_of_filter(tokens: list[re.Match[str]], index: int, ends: dict[int, int]) -> int | None:
    """Return where a filter ends: with the first bracket after its word."""
    for following in range(index + 1, min(index + 4, len(tokens))):
        if following in ends:
            return tokens[ends[following]].end()
    return None


def _alternatives(tokens: list[re.Match[str]], ends: dict[int, int]) -> Iterator[tuple[int, int]]:
    """Yield the extent of each group beside a UNION, each once."""
    starts = {end: start for start, end in ends.items()}
    found: dict[int, None] = {}
    for index, token in enumerate(tokens):
        if (token["word"] or "").upper() == "UNION":
            found[starts[index - 1]] = None
            found[index + 1] = None
    for start in found:
        yield tokens[start].start(), tokens[ends[start]].end()
