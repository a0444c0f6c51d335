"""Shorten answers on their way, where the client can read that."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from functools import partial

import brotli
import zstandard
from werkzeug.datastructures import Accept
from werkzeug.http import parse_accept_header

#: Below this, what is saved is less than what it costs.
_WORTHWHILE_BYTES = 1024
# No time and no name in it: equal answers are equal bytes.
_WAYS: dict[str, Callable[[bytes], bytes]] = {
    "zstd": zstandard.compress,
    "br": partial(brotli.compress, quality=4),
    "gzip": partial(gzip.compress, compresslevel=1, mtime=0),
}


def choose_encoding(accepted: Accept) -> str | None:
    """Choose the coding that Accept-Encoding ranks first, or None for no coding.

    Where it ranks some the same, the fastest goes first, and any before none.

    Source: https://www.rfc-editor.org/rfc/rfc9110#name-accept-encoding
    """
    best = max(_WAYS, key=accepted.quality)
    return best if takes_coding(accepted, best) else None


def takes_coding(accepted: Accept, coding: str) -> bool:
    """Say whether Accept-Encoding ranks a coding above none, or the same."""
    # A client that names no identity takes it too, but only as a last resort.
    plain = accepted.quality("identity") if "identity" in accepted.values() else 0
    return accepted.quality(coding) > 0 and accepted.quality(coding) >= plain


def compress(body: bytes, accept_encoding: str | None) -> tuple[bytes, str | None]:
    """Compress a body where that is asked and worthwhile; give it, and its coding or None."""
    if len(body) < _WORTHWHILE_BYTES or not accept_encoding:
        return body, None
    coding = choose_encoding(parse_accept_header(accept_encoding))
    return (_WAYS[coding](body), coding) if coding else (body, None)
