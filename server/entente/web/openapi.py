"""The OpenAPI document, written from the application's own map of routes.

Source: https://spec.openapis.org/oas/v3.1.0
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from http import HTTPStatus
from typing import Any

from flask import Flask, Response, request
from werkzeug.routing import Rule

from entente import __version__
from entente.catalogue import CatalogueQuery
from entente.catalogue import Parameter as QueryParameter
from entente.query.negotiate import formats_for
from entente.query.pool import Pool
from entente.vocab import XSD, shorten
from entente.web.documented import Documentation, Parameter, documentation_of, documented
from entente.web.problem import MEDIA_TYPE

#: The route that stands for all queries; the document names each by itself, too.
QUERY_RULE = "/queries/<name>"
_OPENAPI = "application/vnd.oai.openapi+json;version=3.1"
_METHODS = ("GET", "POST")
_ARGUMENT = re.compile(r"<(?:(?P<kind>[^<>:]*):)?(?P<name>[A-Za-z_]+)>")
#: What the shim answers before Flask does.
_WATCHED = {
    "/healthz": Documentation("Say that the process runs", media_types=("text/plain",)),
    "/readyz": Documentation("Say whether queries can be answered", media_types=("text/plain",)),
    "/metrics": Documentation("Count requests for Prometheus", media_types=("text/plain",)),
}
_PROBLEM_SCHEMA = {
    "type": "object",
    "description": "Problem details (RFC 9457)",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string", "format": "uri"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "line": {"type": "integer"},
        "column": {"type": "integer"},
        "token": {"type": "string"},
        "suggestion": {"type": "string"},
    },
}
#: JSON Schema's words for the datatypes of XSD.
_SCHEMAS: Mapping[str, Mapping[str, str]] = {
    "boolean": {"type": "boolean"},
    "integer": {"type": "integer"},
    "decimal": {"type": "number"},
    "date": {"type": "string", "format": "date"},
}


def add_openapi(app: Flask, pool: Pool, queries: Sequence[CatalogueQuery]) -> None:
    """Add the route of the document; the application is changed in place."""

    @documented("Describe all routes (OpenAPI 3.1)", formats=(_OPENAPI,))
    def answer_openapi() -> Response:
        served = pool.current.served
        listed = queries if served.own else ()
        address = request.url_root.rstrip("/")
        document = write_openapi(app, listed, address, served.version)
        body = json.dumps(document, ensure_ascii=False, indent=1) + "\n"
        response = Response(body, content_type=_OPENAPI)
        # It holds the address by which the client came, so that nobody keeps it for others.
        response.headers["Cache-Control"] = "no-store"
        return response

    app.add_url_rule("/openapi.json", "openapi", answer_openapi)


def write_openapi(
    app: Flask, queries: Iterable[CatalogueQuery], address: str, version: str
) -> dict[str, Any]:
    """Write the document.

    Args:
        app: Its map of routes is what is written down; undocumented ones are left out.
        queries: The catalogue; each query has an entry of its own.
        address: The address of the server, as the client sees it.
        version: The version of the data set.
    """
    paths: dict[str, dict[str, Any]] = {}
    for rule, said in documented_rules(app):
        path, in_path = _write_path(rule.rule)
        methods = [method for method in _METHODS if method in (rule.methods or ())]
        paths[path] = {
            method.lower(): _write_operation(f"{method.lower()}{path}", said, in_path)
            for method in methods
        }
    for query in queries:
        paths[f"/queries/{query.name}"] = {"get": write_query(query)}
    for path, said in _WATCHED.items():
        paths[path] = {"get": _write_operation(f"get{path}", said, ())}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Entente",
            "summary": "What five texts claim about NATO, its partners and cyber cooperation",
            "version": __version__,
            "license": {"name": "CC BY 4.0", "identifier": "CC-BY-4.0"},
            "x-dataset-version": version,
        },
        "servers": [{"url": address}],
        "paths": dict(sorted(paths.items())),
        "components": {"schemas": {"Problem": _PROBLEM_SCHEMA}},
    }


def documented_rules(app: Flask) -> Iterator[tuple[Rule, Documentation]]:
    """List the routes that say what they are for."""
    for rule in app.url_map.iter_rules():
        said = documentation_of(app.view_functions[rule.endpoint])
        if said:
            yield rule, said


def write_query(query: CatalogueQuery) -> dict[str, Any]:
    """Write the operation of a query of the catalogue."""
    said = Documentation(
        query.summary,
        tuple(describe_parameter(parameter) for parameter in query.parameters),
        (*(form.media_type for form in formats_for(query.form)), "text/html"),
    )
    return _write_operation(query.name, said, ()) | {"tags": list(query.tags)}


def describe_parameter(parameter: QueryParameter) -> Parameter:
    """Describe a parameter of a query."""
    kind = parameter.type_iri.removeprefix(XSD)
    schema = dict(_SCHEMAS.get(kind, {"type": "string"})) if parameter.is_literal else {}
    told = schema or {"type": "string", "x-class": parameter.type_iri}
    note = "" if parameter.is_literal else f" ({shorten(parameter.type_iri)}: a name, or an IRI)"
    return Parameter(
        parameter.name, parameter.description + note, {**told, "default": parameter.default}
    )


def _write_path(rule: str) -> tuple[str, list[dict[str, Any]]]:
    """Write a rule of werkzeug as a path with its parameters."""
    parameters = []
    for found in _ARGUMENT.finditer(rule):
        schema: dict[str, Any] = {"type": "string"}
        if found["kind"] and found["kind"].startswith("any("):
            schema["enum"] = found["kind"][4:-1].split(",")
        parameters.append({"name": found["name"], "in": "path", "required": True, "schema": schema})
    return _ARGUMENT.sub(r"{\g<name>}", rule), parameters


def _write_operation(
    name: str, said: Documentation, in_path: Iterable[Mapping[str, Any]]
) -> dict[str, Any]:
    return {
        "operationId": re.sub(r"[^A-Za-z0-9-]", "_", name),
        "summary": said.summary,
        "parameters": [
            *in_path,
            *(_write_parameter(each) for each in said.parameters),
        ],
        "responses": {
            **{str(status): _write_answer(status, said.media_types) for status in said.statuses},
            "default": {
                "description": "What went wrong",
                "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
            },
        },
    }


def _write_answer(status: int, media_types: Iterable[str]) -> dict[str, Any]:
    answer: dict[str, Any] = {"description": HTTPStatus(status).phrase}
    if status == HTTPStatus.SEE_OTHER:
        header = {"schema": {"type": "string", "format": "uri-reference"}}
        return answer | {"headers": {"Location": header}}
    return answer | {"content": {media_type: {} for media_type in media_types}}


def _write_parameter(parameter: Parameter) -> dict[str, Any]:
    schema = dict(parameter.schema)
    if parameter.repeated:
        schema = {"type": "array", "items": schema}
    return {
        "name": parameter.name,
        "in": "query",
        "description": parameter.description,
        "required": parameter.required,
        "schema": schema,
    }
