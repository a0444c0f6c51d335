"""`entente compare`."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from entente.cli.options import colours_wanted, files_option, snapshot_option
from entente.cli.query import find_query
from entente.config import read_settings
from entente.errors import UsageError
from entente.provenance.naming import parse_viewpoint
from entente.query.guard import examine

if TYPE_CHECKING:
    from entente.provenance.compare import Comparison

_COLOURS = {"shared": "green", "some": "yellow", "differs": "cyan", "contradicted": "red"}
_PIPE_WIDTH = 10_000


@click.command()
@click.argument("query")
@click.option(
    "--viewpoints",
    required=True,
    metavar="A,B,...",
    help="Texts, several joined by ~ where they speak together, or `undisputed`.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", "csv", "json", "turtle"]),
    default="table",
    show_default=True,
    help="How to print the comparison.",
)
@click.option(
    "--key",
    default="",
    metavar="COLUMNS",
    help="Columns by which rows are matched, with commas between  [default: those of things]",
)
@click.option(
    "--queries",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder in which a NAME is looked up  [default: queries/ of --files]",
)
@snapshot_option
@files_option
def compare(
    query: str,
    viewpoints: str,
    form: str,
    key: str,
    queries: Path | None,
    root: Path,
    folder: Path,
) -> None:
    """Ask one query in several viewpoints and compare the rows.

    QUERY is a SELECT query, a file that holds one, or the name of one in queries/. A row is
    `shared` by all viewpoints, only `some` have it, its values `differs`, or texts of two
    viewpoints disagree on it: `contradicted`.

    \b
    Examples:
      entente compare when-did-japan-join-the-ccdcoe --viewpoints cicir-2023,japan-up-close-2023
      entente compare mine.rq --viewpoints gmf-2023~spf-2024,cicir-2023 --key member
      entente compare mine.rq --viewpoints elcano-2023,undisputed --format csv
    """
    names = [parse_viewpoint(part) for part in viewpoints.split(",")]
    text = find_query(query, queries or folder / "queries")
    if examine(text, read_settings({}, os.environ)).graphs:
        raise UsageError(
            "the query names its own graphs", fix="leave FROM out; the viewpoints take its place"
        )
    columns = [column for column in key.split(",") if column.strip()]
    comparison = _compare(root, text, names, folder / "queries", columns)
    _print(comparison, form)


def _compare(
    root: Path, text: str, names: list[tuple[str, ...]], queries: Path, key: list[str]
) -> Comparison:
    import pyoxigraph

    from entente.provenance.compare import compare as run
    from entente.provenance.ensure import read_view_rules
    from entente.query.loading import load_files
    from entente.snapshot import open_snapshot

    store = pyoxigraph.Store()
    load_files(store, [str(open_snapshot(root).dataset)], trusted=True)
    return run(store, text, names, read_view_rules(queries), key)


def _print(comparison: Comparison, form: str) -> None:
    from entente.provenance.comparison import tabulate, write_csv, write_json, write_turtle

    if form == "table":
        _print_table(tabulate(comparison))
        return
    writers = {"csv": write_csv, "json": write_json, "turtle": write_turtle}
    sys.stdout.buffer.write(writers[form](comparison))
    sys.stdout.buffer.flush()


def _print_table(rows: list[list[str]]) -> None:
    head, *body = rows
    terminal = sys.stdout.isatty()
    console = Console(
        no_color=not colours_wanted(), highlight=False, width=None if terminal else _PIPE_WIDTH
    )
    table = Table(header_style="bold")
    for column in head:
        table.add_column(column, overflow="fold")
    for verdict, *cells in body:
        table.add_row(Text(verdict, style=_COLOURS[verdict]), *map(Text, map(_printable, cells)))
    console.print(table)
    console.print(f"{len(body):,} row{'s' if len(body) != 1 else ''}")


def _printable(text: str) -> str:
    """Replace what would steer the terminal."""
    return "".join(c if c.isprintable() else "\ufffd" for c in text)
