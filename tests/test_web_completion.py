"""Names that the query editor completes."""

import httpx
import pytest

from entente.pipeline.build import BuildOptions, build
from entente.web.completion import Name, find_names
from serving import serving, write_data
from small_graph import write_small_graph

BASE = "https://w3id.org/entente/"
NAMES = (
    Name("property", BASE + "ontology/hasMember", "has member"),
    Name("property", BASE + "ontology/memberOf", "member of"),
    Name("entity", BASE + "id/japan", "Japan"),
    Name("entity", BASE + "id/members-of-nato", "NATO member states"),
    Name("entity", "http://example.org/japan", "Japan elsewhere"),
)


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    folder = write_small_graph(tmp_path_factory.mktemp("graph"))
    build(folder, folder / "snapshot", lambda *_: None, BuildOptions(checked=False))
    with (
        serving("--snapshot", folder / "snapshot", "--files", folder) as server,
        httpx.Client(base_url=server.home, timeout=10) as client,
    ):
        yield client


def test_what_begins_so_comes_first_and_case_does_not_matter():
    found = [name.short for name in find_names(NAMES, "MEM")]

    assert found == ["ent:memberOf", "id:members-of-nato", "ent:hasMember"]


def test_a_namespace_leaves_only_its_own_names():
    found = find_names(NAMES, "mem", BASE + "ontology/")

    assert [name.short for name in found] == ["ent:memberOf", "ent:hasMember"]


def test_a_name_that_has_no_prefix_is_not_offered():
    assert [name.short for name in find_names(NAMES, "japan")] == ["id:japan"]


def test_the_route_gives_names_with_label_and_kind_and_no_more_than_twenty(client):
    found = client.get("/complete", params={"q": "austr"}).json()
    everything = client.get("/complete", params={"q": ""}).json()

    assert found[0] == {
        "name": "id:australia",
        "iri": BASE + "id/australia",
        "label": "Australia",
        "kind": "entity",
    }
    assert len(everything) <= 20


def test_a_long_text_is_refused(client):
    assert client.get("/complete", params={"q": "x" * 101}).status_code == 400


def test_data_of_others_have_no_names(tmp_path):
    with serving("--data", write_data(tmp_path)) as server:
        assert httpx.get(f"{server.home}/complete", params={"q": "a"}).json() == []
