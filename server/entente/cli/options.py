"""Options that several commands share, and how they speak."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from entente.files import graph_files

F = TypeVar("F", bound=Callable[..., Any])

DEFAULT_SNAPSHOT = "snapshot"


def snapshot_option(command: F) -> F:
    """Add `--snapshot DIR`."""
    return click.option(
        "--snapshot",
        "root",
        type=click.Path(path_type=Path, file_okay=False),
        default=Path(DEFAULT_SNAPSHOT),
        envvar="ENTENTE_SNAPSHOT",
        show_default=True,
        help="Folder of the snapshots.",
    )(command)


def files_option(command: F) -> F:
    """Add `--files DIR`."""
    return click.option(
        "--files",
        "folder",
        type=click.Path(path_type=Path, file_okay=False, exists=True),
        default=graph_files,
        envvar="ENTENTE_FILES",
        help="Folder of ontology/, data/, shapes/ and queries/  [default: the shipped ones]",
    )(command)


def texts_option(required: bool) -> Callable[[F], F]:
    """Add `--texts DIR`, the folder of the five texts, which the project does not ship."""
    return click.option(
        "--texts",
        type=click.Path(path_type=Path, file_okay=False, exists=True),
        envvar="ENTENTE_TEXTS",
        required=required,
        help="Folder that holds the texts, <source>.txt each.",
    )


def quiet_option(command: F) -> F:
    """Add `--quiet`."""
    return click.option("-q", "--quiet", is_flag=True, help="Print errors only.")(command)


def colours_wanted() -> bool:
    """Tell whether standard output takes colour: a terminal, and NO_COLOR unset."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR")
