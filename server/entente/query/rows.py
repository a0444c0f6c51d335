"""Count the rows of an answer that is written, and find where the last that may be given ends."""

from __future__ import annotations

import re
from itertools import islice

_QUOTED = re.compile(rb'"[^"]*"')
#: What stands behind each row but the last, or behind each row. In a string of JSON a quotation
#: mark has a backslash before it, in XML `<` is an entity, in TSV and N-Triples a line end is an
#: escape, so that none of these stands in a value.
_BETWEEN = {"json": b'}},{"'}
_BEHIND = {"xml": b"</result>", "tsv": b"\n", "nt": b".\n", "nq": b".\n"}
#: The formats in which rows are counted as they are written, the others as they are made; with
#: the bytes that a row takes at least, where it counts.
LEAST_BYTES = {
    "json": len(b'{"a":{"type":"uri","value":""}}'),
    "xml": len(b"<result></result>"),
    "csv": len(b"\r\n"),
    "tsv": len(b"\n"),
    "nt": len(b"_:a <> _:a .\n"),
    "nq": len(b"_:a <> _:a .\n"),
}
COUNTED = LEAST_BYTES.keys()


def count_rows(form: str, written: bytes) -> int:
    """Count rows; those of JSON in which nothing is bound do not count.

    Args:
        form: The name of the format, one of `COUNTED`.
        written: The answer, or its beginning.

    >>> count_rows("csv", b'a\\r\\n1\\r\\n"2\\r\\n3"\\r\\n')
    2
    """
    if form == "csv":
        plain = _QUOTED.sub(b"", written) if b'"' in written else written
        return max(0, plain.count(b"\r\n") - 1)
    if form == "json":
        return written.count(_BETWEEN[form]) + (b'"bindings":[{"' in written)
    heads = 1 if form == "tsv" else 0
    return max(0, written.count(_BEHIND[form]) - heads)


def end_of_rows(form: str, written: bytes, rows: int) -> int:
    """Find the offset behind a number of rows, in a format that can be marked as a part."""
    mark = _BETWEEN.get(form) or _BEHIND.get(form)
    found = islice(re.finditer(re.escape(mark), written), rows - 1, None) if mark else iter(())
    match = next(found, None)
    if match is None:
        return len(written)
    return match.start() + 2 if form in _BETWEEN else match.end()
