"""`entente serve`."""

from __future__ import annotations

import logging
import os
import time
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from entente.catalogue import read_catalogue
from entente.cli.options import files_option, snapshot_option
from entente.config import read_settings, settings_table
from entente.errors import UsageError
from entente.query.pool import Pool
from entente.query.served import files_source, snapshot_source
from entente.web import validation
from entente.web.reasons import TASKS
from entente.web.server import run_server

F = TypeVar("F", bound=Callable[..., Any])
_EXAMPLE = "SELECT ?s ?p ?o { ?s ?p ?o } LIMIT 3"


def settings_options(command: F) -> F:
    """Add a flag for each row of the table of settings."""
    for row in reversed(settings_table()):
        command = click.option(
            row.flag,
            row.name,
            metavar="TEXT" if row.minimum is None else "NUMBER",
            help=f"{row.help[0].upper()}{row.help[1:]}.  [{row.variable}; default: {row.default}]",
        )(command)
    return command


@click.command()
@snapshot_option
@click.option(
    "--data",
    "data",
    multiple=True,
    type=click.Path(path_type=Path, dir_okay=False),
    help="An RDF file to serve as it is, instead of the snapshot; may be repeated.",
)
@click.option(
    "--settings",
    "settings_file",
    envvar="ENTENTE_SETTINGS",
    type=click.Path(path_type=Path, dir_okay=False),
    help="A TOML file of settings; a flag or a variable goes before it.  [ENTENTE_SETTINGS]",
)
@files_option
@settings_options
def serve(
    root: Path,
    data: tuple[Path, ...],
    settings_file: Path | None,
    folder: Path,
    **given: str | None,
) -> None:
    """Serve the snapshot, or RDF files of your own, by SPARQL.

    \b
    Examples:
      entente serve
      entente serve --port 8081 --deadline-s 30
      entente serve --data mine.ttl --data more.trig
    """
    started = time.perf_counter()
    logging.basicConfig(format="entente: %(message)s", level=logging.WARNING)
    settings = read_settings(given, os.environ, _read_file(settings_file))
    source = (
        files_source(data, settings.max_loaded_bytes, root / "stores", validation.TASKS)
        if data
        else snapshot_source(root, TASKS, settings.texts_folder)
    )
    examples = () if data else tuple(read_catalogue(folder / "queries"))

    def announce(address: str, pool: Pool) -> None:
        _print_ready(address, pool, time.perf_counter() - started)

    run_server(source, settings, examples, announce)


def _read_file(path: Path | None) -> dict[str, object]:
    if path is None:
        return {}
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UsageError(f"{path}: {error}", fix="name a file in TOML, a setting a line") from None


def _print_ready(address: str, pool: Pool, seconds: float) -> None:
    generation = pool.current
    graphs = len(generation.graphs)
    click.echo(
        f"Endpoint {address}\n"
        f"  {generation.triples:,} triples, {graphs} named graph{'s' * (graphs != 1)}, "
        f"version {generation.served.version[:12]}\n"
        f"  first answer after {seconds:.2f} s (data loaded in {generation.load_s:.2f} s)\n"
        "Try\n"
        f"  curl -H 'Accept: text/csv' --data-urlencode 'query={_EXAMPLE}' {address}\n"
        "Stop with Ctrl-C"
    )
