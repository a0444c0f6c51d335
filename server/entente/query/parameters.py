"""Parameters of the catalogue's queries: texts become terms, and terms take the place of defaults.

A value is never spliced in as text: it is read as an IRI or a literal first, and what is written
into the query is that term as the engine writes it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date
from difflib import get_close_matches

import pyoxigraph as ox

from entente.catalogue import CatalogueQuery, Parameter
from entente.errors import UsageError
from entente.vocab import PREFIXES, XSD, expand, shorten

_LEXICAL = {
    "boolean": re.compile(r"true|false"),
    "integer": re.compile(r"[+-]?[0-9]+"),
    "decimal": re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)"),
    "date": re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}"),
}
_EXAMPLES = {"boolean": "true", "integer": "39", "decimal": "2.5", "date": "2022-11-04"}
_MAX_SHOWN = 200


def read_values(
    query: CatalogueQuery, given: Iterable[tuple[str, str]]
) -> dict[str, ox.NamedNode | ox.Literal]:
    """Read the values that a request gives to the parameters of a query.

    Args:
        query: The query.
        given: Names and texts, as they came.

    Raises:
        UsageError: A name is unknown or given twice, or a text is no value of its type.
    """
    known = {parameter.name: parameter for parameter in query.parameters}
    values: dict[str, ox.NamedNode | ox.Literal] = {}
    for name, text in given:
        if name not in known:
            raise UsageError(
                f"the query has no parameter '{name[:40]}'", fix=_advise_names(name, known)
            )
        if name in values:
            raise UsageError(f"the parameter '{name}' is given more than once", fix="give it once")
        values[name] = read_value(known[name], text)
    return values


def read_value(parameter: Parameter, text: str) -> ox.NamedNode | ox.Literal:
    """Read a text as a value: `japan`, `id:japan` and the whole IRI name one thing.

    Raises:
        UsageError: It is none of the parameter's type.
    """
    text = text.strip()
    return _read_literal(parameter, text) if parameter.is_literal else _read_iri(parameter, text)


def bind_values(query: CatalogueQuery, values: Mapping[str, ox.NamedNode | ox.Literal]) -> str:
    """Write the text of a query with other terms in the place of its defaults."""
    text = query.text
    for parameter in query.parameters:
        if parameter.name in values:
            block = f"VALUES ?{parameter.name} {{ {values[parameter.name]} }}"
            text = parameter.block.sub(lambda _, block=block: block, text)  # type: ignore[misc]
    return text


def _read_literal(parameter: Parameter, text: str) -> ox.Literal:
    kind = parameter.type_iri[len(XSD) :]
    if kind in _LEXICAL and not (_LEXICAL[kind].fullmatch(text) and _is_day(kind, text)):
        raise UsageError(
            f"{parameter.name}={text[:_MAX_SHOWN]}: it is no {kind}",
            fix=f"write it as {_EXAMPLES[kind]}",
        )
    return ox.Literal(text, datatype=ox.NamedNode(parameter.type_iri))


def _is_day(kind: str, text: str) -> bool:
    if kind != "date":
        return True
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _read_iri(parameter: Parameter, text: str) -> ox.NamedNode:
    default = expand(parameter.default) or parameter.default.strip("<>")
    namespace = max((s for s in PREFIXES.values() if default.startswith(s)), key=len, default="")
    if ":" not in text:
        iri = namespace + text if text else ""
    else:
        iri = expand(text) or text.removeprefix("<").removesuffix(">")
    try:
        return ox.NamedNode(iri)
    except ValueError:
        raise UsageError(
            f"{parameter.name}={text[:_MAX_SHOWN]}: it names no {shorten(parameter.type_iri)}",
            fix=f"write a name such as {parameter.default}",
        ) from None


def _advise_names(name: str, known: Mapping[str, Parameter]) -> str:
    if not known:
        return "it has none; ask it without"
    near = get_close_matches(name, known, n=1)
    return f"did you mean '{near[0]}'?" if near else f"it has {', '.join(known)}"
