"""Triple Pattern Fragments: pages of a pattern's matches, and the way to the rest."""

from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pyoxigraph as ox
import pytest
from rdflib import Graph, Literal, URIRef
from rdflib.namespace import RDF, VOID, Namespace

import federation_clients as clients
from entente.errors import UsageError
from entente.query.formats import GRAPH_FORMATS
from entente.query.fragment import read_pattern
from serving import serving

HYDRA = Namespace("http://www.w3.org/ns/hydra/core#")
EX = "http://example.org/"
CAPITALS = Path(__file__).parent / "federation" / "capitals.nt"


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    lines = [f'<{EX}s{n}> <{EX}p> "{n}" .\n<{EX}s{n}> <{EX}q> <{EX}s{n % 7}> .' for n in range(250)]
    lines += [
        f'<{EX}a> <{EX}text> "x \\"y\\"^^z"@en .',
        f"<{EX}a> <{EX}self> <{EX}a> .",
        f'<{EX}a> <{EX}number> "5"^^<http://www.w3.org/2001/XMLSchema#integer> .',
        f"<{EX}a> <{EX}blank> _:b .",
    ]
    path = tmp_path_factory.mktemp("data") / "data.nt"
    path.write_text("\n".join(lines) + "\n")
    with serving("--data", path, "--log-format", "none") as server:
        yield server


@pytest.fixture(scope="module")
def root(served):
    return f"{served.home}/fragments"


def get(root, accept="application/n-quads", **pattern):
    return httpx.get(root, params=pattern, headers={"Accept": accept})


def read(response):
    """All triples of an answer, whatever the graph that they stand in."""
    form = ox.RdfFormat.from_media_type(response.headers["content-type"])
    triples = [quad.triple for quad in ox.parse(response.content, form)]
    return Graph().parse(data=ox.serialize(triples, format=ox.RdfFormat.N_TRIPLES), format="nt")


def data_of(response):
    """The triples that are no metadata: those of the default graph."""
    quads = ox.parse(response.content, ox.RdfFormat.N_QUADS)
    return [quad.triple for quad in quads if quad.graph_name == ox.DefaultGraph()]


@pytest.mark.parametrize(
    ("pattern", "count"),
    [
        ({}, 100),
        ({"predicate": f"{EX}p", "page": "3"}, 50),
        ({"subject": f"{EX}s1"}, 2),
        ({"object": f"{EX}s1", "page": ""}, None),
        ({"object": '"7"'}, 1),
        ({"object": '"x "y"^^z"@en'}, 1),
        ({"object": '"5"^^http://www.w3.org/2001/XMLSchema#integer'}, 1),
        ({"object": '"5"^^<http://www.w3.org/2001/XMLSchema#integer>'}, 1),
        ({"subject": f"{EX}s1", "predicate": f"{EX}q", "object": f"{EX}s1"}, 1),
        ({"subject": f"{EX}s1", "predicate": f"{EX}q", "object": f"{EX}s2"}, 0),
        ({"subject": "?x", "object": "?x", "predicate": f"{EX}self"}, 1),
        ({"subject": "?x", "object": "?y", "predicate": f"{EX}self"}, 1),
        ({"subject": "?x", "object": "?x", "predicate": f"{EX}p"}, 0),
        ({"subject": "", "predicate": f"{EX}blank"}, 1),
    ],
)
def test_a_page_has_the_matches_of_its_pattern(root, pattern, count):
    response = get(root, **pattern)

    if count is None:
        assert response.status_code == 400
    else:
        assert response.status_code == 200
        assert len(data_of(response)) == count


def test_the_pages_of_a_fragment_are_its_matches_each_once(root):
    found, address = [], f"{root}?predicate={EX}q"
    while address:
        response = httpx.get(address, headers={"Accept": "application/n-quads"})
        found += map(str, data_of(response))
        address = read(response).value(URIRef(address), HYDRA.next)

    assert len(found) == len(set(found)) == 250


def test_metadata_and_controls_stand_in_a_graph_of_their_own(root):
    response = get(root, predicate=f"{EX}p", page="2")
    quads = list(ox.parse(response.content, ox.RdfFormat.N_QUADS))
    graph, page, dataset = read(response), URIRef(str(response.url)), URIRef(f"{root}#dataset")
    search = graph.value(dataset, HYDRA.search)
    mappings = {
        str(graph.value(m, HYDRA.variable)): graph.value(m, HYDRA.property)
        for m in graph.objects(search, HYDRA.mapping)
    }
    leads = [graph.value(page, p) for p in (HYDRA.first, HYDRA.previous, HYDRA.next)]

    assert {quad.graph_name for quad in quads} == {
        ox.DefaultGraph(),
        ox.NamedNode(f"{page}#metadata"),
    }
    assert graph.value(page, HYDRA.totalItems).value == graph.value(page, VOID.triples).value == 250
    assert graph.value(page, HYDRA.itemsPerPage).value == 100
    assert [parse_qs(urlsplit(to).query).get("page") for to in leads] == [None, None, ["3"]]
    assert (dataset, VOID.subset, page) in graph
    assert graph.value(search, HYDRA.template) == Literal(f"{root}{{?subject,predicate,object}}")
    assert mappings == {"subject": RDF.subject, "predicate": RDF.predicate, "object": RDF.object}


def test_the_number_of_all_triples_is_what_the_service_description_says(root):
    response = get(root)

    (total,) = read(response).objects(URIRef(root), HYDRA.totalItems)
    assert total.value == 504


@pytest.mark.parametrize("media_type", [form.media_type for form in GRAPH_FORMATS])
def test_it_is_written_in_every_format(root, media_type):
    response = get(root, media_type, subject=f"{EX}s1")

    assert response.headers["content-type"].partition(";")[0] == media_type
    graph = read(response)
    assert (URIRef(f"{EX}s1"), URIRef(f"{EX}p"), Literal("1")) in graph
    assert len(list(graph.objects(None, HYDRA.totalItems))) == 1


def test_a_browser_gets_a_page_with_links(root):
    page = get(root, "text/html", predicate=f"{EX}p", page="2")

    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert page.text.count("<tr>") == 101
    assert "250 triples; page 2" in page.text
    assert 'rel="next"' in page.text


def test_a_page_escapes_what_the_data_say(root):
    page = get(root, "text/html", object='"<b>"')

    assert "<b>" not in page.text.partition("<main")[2]


def test_a_known_page_is_not_sent_again(root):
    response = get(root)
    again = httpx.get(
        root, headers={"Accept": "application/n-quads", "If-None-Match": response.headers["ETag"]}
    )

    assert (again.status_code, again.content) == (304, b"")
    assert response.headers["Access-Control-Allow-Origin"] == "*"


@pytest.mark.parametrize(
    ("pattern", "status", "said"),
    [
        ({"subject": "not an iri"}, 400, "ubject=not an iri: neither an IRI nor a literal"),
        ({"subject": '"x"'}, 400, "a literal stands as object only"),
        ({"object": "_:b0"}, 400, "a blank node has no name outside of its answer"),
        ({"object": '"x'}, 400, "neither an IRI nor a literal"),
        ({"object": '"x"@not a tag'}, 400, "neither an IRI nor a literal"),
        ({"predicate": f"{EX}p> ?o }} #"}, 400, "neither an IRI nor a literal"),
        ({"page": "0"}, 400, "age=0: no number of a page"),
        ({"page": "9" * 5000}, 400, "no number of a page"),
        ({"page": "7"}, 404, "This fragment has no page 7"),
        ({"format": "exe"}, 400, "ormat=exe"),
    ],
)
def test_bad_input_is_said(root, pattern, status, said):
    problem = get(root, **pattern).json()

    assert problem["status"] == status
    assert said in problem["detail"]


@pytest.mark.parametrize("text", ["?", "?x } #", "?ä b", "?" + "x" * 500])
def test_a_variable_may_have_any_name(text):
    query = read_pattern({"subject": text}).write_page(0, 1)

    assert ox.Store().query(query) is not None


def test_a_literal_of_any_text_comes_back_as_it_is():
    text = 'a "b" \\ \n@en ^^x'
    pattern = read_pattern({"object": f'"{text}"@en'})

    assert pattern.terms[2] == ox.Literal(text, language="en")
    with pytest.raises(UsageError, match="predicate"):
        read_pattern({"predicate": "x y"})


@pytest.mark.comunica
@pytest.mark.skipif(
    bool(clients.say_what_is_missing("comunica")), reason=clients.say_what_is_missing("comunica")
)
class TestComunica:
    def test_it_finds_the_controls_and_joins_by_pages(self, root):
        query = f"SELECT ?n {{ ?s <{EX}q> <{EX}s3> ; <{EX}p> ?n }}"

        answered = clients.ask_comunica(query, root)

        assert sorted(answered.split()[1:], key=int) == [str(n) for n in range(250) if n % 7 == 3]

    def test_it_joins_our_fragments_with_an_endpoint(self, snapshot):
        query = """
            PREFIX ent: <https://w3id.org/entente/ontology/> PREFIX ex: <http://example.org/>
            SELECT ?c { ?s ex:capital ?c ; ent:memberOf <https://w3id.org/entente/id/ccdcoe> }
            ORDER BY ?c
        """
        with (
            serving("--snapshot", snapshot.folder.parent) as ours,
            serving("--data", CAPITALS) as far,
        ):
            answered = clients.ask_comunica(query, f"{ours.home}/fragments", far.sparql)

        assert answered.split() == ["c", "Seoul", "Tokyo"]
