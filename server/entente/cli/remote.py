"""Ask an endpoint elsewhere."""

from __future__ import annotations

import json
import urllib.error

from SPARQLWrapper import CSV, JSON, JSONLD, N3, POST, RDFXML, TSV, TURTLE, XML, SPARQLWrapper
from SPARQLWrapper.SPARQLExceptions import SPARQLWrapperException

from entente.errors import InputError, QueryError, UsageError

_TIMEOUT_S = 120
_FORMATS = {
    "csv": CSV,
    "tsv": TSV,
    "json": JSON,
    "xml": XML,
    "turtle": TURTLE,
    "nt": N3,
    "rdf": RDFXML,
    "jsonld": JSONLD,
}


def ask_endpoint(endpoint: str, query: str, named: str | None) -> tuple[bytes, bool]:
    """Ask an endpoint by POST.

    Args:
        endpoint: Its address.
        query: The query, sent as it is.
        named: The answer's format, or None for JSON, or Turtle where it is a graph.

    Returns:
        The answer's bytes, and whether it is a graph.

    Raises:
        UsageError: The format cannot be asked for.
        QueryError: The endpoint calls the query malformed.
        InputError: The endpoint cannot be reached, or answers with an error.
    """
    wrapper = SPARQLWrapper(endpoint, agent="entente")
    wrapper.setMethod(POST)
    wrapper.setTimeout(_TIMEOUT_S)
    wrapper.setQuery(query)
    is_graph = wrapper.queryType in ("CONSTRUCT", "DESCRIBE")
    chosen = _FORMATS.get(named or ("turtle" if is_graph else "json"))
    if chosen is None:
        raise UsageError(f"--format {named}: not with --endpoint", fix="use turtle or rdf")
    wrapper.setReturnFormat(chosen)
    try:
        return wrapper.query().response.read(), is_graph
    except SPARQLWrapperException as error:
        raise QueryError(f"{endpoint}: {_reason(error)}", fix="mend the query") from None
    except urllib.error.HTTPError as error:
        with error:
            raise InputError(f"{endpoint}: {_detail(error.read())} ({error.code})") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "reason", error)
        raise InputError(f"{endpoint}: {reason}", fix="is the address right?") from None


def _reason(error: SPARQLWrapperException) -> str:
    """Find the endpoint's own words in what SPARQLWrapper made of them."""
    text = str(error.args[0]) if error.args else str(error)
    _, found, response = text.partition("Response:\n")
    if not found:
        return " ".join(text.split())
    raw = response.strip()
    if raw.startswith(("b'", 'b"')):
        raw = raw[2:-1].encode("latin-1", "replace").decode("unicode_escape")
    return _detail(raw.encode("latin-1", "replace"))


def _detail(body: bytes) -> str:
    try:
        problem = json.loads(body)
        parts = [problem["detail"], problem.get("suggestion", "")]
        if "line" in problem:
            parts.insert(0, f"{problem['line']}:{problem.get('column', 1)}:")
        return " ".join(part for part in parts if part)
    except (ValueError, KeyError, TypeError):
        return " ".join(body.decode("utf-8", "replace").split())[:300] or "no reason given"
