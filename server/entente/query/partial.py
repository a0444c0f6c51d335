"""Cut an answer at its last whole row, and mark it as a part.

Only a client that asks for it gets a part. The mark stands where nothing that a query
writes can stand: at the end of the body, or in JSON, which has no comments, as its
`head.link`, at the beginning.
"""

from __future__ import annotations

import json
from json import JSONDecodeError

from entente.vocab import BASE

#: What the head of a part in JSON links to.
PARTIAL = BASE + "problem/partial-answer"
_HEAD = b'{"head":{'
_MARKED_HEAD = _HEAD + b'"link":["' + PARTIAL.encode() + b'"],'
_MARKS = {
    "xml": b"</results><!-- partial --></sparql>",
    "ttl": b"# partial\n",
    "nt": b"# partial\n",
    "nq": b"# partial\n",
    "trig": b"# partial\n",
    "rdf": b"<!-- partial --></rdf:RDF>",
}
_ROW_ENDS = {"xml": b"</result>", "rdf": b"</rdf:Description>"}

#: The names of the formats in which a part can be marked.
MARKED = frozenset((*_MARKS, "json"))


def cut_answer(form: str, written: bytes) -> bytes | None:
    """Make a valid, marked answer of one whose writing was broken off.

    Args:
        form: The name of its format, one of `MARKED`.
        written: What was written.

    Returns:
        The answer, or None where no row of it is whole.

    >>> cut_answer("nt", b"<a:a> <a:b> <a:c> .\\n<a:a> <a:b")
    b'<a:a> <a:b> <a:c> .\\n# partial\\n'
    """
    if form == "json":
        end = _end_of_bindings(written)
        return _MARKED_HEAD + written[len(_HEAD) : end] + b"]}}" if end else None
    end = _end_of_row(form, written)
    return written[:end] + _MARKS[form] if end else None


def is_partial(form: str, body: bytes) -> bool:
    """Say whether an answer is marked as a part."""
    if form == "json":
        return body.startswith(_MARKED_HEAD)
    return form in _MARKS and body.endswith(_MARKS[form])


def _end_of_row(form: str, written: bytes) -> int:
    """Find where the last whole row ends; in all formats but XML's, a line ends it."""
    # `<` in a value is written as an entity, and a line end in a value as an escape.
    ending = _ROW_ENDS.get(form, b".\n")
    at = written.rfind(ending)
    return at + len(ending) if at >= 0 else 0


def _end_of_bindings(written: bytes) -> int:
    opening = b'"bindings":['
    start = written.find(opening)
    if start < 0:
        return 0
    # The last character may be cut in two.
    text = written[start + len(opening) :].decode("utf-8", "ignore")
    decoder, end = json.JSONDecoder(), 0
    try:
        while True:
            _, behind = decoder.raw_decode(text, end + 1 if end else 0)
            end = behind
    except (JSONDecodeError, IndexError):
        return start + len(opening) + len(text[:end].encode()) if end else 0
