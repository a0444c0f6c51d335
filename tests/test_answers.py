"""Answers to cite: recorded once, never changed, and replayed byte for byte."""

import hashlib
import json

import httpx
import pytest

from entente.config import Settings
from entente.errors import QueryError, RecordsFull
from entente.files import graph_files
from entente.pipeline.build import BuildOptions, build
from entente.query.citation import canonicalise_graph, canonicalise_rows, check_citable
from entente.query.guard import examine
from entente.records import Records, hash_text
from entente.snapshot import open_snapshot
from serving import run_entente, serving, write_data
from small_graph import CLAIMS, write_small_graph

#: Nothing orders its rows, and they come from a join.
QUERY = """PREFIX ent: <https://w3id.org/entente/ontology/>
SELECT ?claim ?property ?value {
  ?claim a ent:Claim ; ?property ?value FILTER(!isBlank(?value))
}"""
NAME = "members-of-the-ccdcoe"
MEMBERS = (graph_files() / f"queries/competency/{NAME}.rq").read_text()


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return write_small_graph(tmp_path_factory.mktemp("graph"))


@pytest.fixture(scope="module")
def root(tmp_path_factory, folder):
    root = tmp_path_factory.mktemp("snapshot")
    build(folder, root, lambda *_: None, BuildOptions(checked=False))
    return root


@pytest.fixture(scope="module")
def client(root, folder):
    with (
        serving("--snapshot", root, "--files", folder) as server,
        httpx.Client(base_url=server.home, timeout=30) as client,
    ):
        yield client


@pytest.fixture(scope="module")
def version(root):
    return open_snapshot(root).version


def post(client, query):
    return client.post("/answers", data={"query": query})


def test_a_query_is_recorded_and_its_address_gives_the_answer(client, version):
    made = post(client, QUERY)
    answer = client.get(made.headers["location"])
    text = client.get(f"/answers/{hash_text(QUERY)}")

    assert (made.status_code, answer.status_code) == (201, 200)
    assert made.headers["location"] == f"/answers/{hash_text(QUERY)}/{version}"
    assert made.json()["sha256"] == hashlib.sha256(answer.content).hexdigest()
    assert answer.headers["content-type"] == "application/sparql-results+json"
    assert "immutable" in answer.headers["cache-control"]
    assert text.text == QUERY
    assert f'</answers/{hash_text(QUERY)}/{version}>; rel="cite-as"' in answer.headers["link"]


def test_a_recorded_answer_has_the_rows_of_the_endpoint(client, version):
    post(client, QUERY)
    recorded = client.get(f"/answers/{hash_text(QUERY)}/{version}").json()
    asked = client.get("/sparql", params={"query": QUERY, "format": "json"})

    def rows(results):
        return sorted(json.dumps(row, sort_keys=True) for row in results["results"]["bindings"])

    assert rows(recorded) == rows(asked.json())
    assert len(rows(recorded)) > 30
    assert f'</answers/{hash_text(QUERY)}/{version}>; rel="cite-as"' in asked.headers["link"]


def test_a_query_of_the_catalogue_is_recorded_when_it_is_first_cited(client, version):
    asked = client.get(f"/queries/{NAME}.csv")
    address = f"/answers/{hash_text(MEMBERS)}/{version}"

    assert f'<{address}>; rel="cite-as"' in asked.headers["link"]
    assert "CCDCOE" not in client.get(address).text
    assert "Japan" in client.get(address).text
    assert client.get(f"/answers/{hash_text(MEMBERS)}/latest").headers["location"] == address


def test_another_query_has_no_address_to_be_cited_by(client):
    asked = client.get("/sparql", params={"query": "ASK { ?nobody ?recorded ?this }"})

    assert "cite-as" not in asked.headers.get("link", "")


def test_other_processes_replay_the_same_bytes(client, root, version):
    for query in (QUERY, "ASK { ?s ?p ?o }", "CONSTRUCT WHERE { ?s a ?class }"):
        assert post(client, query).status_code == 201

    runs = [run_entente("replay", "--snapshot", root) for _ in range(2)]

    for done in runs:
        assert (done.returncode, done.stderr) == (0, "")
        assert f"same     /answers/{hash_text(QUERY)[:12]}/{version[:12]}" in done.stdout
        assert "differs" not in done.stdout


def test_a_replay_tells_what_differs(client, root, version):
    query = "SELECT ?s { ?s a <https://w3id.org/entente/ontology/State> }"
    post(client, query)
    path = root / "answers" / hash_text(query) / version
    true = path.read_bytes()
    path.write_bytes(true.replace(b"id/japan", b"id/nippon"))

    done = run_entente("replay", f"/answers/{hash_text(query)}/{version}", "--snapshot", root)
    path.write_bytes(true)

    assert done.returncode == 1
    assert done.stdout.startswith("differs")
    assert "\n  - " in done.stdout and "id/nippon" in done.stdout


def test_what_is_recorded_is_not_changed_by_a_second_recording(client, root, version):
    query = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"
    post(client, query)
    path = root / "answers" / hash_text(query) / version
    path.write_bytes(b"{}\n")

    again = post(client, query)

    assert (again.status_code, client.get(again.headers["location"]).content) == (201, b"{}\n")
    path.unlink()


@pytest.mark.parametrize(
    ("query", "word"),
    [
        ("SELECT * { ?s ?p ?o } LIMIT 3", "LIMIT"),
        ("SELECT * { { SELECT ?s { ?s ?p ?o } OFFSET 3 } }", "OFFSET"),
        ("SELECT (GROUP_CONCAT(STR(?o)) AS ?x) { ?s ?p ?o }", "GROUP_CONCAT"),
        ("SELECT (SAMPLE(?o) AS ?x) { ?s ?p ?o }", "SAMPLE"),
        ("SELECT REDUCED ?o { ?s ?p ?o }", "REDUCED"),
        ("SELECT (NOW() AS ?x) {}", "leave out RAND, NOW"),
        ("SELECT * { <a> ?p ?o }", "relative IRIs"),
        ("SELECT * { ?s ?p _:b . ?s ?q ?o FILTER(isBlank(?o)) }", "blank nodes"),
        ("SELECT * { SERVICE <http://x.org/> { } }", "SERVICE"),
        ("SELECT * {", ""),
    ],
)
def test_what_may_differ_is_not_recorded(client, version, query, word):
    response = post(client, query)
    problem = response.json()

    assert 400 <= response.status_code < 500
    assert word in problem["detail"] + problem.get("suggestion", "")
    assert client.get(f"/answers/{hash_text(query)}/{version}").status_code == 404


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/answers/0/0", 404),
        ("/answers/{hash}/0000000000", 404),
        ("/answers/..%2F..%2Fcurrent/dataset.nq", 404),
        ("/answers/{hash}/..%2Fquery.rq", 404),
        ("/answers/{hash}/query.rq", 404),
        ("/answers/" + "0" * 64, 404),
        ("/answers", 405),
    ],
)
def test_what_was_not_recorded_is_not_there(client, address, status):
    assert client.get(address.format(hash=hash_text(QUERY))).status_code == status


def test_a_request_whose_graphs_stand_outside_its_query_is_refused(client):
    data = {"query": QUERY, "default-graph-uri": "https://w3id.org/entente/graph/void"}

    assert client.post("/answers", data=data).status_code == 400


def test_a_client_may_record_only_so_many_and_the_rest_is_told(root, folder):
    with serving("--snapshot", root, "--files", folder, "--max-client-records", "2") as server:
        statuses = [
            httpx.post(f"{server.home}/answers", data={"query": f"ASK {{ ?s ?p {n} }}"}).status_code
            for n in range(3)
        ]

    assert statuses == [201, 201, 429]


def test_records_are_bounded_in_bytes(tmp_path):
    records = Records(tmp_path, 100)
    records.record("q1", "v1", b"x" * 80)

    with pytest.raises(RecordsFull, match="take all of their 100 bytes"):
        records.record("q2", "v1", b"x" * 80)
    assert records.record("q1", "v1", b"other").content == b"x" * 80
    assert [record.version for record in records.all()] == ["v1"]


def test_an_answer_outlives_its_version(tmp_path):
    folder = write_small_graph(tmp_path / "graph")
    first = build(folder, tmp_path / "s", lambda *_: None, BuildOptions(checked=False, keep=1))
    Records(tmp_path / "s", 10**6).record(QUERY, first.version, b'{"head":{},"boolean":true}\n')
    other = write_small_graph(tmp_path / "other", claims=CLAIMS.split("  claim:gmf-2023-002")[0])
    build(other, tmp_path / "s", lambda *_: None, BuildOptions(checked=False, keep=1))

    done = run_entente("replay", "--snapshot", tmp_path / "s")
    with serving("--snapshot", tmp_path / "s", "--files", other) as server:
        there = httpx.get(f"{server.home}/answers/{hash_text(QUERY)}/{first.version}")
        gone = httpx.get(f"{server.home}/answers/{hash_text(MEMBERS)}/{first.version}")

    assert (there.status_code, gone.status_code) == (200, 410)
    assert done.returncode == 2
    assert "is kept no longer; check out the revision" in done.stderr


def test_nothing_recorded_is_nothing_replayed(tmp_path):
    assert run_entente("replay", "--snapshot", tmp_path).returncode == 3


def test_data_of_somebody_else_are_not_cited(tmp_path):
    with serving("--data", write_data(tmp_path)) as server:
        assert httpx.post(f"{server.home}/answers", data={"query": "ASK {}"}).status_code == 404


def test_rows_stand_in_the_order_of_their_text_whichever_order_they_came_in():
    one = '{"x":{"type":"literal","value":"ä"}}'
    two = '{"x":{"value":"b","type":"literal"}}'
    whole = '{{"head":{{"vars":["x"]}},"results":{{"bindings":[{}]}}}}'

    canonical = canonicalise_rows(whole.format(f"{one},{two}").encode())

    assert canonical == canonicalise_rows(whole.format(f"{two},{one}").encode())
    assert json.loads(canonical) == json.loads(whole.format(f"{two},{one}"))


def test_graphs_are_canonical_whatever_their_blank_nodes_are_called():
    one = b"_:x <u:p> _:y .\n_:y <u:p> <u:o> .\n"
    two = b"_:a <u:p> <u:o> .\n_:b <u:p> _:a .\n_:b <u:p> _:a .\n"

    assert canonicalise_graph(one) == canonicalise_graph(two)


def test_a_word_in_a_string_makes_no_query_uncitable():
    query = 'SELECT ?limit { ?s ?p "LIMIT 3 # OFFSET" } # SAMPLE'

    check_citable(query, examine(query, Settings()), Settings())
    with pytest.raises(QueryError, match="LIMIT makes the answer hang"):
        check_citable(query + "\nLIMIT 1", examine(query, Settings()), Settings())
