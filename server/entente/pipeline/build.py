"""Build a snapshot from files. The only place that knows the order of the steps."""

from __future__ import annotations

import hashlib
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import pyoxigraph as ox

from entente import __version__, vocab
from entente.collection import uncollected
from entente.errors import DataError, InconsistentGraph
from entente.pipeline.aside import Aside
from entente.pipeline.complete import complete_claims
from entente.pipeline.describe import count_graphs, describe_dataset, describe_queries
from entente.pipeline.lines import Part, merge_parts, write_graphs
from entente.pipeline.load import Loaded, load_files
from entente.pipeline.partitions import Partitions, count_partitions
from entente.pipeline.project import (
    project_strictly,
    source_graphs,
    triples_of,
)
from entente.pipeline.view import Texts, conclude, make_views, open_texts
from entente.provenance.naming import UNDISPUTED
from entente.reason import (
    Contradiction,
    Facts,
    close_facts,
    close_with_owlrl,
    find_contradictions,
    load_rules,
    load_store,
)
from entente.snapshot import DATASET, KEPT_VERSIONS, Snapshot, build_lock, write_snapshot
from entente.terms import value_of

#: Told of each step as it ends: its name, what it counted, and its seconds.
Report = Callable[[str, str, float], None]

#: Viewpoints as they are written down, by the IRIs of their graphs.
Views = dict[str, Part]

REASONED = (vocab.GRAPH_ONTOLOGY, vocab.GRAPH_ENTITIES)


@dataclass(frozen=True, slots=True)
class BuildOptions:
    """What a build can be told.

    Attributes:
        reasoner: `rules` (our own), or `owlrl` (the reference, slower).
        checked: Whether the shapes are run; a snapshot that is not checked says so.
        keep: How many versions are kept, the new one included.
    """

    reasoner: str = "rules"
    checked: bool = True
    keep: int = KEPT_VERSIONS


@dataclass(slots=True)
class _Steps:
    """Times the steps and passes their lines on."""

    report: Report
    counted: str = ""
    started: float = field(default_factory=time.perf_counter)

    @contextmanager
    def step(self, name: str) -> Iterator[_Steps]:
        began = time.perf_counter()
        self.counted = ""
        yield self
        self.report(name, self.counted, time.perf_counter() - began)


def build(
    folder: Path, root: Path, report: Report, options: BuildOptions | None = None
) -> Snapshot:
    """Build the graph and make it the current snapshot.

    Args:
        folder: The folder that holds ontology/, data/, shapes/ and queries/.
        root: The snapshot root.
        report: Told of each step as it ends.
        options: What to do differently.

    Returns:
        The new snapshot.

    Raises:
        DataError: A file is malformed or breaks a shape; the served snapshot stays.
        InconsistentGraph: The ontology and the data contradict each other; likewise.
        Busy: Another build holds the lock.
    """
    options = options or BuildOptions()
    with build_lock(root), uncollected():
        steps = _Steps(report)
        quads, loaded = _load_and_complete(folder, steps)
        given = list(quads)
        texts = _prepare(quads, folder, steps)
        with (
            Aside(partial(_check_shapes, given, loaded, options)) as check,
            Aside(partial(_make_source_views, texts)) as views,
        ):
            store = _project(quads, folder, steps)
            _reason(quads, store, folder, steps, options, check)
            _conclude(quads, store, folder, steps)
            made = _make_undisputed(quads, texts, steps)
            part, partitions = _write_down(quads, folder, steps)
            counts = count_graphs(quads)
            _report_check(check, steps)
            made |= _report_views(views, steps)
        return _write(part, partitions, counts, made, loaded, root, steps, options)


def _load_and_complete(folder: Path, steps: _Steps) -> tuple[list[ox.Quad], Loaded]:
    with steps.step("load") as step:
        loaded = load_files(folder)
        step.counted = f"{len(loaded.quads):,} triples from {len(loaded.inputs)} files"
    with steps.step("complete") as step:
        quads = list(dict.fromkeys(complete_claims(loaded)))  # files may say a thing twice
        stated = ox.NamedNode(vocab.ENT + "statedIn")
        claims = sum(quad.predicate == stated for quad in quads)
        step.counted = f"{claims:,} claims, {len(quads):,} triples"
    return quads, loaded


def _prepare(quads: list[ox.Quad], folder: Path, steps: _Steps) -> Texts:
    """Close what all views have in common, before processes part."""
    with steps.step("prepare") as step:
        texts = open_texts(quads, folder / "queries")
        step.counted = f"{len(texts.ground.facts):,} triples that all viewpoints share"
    return texts


def _check_shapes(quads: list[ox.Quad], loaded: Loaded, options: BuildOptions) -> tuple[str, float]:
    """Run the shapes; return what was counted and the seconds."""
    # They take half a second to import, and only the process beside the others needs them.
    from entente.pipeline.explain import explain_results
    from entente.shacl.validate import validate

    began = time.perf_counter()
    if not options.checked:
        return "nothing, as told", 0.0
    data = triples_of(quads, [*REASONED, vocab.GRAPH_VOCABULARY, vocab.GRAPH_EDITORIAL])
    data += triples_of(quads, source_graphs())
    checked = validate(data, triples_of(quads, [vocab.GRAPH_SHAPES]))
    problems = explain_results(checked.results, loaded)
    if problems:
        raise DataError(
            f"the data break {len(problems)} rules",
            fix="mend them and build again",
            problems=problems,
        )
    counted = f"{checked.shapes} shapes on {checked.focus_nodes:,} nodes"
    return counted, time.perf_counter() - began


def _report_check(check: Aside[tuple[str, float]], steps: _Steps) -> None:
    counted, seconds = check.result()
    steps.report("validate", counted + ", beside the others", seconds)


def _project(quads: list[ox.Quad], folder: Path, steps: _Steps) -> ox.Store:
    """Draw the plain facts; return what may be reasoned on, as one graph."""
    with steps.step("project") as step:
        store = load_store(triples_of(quads, [*REASONED, *source_graphs()]))
        drawn = project_strictly(store, folder / "queries")
        _add(quads, drawn, vocab.GRAPH_ASSERTED)
        _extend(store, drawn)
        step.counted = f"{len(drawn):,} plain facts"
    return store


def _reason(
    quads: list[ox.Quad],
    store: ox.Store,
    folder: Path,
    steps: _Steps,
    options: BuildOptions,
    check: Aside[tuple[str, float]],
) -> None:
    """Infer what follows; quads and store are changed in place."""
    with steps.step("reason") as step:
        given = triples_of(quads, [*REASONED, vocab.GRAPH_ASSERTED, *source_graphs()])
        rules = load_rules(folder / "queries/rules/owl2rl")
        if options.reasoner == "owlrl":
            closure = close_with_owlrl(given)
            facts = Facts([*given, *closure.inferred])
        else:
            facts = Facts(given)
            closure = close_facts(facts, rules)
        _add(quads, closure.inferred, vocab.GRAPH_INFERRED)
        _extend(store, closure.inferred)
        found = find_contradictions(facts, rules)
        if found:
            check.result()  # a broken shape names the cause better than what follows from it
            raise InconsistentGraph(
                f"the graph contradicts its ontology in {len(found)} places",
                fix="mend the claim or the axiom",
                explanations=[_explain(contradiction, quads) for contradiction in found],
            )
        step.counted = f"{len(closure.inferred):,} inferred triples in {closure.rounds} rounds"


def _explain(contradiction: Contradiction, quads: Iterable[ox.Quad]) -> str:
    """Name rule, axiom and culprits, and the claims from which plain facts on them were drawn."""
    culprits = {
        term for triple in contradiction.triples for term in (triple.subject, triple.object)
    }
    facts = {
        (quad.subject, quad.object)
        for quad in quads
        if value_of(quad.graph_name) == vocab.GRAPH_ASSERTED
        and culprits & {quad.subject, quad.object}
    }
    ends: dict[str, dict[str, object]] = {}
    for quad in quads:
        if quad.predicate.value in _ENDS and value_of(quad.subject).startswith(vocab.CLAIM):
            ends.setdefault(value_of(quad.subject), {})[quad.predicate.value] = quad.object
    behind = [c for c, end in ends.items() if tuple(map(end.get, _ENDS)) in facts]
    names = ", ".join(sorted(vocab.shorten(claim) for claim in behind)[:10])
    return f"{contradiction} (claims: {names or 'none; see the entities and the ontology'})"


_ENDS = (vocab.ENT + "subject", vocab.ENT + "object")


def _conclude(quads: list[ox.Quad], store: ox.Store, folder: Path, steps: _Steps) -> None:
    """Find disagreements and state propositions; quads and store are changed in place."""
    with steps.step("conclude") as step:
        _extend(store, triples_of(quads, [vocab.GRAPH_EDITORIAL]))
        for graph, triples in conclude(store, folder / "queries").items():
            _add(quads, triples, graph)
        found = triples_of(quads, [vocab.GRAPH_DISAGREEMENTS, vocab.GRAPH_PROPOSITIONS])
        kinds = Counter(triple.object for triple in found)
        disagreements = kinds[ox.NamedNode(vocab.ENT + "Disagreement")]
        propositions = kinds[ox.NamedNode(vocab.ENT + "Proposition")]
        step.counted = f"{disagreements:,} disagreements, {propositions:,} propositions"


def _make_source_views(texts: Texts) -> tuple[Views, float]:
    """Make the views of the texts; return them, and the seconds."""
    began = time.perf_counter()
    views = make_views(texts, list(vocab.SOURCES))
    return views, time.perf_counter() - began


def _make_undisputed(quads: list[ox.Quad], texts: Texts, steps: _Steps) -> Views:
    """Make the view that needs disagreements, which `texts` is given."""
    with steps.step("agree") as step:
        disagreements = ox.NamedNode(vocab.GRAPH_DISAGREEMENTS)
        texts.store.extend(quad for quad in quads if quad.graph_name == disagreements)
        views = make_views(texts, [UNDISPUTED])
        step.counted = f"{_count(views):,} triples that nobody contradicts"
    return views


def _report_views(aside: Aside[tuple[Views, float]], steps: _Steps) -> Views:
    views, seconds = aside.result()
    counted = f"{len(views)} viewpoints, {_count(views):,} triples, beside the others"
    steps.report("view", counted, seconds)
    return views


def _count(views: Views) -> int:
    return sum(view.count() for view in views.values())


def _write_down(quads: list[ox.Quad], folder: Path, steps: _Steps) -> tuple[Part, Partitions]:
    """Describe the queries; write down what has been made, the views apart, and count it."""
    with steps.step("describe") as step:
        quads.extend(describe_queries(folder / "queries"))
        part, triples = write_graphs(quads)
        partitions = count_partitions(triples)
        step.counted = f"{partitions.triples:,} distinct triples"
    return part, partitions


def _write(
    part: Part,
    partitions: Partitions,
    counts: Mapping[str, int],
    views: Views,
    loaded: Loaded,
    root: Path,
    steps: _Steps,
    options: BuildOptions,
) -> Snapshot:
    with steps.step("snapshot") as step:
        counts = {**counts, **{graph: view.count() for graph, view in views.items()}}
        description = list(describe_dataset(partitions, dict(sorted(counts.items()))))
        content = merge_parts([*views.values(), part, write_graphs(description)[0]])
        version = hashlib.sha256(content).hexdigest()
        counts[vocab.GRAPH_VOID] = len(description)
        about = {
            "entente": __version__,
            "graphs": dict(sorted(counts.items())),
            "inputs": loaded.inputs,
            "reasoner": options.reasoner,
            "checked": options.checked,
        }
        lines = content.count(b"\n")
        snapshot = write_snapshot(root, version, {DATASET: content}, about, options.keep)
        step.counted = f"version {version[:12]}, {lines:,} quads in {len(counts)} graphs"
    return snapshot


def _add(quads: list[ox.Quad], triples: Iterable[ox.Triple], graph: str) -> None:
    """Add triples to a graph; `quads` is changed in place."""
    name = ox.NamedNode(graph)
    quads.extend(ox.Quad(t.subject, t.predicate, t.object, name) for t in triples)


def _extend(store: ox.Store, triples: Iterable[ox.Triple]) -> None:
    """Add triples to the default graph of a store, in place."""
    store.extend(ox.Quad(*triple) for triple in triples)
