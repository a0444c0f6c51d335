"""Read a request of the SPARQL 1.1 Protocol. Pure: neither Flask nor a store.

Source: https://www.w3.org/TR/sparql11-protocol/#query-operation, and for `version`
https://www.w3.org/TR/sparql12-protocol/#section-version-announcement
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import parse_qsl, unquote_to_bytes

from werkzeug.exceptions import MethodNotAllowed, UnsupportedMediaType
from werkzeug.http import parse_options_header

from entente.errors import UsageError

METHODS = ("GET", "HEAD", "OPTIONS", "POST")
FORM = "application/x-www-form-urlencoded"
DIRECT = "application/sparql-query"
UPDATE = "application/sparql-update"
_UTF8 = ("utf-8", "utf8", "us-ascii", "ascii")
#: The versions of SPARQL that a request may announce.
VERSIONS = ("1.1", "1.2-basic", "1.2")
#: To decode each takes the interpreter from everybody.
_MAX_PAIRS = 1000
_ONCE = ("query", "format", "version", "explain", "partial", "evidence")


@dataclass(frozen=True, slots=True)
class SparqlRequest:
    """What a client asks.

    Attributes:
        query: The query, or None where the request asks for the service description.
        default_graphs: IRIs of `default-graph-uri`, in their order.
        named_graphs: IRIs of `named-graph-uri`, in their order.
        format: The `format` parameter, or None.
        version: The announced version of SPARQL, one of `VERSIONS`, or None.
        explain: Whether it asks why the answer is empty, and not for the answer.
        partial: Whether a part will do where the whole answer is too large or takes too long.
        evidence: Whether the answer is to name the record of what its rows rest on.
    """

    query: str | None
    default_graphs: tuple[str, ...] = ()
    named_graphs: tuple[str, ...] = ()
    format: str | None = None
    version: str | None = None
    explain: bool = False
    partial: bool = False
    evidence: bool = False

    @property
    def has_dataset(self) -> bool:
        """Say whether the request names a data set, which overrides the query's own FROM."""
        return bool(self.default_graphs or self.named_graphs)


def parse_request(
    method: str, query_string: str, content_type: str | None = None, body: bytes = b""
) -> SparqlRequest:
    """Read a request.

    Args:
        method: The HTTP method.
        query_string: What follows the `?` of the target, still percent-encoded.
        content_type: The Content-Type header.
        body: The whole body.

    Raises:
        UsageError: A parameter is missing, doubled, unknown as a version, or not UTF-8.
        werkzeug.exceptions.MethodNotAllowed: The method is none of `METHODS`.
        werkzeug.exceptions.UnsupportedMediaType: The body is no form and no query.
    """
    if method in ("GET", "HEAD"):
        return parse_get(query_string)
    if method == "POST":
        return parse_post(query_string, content_type, body)
    raise MethodNotAllowed(METHODS)


def parse_get(query_string: str) -> SparqlRequest:
    """Read a query by GET, or a request for the service description.

    Raises:
        UsageError: A parameter is doubled, or not UTF-8.
    """
    return _read_pairs(parse_pairs(query_string), needs_query=False)


def parse_post(query_string: str, content_type: str | None, body: bytes) -> SparqlRequest:
    """Read a query by POST, as a form or directly.

    Raises:
        UsageError: A parameter is missing, doubled, or not UTF-8.
        werkzeug.exceptions.UnsupportedMediaType: The body is no form and no query.
    """
    media_type, options = parse_options_header(content_type or "")
    media_type = media_type.lower()
    charset = options.get("charset", "utf-8").lower()
    if media_type not in (FORM, DIRECT):
        raise UnsupportedMediaType(_advise_type(media_type))
    if charset not in _UTF8:
        raise UnsupportedMediaType(f"the charset {charset} is not read here; send UTF-8")
    text = decode(body, "the body")
    in_target = parse_pairs(query_string)
    if media_type == FORM:
        return _read_pairs([*in_target, *parse_pairs(text)], needs_query=True)
    if any(name == "query" for name, _ in in_target):
        raise UsageError("query stands both in the target and in the body", fix="send it once")
    announced = [("version", options["version"])] if "version" in options else []
    return _read_pairs([*in_target, *announced, ("query", text)], needs_query=True)


def parse_pairs(text: str) -> list[tuple[str, str]]:
    """Decode `a=1&b=2`, in its order.

    Raises:
        UsageError: The percent-encoded bytes are not UTF-8, or there are too many pairs.
    """
    if text.count("&") >= _MAX_PAIRS:
        raise UsageError(f"there are more than {_MAX_PAIRS} parameters", fix="send fewer")
    try:
        return parse_qsl(text, keep_blank_values=True, errors="strict")
    except UnicodeDecodeError:
        decode(unquote_to_bytes(text.replace("+", " ")), "the parameters")
        raise


def decode(raw: bytes, where: str) -> str:
    """Decode UTF-8.

    Raises:
        UsageError: The bytes are not UTF-8; the message says which one is the first.
    """
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise UsageError(
            f"{where}: byte {error.start} is not UTF-8", fix="encode the query as UTF-8"
        ) from None


def _read_pairs(pairs: Sequence[tuple[str, str]], *, needs_query: bool) -> SparqlRequest:
    single = {name: _values(pairs, name) for name in _ONCE}
    if any(name == "update" for name, _ in pairs):
        raise UsageError(
            "the parameter 'update' changes data, and this endpoint is read-only",
            fix="send 'query'",
        )
    for name, values in single.items():
        if len(values) > 1:
            raise UsageError(f"the parameter '{name}' is given more than once", fix="give it once")
    query, named, version, explain, partial, evidence = (
        values[0] if values else None for values in single.values()
    )
    if needs_query and query is None:
        raise UsageError("the parameter 'query' is missing", fix="add query=SELECT ...")
    if version is not None and version not in VERSIONS:
        raise UsageError(
            f"version={version}: this version of SPARQL is not known here",
            fix="announce none, or one of " + ", ".join(VERSIONS),
        )
    _check_switches(explain, partial, evidence)
    request = SparqlRequest(
        query=query,
        default_graphs=_values(pairs, "default-graph-uri"),
        named_graphs=_values(pairs, "named-graph-uri"),
        format=named,
        version=version,
        explain=explain is not None,
        partial=partial == "true",
        evidence=evidence == "true",
    )
    if request.has_dataset and request.query is None:
        raise UsageError("a data set is named without a query", fix="add query=SELECT ...")
    return request


def _check_switches(explain: str | None, partial: str | None, evidence: str | None) -> None:
    if explain not in (None, "empty"):
        raise UsageError(f"explain={explain}: nothing is explained so", fix="use explain=empty")
    for name, value in (("partial", partial), ("evidence", evidence)):
        if value not in (None, "true", "false"):
            raise UsageError(f"{name}={value}: neither true nor false", fix=f"use {name}=true")
    if evidence == "true" and (partial == "true" or explain):
        raise UsageError("evidence=true is of a whole answer", fix="leave partial and explain out")


def _values(pairs: Sequence[tuple[str, str]], wanted: str) -> tuple[str, ...]:
    return tuple(value for name, value in pairs if name == wanted)


def _advise_type(media_type: str) -> str:
    if media_type == UPDATE:
        return "updates are not read here: this endpoint is read-only"
    given = f"a body of type {media_type}" if media_type else "a body without Content-Type"
    return f"{given} is not read here; send {DIRECT} or {FORM}"
