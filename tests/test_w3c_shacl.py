"""The W3C's data-shapes suites, core and SPARQL, each result compared in full.

The folder is named by ENTENTE_W3C; `shacl/w3c-failing.csv` names what fails, with the reason.
"""

import csv
import os
import subprocess
import sys
from collections import Counter
from functools import lru_cache
from pathlib import Path

import pytest
from pyoxigraph import RdfFormat, parse
from rdflib import SH, BNode, Namespace, URIRef

from entente.bridge import to_rdflib_graph
from entente.errors import InputError
from entente.shacl.paths import read_path, write_path
from entente.shacl.validate import check

pytestmark = [
    pytest.mark.w3c,
    pytest.mark.skipif("ENTENTE_W3C" not in os.environ, reason="needs ENTENTE_W3C"),
]
MF = Namespace("http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#")
SHT = Namespace("http://www.w3.org/ns/shacl-test#")
SUITE = Path(os.environ.get("ENTENTE_W3C", "")) / "data-shapes-test-suite" / "tests"
FAILING = {
    row["case"]: row["reason"]
    for row in csv.DictReader(
        (Path(__file__).parent / "shacl" / "w3c-failing.csv").read_text("utf-8").splitlines()
    )
}


@lru_cache
def read_triples(file):
    content = file.read_bytes()
    return [q.triple for q in parse(content, format=RdfFormat.TURTLE, base_iri=file.as_uri())]


@lru_cache
def read_graph(file):
    return to_rdflib_graph(read_triples(file))


def list_cases(manifest):
    graph = read_graph(manifest)
    for included in sorted(graph.objects(None, MF.include)):
        yield from list_cases(Path(str(included).removeprefix("file://")))
    for entries in graph.objects(None, MF.entries):
        yield from ((manifest, case) for case in graph.items(entries))


def name_case(manifest, case):
    folder = manifest.relative_to(SUITE.resolve()).parent
    return f"{folder}/{str(case).rsplit('/', 1)[-1]}"


def all_cases():
    return list(list_cases((SUITE / "manifest.ttl").resolve())) if SUITE.is_dir() else []


CASES = [pytest.param(*case, id=name_case(*case)) for case in all_cases()]


def file_of(graph, case, role):
    action = graph.value(case, MF.action)
    return Path(str(graph.value(action, SHT[role])).removeprefix("file://"))


def write_node(node):
    return "[]" if node is None or isinstance(node, BNode) else node.n3()


def expected_results(graph, report):
    found = Counter()
    for result in graph.objects(report, SH.result):
        path = graph.value(result, SH.resultPath)
        shape = graph.value(result, SH.sourceShape)
        found[
            write_node(graph.value(result, SH.focusNode)),
            "" if path is None else write_path(read_path(graph, path)),
            "" if (value := graph.value(result, SH.value)) is None else write_node(value),
            str(graph.value(result, SH.sourceConstraintComponent)),
            str(graph.value(result, SH.resultSeverity)).removeprefix(str(SH)),
            str(shape) if isinstance(shape, URIRef) else "",
        ] += 1
    return found


def actual_results(report):
    return Counter(
        (
            write_node(one.focus_term),
            write_path(one.path_term) if one.path_term else "",
            "" if one.value_term is None else write_node(one.value_term),
            one.component,
            one.severity,
            str(one.shape_term) if isinstance(one.shape_term, URIRef) else "",
        )
        for one in report.results
    )


def run_case(manifest, case):
    """Say how an outcome differs from what the suite expects; an empty text where it does not."""
    graph = read_graph(manifest)
    data, shapes = (file_of(graph, case, role) for role in ("dataGraph", "shapesGraph"))
    expected = graph.value(case, MF.result)
    try:
        report = check(read_triples(data), read_triples(shapes))
    except InputError as error:
        return "" if expected == SHT.Failure else f"refused: {error}"
    if expected == SHT.Failure:
        return "a failure is expected"
    wanted, found = expected_results(graph, expected), actual_results(report)
    if wanted == found and (not found) == report_conforms(graph, expected):
        return ""
    return f"missing {dict(wanted - found)}, unexpected {dict(found - wanted)}"


def report_conforms(graph, report):
    return str(graph.value(report, SH.conforms)) == "true"


@pytest.mark.parametrize(("manifest", "case"), CASES)
def test_a_case_of_the_suite_gives_its_results(manifest, case):
    name = name_case(manifest, case)

    difference = run_case(manifest, case)

    if name in FAILING:
        assert difference, f"{name} passes now; take it out of the list"
    else:
        assert difference == ""


SAMPLE = ("/datatype-001", "/closed-001", "/path-complex-001", "/sparql-001")
OPTIONS = ("--format", "turtle", "--allow-unmatched", "--ignore-imports")


@pytest.mark.parametrize(("manifest", "case"), [c for c in CASES if c.id.endswith(SAMPLE)])
def test_the_command_line_gives_the_report_that_the_suite_expects(manifest, case):
    graph = read_graph(manifest)
    data, shapes = (file_of(graph, case, role) for role in ("dataGraph", "shapesGraph"))
    command = "from entente.cli.main import main; main()"

    done = subprocess.run(
        [sys.executable, "-c", command, "validate", str(data), "--shapes", str(shapes), *OPTIONS],
        capture_output=True,
        text=True,
        timeout=120,
    )

    quads = parse(done.stdout.encode(), format=RdfFormat.TURTLE)
    report = to_rdflib_graph(quad.triple for quad in quads)
    [node] = report.subjects(SH.conforms)
    expected = expected_results(graph, graph.value(case, MF.result))
    assert (expected_results(report, node), done.returncode) == (expected, int(bool(expected)))


def test_the_list_of_failing_cases_names_cases_of_the_suite_only():
    assert set(FAILING) <= {param.id for param in CASES}


def test_all_cases_of_the_suite_are_found():
    kinds = Counter(param.id.split("/")[0] for param in CASES)

    assert kinds == {"core": 98, "sparql": 22}
