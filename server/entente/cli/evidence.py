"""`entente evidence`."""

from __future__ import annotations

from pathlib import Path

import click

from entente.cli.options import files_option, quiet_option, texts_option
from entente.errors import ViolationsFound
from entente.pipeline.evidence import check_evidence, write_hashes
from entente.pipeline.load import load_files


@click.command()
@texts_option(required=True)
@click.option("--write", is_flag=True, help="Write missing hashes, drop unused ones.")
@files_option
@quiet_option
def evidence(texts: Path, write: bool, folder: Path, quiet: bool) -> None:
    """Check every passage and its hash against the texts.

    Exits 1 where a passage fails; the message names the claim.

    \b
    Examples:
      entente evidence --texts texts
      entente evidence --texts texts --write
    """
    loaded = load_files(folder)
    check = check_evidence(loaded, texts)
    for problem in check.problems:
        click.echo(problem, err=True)
    if write:
        write_hashes(loaded, check)
    missing = 0 if write else len(check.fresh)
    if not quiet:
        click.echo(
            f"{check.passages} passages: {len(check.problems)} fail, "
            f"{len(check.fresh)} {'hashed now' if write else 'without a hash'}, "
            f"{len(check.stale)} hashes {'dropped' if write else 'unused'}"
        )
    if check.problems or missing:
        raise ViolationsFound(
            f"{len(check.problems)} passages fail and {missing} have no hash",
            fix="mend the claims named above; --write adds missing hashes",
        )
