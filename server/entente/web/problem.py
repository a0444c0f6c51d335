"""Errors as problem details: one shape for every status.

Source: https://www.rfc-editor.org/rfc/rfc9457
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from html import escape
from typing import Any

from flask import Response
from werkzeug.exceptions import HTTPException

from entente.errors import Busy, DeadlineExceeded, EntenteError, InconsistentGraph, QueryError
from entente.vocab import BASE

PROBLEM = BASE + "problem/"
MEDIA_TYPE = "application/problem+json"
_RETRY_AFTER_S = 1
_MAX_TEXT = 1000
_WORD = re.compile(r"[a-z'-]+(?![^ ,.;])")
_MAX_EXPLANATIONS = 20
_MAX_EXPLANATION = 20_000


def describe_error(error: EntenteError) -> dict[str, Any]:
    """Describe an error of ours.

    Returns:
        `type`, `title`, `status` and `detail`; for a query also `line`, `column`,
        `token` and `suggestion` where they are known, and `explanations` for a
        contradiction.
    """
    place = error.place
    extra = {
        "file": place.file if place else None,
        "line": place.line if place else None,
        "column": place.column if place else None,
        "token": _clip(error.token) if isinstance(error, QueryError) else None,
        "suggestion": _clip(error.fix),
        "explanations": _explanations(error),
    }
    problem = {
        "type": PROBLEM + _kebab(type(error).__name__),
        "title": error.title,
        "status": error.status,
        "detail": _clip(_sentence(error.what)),
    }
    return problem | {name: value for name, value in extra.items() if value}


def describe_http_error(error: HTTPException) -> dict[str, Any]:
    """Describe an error of the protocol, as werkzeug raises them."""
    return {
        "type": PROBLEM + _kebab(type(error).__name__),
        "title": error.name,
        "status": error.code or 500,
        "detail": _sentence(error.description or error.name),
    }


def answer_error(error: EntenteError) -> Response:
    """Answer with an error of ours."""
    response = answer_problem(describe_error(error))
    if isinstance(error, Busy | DeadlineExceeded):
        response.headers["Retry-After"] = str(_RETRY_AFTER_S)
    return response


def answer_http_error(error: HTTPException) -> Response:
    """Answer with an error of the protocol, and the headers that belong to it."""
    if error.code is not None and error.code < 400:
        return Response(error.get_response().response, error.code, error.get_headers())
    response = answer_problem(describe_http_error(error))
    for name, value in error.get_headers():
        if name.lower() not in ("content-type", "content-length"):
            response.headers[name] = value
    return response


def answer_problem(problem: dict[str, Any]) -> Response:
    """Answer with a problem; nobody keeps it."""
    response = Response(write_problem(problem), problem["status"], content_type=MEDIA_TYPE)
    response.headers["Cache-Control"] = "no-store"
    return response


def write_problem(problem: dict[str, Any]) -> bytes:
    """Write a problem as JSON."""
    return (json.dumps(problem, ensure_ascii=False, indent=2) + "\n").encode(
        "utf-8", "backslashreplace"
    )


def write_problem_page(problem: Mapping[str, Any]) -> bytes:
    """Write a problem as a small page that stands alone, for where no other page can be made."""
    title, detail = escape(problem["title"]), escape(problem["detail"])
    advice = escape(problem.get("suggestion", ""))
    return (
        '<!doctype html>\n<html lang="en">\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n'
        f"<title>{title}</title>\n<h1>{title}</h1>\n<p>{detail}</p>\n"
        + (f"<p><strong>What to do:</strong> {advice}</p>\n" if advice else "")
    ).encode()


def _clip(text: str) -> str:
    """Cut what a query repeats back at us."""
    return text if len(text) <= _MAX_TEXT else text[:_MAX_TEXT] + "…"


def _explanations(error: EntenteError) -> list[str]:
    every = error.explanations if isinstance(error, InconsistentGraph) else ()
    return [explanation[:_MAX_EXPLANATION] for explanation in every[:_MAX_EXPLANATIONS]]


def _kebab(name: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "-", name).lower()


def _sentence(text: str) -> str:
    """Make a sentence of a message; a name that it begins with stays as it is written."""
    start = text[:1].upper() if _WORD.match(text) else text[:1]
    return start + text[1:] + ("" if text.endswith((".", "?")) else ".")
