"""Time viewpoints and comparisons on the built snapshot.

    entente build && python benchmarks/viewpoints.py [SNAPSHOT]

Closing is what it takes from the claims of a view and the closed background to the closed view;
making adds the reading of the claims, the projection and the search for contradictions. A
comparison is set against its two queries, each asked in its own view, all in one process. Each
figure is the median of several runs.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pyoxigraph as ox

from entente import vocab
from entente.files import graph_files
from entente.provenance.compare import compare
from entente.provenance.construct import construct
from entente.provenance.ensure import ViewRules, ensure_view, read_view_rules
from entente.provenance.naming import parse_viewpoint, view_graph
from entente.provenance.viewpoints import Ground, make_view, prepare_ground
from entente.reason import extend_store, load_store
from entente.snapshot import open_snapshot

RUNS = 7
QUERIES = graph_files() / "queries"
VIEWPOINTS = (*vocab.SOURCES, "elcano-2023~gmf-2023", "~".join(vocab.SOURCES), "undisputed")
COMPARED = ("members-of-the-ccdcoe", "when-did-japan-join-the-ccdcoe", "who-opposes-what")
PAIR = ("cicir-2023", "japan-up-close-2023")


def median_ms(function: Callable[[], object]) -> float:
    seconds = []
    for _ in range(RUNS):
        started = time.perf_counter()
        function()
        seconds.append(time.perf_counter() - started)
    return statistics.median(seconds) * 1000


def given_of(store: ox.Store, names: tuple[str, ...], ground: Ground) -> list[ox.Triple]:
    graphs = [vocab.GRAPH + name for name in names]
    claims = [
        quad.triple
        for graph in graphs
        for quad in store.quads_for_pattern(None, None, None, ox.NamedNode(graph))
    ]
    return [*claims, *construct(store, ground.projection, "wide-*.rq", graphs)]


def close_view(ground: Ground, given: list[ox.Triple]) -> object:
    return extend_store(load_store(ground.closed), given, ground.rules)


def time_views(store: ox.Store) -> None:
    ground = prepare_ground(store, QUERIES)
    background = median_ms(lambda: prepare_ground(store, QUERIES))
    print(f"background, once{background:55.0f} ms")
    print(f"{'viewpoint':<50}{'closing':>10}{'making':>10}{'triples':>10}")
    for text in VIEWPOINTS:
        names = parse_viewpoint(text)
        size = len(make_view(store, names, ground))
        making = median_ms(lambda names=names: make_view(store, names, ground))
        known = vocab.SOURCES if text == "undisputed" else names
        given = given_of(store, tuple(known), ground)
        closing = median_ms(lambda given=given: close_view(ground, given))
        print(f"{text[:48]:<50}{closing:>7.0f} ms{making:>7.0f} ms{size:>10,}")


def ask(store: ox.Store, query: str, name: str) -> list[object]:
    graph = ox.NamedNode(view_graph(parse_viewpoint(name)))
    return list(store.query(query, default_graph=[graph], named_graphs=[]))


def time_requests(store: ox.Store, rules: ViewRules) -> None:
    """Time the viewpoints of several texts as a worker makes them, from the view of each."""
    print(f"\n{'viewpoint made on request':<50}{'making':>10}")
    for text in (name for name in VIEWPOINTS if "~" in name):
        names = parse_viewpoint(text)

        def make(names: tuple[str, ...] = names) -> None:
            store.remove_graph(ox.NamedNode(view_graph(names)))
            ensure_view(store, names, rules)

        print(f"{text[:48]:<50}{median_ms(make):>7.0f} ms")


def time_comparisons(store: ox.Store, rules: ViewRules) -> None:
    names = [parse_viewpoint(name) for name in PAIR]
    print(f"\n{'query':<50}{'two queries':>14}{'comparison':>14}{'times':>8}")
    for name in COMPARED:
        query = (QUERIES / f"competency/{name}.rq").read_text(encoding="utf-8")
        alone = median_ms(lambda query=query: [ask(store, query, name) for name in PAIR])
        both = median_ms(lambda query=query: compare(store, query, names, rules))
        print(f"{name:<50}{alone:>11.1f} ms{both:>11.1f} ms{both / alone:>8.1f}")


def main(root: Path) -> None:
    store = ox.Store()
    store.bulk_load(path=str(open_snapshot(root).dataset), format=ox.RdfFormat.N_QUADS)
    rules = read_view_rules(QUERIES)
    time_views(store)
    time_requests(store, rules)
    time_comparisons(store, rules)


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "snapshot"))
