"""Name in the head of an answer where more is told about it.

Source: https://www.w3.org/TR/sparql11-results-json/#select-head, and for XML
https://www.w3.org/TR/rdf-sparql-XMLres/#head
"""

from __future__ import annotations

import json
from xml.sax.saxutils import quoteattr

_JSON_HEAD = b'{"head":{'
_XML_HEADS = ((b"</head>", b"%s</head>"), (b"<head/>", b"<head>%s</head>"))


def add_link(form: str, answer: bytes, link: str) -> bytes:
    """Add a link to the head of the results of a SELECT.

    Args:
        form: The name of the answer's format; in CSV and TSV there is no place for a link.
        answer: The answer, as the engine writes it.
        link: An absolute IRI.

    >>> add_link("json", b'{"head":{"vars":["s"]},"results":{"bindings":[]}}', "http://a/")
    b'{"head":{"link":["http://a/"],"vars":["s"]},"results":{"bindings":[]}}'
    """
    if form == "json" and answer.startswith(_JSON_HEAD):
        told = b'"link":' + json.dumps([link]).encode() + b","
        return _JSON_HEAD + told + answer[len(_JSON_HEAD) :]
    if form == "xml":
        told = f"<link href={quoteattr(link)}/>".encode()
        for head, linked in _XML_HEADS:
            if head in answer:
                return answer.replace(head, linked % told, 1)
    return answer
