"""`entente dump`."""

from __future__ import annotations

from pathlib import Path

import click

from entente.cli.options import quiet_option, snapshot_option


@click.command()
@click.argument("version", default="latest")
@snapshot_option
@quiet_option
def dump(version: str, root: Path, quiet: bool) -> None:
    """Write the dumps of a version: Turtle, TriG, N-Quads, JSON-LD, RDF 1.2, nanopublications.

    VERSION is a version's name, the beginning of it, `latest` or `previous`. The server writes
    dumps when they are first asked for; this writes them before, and where the server may not.

    \b
    Examples:
      entente dump
      entente dump previous
    """
    from entente.pipeline.dumps import dump_path, read_dumps, write_dumps
    from entente.snapshot import open_version

    folder = open_version(root, version).folder
    files = read_dumps(folder) or write_dumps(folder)
    if not quiet:
        for file in files:
            click.echo(f"{file.sha256}  {file.size:>11,} bytes  {dump_path(folder, file.name)}")
