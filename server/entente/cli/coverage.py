"""`entente coverage`."""

from __future__ import annotations

import sys
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from entente import vocab
from entente.cli.options import files_option, quiet_option, texts_option
from entente.errors import UsageError, ViolationsFound
from entente.pipeline.coverage import (
    REASONS,
    Sentence,
    check_segmentation,
    cover,
    find_gaps,
    read_coverage,
    segment,
    write_coverage,
)
from entente.pipeline.evidence import check_evidence
from entente.pipeline.load import Loaded, load_files
from entente.texts import read_text


@click.command()
@texts_option(required=False)
@click.option("--write", is_flag=True, help="Write the claims of each sentence; reasons are kept.")
@files_option
@quiet_option
def coverage(texts: Path | None, write: bool, folder: Path, quiet: bool) -> None:
    """Show of each text how many sentences carry claims, and which carry none and why not.

    With --texts, the segmentation and every passage's hash are checked too. Exits 1 where a
    sentence has neither claim nor reason.

    \b
    Examples:
      entente coverage
      entente coverage --texts texts --write
    """
    loaded = load_files(folder)
    if write:
        _write(loaded, texts)
    stored = {source: read_coverage(folder, source) for source in vocab.SOURCES}
    problems = [gap for source, rows in stored.items() for gap in find_gaps(source, rows, loaded)]
    if texts:
        for source, rows in stored.items():
            check_segmentation(rows, read_text(texts, source), source)
        problems.extend(check_evidence(loaded, texts).problems)
    if not quiet:
        Console(highlight=False, width=None if sys.stdout.isatty() else 120).print(_table(stored))
    for problem in problems:
        click.echo(problem, err=True)
    if problems:
        raise ViolationsFound(f"{len(problems)} sentences or passages are not accounted for")


def _write(loaded: Loaded, texts: Path | None) -> None:
    if texts is None:
        raise UsageError("--write needs the texts", fix="add --texts FOLDER")
    for source in vocab.SOURCES:
        spans = segment(read_text(texts, source))
        old = read_coverage(loaded.folder, source)
        write_coverage(loaded.folder, source, cover(spans, source, loaded, old))


def _table(stored: dict[str, list[Sentence]]) -> Table:
    columns = ("claims", *REASONS, "")
    table = Table("text", "sentences", *(column or "neither" for column in columns))
    for source, rows in stored.items():
        counts = [str(sum(row.status == column for row in rows)) for column in columns]
        table.add_row(source, str(len(rows)), *counts)
    return table
