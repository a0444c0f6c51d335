"""The answer to a query as HTTP has it, and the headers of every answer."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Response
from werkzeug.http import parse_etags

from entente.query.formats import Format
from entente.query.partial import is_partial
from entente.web.compress import compress
from entente.web.endpoint import Judged
from entente.web.exchange import Exchange
from entente.web.site import PLAIN_POLICY
from entente.web.validation import OUTCOME_HEADER

#: What every answer has.
SHARED_HEADERS = (
    ("Access-Control-Allow-Origin", "*"),
    (
        "Access-Control-Expose-Headers",
        f"ETag, Entente-Version, Entente-Query, {OUTCOME_HEADER}, Link, Location, Repr-Digest, "
        "Retry-After, X-Request-Id",
    ),
    ("X-Content-Type-Options", "nosniff"),
)
#: Characters of a Link header; clients refuse long headers.
_MAX_LINK = 4000
_OK, _NOT_MODIFIED = 200, 304


@dataclass(slots=True)
class Reply:
    """An answer.

    Attributes:
        status: Its status.
        headers: Its headers.
        body: Its body.
    """

    status: int
    headers: list[tuple[str, str]]
    body: bytes


def client_has(judged: Judged, chosen: Format, if_none_match: str | None) -> bool:
    """Say whether the client has the answer to a query already."""
    etag = judged.etag(chosen) if if_none_match else None
    if etag is None:
        return False
    tags = parse_etags(if_none_match)
    return tags.star_tag or tags.contains_weak(etag[3:-1])


@dataclass(frozen=True, slots=True)
class Draft:
    """What of the answer to a query is known before it is evaluated.

    Attributes:
        chosen: The format.
        etag: The ETag, or None where two evaluations may differ.
        version: The data set's version.
        fixed: Whether the same request always gets the same answer.
        links: The values of its Link headers: what its rows rest on, and where it can be cited.
    """

    chosen: Format
    etag: str | None
    version: str
    fixed: bool
    links: tuple[str, ...]


def draft_reply(judged: Judged, chosen: Format, citation: str) -> Draft:
    """Draft the answer to a query.

    Args:
        judged: The query.
        chosen: Its format.
        citation: The address at which the answer can be cited, or an empty string.
    """
    links = list[str]()
    if judged.record and len(judged.record) < _MAX_LINK:
        links.append(f'<{judged.record}>; rel="describedby"; type="application/ld+json"')
    if citation:
        links.append(f'<{citation}>; rel="cite-as"')
    etag, version = judged.etag(chosen), judged.generation.served.version
    fixed = etag is not None and not judged.examined.relative and not judged.record
    return Draft(chosen, etag, version, fixed, tuple(links))


def write_reply(draft: Draft, body: bytes | None, exchange: Exchange, max_kept_bytes: int) -> Reply:
    """Write the answer to a query.

    Args:
        draft: What was known of it before.
        body: The answer, or None where the client has it.
        exchange: Where it is noted whether the answer may be kept; changed in place.
        max_kept_bytes: The size of the largest answer that is kept.
    """
    etag, headers = draft.etag, list[tuple[str, str]]()
    if body is not None:
        headers.append(("Content-Type", draft.chosen.content_type))
        if is_partial(draft.chosen.name, body):
            headers.append(("Entente-Partial", "true"))
            etag = None
        exchange.keep = etag is not None and draft.fixed and len(body) <= max_kept_bytes
        exchange.version = draft.version
    headers.append(("Cache-Control", "no-cache" if etag else "no-store"))
    headers.append(("Entente-Version", draft.version))
    headers += [("Link", link) for link in draft.links]
    if etag:
        headers.append(("ETag", etag))
    return Reply(_NOT_MODIFIED if body is None else _OK, headers, body or b"")


def finish_reply(reply: Reply, accept_encoding: str | None) -> None:
    """Add what every answer has that is no page, and shorten it where that is asked.

    The reply is changed in place.
    """
    reply.headers += SHARED_HEADERS
    reply.headers.append(("Vary", "Accept, Accept-Encoding"))
    if reply.status == _NOT_MODIFIED:
        return
    reply.headers.append(("Content-Security-Policy", PLAIN_POLICY))
    reply.body, coding = compress(reply.body, accept_encoding)
    if coding:
        reply.headers.append(("Content-Encoding", coding))
    reply.headers.append(("Content-Length", str(len(reply.body))))


def finish_response(
    response: Response, policy: str, accept_encoding: str | None, *, negotiated: bool
) -> None:
    """Do the same to an answer of Flask.

    Args:
        response: The answer, changed in place.
        policy: Its content-security policy.
        accept_encoding: The header Accept-Encoding.
        negotiated: Whether its format was chosen by Accept.
    """
    for name, value in SHARED_HEADERS:
        response.headers[name] = value
    if response.status_code != _NOT_MODIFIED:  # the kept page has a nonce of its own
        response.headers["Content-Security-Policy"] = policy
    if negotiated:
        response.vary.add("Accept")
    response.vary.add("Accept-Encoding")
    # Where a hash is told, it is that of the bytes as they are.
    told = {"Content-Encoding", "Repr-Digest"} & {name for name, _ in response.headers}
    if told or response.direct_passthrough:
        return
    body, coding = compress(response.get_data(), accept_encoding)
    if coding:
        response.set_data(body)
        response.headers["Content-Encoding"] = coding
