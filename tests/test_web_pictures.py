"""Pictures without a browser: the page says its content, and its query is in the catalogue."""

import re

import httpx
import pytest

from entente.catalogue import read_catalogue
from entente.files import graph_files
from entente.pipeline.build import BuildOptions, build
from entente.query.table import Cell, Table
from entente.web.pictures import PICTURES, merge_labels
from serving import serving, write_data
from small_graph import CLAIMS, write_small_graph

BASE = "https://w3id.org/entente/"
MEMBER = """
  claim:gmf-2023-003 skos:prefLabel "<i>Japan</i> joined in 2018"@en ;
    ent:subject id:australia ; ent:predicate ent:memberOf ; ent:object id:ccdcoe ;
    ent:notBefore "2018-01-01"^^xsd:date ; ent:notAfter "2018-12-31"^^xsd:date ;
    ent:evidence gmf:0-45 .
"""


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    folder = write_small_graph(tmp_path_factory.mktemp("graph"), claims=CLAIMS + MEMBER)
    build(folder, folder / "snapshot", lambda *_: None, BuildOptions(checked=False))
    with (
        serving("--snapshot", folder / "snapshot", "--files", folder) as server,
        httpx.Client(base_url=server.home, timeout=10) as client,
    ):
        yield client


def test_each_picture_is_drawn_from_a_query_of_the_catalogue():
    names = {query.name for query in read_catalogue(graph_files() / "queries")}

    assert {picture.query for picture in PICTURES} <= names


def test_a_page_of_a_picture_has_its_query_its_table_and_its_rows(client):
    page = client.get("/pictures/timeline")

    assert page.status_code == 200
    assert "<h1>When things happened, according to whom</h1>" in page.text
    assert "PREFIX ent: &lt;https://w3id.org/entente/ontology/&gt;" in page.text
    assert '<a href="/claim/gmf-2023-003"' in page.text
    assert "&lt;i&gt;Japan&lt;/i&gt; joined in 2018" in page.text
    rows = client.get("/queries/when-did-what-happen.csv").text.splitlines()[1:]
    assert page.text.count("<tr>") == len(rows) + 1


def test_the_index_tells_figures_and_draws_the_rows_in_small(client):
    page = client.get("/pictures/")

    assert page.text.count('<svg class="thumbnail"') == len(PICTURES)
    assert re.search(r"\d dates? of \d things? from 1 text, 20\d\d to 20\d\d\.", page.text)
    assert re.search(r'<path class="span" d="(M[\d.]+,[\d.]+h[\d.]+)+"', page.text)


def test_a_page_of_a_picture_is_kept_and_asked_for_again_only_when_the_data_change(client):
    page = client.get("/pictures/timeline")
    again = client.get("/pictures/timeline", headers={"If-None-Match": page.headers["etag"]})

    assert (again.status_code, again.content) == (304, b"")


def test_an_unknown_picture_is_told_with_those_that_there_are(client):
    page = client.get("/pictures/map")

    assert page.status_code == 404
    assert "there are timeline, network, stances, ontology" in page.text


def test_data_of_others_have_no_pictures(tmp_path):
    with serving("--data", write_data(tmp_path)) as server:
        assert httpx.get(f"{server.home}/pictures/").status_code == 404


def test_a_label_goes_into_the_cell_of_its_thing():
    thing, label = Cell("id:japan", BASE + "id/japan"), Cell("Japan", note="en")
    table = Table(("who", "whoLabel", "n"), ((thing, label, Cell("3", note="xsd:integer")),), 1)

    merged = merge_labels(table, "/graph")

    assert merged.columns == ("who", "n")
    assert merged.rows == ((Cell("Japan", "/graph/id/japan"), Cell("3", note="xsd:integer")),)
