"""`entente shapes`: what those who write shapes need."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import click

from entente import vocab
from entente.cli.options import files_option, quiet_option
from entente.errors import NothingChecked, UsageError, ViolationsFound
from entente.files import LIBRARY
from entente.shacl.cases import Outcome, Topic, find_untested, read_topics, run_topic
from entente.shacl.model import Result
from entente.shacl.mutate import mutate_topic
from entente.shacl.paths import write_path
from entente.shacl.places import Places
from entente.shacl.reports.text import shorten, show_term
from entente.shacl.sources import find_files, read_sources

#: Where a checkout and a wheel have the cases of the shipped shapes.
CASES = "tests/shapes"


@click.group()
def shapes() -> None:
    """Test shapes.

    \b
    Examples:
      entente shapes test
      entente shapes test my-cases --shapes 'my-shapes/*.ttl'
    """


@shapes.command()
@click.argument("cases", required=False, type=click.Path(path_type=Path))
@click.option("--shapes", "patterns", multiple=True, help="A file of shapes or a pattern.")
@click.option(
    "--with",
    "behind",
    multiple=True,
    help="A file or a pattern of what stands behind the data, such as an ontology.",
)
@click.option("--allow-untested", is_flag=True, help="Shapes may have found nothing in any case.")
@click.option(
    "--mutate",
    type=click.Choice(["shapes", "data", "all"]),
    help="Change one thing at a time, and name what no case notices.",
)
@files_option
@quiet_option
def test(
    cases: Path | None,
    patterns: tuple[str, ...],
    behind: tuple[str, ...],
    allow_untested: bool,
    mutate: str | None,
    folder: Path,
    quiet: bool,
) -> None:
    """Check that shapes find what they should, and nothing else.

    A topic has <topic>_PASS.ttl, data that give no result, and <topic>_XFAIL.ttl, data that
    give, with the others, just the results of its lines

    \b
      # expects: FOCUS PATH SEVERITY [SHAPE [VALUE]]

    - is an absent path, shape or value, or a node without a name; * and what is left out at
    the end is not compared. A file of shapes that has a topic's name is tested by that topic, all
    together by the others. Without CASES the shipped shapes are tested, the ontology behind.

    With --mutate, each constraint of the shapes is dropped and flipped, and each triple of the
    data that pass is dropped and changed. A mutant of which no case tells is a survivor: a
    constraint that no case tests, or a statement that no shape looks at.

    \b
    Examples:
      entente shapes test
      entente shapes test my-cases --shapes 'my-shapes/*.ttl' --with my-ontology.ttl
      entente shapes test --mutate shapes

    Exit codes: 0 all as expected, 1 something missing or unexpected, 2 bad input or usage,
    3 no case, or a shape that found nothing in any case.
    """
    if cases is not None and not patterns:
        raise UsageError("no shapes are named", fix="add --shapes FILE")
    sets = _own(folder) if cases is None else [(cases, patterns, behind)]
    wrong, untested = 0, []
    for topic in _read(sets):
        outcomes = run_topic(topic)
        for outcome in outcomes:
            wrong += not outcome.as_expected
            if not (quiet and outcome.as_expected):
                click.echo("\n".join(_describe(outcome)))
        untested += find_untested(topic, outcomes)
        if mutate and all(outcome.as_expected for outcome in outcomes):
            _show_survivors(topic, ("shapes", "data") if mutate == "all" else (mutate,))
    _conclude(wrong, [] if allow_untested else untested)


#: A folder of cases, the shapes that they test, and what stands behind their data.
_Set = tuple[Path, tuple[str, ...], tuple[str, ...]]


def _read(sets: Sequence[_Set]) -> Iterator[Topic]:
    for cases, patterns, behind in sets:
        given = read_sources(find_files(patterns))
        yield from read_topics(cases, given, read_sources(find_files(behind)))


def _own(folder: Path) -> list[_Set]:
    """Name the cases of the shipped shapes: of the graph's, the ontology behind, and for all."""
    here = Path.cwd()
    folder = folder.relative_to(here) if folder.is_relative_to(here) else folder
    cases = folder / CASES
    if not cases.is_dir():
        raise UsageError("no cases are named", fix="name their folder, and add --shapes FILE")
    ontology = folder / "ontology"
    behind = tuple(str(ontology / part / "*.ttl") for part in ("", "imports", "vocabulary"))
    return [
        (cases, (str(folder / "shapes" / "*.ttl"),), behind),
        (cases / "library", (str(folder / LIBRARY / "*.ttl"),), ()),
    ]


def _describe(outcome: Outcome) -> Iterator[str]:
    report, name = outcome.report, outcome.source.name
    if outcome.as_expected:
        found = len(report.results)
        yield (
            f"ok    {name}: {found} result{'' if found == 1 else 's'} as expected, "
            f"{report.shapes} shapes on {report.focus_nodes:,} nodes"
        )
        return
    yield f"wrong {name}"
    yield from (f"  {one.place}: not found: {one.written}" for one in outcome.missing)
    places = Places([outcome.source])
    for result in outcome.unexpected:
        yield f"  {places.find(result) or name}: not expected: {_write_line(result)}"
        yield f"    {result.message}"


def _write_line(result: Result) -> str:
    """Write a result as a line of a file foretells it."""
    path = write_path(result.path_term, vocab.shorten) if result.path_term else "-"
    value = f" {show_term(result.value_term)}" if result.value else ""
    shape = shorten(result.shape) if result.shape else "-"
    focus = shorten(result.focus) if result.focus else "-"
    return f"{focus} {path} {result.severity} {shape}{value}"


def _show_survivors(topic: Topic, kinds: Sequence[str]) -> None:
    for mutation in mutate_topic(topic, kinds):
        click.echo(
            f"      {mutation.topic}, mutants of the {mutation.of}: {mutation.mutants}, "
            f"of which {len(mutation.survivors)} survive"
        )
        for where, what in mutation.survivors:
            click.echo(f"        {where}: {what}")


def _conclude(wrong: int, untested: Sequence[str]) -> None:
    if wrong:
        raise ViolationsFound(
            f"{wrong} case{' is' if wrong == 1 else 's are'} not as expected",
            fix="mend the shapes, or what is expected",
        )
    if untested:
        names = ", ".join(map(shorten, untested))
        raise NothingChecked(
            f"{len(untested)} shapes found nothing in any case: {names}",
            fix="add bad data to an _XFAIL file, or --allow-untested",
        )
