"""`entente info`."""

from __future__ import annotations

import json
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from entente import vocab
from entente.cli.options import snapshot_option
from entente.snapshot import open_snapshot


@click.command()
@snapshot_option
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text")
def info(root: Path, form: str) -> None:
    """Say what the snapshot holds: version, graphs, triples.

    \b
    Examples:
      entente info
      entente info --format json
    """
    snapshot = open_snapshot(root)
    if form == "json":
        click.echo(json.dumps(dict(snapshot.manifest), indent=2, ensure_ascii=False))
        return
    table = Table("graph", "triples", title=f"version {snapshot.version}", title_justify="left")
    for graph, count in snapshot.manifest["graphs"].items():
        table.add_row(graph.replace(vocab.GRAPH, "graph:"), f"{count:,}")
    Console(highlight=False).print(table)
