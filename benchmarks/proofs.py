"""How long a proof takes: every conclusion of a snapshot, or a sample, each by itself.

    python benchmarks/proofs.py --snapshot snapshot
    python benchmarks/proofs.py --snapshot snapshot --sample 500 --viewpoint cicir-2023

Each proof starts from nothing: no proof profits from another. The checker then verifies
every proof. Targets: 50 ms at the median, 500 ms at the 99th percentile.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from pathlib import Path

import pyoxigraph as ox
from promises import PAGE, Figure, report

from entente.files import graph_files
from entente.provenance.checker import open_checker
from entente.provenance.proof_json import to_object
from entente.provenance.rulebook import read_rulebook
from entente.provenance.search import Search
from entente.provenance.world import World, open_world
from entente.snapshot import open_snapshot
from entente.vocab import GRAPH_INFERRED


def conclusions(world: World) -> list[ox.Triple]:
    """List what follows in the whole graph, or all that a viewpoint holds."""
    graph = world.closed if world.viewpoint else ox.NamedNode(GRAPH_INFERRED)
    quads = world.store.quads_for_pattern(None, None, None, graph)
    return sorted((quad.triple for quad in quads), key=str)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--snapshot", type=Path, default=Path("snapshot"))
    parser.add_argument("--viewpoint", default="", help="a viewpoint, not the whole graph")
    parser.add_argument("--sample", type=int, help="how many triples  [default: all]")
    parser.add_argument("--seed", type=int, default=1, help="another seed, another sample")
    parser.add_argument("--write", action="store_true", help=f"put the figures into {PAGE.name}")
    options = parser.parse_args()
    snapshot = open_snapshot(options.snapshot)
    store = ox.Store()
    store.bulk_extend(ox.parse(path=str(snapshot.dataset), format=ox.RdfFormat.N_QUADS))
    rulebook = read_rulebook(graph_files() / "queries")
    world = open_world(store, rulebook, options.viewpoint)
    triples = conclusions(world)
    if options.sample and options.sample < len(triples):
        triples = random.Random(options.seed).sample(triples, options.sample)
    seconds, proofs = [], []
    for triple in triples:
        started = time.perf_counter()
        proofs.append(Search(world).prove(triple))
        seconds.append(time.perf_counter() - started)
    with snapshot.dataset.open(encoding="utf-8") as lines:
        checker = open_checker(lines, options.viewpoint)
    faults = [fault for proof in proofs for fault in checker.check(to_object(proof))]
    seconds.sort()
    median_ms, p99_ms = (seconds[int(len(seconds) * part)] * 1000 for part in (0.5, 0.99))
    table = [
        "| proofs | longest, ms | steps at most | faults that the checker found |",
        "|---:|---:|---:|---:|",
        f"| {len(proofs):,} | {seconds[-1] * 1000:.0f} | {max(proof.steps for proof in proofs)} "
        f"| {len(faults)} |",
    ]
    figures = [
        Figure("a proof, the median", median_ms, 50, "ms"),
        Figure("a proof, the 99th percentile", p99_ms, 500, "ms"),
    ]
    report("Proofs", table, figures, options.write)
    for fault in faults[:10]:
        print(f"  {fault}")
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
