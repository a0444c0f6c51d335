"""`entente validate`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import partial
from pathlib import Path

import click

from entente import vocab
from entente.cli.options import files_option, quiet_option
from entente.errors import DeadlineExceeded, NothingChecked, UsageError, ViolationsFound
from entente.files import shipped_shapes
from entente.pipeline.aside import Aside
from entente.pipeline.check import Checks, run_checks
from entente.pipeline.load import load_files
from entente.shacl.baseline import keep_new, read_baseline, write_baseline
from entente.shacl.model import ENGINES, SEVERITIES, Report, Result
from entente.shacl.reports import UNPLACED, WRITERS
from entente.shacl.reports.coverage import write_coverage
from entente.shacl.reports.text import write_result
from entente.shacl.sources import ENDINGS, find_files, read_sources, refuse_open_imports

_THRESHOLDS = {severity.lower(): rank for rank, severity in enumerate(SEVERITIES)}
_COVERED = ("text", "json")
_MAX_DATA_BYTES = 512 * 1024 * 1024


@click.command()
@click.argument("data", nargs=-1)
@click.option(
    "--shapes",
    "shapes",
    multiple=True,
    help="A file of shapes, a pattern, or the name of shipped ones; repeatable.",
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
    "--engine",
    type=click.Choice(ENGINES),
    default=ENGINES[0],
    show_default=True,
    help="What checks; pyshacl is the reference, and slower.",
)
@click.option(
    "--baseline",
    type=click.Path(path_type=Path, dir_okay=False),
    help="A file of known results; only new ones are reported.",
)
@click.option("--update-baseline", is_flag=True, help="Write the results into --baseline.")
@click.option("--coverage", is_flag=True, help="Say what each constraint was tried on.")
@click.option("--allow-unmatched", is_flag=True, help="Shapes may have nothing to check.")
@click.option("--ignore-imports", is_flag=True, help="Check without the ontologies imported.")
@click.option("--input-format", type=click.Choice(list(ENDINGS)), help="Against the endings.")
@click.option(
    "--timeout-s", type=click.FloatRange(min=0, min_open=True), help="Seconds that it may take."
)
@click.option(
    "--max-data-bytes",
    type=click.IntRange(min=1),
    default=_MAX_DATA_BYTES,
    show_default=True,
    help="Bytes that the data may have, unpacked.",
)
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
    engine: str,
    baseline: Path | None,
    update_baseline: bool,
    coverage: bool,
    allow_unmatched: bool,
    ignore_imports: bool,
    input_format: str | None,
    timeout_s: float | None,
    max_data_bytes: int,
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
    `ent:targetOptional true`), 4 internal, or --timeout-s is over.
    """
    if update_baseline and baseline is None:
        raise UsageError("--update-baseline needs a file", fix="add --baseline FILE")
    if coverage and (advanced or engine != ENGINES[0] or form not in _COVERED):
        raise UsageError(
            f"--coverage is told by the compiled engine, as {' or '.join(_COVERED)}",
            fix="leave out --advanced, --engine and --format",
        )
    checks = _read(data, shapes, folder, input_format, max_data_bytes)
    checks = replace(
        checks, reason=reason, advanced=advanced, engine=engine, placed=form not in UNPLACED
    )
    if not ignore_imports:
        refuse_open_imports([*checks.data, *checks.shapes])
    report = _run(checks, timeout_s)
    known = 0
    if baseline and update_baseline:
        known = write_baseline(report.results, baseline)
        report = replace(report, results=(), conforms=True)
    elif baseline:
        results = tuple(keep_new(report.results, read_baseline(baseline)))
        known = len(report.results) - len(results)
        report = _with_results(report, results)
    _write(report if coverage else replace(report, exercised=()), form, output, quiet)
    if known and not quiet:
        click.echo(f"{known} known results are in {baseline}", err=True)
    _conclude(report, fail_on, strict=bool(shapes) and not allow_unmatched)


def _read(
    data: Iterable[str],
    shapes: Iterable[str],
    folder: Path,
    ending: str | None,
    max_data_bytes: int,
) -> Checks:
    data_sources = read_sources(find_files(data), ending, max_data_bytes)
    named = (str(shipped_shapes(name, folder) or name) for name in shapes)
    shape_sources = read_sources(find_files(named))
    loaded = None if data_sources and shape_sources else load_files(folder)
    return Checks(data_sources, shape_sources, loaded)


def _run(checks: Checks, timeout_s: float | None) -> Report:
    if timeout_s is None:
        return run_checks(checks)
    # A process of its own is the one thing that ends whatever a shape does.
    with Aside(partial(run_checks, checks)) as check:
        try:
            return check.result(timeout_s)
        except DeadlineExceeded as error:
            raise DeadlineExceeded(
                f"the check takes longer than {timeout_s:g} s",
                fix="raise --timeout-s, check less at once, or simplify sh:pattern and sh:sparql",
            ) from error


def _with_results(report: Report, results: tuple[Result, ...]) -> Report:
    return replace(report, results=results, conforms=all(result.rank for result in results))


def _write(report: Report, form: str, output: Path | None, quiet: bool) -> None:
    if quiet and form == "text":
        text = "".join(f"{write_result(result)}\n" for result in report.results if not result.rank)
    else:
        text = WRITERS[form](report)
    if report.exercised and form == "text":
        text += write_coverage(report)
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
