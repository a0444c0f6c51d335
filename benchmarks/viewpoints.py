"""How long viewpoints and comparisons take, on the built snapshot.

    entente build && python benchmarks/viewpoints.py
    python benchmarks/viewpoints.py --snapshot snapshot --write

Closing is what it takes from the claims of a view and the closed background to the closed view;
making adds the reading of the claims, the projection and the search for contradictions. A
comparison is set against its two queries, each asked in its own view, all in one process. Each
figure is the median of several runs. Targets: a text's viewpoint is closed in 300 ms; a comparison
takes three times as long as its two queries.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import pyoxigraph as ox
from promises import PAGE, Figure, report

from entente import vocab
from entente.files import graph_files
from entente.provenance.compare import compare
from entente.provenance.construct import construct
from entente.provenance.ensure import ViewRules, ensure_view, read_view_rules
from entente.provenance.naming import parse_viewpoint, view_graph
from entente.provenance.viewpoints import Ground, make_view, prepare_ground
from entente.reason import extend_facts
from entente.snapshot import open_snapshot

RUNS = 7
QUERIES = graph_files() / "queries"
VIEWPOINTS = (*vocab.SOURCES, "elcano-2023~gmf-2023", "~".join(vocab.SOURCES), "undisputed")
COMPARED = ("members-of-the-ccdcoe", "when-did-japan-join-the-ccdcoe", "who-opposes-what")
PAIR = ("cicir-2023", "japan-up-close-2023")


def median_ms(function: Callable[[], object], before: Callable[[], object] = lambda: None) -> float:
    seconds = []
    for _ in range(RUNS):
        before()
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
    return extend_facts(ground.facts.copy(), given, ground.rules)


def time_views(store: ox.Store) -> tuple[list[str], Figure]:
    ground = prepare_ground(store, QUERIES)
    background = median_ms(lambda: prepare_ground(store, QUERIES))
    lines = [
        "| viewpoint | closing, ms | making, ms | triples |",
        "|---|---:|---:|---:|",
        f"| the background of all, once | {background:.0f} | | {len(ground.facts):,} |",
    ]
    slowest = 0.0
    for text in VIEWPOINTS:
        names = parse_viewpoint(text)
        size = len(make_view(store, names, ground))
        making = median_ms(lambda names=names: make_view(store, names, ground))
        known = vocab.SOURCES if text == "undisputed" else names
        given = given_of(store, tuple(known), ground)
        closing = median_ms(lambda given=given: close_view(ground, given))
        slowest = max(slowest, closing if text in vocab.SOURCES else 0)
        lines.append(f"| {text} | {closing:.0f} | {making:.0f} | {size:,} |")
    return lines, Figure("closing a text's viewpoint, the slowest", slowest, 300, "ms")


def ask(store: ox.Store, query: str, name: str) -> list[object]:
    graph = ox.NamedNode(view_graph(parse_viewpoint(name)))
    return list(store.query(query, default_graph=[graph], named_graphs=[]))


def time_requests(store: ox.Store, rules: ViewRules) -> list[str]:
    """Time the viewpoints of several texts as a worker makes them, from the view of each."""
    lines = ["| viewpoint, made on request | making, ms |", "|---|---:|"]
    for text in (name for name in VIEWPOINTS if "~" in name):
        names = parse_viewpoint(text)

        def forget(names: tuple[str, ...] = names) -> None:
            store.remove_graph(ox.NamedNode(view_graph(names)))

        making = median_ms(lambda names=names: ensure_view(store, names, rules), forget)
        lines.append(f"| {text} | {making:.0f} |")
    return lines


def time_comparisons(store: ox.Store, rules: ViewRules) -> tuple[list[str], Figure]:
    names = [parse_viewpoint(name) for name in PAIR]
    lines = [
        f"| query, in {' and '.join(PAIR)} | two queries, ms | comparison, ms | times |",
        "|---|---:|---:|---:|",
    ]
    most = 0.0
    for name in COMPARED:
        query = (QUERIES / f"competency/{name}.rq").read_text(encoding="utf-8")
        alone = median_ms(lambda query=query: [ask(store, query, name) for name in PAIR])
        both = median_ms(lambda query=query: compare(store, query, names, rules))
        most = max(most, both / alone)
        lines.append(f"| {name} | {alone:.1f} | {both:.1f} | {both / alone:.1f} |")
    return lines, Figure("a comparison, beside its two queries", most, 3, "times")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--snapshot", type=Path, default=Path("snapshot"))
    parser.add_argument("--write", action="store_true", help=f"put the figures into {PAGE.name}")
    options = parser.parse_args()
    store = ox.Store()
    dataset = open_snapshot(options.snapshot).dataset
    store.bulk_load(path=str(dataset), format=ox.RdfFormat.N_QUADS)
    rules = read_view_rules(QUERIES)
    views, closing = time_views(store)
    requests = time_requests(store, rules)
    comparisons, ratio = time_comparisons(store, rules)
    table = [*views, "", *requests, "", *comparisons]
    report("Viewpoints", table, [closing, ratio], options.write)


if __name__ == "__main__":
    main()
