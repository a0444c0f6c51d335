"""`entente diff`."""

from __future__ import annotations

import dataclasses
import json
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import click

from entente.cli.options import snapshot_option
from entente.pipeline.changes import ADDED, CHANGED, REMOVED, Change, Changes, compare_versions
from entente.snapshot import open_version
from entente.vocab import shorten

_SIGNS = {ADDED: "+", REMOVED: "-", CHANGED: "~"}


@click.command()
@click.argument("old")
@click.argument("new", default="latest")
@snapshot_option
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text")
@click.option("--all", "everything", is_flag=True, help="List terms, passages and the like, too.")
def diff(old: str, new: str, root: Path, form: str, everything: bool) -> None:
    """List what changed between two versions, by claim and entity.

    OLD and NEW are versions: a name, the beginning of it, `latest` or `previous`.

    \b
    Exit codes: 0 they say the same, 1 they differ, 2 bad input, or a version that is gone.

    \b
    Examples:
      entente diff previous
      entente diff 830e13 latest --format json
    """
    older, newer = open_version(root, old), open_version(root, new)
    changes = compare_versions(older.dataset, newer.dataset)
    if form == "json":
        names = {"old": older.version, "new": newer.version}
        told = names | dataclasses.asdict(changes)
        click.echo(json.dumps(told, indent=1, ensure_ascii=False))
    else:
        click.echo(f"{older.version[:12]} -> {newer.version[:12]}")
        for line in _write(changes, everything):
            click.echo(line)
    sys.exit(1 if changes.any else 0)


def _write(changes: Changes, everything: bool) -> Iterator[str]:
    for name, kind in (
        ("claims", changes.claims),
        ("entities", changes.entities),
        ("other things", changes.others),
    ):
        counts = Counter(change.status for change in kind)
        told = ", ".join(f"{counts[status]} {status}" for status in _SIGNS)
        yield f"{name}: {told}"
        if kind is not changes.others or everything:
            for change in kind:
                yield from _write_change(change)
    for graph, count in changes.blank.items():
        yield f"{shorten(graph)}: {count} statements with blank nodes differ"


def _write_change(change: Change) -> Iterator[str]:
    label = f"  {change.label}" if change.label else ""
    yield f"{_SIGNS[change.status]} {shorten(change.iri).strip('<>')}{label}"
    if change.status == CHANGED:
        for sign, said in (("-", change.removed), ("+", change.added)):
            for predicate, thing, graph in sorted(said):
                yield f"    {sign} {shorten(predicate)} {_short(thing)}  ({shorten(graph)})"
    for claim, status in sorted(change.claims.items()):
        yield f"    {_SIGNS[status]} {shorten(claim)}"


def _short(term: str) -> str:
    return shorten(term[1:-1]) if term.startswith("<") else term
