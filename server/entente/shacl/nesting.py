"""How deep RDF is nested: what is refused before it is parsed."""

from __future__ import annotations

import re
from collections.abc import Iterator

from entente.errors import InputError, Place

_TURTLE = re.compile(
    r'\#[^\n\r]*|"""(?:[^"\\]|\\.|"(?!""))*+"""|\'\'\'(?:[^\'\\]|\\.|\'(?!\'\'))*+\'\'\''
    r'|"(?:[^"\\\n]|\\.)*+"|\'(?:[^\'\\\n]|\\.)*+\'|<[^<>\s]*>'
    r"|(?P<open>[\[({]|<<)|(?P<close>[\])}]|>>)",
    re.DOTALL,
)
_JSON = re.compile(r'"(?:[^"\\]|\\.)*+"|(?P<open>[\[{])|(?P<close>[\]}])', re.DOTALL)
_XML = re.compile(
    r"<!--.*?-->|<!\[CDATA\[.*?\]\]>|<\?.*?\?>|<[^<>!?/](?:[^<>\"']|\"[^\"]*\"|'[^']*')*+/>"
    r"|(?P<close></)|(?P<open><[^<>!?/])",
    re.DOTALL,
)
_SYNTAXES = {"application/ld+json": _JSON, "application/rdf+xml": _XML}


def refuse_deep(content: bytes, media_type: str, name: str, max_depth: int) -> None:
    """Refuse RDF that is nested deeper than is allowed.

    Args:
        content: The RDF; what is malformed is counted somehow.
        media_type: Its format.
        name: What it is called in reports.
        max_depth: How many brackets, braces or elements may be open at once.

    Raises:
        InputError: There are more.
    """
    text = content.decode("utf-8", "replace")
    for offset, depth in _depths(text, _SYNTAXES.get(media_type, _TURTLE)):
        if depth > max_depth:
            line = text.count("\n", 0, offset) + 1
            raise InputError(
                f"it is nested deeper than {max_depth} levels",
                fix="give the inner nodes names, and write them side by side",
                place=Place(name, line, offset - text.rfind("\n", 0, offset)),
            )


def _depths(text: str, syntax: re.Pattern[str]) -> Iterator[tuple[int, int]]:
    depth = 0
    for match in syntax.finditer(text):
        if match.lastgroup == "open":
            depth += 1
            yield match.start(), depth
        elif match.lastgroup == "close":
            depth -= 1
