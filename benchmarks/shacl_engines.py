"""Run W3C's SHACL suites and our own shapes on Entente and pyrudof, and tell where they differ.

    ENTENTE_W3C=FOLDER make shacl-engines   # installs pyrudof, writes docs/shacl-engines.md

Results are compared by focus node, path, value, component, severity, shape and count; nodes
without a name are all alike. For a case of the suites W3C says who is right; for our own cases
the file of the case does. Why the other is wrong stands in `benchmarks/shacl_engines.csv`, by
the case; a case that is not in it is shown without a reason.
"""

from __future__ import annotations

import argparse
import csv
import os
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import pyoxigraph as ox
import pyrudof
from pyshacl.shapes_graph import ShapesGraph
from rdflib import RDF, SH, BNode, Graph, Namespace, URIRef

from entente import vocab
from entente.bridge import to_rdflib_graph
from entente.errors import EntenteError
from entente.pipeline.complete import complete_claims
from entente.pipeline.describe import describe_queries
from entente.pipeline.load import load_files
from entente.shacl.cases import Topic, read_topics
from entente.shacl.compiled.engine import Engine
from entente.shacl.findings import has_target
from entente.shacl.model import Result
from entente.shacl.paths import read_path, write_path
from entente.shacl.sources import find_files, read_source
from entente.shacl.store import hold_graph
from entente.shacl.validate import check, quiet

ROOT = Path(__file__).resolve().parent.parent
TABLE = ROOT / "docs" / "shacl-engines.md"
REASONS = Path(__file__).with_suffix(".csv")
MF = Namespace("http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#")
SHT = Namespace("http://www.w3.org/ns/shacl-test#")

#: Each result with how often it is found; None where the shapes are refused.
Found = Counter[tuple[str, ...]] | None


@dataclass(frozen=True)
class Case:
    """A case, what is right, and what each engine finds."""

    name: str
    right: Found
    ours: Found
    theirs: Found
    compiled: bool
    error: str = ""


def read_triples(file: Path) -> list[ox.Triple]:
    parsed = ox.parse(file.read_bytes(), format=ox.RdfFormat.TURTLE, base_iri=file.as_uri())
    return [quad.triple for quad in parsed]


def list_cases(manifest: Path) -> Iterator[tuple[Path, Graph, URIRef]]:
    graph = to_rdflib_graph(read_triples(manifest))
    for included in sorted(graph.objects(None, MF.include)):
        yield from list_cases(Path(str(included).removeprefix("file://")))
    for entries in graph.objects(None, MF.entries):
        yield from ((manifest, graph, case) for case in graph.items(entries))


def run_suites(suite: Path) -> Iterator[Case]:
    for manifest, graph, case in list_cases((suite / "manifest.ttl").resolve()):
        action = graph.value(case, MF.action)
        data, shapes = (
            Path(str(graph.value(action, SHT[role])).removeprefix("file://"))
            for role in ("dataGraph", "shapesGraph")
        )
        expected = graph.value(case, MF.result)
        right = None if expected == SHT.Failure else read_results(graph, expected)
        folder = manifest.relative_to(suite.resolve()).parent
        name = f"{folder}/{str(case).rsplit('/', 1)[-1]}"
        yield run_case(name, right, read_triples(data), read_triples(shapes))


def run_case(name: str, right: Found, data: list[ox.Triple], shapes: list[ox.Triple]) -> Case:
    compiled, ours = True, None
    try:
        report = check(data, shapes)
        compiled, ours = not report.uncompiled, count(report.results)
    except EntenteError:
        pass
    theirs, error = ask_pyrudof(data, shapes)
    return Case(name, right, ours, theirs, compiled, error)


def count(results: Iterable[Result]) -> Counter[tuple[str, ...]]:
    return Counter(
        (
            write_node(one.focus_term),
            write_path(one.path_term) if one.path_term else "",
            "" if one.value_term is None else write_node(one.value_term),
            one.component,
            one.severity,
            str(one.shape_term) if isinstance(one.shape_term, URIRef) else "",
        )
        for one in results
    )


def ask_pyrudof(data: list[ox.Triple], shapes: list[ox.Triple]) -> tuple[Found, str]:
    """Validate with pyrudof; where it refuses, return its word for it."""
    texts = [
        (ox.serialize(part, format=ox.RdfFormat.N_TRIPLES) or b"").decode()
        for part in (data, shapes)
    ]
    rudof = pyrudof.Rudof(pyrudof.RudofConfig())
    try:
        rudof.read_data(texts[0], format=pyrudof.RDFFormat.NTriples)
        rudof.read_shacl(texts[1], format=pyrudof.ShaclFormat.NTriples)
        rudof.validate_shacl()
        written = rudof.serialize_shacl_validation_results(
            format=pyrudof.ResultShaclValidationFormat.Turtle
        )
        parsed = ox.parse(written.encode(), format=ox.RdfFormat.TURTLE)
        graph = to_rdflib_graph(quad.triple for quad in parsed)
    except (pyrudof.RudofError, SyntaxError) as error:
        return None, " ".join(str(error).split())[:160]
    return read_results(graph, graph.value(None, RDF.type, SH.ValidationReport)), ""


def read_results(graph: Graph, report: object) -> Counter[tuple[str, ...]]:
    found: Counter[tuple[str, ...]] = Counter()
    for result in graph.objects(report, SH.result):
        path = graph.value(result, SH.resultPath)
        shape = graph.value(result, SH.sourceShape)
        value = graph.value(result, SH.value)
        found[
            write_node(graph.value(result, SH.focusNode)),
            "" if path is None else write_path(read_path(graph, path)),
            "" if value is None else write_node(value),
            str(graph.value(result, SH.sourceConstraintComponent)),
            str(graph.value(result, SH.resultSeverity)).removeprefix(str(SH)),
            str(shape) if isinstance(shape, URIRef) else "",
        ] += 1
    return found


def write_node(node: object) -> str:
    return "[]" if node is None or isinstance(node, BNode) else node.n3()


def run_own() -> Iterator[Case]:
    """Yield the cases of our own shapes; the shapes' tests show that ours are as foretold."""
    shapes = [read_source(name) for name in find_files([str(ROOT / "shapes" / "*.ttl")])]
    folders = ("ontology", "ontology/imports", "ontology/vocabulary")
    names = find_files([str(ROOT / folder / "*.ttl") for folder in folders])
    background = [read_source(name) for name in names]
    for topic in read_topics(ROOT / "tests" / "shapes", shapes, background):
        yield from run_topic(topic)


def run_topic(topic: Topic) -> Iterator[Case]:
    given = [t for source in topic.background for t in source.triples]
    rules = [t for source in topic.shapes for t in source.triples]
    for kind, source in (("PASS", topic.passing), ("XFAIL", topic.failing)):
        if source is not None:
            given = [*given, *source.triples]
            yield compare_own(f"own/{topic.name}_{kind}", given, rules)


def run_graph() -> Iterator[Case]:
    """Yield one case: our own graph, less every fiftieth triple, so that something is found."""
    loaded = load_files(ROOT)
    graph = ox.NamedNode(vocab.GRAPH_SHAPES)
    rules = [quad.triple for quad in loaded.quads if quad.graph_name == graph]
    given = [quad.triple for quad in complete_claims(loaded) if quad.graph_name != graph]
    given += [quad.triple for quad in describe_queries(ROOT / "queries")]
    broken = [triple for index, triple in enumerate(given) if index % 50]
    yield compare_own("own/graph", broken, rules)
    use = ox.NamedNode(vocab.SHAPE + "entity-use")
    fewer = [triple for triple in rules if triple.subject != use]
    yield compare_own("own/graph-without-entity-use", broken, fewer)


def compare_own(name: str, data: list[ox.Triple], shapes: list[ox.Triple]) -> Case:
    """Compare on shapes of ours, whose results the command tells of those to be mended."""
    held = ShapesGraph(hold_graph(shapes))
    engine = Engine(data, held)
    targeted = [shape.node for shape in held.shapes if has_target(shape)]
    ours = count(
        one for node in targeted for one in engine.run(node, engine.find_focus_nodes(node))
    )
    theirs, error = ask_pyrudof(data, shapes)
    return Case(name, ours, ours, theirs, not engine.foreign.constraints, error)


def write_table(cases: list[Case]) -> str:
    reasons = {
        row["case"]: row["why"] for row in csv.DictReader(REASONS.read_text("utf-8").splitlines())
    }
    suites = [case for case in cases if not case.name.startswith("own/")]
    lines = [
        "# Two SHACL engines compared",
        "",
        "Written by `python benchmarks/shacl_engines.py --write`, with the W3C's suites in the",
        f"folder ENTENTE_W3C. pyrudof {version('pyrudof')}; results are compared by focus node,",
        "path, value, component, severity, shape and count.",
        "",
        "| suite | cases | Entente | compiled | pyrudof |",
        "|---|---:|---:|---:|---:|",
    ]
    for name in ("core", "sparql"):
        some = [case for case in suites if case.name.startswith(name)]
        lines.append(
            f"| {name} | {len(some)} | {sum(c.ours == c.right for c in some)} "
            f"| {sum(c.compiled for c in some)} | {sum(c.theirs == c.right for c in some)} |"
        )
    lines += ["", "`compiled` counts the cases of which nothing was left to pySHACL.", ""]
    lines += ["## Where they differ", "", "| case | right | why |", "|---|---|---|"]
    for case in cases:
        if case.ours != case.theirs:
            lines.append(f"| {case.name} | {judge(case)} | {explain(case, reasons)} |")
    lines += [
        "",
        "pyrudof is run on `own/graph` once more without shape:entity-use, as "
        "`own/graph-without-entity-use`.",
    ]
    same = sum(case.ours == case.theirs for case in cases)
    lines += ["", f"{same} of {len(cases)} cases give the same in both."]
    return "\n".join(lines) + "\n"


def judge(case: Case) -> str:
    right = [
        name
        for name, found in (("Entente", case.ours), ("pyrudof", case.theirs))
        if found == case.right
    ]
    return " ".join(right) or "neither"


def explain(case: Case, reasons: dict[str, str]) -> str:
    if case.name in reasons:
        return reasons[case.name]
    if case.theirs is None:
        return f"pyrudof refuses: {case.error}".replace("|", "\\|")
    ours = case.ours or Counter()
    parts = [
        f"{who} {', '.join(tell(more))}"
        for who, more in (
            ("Entente alone:", ours - case.theirs),
            ("pyrudof alone:", case.theirs - ours),
        )
        if more
    ]
    return "; ".join(parts).replace("|", "\\|")


def tell(found: Counter[tuple[str, ...]]) -> Iterator[str]:
    """Yield how many results there are of each component."""
    components = Counter()
    for key, number in found.items():
        components[key[3].rpartition("#")[2].removesuffix("ConstraintComponent")] += number
    return (f"{number} {name}" for name, number in sorted(components.items()))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--write", action="store_true", help=f"write {TABLE.relative_to(ROOT)}")
    parser.add_argument("--show", help="print the results of one case")
    options = parser.parse_args()
    if "ENTENTE_W3C" not in os.environ:
        sys.exit("name the folder of the W3C's suites: ENTENTE_W3C=FOLDER")
    suite = Path(os.environ["ENTENTE_W3C"]) / "data-shapes-test-suite" / "tests"
    with quiet():
        cases = [*run_suites(suite), *run_own(), *run_graph()]
    for case in cases:
        if case.name == options.show:
            print("right", case.right, "ours", case.ours, "theirs", case.theirs, sep="\n")
    text = write_table(cases)
    if options.write:
        TABLE.write_text(text, encoding="utf-8")
    elif not options.show:
        print(text)


if __name__ == "__main__":
    main()
