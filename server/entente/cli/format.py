"""`entente format`."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from entente.cli.options import files_option, quiet_option
from entente.files import LIBRARY
from entente.pipeline.load import graph_paths
from entente.turtle import format_file


@click.command()
@click.argument("files", nargs=-1, type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--check", is_flag=True, help="Change nothing; exit 1 where a file would change.")
@files_option
@quiet_option
def format(files: tuple[Path, ...], check: bool, folder: Path, quiet: bool) -> None:  # noqa: A001
    """Write Turtle and TriG files in their one deterministic form.

    Without FILES, those of the graph. Comments are kept at the head of a file only.

    \b
    Examples:
      entente format
      entente format --check
      entente format my.ttl
    """
    changed = 0
    own = [*graph_paths(folder), *sorted((folder / LIBRARY).glob("*.ttl"))]
    for path in files or own:
        before, after = format_file(path)
        if before == after:
            continue
        changed += 1
        if not check:
            path.write_text(after, encoding="utf-8")
        if not quiet:
            click.echo(f"{path}: {'would change' if check else 'written anew'}", err=True)
    if check and changed:
        sys.exit(1)
