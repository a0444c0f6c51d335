"""What `entente query --evidence` prints."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from entente.cli.options import colours_wanted
from entente.cli.why import load_dataset, read_words
from entente.config import read_settings
from entente.errors import UsageError
from entente.provenance.naming import is_view, read_view_graph
from entente.query.guard import check_graphs, examine
from entente.query.tokens import place_at

if TYPE_CHECKING:
    from entente.provenance.evidence import Evidence
    from entente.provenance.words import Words

_FORMATS = ("table", "json")
_PIPE_WIDTH = 10_000


def print_evidence(text: str, form: str, root: Path, folder: Path, texts: Path | None) -> None:
    """Answer a query from a snapshot and print what each row rests on.

    Args:
        text: The query.
        form: `table` or `json`.
        root: The folder of the snapshots.
        folder: The folder of the graph's files.
        texts: The folder of the texts, whose words are printed, or None.

    Raises:
        UsageError: The form is another one, or the query is no SELECT.
        QueryError: The query is malformed or not allowed.
    """
    from pyoxigraph import NamedNode

    from entente.provenance.ensure import ensure_view, read_view_rules
    from entente.provenance.evidence import find_evidence
    from entente.provenance.record_jsonld import write_record
    from entente.snapshot import open_snapshot

    if form not in _FORMATS:
        raise UsageError(f"evidence is not printed as {form}", fix="use --format table or json")
    examined = examine(text, read_settings({}, os.environ))
    rules = read_view_rules(folder / "queries")
    # Whoever asks for a viewpoint names its graph; the viewpoints are half of the data.
    store = load_dataset(open_snapshot(root), views="graph" in text.lower())
    for graph in filter(is_view, (iri for iri, _ in examined.graphs)):
        ensure_view(store, read_view_graph(graph), rules)
    named = {graph.value for graph in store.named_graphs() if isinstance(graph, NamedNode)}
    asked = [(iri, place_at(text, start)) for iri, start in examined.graphs]
    check_graphs(asked, named, source="FROM")
    evidence = find_evidence(store, rules.book, text)
    if form == "json":
        click.echo(write_record(evidence, read_words(texts)), nl=False)
    else:
        _print_table(evidence, read_words(texts))


def _print_table(evidence: Evidence, words: Words | None) -> None:
    from entente.provenance.record import HEAD, tabulate

    terminal = sys.stdout.isatty()
    console = Console(
        no_color=not colours_wanted(), highlight=False, width=None if terminal else _PIPE_WIDTH
    )
    table = Table(header_style="bold", show_lines=True)
    for column in HEAD:
        table.add_column(column, overflow="fold")
    for line in tabulate(evidence, words):
        table.add_row(*(Text(_printable(cell)) for cell in line))
    console.print(table)
    shown = len(evidence.rows)
    told = f", the first {shown:,} with evidence" if shown < evidence.total else ""
    console.print(f"{evidence.total:,} row{'s' if evidence.total != 1 else ''}{told}")


def _printable(text: str) -> str:
    """Replace what would steer the terminal."""
    return "".join(c if c.isprintable() or c == "\n" else "\ufffd" for c in text)
