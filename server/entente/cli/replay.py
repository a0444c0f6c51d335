"""`entente replay`."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import click

from entente.cli.options import snapshot_option
from entente.config import Settings
from entente.errors import NothingChecked, UsageError, VersionUnknown
from entente.records import Record, Records
from entente.snapshot import open_version


@click.command()
@click.argument("answers", nargs=-1)
@snapshot_option
def replay(answers: tuple[str, ...], root: Path) -> None:
    """Evaluate recorded answers again and compare them byte for byte.

    ANSWERS are addresses such as /answers/HASH/VERSION, or hashes of queries; without any, all
    that are recorded beside the snapshots. Each is evaluated anew on its own version.

    \b
    Exit codes: 0 all have the same bytes, 1 some differ, 2 bad input, or a version that is gone,
    3 nothing is recorded.

    \b
    Examples:
      entente replay
      entente replay /answers/9f86d08.../830e13d...
    """
    records = Records(root, 0)
    chosen = [found for name in answers for found in _find(records, name)] or list(records.all())
    if not chosen:
        raise NothingChecked(f"no answer is recorded in {root}", fix="send a query to /answers")
    differing = 0
    for version in sorted({record.version for record in chosen}):
        of_version = [record for record in chosen if record.version == version]
        differing += sum(not same for same in _replay(records, root, of_version))
    sys.exit(1 if differing else 0)


def _find(records: Records, name: str) -> list[Record]:
    parts = [part for part in urlsplit(name).path.split("/") if part and part != "answers"]
    found = [
        record
        for record in records.all()
        if parts
        and record.query_hash.startswith(parts[-2 if len(parts) > 1 else -1])
        and (len(parts) < 2 or record.version == parts[-1])
    ]
    if not found:
        raise UsageError(f"{name}: no such answer is recorded", fix="`entente replay` lists all")
    return found


def _replay(records: Records, root: Path, chosen: list[Record]) -> Iterator[bool]:
    """Replay the answers of one version; give for each whether its bytes are the same."""
    import pyoxigraph as ox

    from entente.query.citation import answer_canonically
    from entente.query.execute import Job
    from entente.query.guard import examine
    from entente.query.loading import load_files

    version = chosen[0].version
    try:
        snapshot = open_version(root, version)
    except VersionUnknown as error:
        raise VersionUnknown(f"{len(chosen)} answers: {error.what}", fix=error.fix) from None
    store, settings = ox.Store(), Settings()
    load_files(store, [str(snapshot.dataset)], trusted=True)
    for record in chosen:
        query = records.find_query(record.query_hash) or ""
        graph = examine(query, settings).form in ("CONSTRUCT", "DESCRIBE")
        job = Job(query, "nt" if graph else "json", None, settings.max_answer_bytes)
        again = answer_canonically(store, job)
        yield _tell(record, again)


def _tell(record: Record, again: bytes) -> bool:
    name = f"/answers/{record.query_hash[:12]}/{record.version[:12]}"
    if again == record.content:
        sha256 = hashlib.sha256(again).hexdigest()
        click.echo(f"same     {name}  {len(again):,} bytes  sha256 {sha256[:16]}")
        return True
    click.echo(f"differs  {name}  {len(record.content):,} bytes were recorded, {len(again):,} came")
    recorded, came = record.content.splitlines(), again.splitlines()
    gone = sorted(set(recorded) - set(came))
    new = sorted(set(came) - set(recorded))
    for sign, lines in (("-", gone[:3]), ("+", new[:3])):
        for line in lines:
            click.echo(f"  {sign} {line.decode(errors='replace')[:200]}")
    return False
