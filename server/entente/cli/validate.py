"""`entente validate`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path

import click
import pyoxigraph as ox
from rdflib.term import Node

from entente import vocab
from entente.bridge import from_rdflib
from entente.cli.options import files_option, quiet_option
from entente.errors import NothingChecked, UsageError, ViolationsFound
from entente.files import graph_files
from entente.pipeline.complete import complete_claims
from entente.pipeline.describe import describe_queries
from entente.pipeline.explain import place_results
from entente.pipeline.load import Loaded, load_files
from entente.reason import close, find_contradictions, require_consistency
from entente.shacl.baseline import keep_new, read_baseline, write_baseline
from entente.shacl.inferred import note_inferred
from entente.shacl.model import SEVERITIES, Report, Result
from entente.shacl.places import Places
from entente.shacl.reports import WRITERS
from entente.shacl.reports.text import write_result
from entente.shacl.sources import ENDINGS, Source, find_files, read_source, refuse_open_imports
from entente.shacl.validate import validate as check

_BACKGROUND = (vocab.GRAPH_ONTOLOGY, vocab.GRAPH_VOCABULARY)
_THRESHOLDS = {severity.lower(): rank for rank, severity in enumerate(SEVERITIES)}
_SHAPE_CLASSES = {ox.NamedNode(vocab.SH + "NodeShape"), ox.NamedNode(vocab.SH + "PropertyShape")}


@dataclass(frozen=True, slots=True)
class Checks:
    """What is checked, and how.

    Attributes:
        data: The files to check; none for the graph's own.
        shapes: The files of shapes; none for the shipped ones.
        loaded: The graph's own files, where they take part.
        reason: Whether the closure is checked.
        advanced: Whether SHACL's advanced features run.
    """

    data: Sequence[Source]
    shapes: Sequence[Source]
    loaded: Loaded | None
    reason: bool
    advanced: bool


@click.command()
@click.argument("data", nargs=-1)
@click.option(
    "--shapes", "shapes", multiple=True, help="A file of shapes or a pattern; repeatable."
)
@click.option("--format", "form", type=click.Choice(list(WRITERS)), default="text")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write the report there.",
)
@click.option(
    "--fail-on",
    type=click.Choice([*_THRESHOLDS, "never"]),
    default="violation",
    show_default=True,
    help="The mildest severity that makes the check fail.",
)
@click.option("--reason", is_flag=True, help="Check what follows by OWL 2 RL too.")
@click.option("--advanced", is_flag=True, help="Run SHACL's advanced features and rules.")
@click.option(
    "--baseline",
    type=click.Path(path_type=Path, dir_okay=False),
    help="A file of known results; only new ones are reported.",
)
@click.option("--update-baseline", is_flag=True, help="Write the results into --baseline.")
@click.option("--allow-unmatched", is_flag=True, help="Shapes may have nothing to check.")
@click.option("--ignore-imports", is_flag=True, help="Check without the ontologies imported.")
@click.option("--input-format", type=click.Choice(list(ENDINGS)), help="Against the endings.")
@files_option
@quiet_option
def validate(
    data: tuple[str, ...],
    shapes: tuple[str, ...],
    form: str,
    output: Path | None,
    fail_on: str,
    reason: bool,
    advanced: bool,
    baseline: Path | None,
    update_baseline: bool,
    allow_unmatched: bool,
    ignore_imports: bool,
    input_format: str | None,
    folder: Path,
    quiet: bool,
) -> None:
    """Check RDF against SHACL shapes.

    Without DATA it checks the graph's own files, claims completed as the build does it.
    DATA (files, patterns, - for standard input; any RDF format, gzipped or not) that is
    checked against the shipped shapes has the shipped ontology behind it.

    \b
    Examples:
      entente validate
      entente validate mine.ttl --shapes shapes/entities.ttl
      entente validate 'data/*.ttl' --shapes shapes.ttl --format sarif -o report.sarif
      entente validate data.ttl --shapes shapes.ttl --baseline known.json

    Exit codes: 0 conforms, 1 violations, 2 bad input or usage, 3 nothing was checked (no
    shape, no triple, or a shape whose target matches nothing and that does not say
    `ent:targetOptional true`), 4 internal.
    """
    if update_baseline and baseline is None:
        raise UsageError("--update-baseline needs a file", fix="add --baseline FILE")
    checks = _read(data, shapes, folder, input_format, reason=reason, advanced=advanced)
    if not ignore_imports:
        refuse_open_imports([*checks.data, *checks.shapes])
    report = _place(_run(checks), checks)
    known = 0
    if baseline and update_baseline:
        known = write_baseline(report.results, baseline)
        report = replace(report, results=(), conforms=True)
    elif baseline:
        results = tuple(keep_new(report.results, read_baseline(baseline)))
        known = len(report.results) - len(results)
        report = _with_results(report, results)
    _write(report, form, output, quiet)
    if known and not quiet:
        click.echo(f"{known} known results are in {baseline}", err=True)
    _conclude(report, fail_on, strict=bool(shapes) and not allow_unmatched)


def _read(
    data: Iterable[str],
    shapes: Iterable[str],
    folder: Path,
    ending: str | None,
    *,
    reason: bool,
    advanced: bool,
) -> Checks:
    data_sources = [read_source(name, ending) for name in find_files(data)]
    shape_sources = [read_source(name) for name in find_files(shapes)]
    loaded = None if data_sources and shape_sources else load_files(folder)
    _refuse_misplaced(data_sources, shape_sources)
    return Checks(data_sources, shape_sources, loaded, reason, advanced)


def _refuse_misplaced(data: Sequence[Source], shapes: Sequence[Source]) -> None:
    """Refuse shapes in the place of data, and what holds nothing at all."""
    if data and not any(source.quads for source in data):
        raise NothingChecked("the data graph has no triple", fix="check the files")
    if shapes and not any(map(_has_shapes, shapes)):
        if any(map(_has_shapes, data)):
            raise UsageError(
                "the data hold shapes and the shapes graph holds none",
                fix="swap them: entente validate DATA --shapes SHAPES",
            )
        raise NothingChecked("the shapes graph has no shape", fix="check the files")
    if data and not shapes and all(map(_has_only_shapes, data)):
        raise UsageError(
            "these are shapes, and no data", fix="give them with --shapes, and name the data"
        )


def _has_shapes(source: Source) -> bool:
    return any(
        quad.object in _SHAPE_CLASSES or quad.predicate.value.startswith(vocab.SH + "target")
        for quad in source.quads
    )


def _has_only_shapes(source: Source) -> bool:
    types = {q.object for q in source.quads if q.predicate.value == vocab.RDF + "type"}
    return bool(types) and types <= _SHAPE_CLASSES


def _run(checks: Checks) -> Report:
    data = list(_choose_data(checks))
    shapes = _choose_shapes(checks)
    inferred: list[ox.Triple] = []
    if checks.reason:
        rules = graph_files() / "queries/rules/owl2rl"
        inferred = close(data, rules).inferred
        require_consistency(find_contradictions([*data, *inferred], rules))
    report = check([*data, *inferred], shapes, advanced=checks.advanced)
    if checks.data and not checks.shapes and not _concerns(report.focus_terms, checks.data):
        raise NothingChecked(
            "none of the shipped shapes has anything to check in the data",
            fix="name the shapes with --shapes",
        )
    return note_inferred(report, inferred, shapes) if inferred else report


def _concerns(nodes: Iterable[Node], data: Iterable[Source]) -> bool:
    """Tell whether a node that was checked is one that the files speak of."""
    spoken = {quad.subject for source in data for quad in source.quads}
    return any(from_rdflib(node) in spoken for node in nodes)


def _choose_shapes(checks: Checks) -> list[ox.Triple]:
    given = [triple for source in checks.shapes for triple in source.triples]
    return given if checks.shapes else _triples(checks.loaded, (vocab.GRAPH_SHAPES,))


def _choose_data(checks: Checks) -> Iterator[ox.Triple]:
    if not checks.data:
        return _own_triples(checks.loaded)
    background = () if checks.shapes else _triples(checks.loaded, _BACKGROUND)
    return chain(background, *(source.triples for source in checks.data))


def _own_triples(loaded: Loaded | None) -> Iterator[ox.Triple]:
    """Yield the graph's own files but the shapes, claims completed, queries described."""
    if loaded is None:
        return
    shapes = ox.NamedNode(vocab.GRAPH_SHAPES)
    described = describe_queries(loaded.folder / "queries")
    for quad in chain(complete_claims(loaded), described):
        if quad.graph_name != shapes:
            yield quad.triple


def _triples(loaded: Loaded | None, graphs: tuple[str, ...]) -> list[ox.Triple]:
    wanted = {ox.NamedNode(graph) for graph in graphs}
    return [q.triple for q in loaded.quads if q.graph_name in wanted] if loaded else []


def _place(report: Report, checks: Checks) -> Report:
    """Add to each result where it stands; those of one severity come in the files' order."""
    if not report.results:
        return report
    if checks.data:
        places = Places([*checks.data, *checks.shapes])
        placed = [replace(result, place=places.find(result)) for result in report.results]
    else:
        placed = place_results(report.results, checks.loaded) if checks.loaded else []
    return replace(report, results=tuple(sorted(placed, key=_order)))


def _order(result: Result) -> tuple[int, str, int, int]:
    place = result.place
    where = (place.file or "", place.line or 0, place.column or 0) if place else ("", 0, 0)
    return (result.rank, *where)


def _with_results(report: Report, results: tuple[Result, ...]) -> Report:
    return replace(report, results=results, conforms=all(result.rank for result in results))


def _write(report: Report, form: str, output: Path | None, quiet: bool) -> None:
    if quiet and form == "text":
        text = "".join(f"{write_result(result)}\n" for result in report.results if not result.rank)
    else:
        text = WRITERS[form](report)
    if output is None:
        click.echo(text, nl=False)
        return
    try:
        output.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{output} cannot be written: {error.strerror}") from error


def _conclude(report: Report, fail_on: str, *, strict: bool) -> None:
    """End with the exit code: violations come before what was not checked."""
    threshold = _THRESHOLDS.get(fail_on, -1)
    failing = sum(result.rank <= threshold for result in report.results)
    if failing:
        noun = "violation" if threshold == 0 else "result"
        raise ViolationsFound(
            f"{failing} {noun}{'' if failing == 1 else 's'}",
            fix="mend the data as the messages say",
        )
    if strict and report.unmatched:
        names = ", ".join(vocab.shorten(shape) for shape in report.unmatched)
        raise NothingChecked(
            f"the targets of {len(report.unmatched)} of {report.shapes} shapes match nothing: "
            f"{names}",
            fix="check their spelling, or say `ent:targetOptional true` in the shape",
        )
