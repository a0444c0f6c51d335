"""Triple patterns as clients of Triple Pattern Fragments write them.

Source: https://linkeddatafragments.org/specification/triple-pattern-fragments/ and, for the
terms, https://www.hydra-cg.com/spec/latest/core/#hydra:ExplicitRepresentation
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import pyoxigraph as ox

from entente.errors import UsageError
from entente.terms import Term

#: The parts of a pattern, as the parameters name them.
PARTS = ("subject", "predicate", "object")
#: Matches are counted up to here; beyond it, the number is an estimate.
MAX_COUNTED = 100_000
_LITERAL = re.compile(r'"(?P<text>.*)"(?:@(?P<language>[^"@^]+)|\^\^(?P<datatype>[^"]+))?', re.S)


@dataclass(frozen=True, slots=True)
class Pattern:
    """A triple pattern.

    Attributes:
        terms: Subject, predicate and object; a variable's name is a str.
    """

    terms: tuple[Term | str, ...]

    @property
    def free(self) -> bool:
        """Say whether it matches every triple."""
        return len({term for term in self.terms if isinstance(term, str)}) == len(PARTS)

    def write_page(self, offset: int, limit: int) -> str:
        """Write the query for some of its matches, in the order of the store."""
        return f"SELECT * {{ {self._text} }} OFFSET {offset} LIMIT {limit}"

    def write_count(self) -> str:
        """Write the query for the number of its matches, as far as they are counted."""
        inner = f"SELECT * {{ {self._text} }} LIMIT {MAX_COUNTED + 1}"
        return f"SELECT (COUNT(*) AS ?n) {{ {{ {inner} }} }}"

    def read_page(self, body: bytes) -> Iterator[ox.Triple]:
        """Read the triples of a page from the answer in JSON."""
        results = ox.parse_query_results(body, ox.QueryResultsFormat.JSON)
        assert isinstance(results, ox.QuerySolutions)  # noqa: S101  it was a SELECT
        for solution in results:
            yield ox.Triple(*(solution[t] if isinstance(t, str) else t for t in self.terms))  # type: ignore[arg-type]

    @property
    def _text(self) -> str:
        return " ".join(f"?{t}" if isinstance(t, str) else str(t) for t in self.terms)


def read_pattern(asked: dict[str, str]) -> Pattern:
    """Read a pattern from the parameters of a fragment's address.

    Args:
        asked: Texts by part; a part that is not there or empty is a variable of its own.

    Raises:
        UsageError: One is no IRI, no literal and no variable.
    """
    return Pattern(tuple(_read_term(part, asked.get(part, "")) for part in PARTS))


def _read_term(part: str, text: str) -> Term | str:
    if not text:
        return part
    if text.startswith("?"):
        # Variables are the same where their names are; a name may be none of SPARQL's.
        return "v" + text[1:].encode().hex()
    if text.startswith("_:"):
        raise UsageError(
            f"{part}={text[:100]}: a blank node has no name outside of its answer",
            fix="ask for what leads to it",
        )
    try:
        if match := _LITERAL.fullmatch(text):
            if part != "object":
                raise UsageError(
                    f"{part}={text[:100]}: a literal stands as object only", fix="give an IRI"
                )
            return _read_literal(match)
        return ox.NamedNode(text.removeprefix("<").removesuffix(">"))
    except ValueError as error:
        raise UsageError(
            f"{part}={text[:100]}: neither an IRI nor a literal ({error})",
            fix='write https://example.org/x, "text", "text"@en or "1"^^datatype IRI',
        ) from None


def _read_literal(match: re.Match[str]) -> ox.Literal:
    datatype = match["datatype"]
    return ox.Literal(
        match["text"],
        language=match["language"],
        datatype=ox.NamedNode(datatype.removeprefix("<").removesuffix(">")) if datatype else None,
    )
