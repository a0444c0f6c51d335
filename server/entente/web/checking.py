"""What a worker does for /validate: parse what was sent, check it, write the report."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from functools import partial

import pyoxigraph as ox

from entente.errors import InputError
from entente.files import LIBRARY, graph_files
from entente.pipeline.check import TAKING_PART, Checks, read_rules, run_checks
from entente.pipeline.load import Loaded, load_files
from entente.query.execute import Job
from entente.query.tasks import Task
from entente.shacl.model import ENGINES, Report
from entente.shacl.nesting import refuse_deep
from entente.shacl.reports import WRITERS
from entente.shacl.sources import Source, parse_source, read_source, refuse_open_imports, unpack
from entente.vocab import RDF, XSD

#: How many times its size a gzipped file may have unpacked.
_MAX_RATIO = 16
#: The base of relative IRIs in what was sent.
_BASE = "urn:sent:"


def open_tasks(_texts: str = "") -> Mapping[str, Task]:
    """Read the shipped shapes, and give the task; it opens no file.

    Raises:
        DataError: A file is malformed.
    """
    folder = graph_files()
    loaded = load_files(folder, TAKING_PART)
    library = {
        path.stem: read_source(str(path)) for path in sorted((folder / LIBRARY).glob("*.ttl"))
    }
    _load_modules()
    return {"validate": partial(_validate, loaded, library)}


def _load_modules() -> None:
    """Check a little and write each report: libraries load parts of themselves at first use."""
    data, shapes = "<urn:a> a <urn:b> ; <urn:c> 1 , 'x'@en .\n", _WARMING
    for number, datatype in enumerate(_DATATYPES):
        data += f'<urn:a> <urn:c{number}> "1"^^<{datatype}> .\n'
        shapes += f"<urn:d> sh:property [ sh:path <urn:c{number}> ; sh:datatype <{datatype}> ] .\n"
    sources = [parse_source(text.encode(), "text/turtle", "") for text in (data, shapes)]
    read_rules()
    checks = [Checks(sources[:1], sources[1:], None, engine=engine) for engine in ENGINES]
    checks.append(replace(checks[0], advanced=True))
    report, *_ = map(run_checks, checks)
    for write in WRITERS.values():
        write(report)


#: Those whose values rdflib reads with a module of their own.
_DATATYPES = (
    *(RDF + name for name in ("HTML", "XMLLiteral", "JSON")),
    *(XSD + name for name in ("integer", "boolean", "date", "dateTime", "duration", "decimal")),
    *(XSD + name for name in ("double", "hexBinary", "base64Binary", "gYear", "time", "anyURI")),
)
_WARMING = """
PREFIX sh: <http://www.w3.org/ns/shacl#>
<urn:d> a sh:NodeShape ; sh:targetClass <urn:b> ; sh:nodeKind sh:Literal ;
  sh:property [ sh:path ( [ sh:inversePath <urn:c> ] [ sh:zeroOrMorePath <urn:c> ] ) ;
    sh:minCount 1 ; sh:pattern "y" ] ;
  sh:sparql [ sh:select "SELECT $this ?value WHERE { $this <urn:c> ?value }" ] .
"""


def _validate(loaded: Loaded, library: Mapping[str, Source], _store: ox.Store, job: Job) -> bytes:
    """Write the outcome in one line, and the report.

    The job's arguments are `data` and `shapes`, each a list in JSON of name, media type and
    content (bytes as Latin-1), `library`, the names of shipped shapes in one text, `depth`, how
    deep RDF may be nested, and `ignore-imports`, `reason` and `advanced`, which `true` turns on.
    """
    asked = job.arguments
    data, shapes = (
        _parse(asked[role], job.max_answer_bytes, int(asked["depth"]))
        for role in ("data", "shapes")
    )
    for name in asked.get("library", "").split():
        if name not in library:
            raise InputError(f"there are no shipped shapes '{name[:40]}'", fix=_names(library))
        shapes.append(library[name])
    if asked.get("ignore-imports") != "true":
        refuse_open_imports([*data, *shapes])
    reason, advanced = (asked.get(name) == "true" for name in ("reason", "advanced"))
    taking_part = None if shapes else loaded
    report = run_checks(Checks(data, shapes, taking_part, reason=reason, advanced=advanced))
    return f"{name_outcome(report, strict=bool(shapes))}\n{WRITERS[job.format](report)}".encode()


def _parse(sent: str, max_bytes: int, max_depth: int) -> list[Source]:
    sources = []
    for name, media_type, text in json.loads(sent):
        packed = text.encode("latin-1")
        allowed = min(max_bytes, _MAX_RATIO * max(len(packed), 1 << 16))
        content = unpack(packed, name, allowed)
        refuse_deep(content, media_type, name, max_depth)
        sources.append(parse_source(content, media_type, name, _BASE))
    return sources


def name_outcome(report: Report, *, strict: bool) -> str:
    """Name the outcome: `violations` before `vacuous` before `conforms`.

    Args:
        report: What was checked and found.
        strict: Whether each shape has to have something to check.
    """
    if not report.conforms:
        return "violations"
    return "vacuous" if strict and report.unmatched else "conforms"


def _names(library: Mapping[str, Source]) -> str:
    return f"there are {', '.join(library)}"
