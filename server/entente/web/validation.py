"""/validate: RDF and shapes come in, a report goes out. Workers check, under their limits."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from io import BytesIO
from pathlib import PurePath
from typing import IO

from flask import Blueprint, Response, render_template, request
from werkzeug.datastructures import FileStorage, MultiDict
from werkzeug.exceptions import NotAcceptable, UnsupportedMediaType
from werkzeug.formparser import FormDataParser

from entente.errors import EntenteError, UsageError
from entente.files import LIBRARY, graph_files
from entente.query.execute import Job
from entente.query.formats import Format
from entente.query.negotiate import best_media_type
from entente.query.pool import Pool
from entente.shacl.sources import ENDINGS, choose_media_type
from entente.web.documented import Parameter, documented
from entente.web.exchange import EXCHANGE, Exchange
from entente.web.problem import describe_error

#: The module of what workers do for it, where they do nothing else beside queries.
TASKS = "entente.web.checking"
#: What became of the check: conforms, violations or vacuous.
OUTCOME_HEADER = "Entente-Outcome"
_HTML = Format("html", "text/html", (), "", charset=True)
_REPORTS = (
    Format("json", "application/json", (), ""),
    Format("sarif", "application/sarif+json", (), ""),
    Format("junit", "application/xml", ("text/xml",), ""),
    Format("turtle", "text/turtle", (), "", charset=True),
    Format("ntriples", "application/n-triples", (), ""),
    Format("rdfxml", "application/rdf+xml", (), ""),
    Format("jsonld", "application/ld+json", (), ""),
    Format("text", "text/plain", (), "", charset=True),
    Format("github", "text/x-github-workflow-commands", (), "", charset=True),
)
_MEDIA_TYPES = sorted(set(ENDINGS.values()))
_MULTIPART, _FORM = "multipart/form-data", "application/x-www-form-urlencoded"
_SWITCHES = ("reason", "advanced", "ignore-imports")
_PARAMETERS = ("library", "format", *_SWITCHES, "timeout", "max-bytes")
_FIELDS = ("data", "shapes", "data-format", "shapes-format", *_PARAMETERS)
_METHODS = ("GET", "HEAD", "POST", "OPTIONS")

#: Name, media type, and content with its bytes as Latin-1.
_Sent = tuple[str, str, str]


def make_validation(pool: Pool) -> Blueprint:
    """Make the route /validate."""
    blueprint, validation = Blueprint("validation", __name__), Validation(pool)
    blueprint.add_url_rule(
        "/validate",
        "validate",
        validation.answer,
        methods=_METHODS,
        provide_automatic_options=False,
    )
    return blueprint


class Validation:
    """What stands behind the route.

    Args:
        pool: Where data are checked.
    """

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._library = sorted(path.stem for path in (graph_files() / LIBRARY).glob("*.ttl"))

    @documented(
        "Check RDF, sent as the body or in a form, against SHACL shapes",
        Parameter("library", "Shipped shapes to check against", repeated=True),
        Parameter("reason", "`true`: check what follows by OWL 2 RL too"),
        Parameter("advanced", "`true`: run SHACL's advanced features and rules"),
        Parameter("ignore-imports", "`true`: check without what is imported"),
        Parameter("format", "The report's format, which goes before Accept"),
        formats=(*_REPORTS, _HTML),
    )
    def answer(self) -> Response:
        """Answer a form for people, how to ask for others, or a report."""
        if request.method == "OPTIONS":
            return _answer_options()
        if request.method != "POST":
            return self._explain()
        form = self._read_form()
        chosen = _choose(form.get("format"))
        if chosen is not _HTML:
            return self._check(form, chosen)
        try:
            job_report = self._check(form, _REPORTS[0])
        except EntenteError as error:
            page = self._render(form, problem=describe_error(error))
            return Response(page, error.status, content_type=_HTML.content_type)
        page = self._render(form, report=json.loads(job_report.get_data()))
        return _answer(page.encode(), _HTML, job_report.headers[OUTCOME_HEADER])

    def _explain(self) -> Response:
        best = best_media_type(request.headers.get("Accept"), [_TEXT], [_HTML.media_type])
        if best == _HTML.media_type:
            return Response(self._render(MultiDict()), content_type=_HTML.content_type)
        text = _HINT.format(url=request.base_url, library=", ".join(self._library))
        return Response(text, content_type=_TEXT.content_type)

    def _render(self, form: MultiDict[str, str], **shown: object) -> str:
        return render_template(
            "validate.html",
            form=form,
            library=self._library,
            formats=_REPORTS,
            endings=[ending for ending in ENDINGS if ENDINGS[ending] in _TYPED],
            **shown,
        )

    def _check(self, form: MultiDict[str, str], chosen: Format) -> Response:
        job = Job(
            query="",
            format=chosen.name,
            dataset=None,
            max_answer_bytes=self._pool.settings.max_answer_bytes,
            task="validate",
            arguments={
                "data": json.dumps(_read_role(form, "data")),
                "shapes": json.dumps(_read_role(form, "shapes")),
                "library": " ".join(form.getlist("library")),
                "depth": str(self._pool.settings.max_nesting),
                **{name: _read_switch(form, name) for name in _SWITCHES},
            },
        )
        if job.arguments["data"] == "[]":
            raise UsageError("no data were sent", fix="send them as the body, or in the field data")
        body = self._pool.evaluate(self._pool.current, job, _exchange().hangup)
        outcome, _, report = body.partition(b"\n")
        return _answer(report, chosen, outcome.decode())

    def _read_form(self) -> MultiDict[str, str]:
        """Read the body into fields: a form's own, or the body itself as `data`.

        Files are put in as JSON: name, media type, content.

        Raises:
            UsageError: A field or a parameter is unknown.
            UnsupportedMediaType: The body is neither RDF nor a form.
        """
        form: MultiDict[str, str] = MultiDict(request.args.items(multi=True))
        _refuse_unknown(form, _PARAMETERS)
        mimetype = request.mimetype
        if mimetype in _MEDIA_TYPES:
            form["data-file"] = _pack("data", mimetype, request.get_data(cache=False))
            return form
        if mimetype not in (_MULTIPART, _FORM):
            offered = ", ".join((*_MEDIA_TYPES, _MULTIPART))
            raise UnsupportedMediaType(f"the body is none of {offered}; name its Content-Type")
        _, fields, files = _parse_form()
        _refuse_unknown(fields, _FIELDS)
        _refuse_unknown(files, ("data", "shapes"))
        for name, text in fields.items(multi=True):
            form.add(name, text)
        for role, file in files.items(multi=True):
            content = file.read()
            if file.filename or content:
                form.add(f"{role}-file", _pack_file(role, file, content, form))
        return form


def _parse_form() -> tuple[IO[bytes], MultiDict[str, str], MultiDict[str, FileStorage]]:
    """Parse a form into memory: the body is there already, and small."""
    parser = FormDataParser(stream_factory=lambda *_, **__: BytesIO())
    return parser.parse(
        BytesIO(request.get_data(cache=False)),
        request.mimetype,
        request.content_length,
        request.mimetype_params,
    )


def _pack_file(role: str, file: FileStorage, content: bytes, form: MultiDict[str, str]) -> str:
    name = PurePath(file.filename or role).name
    media_type = file.mimetype if file.mimetype in _MEDIA_TYPES else None
    ending = form.get(f"{role}-format") or None
    if ending is not None and ending not in ENDINGS:
        raise UsageError(
            f"{role}-format={ending[:40]}: it is not read", fix=f"use one of {', '.join(ENDINGS)}"
        )
    return _pack(name, media_type or choose_media_type(name, ending, name), content)


def _pack(name: str, media_type: str, content: bytes) -> str:
    return json.dumps((name, media_type, content.decode("latin-1")))


def _read_switch(form: MultiDict[str, str], name: str) -> str:
    value = form.get(name, "")
    if value not in ("", "true", "false"):
        raise UsageError(f"{name}={value[:40]}: it is a switch", fix="use true or false")
    return value


def _read_role(form: MultiDict[str, str], role: str) -> list[_Sent]:
    return [*_read_texts(form, role), *map(json.loads, form.getlist(f"{role}-file"))]


def _read_texts(form: MultiDict[str, str], role: str) -> Iterator[_Sent]:
    ending = form.get(f"{role}-format") or "ttl"
    texts = [text for text in form.getlist(role) if text.strip()]
    for number, text in enumerate(texts, 1):
        name = role if len(texts) == 1 else f"{role} {number}"
        media_type = choose_media_type("", ending, f"{role}-format={ending[:40]}")
        yield name, media_type, text.encode().decode("latin-1")


def _refuse_unknown(
    given: MultiDict[str, str] | MultiDict[str, FileStorage], known: Sequence[str]
) -> None:
    for name in given:
        if name not in known:
            raise UsageError(f"'{name[:40]}' is not known here", fix=f"use {', '.join(known)}")


_TEXT = Format("text", "text/plain", (), "", charset=True)
_TYPED = ("text/turtle", "application/trig", "application/ld+json", "application/rdf+xml")


def _choose(named: str | None) -> Format:
    """Choose the format of the report: the one that is named, else what Accept prefers."""
    if named:
        for form in (*_REPORTS, _HTML):
            if named in (form.name, form.media_type):
                return form
        names = ", ".join(form.name for form in _REPORTS)
        raise UsageError(f"format={named[:40]}: no report is so", fix=f"use one of {names}")
    best = best_media_type(request.headers.get("Accept"), _REPORTS, [_HTML.media_type])
    for form in (*_REPORTS, _HTML):
        if best == form.media_type or best in form.aliases:
            return form
    offered = ", ".join(form.media_type for form in (*_REPORTS, _HTML))
    raise NotAcceptable(f"a report is written in {offered}; name one of them in Accept")


def _answer(body: bytes, chosen: Format, outcome: str) -> Response:
    response = Response(body, content_type=chosen.content_type)
    response.headers[OUTCOME_HEADER] = outcome
    response.headers["Cache-Control"] = "no-store"
    response.vary.add("Accept")
    return response


def _answer_options() -> Response:
    response = Response(status=204)
    del response.headers["Content-Type"]
    response.headers["Allow"] = response.headers["Access-Control-Allow-Methods"] = ", ".join(
        _METHODS
    )
    response.headers["Access-Control-Allow-Headers"] = "Accept, Content-Type"
    response.headers["Access-Control-Max-Age"] = "86400"
    return response


def _exchange() -> Exchange:
    exchange = request.environ.get(EXCHANGE)
    return exchange if isinstance(exchange, Exchange) else Exchange()


_HINT = """\
POST RDF here to have it checked against SHACL shapes.

  curl -H 'Content-Type: text/turtle' --data-binary @data.ttl {url}
  curl -F data=@data.ttl -F shapes=@shapes.ttl {url}
  curl -F data=@ontology.ttl -F library=ontology-style {url}

reason=true checks the OWL 2 RL closure, advanced=true runs SHACL's advanced features.
Shapes that are shipped: {library}; without shapes and library, those of the graph's own files.
Accept chooses the report: JSON, SARIF, JUnit (application/xml), SHACL's report graph (Turtle,
N-Triples, RDF/XML, JSON-LD), text, HTML. Entente-Outcome says conforms, violations or vacuous.
"""
