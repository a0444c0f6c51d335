"""Build a snapshot from files. The only place that knows the order of the steps."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterable, Iterator
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
    project_widely,
    source_graphs,
    triples_of,
)
from entente.reason import Contradiction, close, close_with_owlrl, find_contradictions
from entente.shacl.validate import validate
from entente.snapshot import DATASET, Snapshot, build_lock, write_snapshot
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
    """

    reasoner: str = "rules"
    checked: bool = True


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
        check = Aside(partial(_check_shapes, list(quads), loaded)) if options.checked else None
        try:
            _project(quads, folder, steps)
            _reason(quads, folder, steps, options)
            _make_views(quads, folder, steps)
            _describe(quads, folder, steps)
        finally:
            if check:
                _report_check(check, steps)
        return _write(quads, loaded, root, steps, options)


def _load_and_complete(folder: Path, steps: _Steps) -> tuple[list[ox.Quad], Loaded]:
    with steps.step("load") as step:
        loaded = load_files(folder)
        step.counted = f"{len(loaded.quads):,} triples from {len(loaded.inputs)} files"
    with steps.step("complete") as step:
        quads = complete_claims(loaded)
        claim = ox.NamedNode(vocab.ENT + "Claim")
        claims = sum(quad.object == claim for quad in quads)
        step.counted = f"{claims:,} claims, {len(quads):,} triples"
    return quads, loaded


def _check_shapes(quads: list[ox.Quad], loaded: Loaded) -> tuple[str, float]:
    """Run the shapes; return what was counted and the seconds."""
    began = time.perf_counter()
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
    """Wait for the shapes: what they found names the cause better than what follows from it."""
    counted, seconds = check.result()
    steps.report("validate", counted + ", beside the others", seconds)


def _project(quads: list[ox.Quad], folder: Path, steps: _Steps) -> None:
    with steps.step("project") as step:
        given = triples_of(quads, [*REASONED, *source_graphs()])
        drawn = project_strictly(given, folder / "queries")
        _add(quads, drawn, vocab.GRAPH_ASSERTED)
        step.counted = f"{len(drawn):,} plain facts"


def _reason(quads: list[ox.Quad], folder: Path, steps: _Steps, options: BuildOptions) -> None:
    with steps.step("reason") as step:
        given = triples_of(quads, [*REASONED, vocab.GRAPH_ASSERTED, *source_graphs()])
        rules = folder / "queries/rules/owl2rl"
        closure = close_with_owlrl(given) if options.reasoner == "owlrl" else close(given, rules)
        _add(quads, closure.inferred, vocab.GRAPH_INFERRED)
        found = find_contradictions([*given, *closure.inferred], rules)
        if found:
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


def _make_views(quads: list[ox.Quad], folder: Path, steps: _Steps) -> None:
    with steps.step("view") as step:
        background = triples_of(quads, REASONED)
        total = 0
        for source in vocab.SOURCES:
            given = background + triples_of(quads, [vocab.GRAPH + source])
            given += project_widely(given, folder / "queries")
            view = {*given, *close(given, folder / "queries/rules/owl2rl").inferred}
            _add(quads, view, vocab.GRAPH_VIEW + source)
            total += len(view)
        step.counted = f"{len(vocab.SOURCES)} viewpoints, {total:,} triples"


def _describe(quads: list[ox.Quad], folder: Path, steps: _Steps) -> None:
    with steps.step("describe") as step:
        quads.extend(describe_queries(folder / "queries"))
        quads.extend(list(describe_dataset(quads)))
        step.counted = f"{len(count_graphs(quads))} graphs"


def _write(
    quads: list[ox.Quad], loaded: Loaded, root: Path, steps: _Steps, options: BuildOptions
) -> Snapshot:
    with steps.step("snapshot") as step:
        content = canonicalise([*quads, *_merge(quads)])
        version = hashlib.sha256(content).hexdigest()
        about = {
            "entente": __version__,
            "graphs": count_graphs(quads),
            "inputs": loaded.inputs,
            "reasoner": options.reasoner,
            "checked": options.checked,
        }
        snapshot = write_snapshot(root, version, {DATASET: content}, about)
        step.counted = f"version {version[:12]}, {len(content.splitlines()):,} quads"
    return snapshot


def _add(quads: list[ox.Quad], triples: Iterable[ox.Triple], graph: str) -> None:
    """Add triples to a graph; `quads` is changed in place."""
    name = ox.NamedNode(graph)
    quads.extend(ox.Quad(t.subject, t.predicate, t.object, name) for t in triples)


def _merge(quads: Iterable[ox.Quad]) -> set[ox.Quad]:
    """Copy every graph but the views into the default graph."""
    return {
        ox.Quad(quad.subject, quad.predicate, quad.object)
        for quad in quads
        if not value_of(quad.graph_name).startswith(vocab.GRAPH_VIEW)
    }


def canonicalise(quads: Iterable[ox.Quad]) -> bytes:
    """Write quads as RDFC-1.0 canonical N-Quads: sorted, blank nodes named by what they say.

    The names depend on the quads with blank nodes alone, so that only these few go through
    the algorithm; the rest is written and sorted.

    Source: https://www.w3.org/TR/rdf-canon/
    """
    anonymous, named = ox.Dataset(), []
    for quad in quads:
        if isinstance(quad.subject, ox.BlankNode) or isinstance(quad.object, ox.BlankNode):
            anonymous.add(quad)
        else:
            named.append(quad)
    anonymous.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
    lines = {line for part in (anonymous, named) for line in _write_lines(part)}
    return b"".join(sorted(lines))


def _write_lines(quads: Iterable[ox.Quad]) -> list[bytes]:
    written = ox.serialize(quads, format=ox.RdfFormat.N_QUADS)
    return written.splitlines(keepends=True) if written else []
