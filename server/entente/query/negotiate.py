"""Choose the format of an answer. Accept is matched by werkzeug, not by us."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from werkzeug.datastructures import MIMEAccept
from werkzeug.exceptions import NotAcceptable
from werkzeug.http import parse_accept_header

from entente.errors import UsageError
from entente.query.formats import GRAPH_FORMATS, RESULT_FORMATS, Format

#: Names that people write for formats, beside the formats' own names.
_NAMES = {"turtle": "ttl", "ntriples": "nt", "rdfxml": "rdf", "json-ld": "jsonld", "nquads": "nq"}

#: Programs send few and short Accept headers, each many times.
_MAX_REMEMBERED = 300
#: A longer one takes longer to read than most queries to answer, so that it says nothing.
_MAX_ACCEPT = 2_000


def formats_for(form: str) -> tuple[Format, ...]:
    """List the formats that can write the answer of a query form, the default first."""
    return GRAPH_FORMATS if form in ("CONSTRUCT", "DESCRIBE") else RESULT_FORMATS


def choose_format(form: str, accept: str | None, named: str | None = None) -> Format:
    """Choose the format in which a query is answered.

    Args:
        form: SELECT, ASK, CONSTRUCT or DESCRIBE.
        accept: The Accept header, or None where there was none.
        named: The `format` parameter, a name or a media type, which overrides Accept.

    Raises:
        UsageError: `named` is no format of this form.
        werkzeug.exceptions.NotAcceptable: Accept allows none.

    Source: https://www.rfc-editor.org/rfc/rfc9110#name-accept
    """
    formats = formats_for(form)
    if named:
        return _find_named(form, named, formats)
    best = best_media_type(accept, formats)
    for candidate in formats:
        if best == candidate.media_type or best in candidate.aliases:
            return candidate
    offered = ", ".join(candidate.media_type for candidate in formats)
    raise NotAcceptable(f"{form} is answered in {offered}; name one of them in Accept")


def best_media_type(
    accept: str | None, formats: Sequence[Format], others: Sequence[str] = ()
) -> str | None:
    """Choose a media type, the first format's where Accept is absent, endless or indifferent.

    An alias counts only where Accept names it: a wildcard must not bring back by its
    alias a format that the client excluded.

    Args:
        accept: The Accept header, or None.
        formats: What can be answered, the default first.
        others: Media types beside them, which come after the formats.
    """
    if not accept or not accept.strip() or len(accept) > _MAX_ACCEPT:
        return formats[0].media_type
    match = _match if len(accept) <= _MAX_REMEMBERED else _match.__wrapped__
    return match(accept, tuple(formats), tuple(others))


@lru_cache(maxsize=500)
def _match(accept: str, formats: tuple[Format, ...], others: tuple[str, ...]) -> str | None:
    parsed = _drop_parameters(parse_accept_header(accept, MIMEAccept))
    named = {value.lower() for value in parsed.values()}
    aliases = [alias for form in formats for alias in form.aliases if alias in named]
    return parsed.best_match([*(form.media_type for form in formats), *aliases, *others])


def _drop_parameters(accepted: MIMEAccept) -> MIMEAccept:
    """Take `text/turtle; charset=utf-8` and `...; version=1.2` as the type that they are of."""
    return MIMEAccept((value.partition(";")[0].strip(), quality) for value, quality in accepted)


def _find_named(form: str, named: str, formats: Sequence[Format]) -> Format:
    name = _NAMES.get(named.lower(), named.lower())
    for candidate in formats:
        if name in (candidate.name, candidate.media_type):
            return candidate
    names = ", ".join(candidate.name for candidate in formats)
    raise UsageError(f"format={named}: {form} is not answered in it", fix=f"use one of {names}")
