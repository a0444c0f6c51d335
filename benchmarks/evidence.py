"""How long evidence takes: what the first 100 rows of queries rest on.

    python benchmarks/evidence.py --snapshot snapshot
    python benchmarks/evidence.py --snapshot snapshot --all

Without --all, the three queries with many rows that the target was set for: 1 s for a hundred
rows. With it, every SELECT of queries/competency and queries/reports; `no support` counts rows
that rest on more triples than the cap. Figures are for one process with the rules read and the
data loaded; the answer itself is part of them.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import pyoxigraph as ox
from promises import PAGE, Figure, report

from entente.errors import UsageError
from entente.files import graph_files
from entente.provenance.evidence import Evidence, find_evidence
from entente.provenance.rulebook import Rulebook, read_rulebook
from entente.snapshot import open_snapshot

QUERIES = graph_files() / "queries"
MANY_ROWS = (
    "reports/what-only-one-text-says",
    "reports/on-what-several-texts-agree",
    "competency/which-plain-facts-are-there-about-japan",
)


def measure(store: ox.Store, rulebook: Rulebook, path: Path) -> tuple[Evidence, float] | None:
    started = time.perf_counter()
    try:
        evidence = find_evidence(store, rulebook, path.read_text(encoding="utf-8"))
    except UsageError:  # an ASK
        return None
    return evidence, time.perf_counter() - started


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--snapshot", type=Path, default=Path("snapshot"))
    parser.add_argument("--all", action="store_true", help="every competency query and report")
    parser.add_argument("--write", action="store_true", help=f"put the figures into {PAGE.name}")
    options = parser.parse_args()
    store = ox.Store()
    dataset = open_snapshot(options.snapshot).dataset
    store.bulk_extend(ox.parse(path=str(dataset), format=ox.RdfFormat.N_QUADS))
    rulebook = read_rulebook(QUERIES)
    paths = [QUERIES / f"{name}.rq" for name in MANY_ROWS]
    if options.all:
        paths = [p for f in ("competency", "reports") for p in sorted((QUERIES / f).glob("*.rq"))]
    table = [
        "| query | seconds | rows with evidence | of | triples at most | rows without support |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    seconds = []
    for path in paths:
        if (measured := measure(store, rulebook, path)) is None:
            continue
        evidence, took = measured
        seconds.append(took)
        most = max((len(row.triples) for row in evidence.rows), default=0)
        unsupported = sum(bool(row.problem) for row in evidence.rows)
        table.append(
            f"| {path.stem} | {took:.2f} | {len(evidence.rows)} | {evidence.total} | {most} "
            f"| {unsupported} |"
        )
    longest = Figure("evidence for at most 100 rows, the longest", max(seconds), 1, "s")
    report("Evidence", table, [longest], options.write)


if __name__ == "__main__":
    main()
