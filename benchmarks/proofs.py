"""How long a proof takes: every conclusion of a snapshot, or a sample, each by itself.

    python benchmarks/proofs.py --snapshot snapshot
    python benchmarks/proofs.py --snapshot snapshot --sample 500 --viewpoint cicir-2023

Each proof starts from nothing: no proof profits from another. The checker then verifies
every proof. Targets: 50 ms at the median, 500 ms at the 99th percentile.
"""

from __future__ import annotations

import argparse
import random
import statistics
import sys
import time
from pathlib import Path

import pyoxigraph as ox

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
    print(f"proofs   {len(proofs):>9,}")
    print(f"median   {statistics.median(seconds) * 1000:>9.2f} ms")
    print(f"p99      {seconds[int(len(seconds) * 0.99)] * 1000:>9.2f} ms")
    print(f"longest  {seconds[-1] * 1000:>9.2f} ms")
    print(f"steps    {max(proof.steps for proof in proofs):>9} at most")
    print(f"faults   {len(faults):>9}")
    for fault in faults[:10]:
        print(f"  {fault}")
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
