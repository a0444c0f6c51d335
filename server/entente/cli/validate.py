"""`entente validate`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from itertools import chain
from pathlib import Path

import click
import pyoxigraph as ox

from entente import vocab
from entente.cli.options import files_option, quiet_option
from entente.cli.reason import read_graph
from entente.errors import ViolationsFound
from entente.pipeline.complete import complete_claims
from entente.pipeline.describe import describe_queries
from entente.pipeline.explain import explain_results
from entente.pipeline.load import Loaded, load_files
from entente.shacl.validate import Report, Result
from entente.shacl.validate import validate as check

_SHOWN = 10
_BACKGROUND = (vocab.GRAPH_ONTOLOGY, vocab.GRAPH_VOCABULARY)


@click.command()
@click.argument("data", nargs=-1, type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option(
    "--shapes",
    "shapes",
    multiple=True,
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="A file of shapes; may be repeated  [default: the shipped ones]",
)
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text")
@files_option
@quiet_option
def validate(
    data: tuple[Path, ...], shapes: tuple[Path, ...], form: str, folder: Path, quiet: bool
) -> None:
    """Check RDF against SHACL shapes.

    Without DATA it checks the graph's own files, claims completed as the build does it.
    DATA that is checked against the shipped shapes has the shipped ontology behind it.

    \b
    Examples:
      entente validate
      entente validate mine.ttl --shapes shapes/entities.ttl
      entente validate --format json
    """
    loaded = None if data and shapes else load_files(folder)
    report = check(
        list(_choose_data(data, shapes, loaded)),
        read_graph(shapes).triples if shapes else _triples(loaded, (vocab.GRAPH_SHAPES,)),
    )
    if form == "json":
        click.echo(json.dumps(asdict(report), indent=2, ensure_ascii=False))
    else:
        _print_text(report, None if data else loaded, quiet)
    violations = sum(result.severity == "Violation" for result in report.results)
    if violations:
        raise ViolationsFound(
            f"{violations} {'violation' if violations == 1 else 'violations'}",
            fix="mend the data as the messages say",
        )


def _choose_data(
    data: tuple[Path, ...], shapes: tuple[Path, ...], loaded: Loaded | None
) -> Iterator[ox.Triple]:
    if data:
        background = () if shapes else _triples(loaded, _BACKGROUND)
        return chain(background, read_graph(data).triples)
    return _own_triples(loaded)


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


def _print_text(report: Report, loaded: Loaded | None, quiet: bool) -> None:
    for line in _describe_results(report, loaded, quiet):
        click.echo(line)
    if quiet:
        return
    warnings = sum(result.severity != "Violation" for result in report.results)
    click.echo(
        f"checked {report.shapes} shapes on {report.focus_nodes:,} nodes "
        f"in {report.seconds:.1f} s: "
        f"{len(report.results) - warnings} violations, {warnings} warnings"
    )
    unused = [one.shape for one in report.checked if not one.focus_nodes]
    if unused:
        names = ", ".join(vocab.shorten(shape) for shape in unused)
        click.echo(f"nothing to check for {len(unused)} of them: {names}")


def _describe_results(report: Report, loaded: Loaded | None, quiet: bool) -> Iterator[str]:
    """Write one line a result; where the files are ours, violations with their place."""
    violations = [result for result in report.results if result.severity == "Violation"]
    if loaded:
        yield from (f"violation: {line}" for line in explain_results(violations, loaded))
    else:
        yield from (_describe(result) for result in violations)
    if not quiet:
        yield from _describe_others(report)


def _describe_others(report: Report) -> Iterator[str]:
    """Write the warnings, of each shape no more than the first few."""
    others: dict[str, list[Result]] = {}
    for result in report.results:
        if result.severity != "Violation":
            others.setdefault(result.shape, []).append(result)
    for shape, results in others.items():
        yield from (_describe(result) for result in results[:_SHOWN])
        if len(results) > _SHOWN:
            more = f"{len(results) - _SHOWN:,} more like these"
            yield f"  and {more} ({_shorten(shape)}); --format json shows all"


def _describe(result: Result) -> str:
    where = " ".join(_shorten(term) for term in (result.focus, result.path) if term)
    value = f" ({_shorten(result.value)})" if result.value not in ("", result.focus) else ""
    return f"{result.severity.lower()}: {where}: {result.message}{value}"


def _shorten(term: str) -> str:
    return vocab.shorten(term) if term.startswith("http") else term
