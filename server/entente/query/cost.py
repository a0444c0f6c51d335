"""What a query would cost, as far as its tokens tell."""

from __future__ import annotations

from collections.abc import Iterable

from entente.query.tokens import Kind, Token

_TERMS = frozenset({Kind.IRI, Kind.NAME, Kind.BLANK, Kind.VARIABLE, Kind.NUMBER, Kind.STRING})
_TERM_WORDS = frozenset({"A", "TRUE", "FALSE"})
_OPENING = frozenset({"{", "[", "(", "<<", "<<(", "{|"})
_CLOSING = frozenset({"}", "]", ")", ">>", ")>>", "|}"})
#: Brackets in which triples stand; in the others there are expressions, paths and lists.
_GROUPS = frozenset({"{", "[", "{|"})
#: Words behind which no triples stand before the next brace.
_NO_TRIPLES = frozenset({"SELECT", "ORDER", "GROUP", "HAVING", "LIMIT", "OFFSET", "VALUES"})
_NEVER = -(1 << 60)


def count_patterns(tokens: Iterable[Token]) -> int:
    """Count the triple patterns of a query, those of CONSTRUCT templates too.

    A pattern ends where its separator, its bracket or the next keyword stands. Lists count as
    the term that they are.

    >>> from entente.query.tokens import tokenise
    >>> text = "SELECT ?a { ?a a ?b ; :p 1, 2 . FILTER(?b > 3) OPTIONAL { ?a :q [ :r ?c ] } }"
    >>> count_patterns(tokenise(text, max_nesting=9, max_tokens=99))
    5
    """
    count, brackets, terms = 0, [""], [_NEVER]
    for token in tokens:
        text, ends, rest = token.text, False, 0
        if token.kind in _TERMS or token.word in _TERM_WORDS:
            terms[-1] += 1
            continue
        if token.kind is Kind.WORD:
            ends = True
            rest = _NEVER if token.word in _NO_TRIPLES or terms[-1] < 0 else 0
        elif text in (".", ";", ","):
            # Behind a comma, one term makes another pattern; behind the others, two do.
            ends, rest = brackets[-1] in _GROUPS, 1 if text == "," else 0
        elif text in _CLOSING or text == "{":
            ends = True
        if ends:
            count += brackets[-1] in _GROUPS and terms[-1] >= 2
            terms[-1] = rest
        if text in _OPENING:
            brackets.append(text)
            terms.append(0)
        elif text in _CLOSING and len(brackets) > 1:
            brackets.pop()
            terms.pop()
            terms[-1] += text != "}"
    return count
