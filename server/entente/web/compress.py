"""Shorten answers on their way, where the client can read that."""

from __future__ import annotations

import gzip

from flask import Response
from werkzeug.datastructures import Accept

#: Below this, what is saved is less than what it costs.
_WORTHWHILE_BYTES = 1024
_LEVEL = 1


def wants_gzip(accepted: Accept) -> bool:
    """Say whether Accept-Encoding prefers gzip to what is not encoded, or ranks it the same.

    Source: https://www.rfc-editor.org/rfc/rfc9110#name-accept-encoding
    """
    # A client that names no identity takes it too, but only as a last resort.
    plain = accepted.quality("identity") if "identity" in accepted.values() else 0
    return accepted.quality("gzip") > 0 and accepted.quality("gzip") >= plain


def compress_answer(response: Response, accepted: Accept) -> None:
    """Compress the body of an answer, changed in place, where that is asked and worthwhile."""
    response.vary.add("Accept-Encoding")
    body = response.get_data() if not response.direct_passthrough else b""
    if len(body) >= _WORTHWHILE_BYTES and wants_gzip(accepted):
        # No time and no name in it: equal answers are equal bytes.
        response.set_data(gzip.compress(body, _LEVEL, mtime=0))
        response.headers["Content-Encoding"] = "gzip"
