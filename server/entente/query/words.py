"""The bare words of SPARQL, by what the endpoint does with them."""

from __future__ import annotations

from difflib import get_close_matches

FORMS = ("SELECT", "ASK", "CONSTRUCT", "DESCRIBE")
UPDATES = frozenset(
    "INSERT DELETE LOAD CLEAR CREATE DROP COPY MOVE ADD WITH USING DATA INTO".split()
)
#: Functions whose value differs from one evaluation to the next.
VOLATILE = frozenset("RAND NOW UUID STRUUID BNODE".split())

_CLAUSES = (
    "BASE PREFIX VERSION DISTINCT REDUCED FROM NAMED WHERE GROUP BY HAVING ORDER ASC DESC LIMIT "
    "OFFSET VALUES UNDEF OPTIONAL GRAPH BIND AS UNION MINUS FILTER A NOT IN EXISTS LATERAL "
    "SEPARATOR TRUE FALSE"
)
_FUNCTIONS = (
    "COUNT SUM MIN MAX AVG SAMPLE GROUP_CONCAT STR LANG LANGMATCHES LANGDIR DATATYPE BOUND IRI URI "
    "BNODE RAND ABS CEIL FLOOR ROUND CONCAT STRLEN UCASE LCASE ENCODE_FOR_URI CONTAINS STRSTARTS "
    "STRENDS STRBEFORE STRAFTER YEAR MONTH DAY HOURS MINUTES SECONDS TIMEZONE TZ NOW UUID STRUUID "
    "MD5 SHA1 SHA256 SHA384 SHA512 COALESCE IF STRLANG STRLANGDIR STRDT HASLANG HASLANGDIR SAMETERM "
    "ISIRI ISURI ISBLANK ISLITERAL ISNUMERIC REGEX SUBSTR REPLACE TRIPLE SUBJECT PREDICATE OBJECT "
    "ISTRIPLE ADJUST"
)
KNOWN = frozenset((*FORMS, *_CLAUSES.split(), *_FUNCTIONS.split()))


def nearest_word(word: str) -> str:
    """Name the keyword or function that a misspelt word resembles, or give an empty string.

    >>> nearest_word("FLITER")
    'FILTER'
    """
    near = get_close_matches(word.upper(), sorted(KNOWN), n=1, cutoff=0.6)
    return near[0] if near else ""
