"""The pages for readers, with hostile, unusual and absent things, asked of a real server."""

import os
import re
import shutil
import signal
import time

import httpx
import pyoxigraph as ox
import pytest

from entente.vocab import RDFS
from entente.web.things.graph import Graph, Thing
from entente.web.things.question import read_question
from page_graph import (
    CLAIMS,
    ENTITIES,
    LONG,
    ONTOLOGY,
    RIGHT_TO_LEFT,
    TEXT,
    many_claims,
    write_page_graph,
)
from serving import serving, write_data

BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
CLAIM_COUNT = 10_000


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    root = tmp_path_factory.mktemp("snapshot")
    write_page_graph(root, ONTOLOGY, ENTITIES, CLAIMS, many_claims(CLAIM_COUNT))
    with (
        serving("--snapshot", root) as server,
        httpx.Client(base_url=server.home, headers=BROWSER, timeout=30) as client,
    ):
        yield client


def words_of(page):
    """The words of a page as they are read, without its frame."""
    main = page.text.partition("<main")[2].partition(">")[2].partition("</main>")[0]
    return " ".join(re.sub(r"<[^>]+>", " ", main).split())


def headings_of(page):
    found = re.findall(r"<h2[^>]*>(.*?)</h2>", page.text, re.DOTALL)
    return [re.sub(r"<[^>]+>", "", heading).strip() for heading in found]


def test_the_front_page_counts_what_is_there(client):
    page = client.get("/")

    assert page.status_code == 200
    assert "10,004 claims" in words_of(page)
    assert "1 disagreement" in words_of(page)
    assert "Ardonia never joined the pact" in page.text
    assert '<a href="/dumps/latest/entente.ttl">entente.ttl</a>' in page.text


def test_the_front_page_names_the_host_by_which_it_was_asked(client):
    pages = [
        client.get("/", headers={"Host": host}).text for host in ("one.example", "two.example")
    ]

    assert "http://one.example/sparql" in pages[0]
    assert "http://two.example/sparql" in pages[1]


def test_the_page_of_a_thing_answers_in_order(client):
    page = client.get("/id/ardonia.html")

    assert headings_of(page) == [
        "On this page",
        "What it is",
        "Undisputed",
        "Disputed, and by whom",
        "Positions towards it 1",
        "Events in time 1",
        "All claims 4",
    ]
    assert "≠ 1 disagreement of the texts on it" in words_of(page)


def test_a_thing_of_which_only_the_name_is_known_has_no_empty_section(client):
    assert "What it is" not in headings_of(client.get("/id/authors-of-gmf-2023.html"))


def test_a_column_of_labels_is_put_into_the_column_of_its_things():
    store = ox.Store()
    query = (
        "SELECT ?who ?whoLabel ?otherLabel { ?who rdfs:label ?whoLabel BIND('x' AS ?otherLabel) }"
    )
    store.load(
        f"""@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
        <q:1> <http://www.w3.org/ns/shacl#select> "PREFIX rdfs: <{RDFS}> {query}" .
        <i:1> rdfs:label "One" .""".encode(),
        format=ox.RdfFormat.TURTLE,
    )

    question = read_question(Graph(store), "q:1", 10)

    assert question.columns == ("who", "otherLabel")
    assert question.rows == ((Thing("i:1", "One"), Thing("", "x")),)


def test_a_disputed_fact_is_not_among_the_undisputed_ones(client):
    page = client.get("/id/ardonia.html").text
    facts = page.partition('id="facts"')[2].partition("</section>")[0]

    assert RIGHT_TO_LEFT in facts
    assert "The Pact" not in facts


def test_each_fact_leads_to_its_claim_and_its_passage(client):
    page = client.get("/id/ardonia.html").text
    facts = page.partition('id="facts"')[2].partition("</section>")[0]

    assert 'href="/claim/gmf-2023-004.html"' in facts
    assert 'href="/source/gmf-2023/char/0-31.html"' in facts


def test_a_claim_is_told_in_words(client):
    affirmed = words_of(client.get("/claim/gmf-2023-001.html"))
    denied = words_of(client.get("/claim/gmf-2023-002.html"))
    advised = words_of(client.get("/claim/gmf-2023-003.html"))

    assert "✓ affirmed put as fact" in affirmed
    assert "when in 2019" in affirmed
    assert "✕ denied" in denied
    assert "read between the lines" in denied
    assert "as the GMF text of 2023 reports" in denied
    assert "◌ recommended" in advised


def test_a_disagreement_has_its_sides_beside_each_other_and_what_reconciles_them(client):
    page = client.get("/disagreement/one.html")

    assert page.text.count('<article class="side">') == 2
    assert "Ardonia joined the pact in 2019" in page.text
    assert "Ardonia never joined the pact" in page.text
    assert "Reconciled." in page.text.partition('id="reconciled"')[2]
    assert "Ardonia should oppose the pact" in page.text.partition('id="reconciled"')[2]


def test_a_text_without_author_and_date_says_so(client):
    page = words_of(client.get("/source/gmf-2023.html"))

    assert "author none is named" in page
    assert "date it bears none" in page
    assert f"cover {61 / len(TEXT) * 100:.1f} % of its {len(TEXT)} characters" in page


def test_a_passage_leads_to_its_claims_and_neighbours(client):
    page = client.get("/source/gmf-2023/char/33-63.html")

    assert "1 claim rests on these 30 characters" in words_of(page)
    assert 'rel="prev" href="/source/gmf-2023/char/0-31.html"' in page.text
    assert "Belmark" not in page.text


def test_words_are_shown_where_the_operator_has_the_texts(tmp_path):
    write_page_graph(tmp_path / "snapshot", ONTOLOGY, ENTITIES, CLAIMS)
    (tmp_path / "texts").mkdir()
    (tmp_path / "texts/gmf-2023.txt").write_text(TEXT, encoding="utf-8")
    options = ("--snapshot", tmp_path / "snapshot", "--texts-folder", tmp_path / "texts")
    with serving(*options) as server:
        passage = httpx.get(f"{server.home}/source/gmf-2023/char/33-63.html", timeout=30)
        claim = httpx.get(f"{server.home}/claim/gmf-2023-002.html", timeout=30)

    assert "Belmark says that it never did" in passage.text
    assert "Belmark says that it never did" in claim.text


def test_a_label_with_a_script_is_a_text(client):
    for address in ("/id/hostile.html", "/id/ardonia.html", "/search?q=script", "/search"):
        page = client.get(address)
        assert page.status_code == 200
        assert "<script>alert" not in page.text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in client.get("/id/hostile.html").text
    assert client.get("/suggest?q=script").headers["content-type"] == "application/json"


def test_what_is_typed_is_a_text_too(client):
    page = client.get("/search", params={"q": '"><script>alert(2)</script>'})
    missing = client.get("/id/%3Cscript%3Ealert(3)%3C%2Fscript%3E")

    assert "<script>alert" not in page.text + missing.text


def test_an_iri_of_another_scheme_is_no_link(client):
    page = client.get("/id/ardonia.html").text

    assert "javascript:alert(1)" in page
    assert not re.search(r"href=.javascript", page)
    assert 'href="https://example.org/ardonia"' in page


def test_a_label_from_right_to_left_stands_by_itself(client):
    page = client.get("/id/rtl.html").text

    assert f'<bdi dir="auto">{RIGHT_TO_LEFT}</bdi></h1>' in page


def test_a_label_of_two_thousand_characters_is_whole_on_its_page_and_cut_in_lists(client):
    page = client.get("/id/long.html").text
    listed = client.get("/search", params={"q": "x" * 50}).text

    assert f'<h1 class="long"><bdi dir="auto">{LONG}</bdi></h1>' in page
    assert len(re.search("<title>(.*?)</title>", page)[1]) < 260
    assert LONG not in listed
    assert "x" * 239 + "…" in listed


def test_a_thing_with_ten_thousand_claims_is_paged(client):
    whole = client.get("/id/busy.html")
    first = client.get("/id/busy.html?section=claims")
    last = client.get("/id/busy.html?page=200")
    beyond = client.get("/id/busy.html?page=201")

    assert "10,000 claims speak of it" in words_of(whole)
    assert "Page 1 of 200" in words_of(first)
    assert 'rel="next" href="/id/busy.html?section=claims&amp;page=2"' in first.text
    assert max(len(whole.content), len(first.content)) < 100_000
    assert "The Pact meets, 9999" in last.text
    assert beyond.status_code == 404
    assert "the last one is 200" in beyond.text


def claims_in(page):
    return set(re.findall(r'href="/claim/([^"]+)\.html"', page.text.partition("<main")[2]))


def test_each_claim_stands_in_a_section_and_a_section_has_all_that_the_page_left_out(client):
    page = client.get("/id/ardonia.html")
    sections = re.findall(r'<section aria-labelledby="([a-z]+)"', page.text)
    every = claims_in(client.get("/id/ardonia.html?section=claims"))

    assert every == {f"gmf-2023-00{number}" for number in (1, 2, 3, 4)}
    assert claims_in(page) == every
    assert "towards" in sections
    assert claims_in(client.get("/id/ardonia.html?section=towards")) == {"gmf-2023-003"}
    assert claims_in(client.get("/id/ardonia.html?section=facts")) == {"gmf-2023-004"}


def test_a_section_that_pages_do_not_have_is_explained(client):
    page = client.get("/id/ardonia.html?section=weather")

    assert page.status_code == 400
    assert "use facts, held, towards" in page.text


def test_a_thing_of_which_no_claim_speaks_says_so(client):
    page = words_of(client.get("/id/quiet.html"))

    assert page.count("No claim speaks of it.") == 2


def test_an_unknown_page_names_what_is_called_alike(client):
    page = client.get("/id/ardona")

    assert page.status_code == 404
    assert '<a href="/id/ardonia.html"><bdi dir="auto">Ardonia</bdi></a>' in page.text
    assert "/search?q=ardona" in page.text


def test_an_unknown_address_is_a_page_for_browsers_and_a_problem_for_others(client):
    page = client.get("/nothing/here")
    problem = client.get("/nothing/here", headers={"Accept": "*/*"})

    assert (page.status_code, page.headers["content-type"]) == (404, "text/html; charset=utf-8")
    assert (problem.status_code, problem.headers["content-type"]) == (
        404,
        "application/problem+json",
    )


def test_a_wrong_page_number_is_explained(client):
    page = client.get("/search?page=many")

    assert page.status_code == 400
    assert "What to do:" in page.text


def test_a_search_without_a_hit_says_what_is_near(client):
    page = client.get("/search", params={"q": "Ardomia"})

    assert page.status_code == 200
    assert "Nothing in the graph has such a name." in page.text
    assert 'href="/id/ardonia.html"' in page.text


def test_names_are_found_by_their_beginnings_other_names_and_parts(client):
    def suggest(text):
        return [hit["label"] for hit in client.get("/suggest", params={"q": text}).json()]

    assert suggest("ard")[0] == "Ardonia"
    assert suggest("republic of")[0] == "Ardonia"
    assert suggest("pact the")[0] == "The Pact"
    assert suggest("  ARDONIA ")[0] == "Ardonia"
    assert suggest("zzz") == []
    assert len(suggest("pact")) == 8


def test_the_search_is_a_page_that_tells_kinds_apart(client):
    page = client.get("/search", params={"q": "ardonia", "kind": "claim"})

    assert "4 things are called so, of the kind claim" in words_of(page)
    assert 'href="/search?q=ardonia&amp;kind=actor"' in page.text


def test_scripts_bear_the_nonce_of_their_answer(client):
    nonces = []
    for address in ("/", "/id/ardonia.html", "/nothing"):
        page = client.get(address)
        (nonce,) = set(
            re.findall(r"script-src 'nonce-([^']+)'", page.headers["content-security-policy"])
        )
        assert set(re.findall(r"<script nonce=\"([^\"]+)\"", page.text)) == {nonce}
        assert page.text.count("<script") == page.text.count("<script nonce=")
        assert page.text.count("<style") == page.text.count(f'<style nonce="{nonce}"') == 1
        assert not re.search(r" style=| on[a-z]+=", page.text)
        nonces.append(nonce)

    assert len(set(nonces)) == 3


def test_a_page_that_the_client_has_keeps_its_own_nonce(client):
    page = client.get("/id/pact.html")
    has = {"If-None-Match": page.headers["etag"]}
    kept = client.get("/id/pact.html", headers=has)
    asked = client.get("/id/pact.html", headers=has | {"Accept-Encoding": "identity"})

    assert [kept.status_code, asked.status_code] == [304, 304]
    assert "content-security-policy" not in kept.headers
    assert "content-security-policy" not in asked.headers


def test_without_a_snapshot_there_is_a_page_that_says_what_to_do(tmp_path):
    root = tmp_path / "snapshot"
    write_page_graph(root, ONTOLOGY, ENTITIES, CLAIMS)
    with serving("--snapshot", root, "--watch-s", "600") as server:
        shutil.rmtree(root)
        for parent in server.parents():
            os.kill(parent, signal.SIGKILL)
        deadline = time.monotonic() + 10
        while (page := httpx.get(f"{server.home}/", headers=BROWSER)).status_code != 503:
            assert time.monotonic() < deadline

    assert "There is no snapshot" in page.text
    assert "run `entente build` first" in page.text


def test_files_of_others_have_a_front_page(tmp_path):
    with serving("--data", write_data(tmp_path)) as server:
        page = httpx.get(f"{server.home}/", headers=BROWSER)
        search = httpx.get(f"{server.home}/search", headers=BROWSER)

    assert page.status_code == 200
    assert "5 triples in the default graph" in words_of(page)
    assert "/store?graph=http" in page.text
    assert "NATO" not in page.text
    assert (search.status_code, "What to do:" in search.text) == (400, True)
