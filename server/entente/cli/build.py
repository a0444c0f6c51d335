"""`entente build`."""

from __future__ import annotations

import time
from pathlib import Path

import click
from rich.console import Console

from entente.cli.options import files_option, quiet_option, snapshot_option


@click.command()
@files_option
@snapshot_option
@click.option(
    "--reasoner",
    type=click.Choice(["rules", "owlrl"]),
    default="rules",
    show_default=True,
    help="Our rules, or the reference, which is slower.",
)
@click.option("--no-check", is_flag=True, help="Leave the shapes out; the manifest says so.")
@click.option(
    "--keep",
    type=click.IntRange(min=1),
    default=5,
    envvar="ENTENTE_KEEP",
    show_default=True,
    help="How many versions are kept, the new one included.",
)
@quiet_option
def build(folder: Path, root: Path, reasoner: str, no_check: bool, keep: int, quiet: bool) -> None:
    """Build the graph and make it the served snapshot.

    Loads the files, completes the claims, checks the shapes, draws the plain facts, reasons,
    closes each viewpoint, and writes a snapshot whose version is the hash of what it says.
    Whatever fails leaves the old snapshot in service.

    \b
    Examples:
      entente build
      entente build --files my-graph --snapshot /srv/entente
    """
    from entente.pipeline.build import BuildOptions
    from entente.pipeline.build import build as run

    console = Console(stderr=True, quiet=quiet, highlight=False)
    began = time.perf_counter()
    with console.status("building") as status:

        def report(name: str, counted: str, seconds: float) -> None:
            console.print(f"{name:<10}{counted:<60}{seconds:7.2f} s", soft_wrap=True)
            status.update(f"after {name}")

        snapshot = run(folder, root, report, BuildOptions(reasoner, not no_check, keep))
    report("built", str(root), time.perf_counter() - began)
    if not quiet:
        click.echo(snapshot.version)
