"""The W3C's data-shapes suites, core and SPARQL, each result compared in full.

They run through the validator, the command line and the server. The folder is named by
ENTENTE_W3C; `shacl/w3c-failing.csv` names what fails, with the reason, `shacl/w3c-stricter.csv`
what the command and the server refuse, since they are stricter than SHACL.
"""

import csv
import os
import sys
from collections import Counter
from functools import lru_cache
from pathlib import Path

import httpx
import pytest
from pyoxigraph import RdfFormat, parse
from rdflib import SH, BNode, Namespace, URIRef

from entente.bridge import to_rdflib_graph
from entente.cli.main import main
from entente.errors import InputError
from entente.shacl.paths import read_path, write_path
from entente.shacl.validate import check
from serving import serving, write_data

pytestmark = [
    pytest.mark.w3c,
    pytest.mark.skipif("ENTENTE_W3C" not in os.environ, reason="needs ENTENTE_W3C"),
]
MF = Namespace("http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#")
SHT = Namespace("http://www.w3.org/ns/shacl-test#")
SUITE = Path(os.environ.get("ENTENTE_W3C", "")) / "data-shapes-test-suite" / "tests"


def read_reasons(name):
    text = (Path(__file__).parent / "shacl" / name).read_text("utf-8")
    return {row["case"]: row["reason"] for row in csv.DictReader(text.splitlines())}


FAILING = read_reasons("w3c-failing.csv")


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


def left_to_pyshacl(manifest, case):
    graph = read_graph(manifest)
    data, shapes = (file_of(graph, case, role) for role in ("dataGraph", "shapesGraph"))
    try:
        return bool(check(read_triples(data), read_triples(shapes)).uncompiled)
    except InputError:
        return False


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


OPTIONS = ("--format", "turtle", "--allow-unmatched", "--ignore-imports")
STRICT = read_reasons("w3c-stricter.csv")
#: Its one shape is deactivated, so that the command says that nothing was checked.
VACUOUS = "core/misc/deactivated-001"


def compare_report(manifest, case, written):
    """Compare a report in Turtle with what the suite expects."""
    graph = read_graph(manifest)
    quads = parse(written.encode(), format=RdfFormat.TURTLE)
    report = to_rdflib_graph(quad.triple for quad in quads)
    [node] = report.subjects(SH.conforms)
    wanted = expected_results(graph, graph.value(case, MF.result))
    found = expected_results(report, node)
    assert (found, report_conforms(report, node)) == (wanted, not wanted)
    return any(severity not in ("Warning", "Info") for *_, severity, _ in wanted)


def expects_refusal(manifest, case):
    name = name_case(manifest, case)
    fails = read_graph(manifest).value(case, MF.result) == SHT.Failure
    return name in {*STRICT, *FAILING} - {VACUOUS} or fails


@pytest.mark.parametrize(("manifest", "case"), CASES)
def test_the_command_line_gives_the_report_that_the_suite_expects(
    manifest, case, monkeypatch, capsys
):
    graph = read_graph(manifest)
    data, shapes = (str(file_of(graph, case, role)) for role in ("dataGraph", "shapesGraph"))
    monkeypatch.setattr(sys, "argv", ["entente", "validate", data, "--shapes", shapes, *OPTIONS])

    code = 0
    try:
        main()
    except SystemExit as ended:
        code = ended.code
    written, said = capsys.readouterr()

    if expects_refusal(manifest, case):
        assert (code, written, said.startswith("entente: ")) == (2, "", True)
    elif name_case(manifest, case) == VACUOUS:
        assert (code, written) == (3, "")
    else:
        assert code == int(compare_report(manifest, case, written))


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    folder = tmp_path_factory.mktemp("suite")
    with (
        serving("--data", write_data(folder), "--deadline-s", "60") as served,
        httpx.Client(base_url=served.home, timeout=60) as client,
    ):
        yield client


@pytest.mark.parametrize(("manifest", "case"), CASES)
def test_the_server_gives_the_report_that_the_suite_expects(manifest, case, client):
    graph = read_graph(manifest)
    files = {
        part: (file.name, file.read_bytes(), "text/turtle")
        for part, role in (("data", "dataGraph"), ("shapes", "shapesGraph"))
        for file in [file_of(graph, case, role)]
    }
    headers = {"Accept": "text/turtle"}

    answer = client.post("/validate?ignore-imports=true", files=files, headers=headers)

    if expects_refusal(manifest, case):
        assert answer.status_code == 400
    elif name_case(manifest, case) == VACUOUS:
        assert (answer.status_code, answer.json()["title"]) == (422, "Nothing was checked")
    else:
        assert answer.status_code == 200, answer.text
        violated = compare_report(manifest, case, answer.text)
        assert (answer.headers["Entente-Outcome"] == "violations") == violated


def test_the_lists_of_cases_name_cases_of_the_suite_only():
    assert set(FAILING) | set(STRICT) <= {param.id for param in CASES}


def test_all_cases_of_the_suite_are_found():
    kinds = Counter(param.id.split("/")[0] for param in CASES)

    assert kinds == {"core": 98, "sparql": 22}


def test_of_all_cases_only_custom_components_are_left_to_pyshacl():
    left = {param.id for param in CASES if left_to_pyshacl(*param.values)}

    assert left == {
        "sparql/component/optional-001",
        "sparql/component/propertyValidator-select-001",
        "sparql/component/validator-001",
    }
