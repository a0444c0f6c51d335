"""Build a snapshot from files. The only place that knows the order of the steps."""

from __future__ import annotations

import hashlib
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import pyoxigraph as ox

from entente import __version__, vocab
from entente.errors import DataError, InconsistentGraph
from entente.pipeline.aside import Aside
from entente.pipeline.complete import complete_claims
from entente.pipeline.describe import count_graphs, describe_dataset, describe_queries
from entente.pipeline.explain import explain_results
from entente.pipeline.load import Loaded, load_files
from entente.pipeline.project import (
    project_strictly,
    source_graphs,
    triples_of,
)
from entente.pipeline.view import Texts, View, conclude, make_views, open_texts
from entente.provenance.naming import UNDISPUTED
from entente.reason import (
    Contradiction,
    check_store,
    close,
    close_with_owlrl,
    load_rules,
    load_store,
)
from entente.shacl.validate import validate
from entente.snapshot import DATASET, KEPT_VERSIONS, Snapshot, build_lock, write_snapshot
from entente.terms import value_of

#: Told of each step as it ends: its name, what it counted, and its seconds.
Report = Callable[[str, str, float], None]

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
    with build_lock(root):
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
            _report_check(check, steps)
            made = _finish_views(quads, texts, steps, views)
            _describe(quads, made, folder, steps)
        return _write(quads, made, loaded, root, steps, options)


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
        step.counted = f"{len(texts.ground.closed):,} triples that all viewpoints share"
    return texts


def _check_shapes(quads: list[ox.Quad], loaded: Loaded, options: BuildOptions) -> tuple[str, float]:
    """Run the shapes; return what was counted and the seconds."""
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
        rules = folder / "queries/rules/owl2rl"
        closure = close_with_owlrl(given) if options.reasoner == "owlrl" else close(given, rules)
        _add(quads, closure.inferred, vocab.GRAPH_INFERRED)
        _extend(store, closure.inferred)
        found = check_store(store, load_rules(rules))
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


def _make_source_views(texts: Texts) -> tuple[list[View], float]:
    """Make the views of the texts; return them, and the seconds."""
    began = time.perf_counter()
    views = make_views(texts, list(vocab.SOURCES))
    return views, time.perf_counter() - began


def _finish_views(
    quads: list[ox.Quad], texts: Texts, steps: _Steps, aside: Aside[tuple[list[View], float]]
) -> list[View]:
    """Make the view that needs disagreements, which `texts` is given, and take the others."""
    with steps.step("view") as step:
        disagreements = ox.NamedNode(vocab.GRAPH_DISAGREEMENTS)
        texts.store.extend(quad for quad in quads if quad.graph_name == disagreements)
        views = make_views(texts, [UNDISPUTED])
        others, seconds = aside.result()
        views += others
        count = sum(view.count() for view in views)
        step.counted = f"{len(views)} viewpoints, {count:,} triples ({seconds:.1f} s aside)"
    return views


def _describe(quads: list[ox.Quad], views: Sequence[View], folder: Path, steps: _Steps) -> None:
    with steps.step("describe") as step:
        quads.extend(describe_queries(folder / "queries"))
        counts = _count(quads, views)
        quads.extend(list(describe_dataset(quads, counts)))
        step.counted = f"{len({*counts, vocab.GRAPH_VOID})} graphs"


def _count(quads: Iterable[ox.Quad], views: Iterable[View]) -> dict[str, int]:
    counts = count_graphs(quads) | {view.graph: view.count() for view in views}
    return dict(sorted(counts.items()))


def _write(
    quads: list[ox.Quad],
    views: Sequence[View],
    loaded: Loaded,
    root: Path,
    steps: _Steps,
    options: BuildOptions,
) -> Snapshot:
    with steps.step("snapshot") as step:
        content = write_merged(quads, views)
        version = hashlib.sha256(content).hexdigest()
        about = {
            "entente": __version__,
            "graphs": _count(quads, views),
            "inputs": loaded.inputs,
            "reasoner": options.reasoner,
            "checked": options.checked,
        }
        lines = content.count(b"\n")
        snapshot = write_snapshot(root, version, {DATASET: content}, about, options.keep)
        step.counted = f"version {version[:12]}, {lines:,} quads"
    return snapshot


def _add(quads: list[ox.Quad], triples: Iterable[ox.Triple], graph: str) -> None:
    """Add triples to a graph; `quads` is changed in place."""
    name = ox.NamedNode(graph)
    quads.extend(ox.Quad(t.subject, t.predicate, t.object, name) for t in triples)


def _extend(store: ox.Store, triples: Iterable[ox.Triple]) -> None:
    """Add triples to the default graph of a store, in place."""
    store.extend(ox.Quad(*triple) for triple in triples)


def write_merged(quads: Iterable[ox.Quad], views: Iterable[View]) -> bytes:
    """Write a data set and the copy of its graphs in the default graph, canonically.

    The form is RDFC-1.0 canonical N-Quads: sorted, blank nodes named by what they say. The
    names depend on the quads with blank nodes alone, so that only these few go through the
    algorithm; the rest is written and sorted.

    Args:
        quads: The named graphs but the views, which are copied into the default graph.
        views: The views, which are not.

    Source: https://www.w3.org/TR/rdf-canon/
    """
    anonymous, named, lines = ox.Dataset(), [], []
    for view in views:
        lines += view.named.splitlines(keepends=True)
        for quad in ox.parse(view.anonymous, format=ox.RdfFormat.N_QUADS):
            anonymous.add(quad)
    for quad in quads:
        if isinstance(quad.subject, ox.BlankNode) or isinstance(quad.object, ox.BlankNode):
            anonymous.add(quad)
            anonymous.add(ox.Quad(*quad.triple))
        else:
            named.append(quad)
    anonymous.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
    written = set(_write_lines(named))
    merged = {line.rsplit(b" ", 2)[0] + b" .\n" for line in written}
    lines += sorted(written | merged | set(_write_lines(anonymous)))
    return b"".join(sorted(lines))  # of parts that are sorted, which is quick


def _write_lines(quads: Iterable[ox.Quad]) -> list[bytes]:
    written = ox.serialize(quads, format=ox.RdfFormat.N_QUADS)
    return written.splitlines(keepends=True) if written else []
