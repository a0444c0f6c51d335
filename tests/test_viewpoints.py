import pyoxigraph as ox
import pytest

from entente import vocab
from entente.errors import InconsistentGraph, UsageError
from entente.files import graph_files
from entente.provenance.ensure import ensure_view, read_view_rules
from entente.provenance.naming import list_views, parse_viewpoint, view_graph
from entente.provenance.viewpoints import make_view, prepare_ground
from entente.reason import close
from small_graph import PREFIXES
from test_disagreements import claim

QUERIES = graph_files() / "queries"
RULES = read_view_rules(QUERIES)
ONTOLOGY = """
PREFIX owl: <http://www.w3.org/2002/07/owl#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
graph:ontology {
  ent:memberOf owl:inverseOf ent:hasMember .
  ent:State rdfs:subClassOf ent:Actor .
  ent:hosted rdfs:domain ent:Actor ; rdfs:range ent:Event .
  ent:Actor owl:disjointWith ent:Event .
}
graph:entities { id:japan a ent:State . id:exercise a ent:Event . }
"""


def store_of(disagreements="", **texts):
    store = ox.Store()
    graphs = "".join(
        f"graph:{name.replace('_', '-')} {{ {' '.join(claims)} }}\n"
        for name, claims in texts.items()
    )
    trig = f"{PREFIXES}{ONTOLOGY}{graphs}graph:disagreements {{ {disagreements} }}"
    store.load(trig.encode(), ox.RdfFormat.TRIG)
    return store


def view_of(store, *names):
    view = make_view(store, names, prepare_ground(store, QUERIES))
    return {quad.triple for quad in view.quads(ox.NamedNode(view_graph(names)))}


def holds(view, text):
    subject, predicate, thing = text.split()
    prefixes = dict(vocab.PREFIXES)
    terms = (
        ox.NamedNode(prefixes[p] + local)
        for p, local in (name.split(":") for name in (subject, predicate, thing))
    )
    return ox.Triple(*terms) in view


def test_a_view_holds_what_follows_from_its_text_and_not_what_another_says():
    store = store_of(
        gmf_2023=[claim("gmf-1", "id:japan ent:memberOf id:ccdcoe")],
        spf_2024=[claim("spf-1", "id:japan ent:memberOf id:nato", text="spf-2024")],
    )

    view = view_of(store, "gmf-2023")

    assert holds(view, "id:ccdcoe ent:hasMember id:japan")
    assert holds(view, "id:japan rdf:type ent:Actor")
    assert not holds(view, "id:japan ent:memberOf id:nato")


def test_a_view_of_two_texts_holds_what_follows_from_both():
    store = store_of(
        gmf_2023=[claim("gmf-1", "id:japan ent:memberOf id:ccdcoe")],
        spf_2024=[claim("spf-1", "id:japan ent:memberOf id:nato", text="spf-2024")],
    )

    view = view_of(store, "gmf-2023", "spf-2024")

    assert holds(view, "id:ccdcoe ent:hasMember id:japan")
    assert holds(view, "id:nato ent:hasMember id:japan")


def test_what_a_text_reports_of_another_is_not_its_world():
    reported = claim("gmf-1", "id:japan ent:memberOf id:ccdcoe", attributedTo="id:china")

    view = view_of(store_of(gmf_2023=[reported]), "gmf-2023")

    assert not holds(view, "id:japan ent:memberOf id:ccdcoe")


@pytest.mark.parametrize(
    ("denied", "disagreements"),
    [
        (False, "id:d ent:involvesClaim claim:spf-1 , claim:spf-2 ."),
        (True, "id:d ent:involvesClaim claim:spf-1 , claim:spf-2 ."),
        (True, "id:d ent:involvesClaim claim:spf-2 , claim:spf-3 ."),
    ],
    ids=["dated differently", "denied", "denied by another claim than the disputed"],
)
def test_the_undisputed_view_holds_what_every_text_says_but_for_the_disputed(denied, disagreements):
    store = store_of(
        gmf_2023=[claim("gmf-1", "id:japan ent:memberOf id:ccdcoe")],
        spf_2024=[
            claim("spf-1", "id:japan ent:memberOf id:nato", text="spf-2024"),
            claim("spf-2", "id:japan ent:memberOf id:nato", text="spf-2024", denied=denied),
        ],
        disagreements=disagreements,
    )

    view = view_of(store, "undisputed")

    disputed = {name for name in ("spf-1", "spf-2") if name in disagreements}
    assert holds(view, "id:ccdcoe ent:hasMember id:japan")
    assert not holds(view, "id:japan ent:memberOf id:nato")
    assert {t.subject.value for t in view if t.subject.value.startswith(vocab.CLAIM)} == {
        vocab.CLAIM + name for name in {"gmf-1", "spf-1", "spf-2"} - disputed
    }


def test_a_text_whose_world_contradicts_the_ontology_is_named():
    store = store_of(gmf_2023=[claim("gmf-1", "id:exercise ent:hosted id:japan")])

    with pytest.raises(InconsistentGraph, match="viewpoint gmf-2023 contradicts") as raised:
        view_of(store, "gmf-2023")

    assert any("id:japan" in line for line in raised.value.explanations)


def test_a_view_that_the_data_set_lacks_is_made_once():
    store = store_of(
        gmf_2023=[claim("gmf-1", "id:japan ent:memberOf id:ccdcoe")], spf_2024=[], cicir_2023=[]
    )

    graph = ensure_view(store, ("gmf-2023", "spf-2024"), RULES)

    assert graph.value == vocab.GRAPH_VIEW + "gmf-2023~spf-2024"
    assert list_views(store) == ["gmf-2023~spf-2024"]
    assert ensure_view(store, ("gmf-2023", "spf-2024"), RULES) == graph


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("gmf-2023", ("gmf-2023",)),
        ("spf-2024~gmf-2023~spf-2024", ("gmf-2023", "spf-2024")),
        (" juc ", ("japan-up-close-2023",)),
        ("undisputed", ("undisputed",)),
    ],
)
def test_a_viewpoint_is_a_text_several_or_the_undisputed(text, names):
    assert parse_viewpoint(text) == names


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("gmf-2032", "no viewpoint gmf-2032; did you mean gmf-2023"),
        ("", "no viewpoint without a name; there are cicir-2023"),
        ("gmf-2023~undisputed", "undisputed is of all texts and joins with none"),
    ],
)
def test_an_unknown_viewpoint_is_refused_with_near_names(text, message):
    with pytest.raises(UsageError, match=message):
        parse_viewpoint(text)


def test_closing_step_by_step_gives_what_closing_at_once_gives(snapshot):
    store = ox.Store()
    store.bulk_load(path=snapshot.dataset, format=ox.RdfFormat.N_QUADS)
    graph = ox.NamedNode(vocab.GRAPH_VIEW + "gmf-2023")
    view = {quad.triple for quad in store.quads_for_pattern(None, None, None, graph)}

    assert close(view, QUERIES / "rules/owl2rl").inferred == []


def test_the_build_makes_a_view_of_each_text_and_of_the_undisputed(snapshot):
    views = [name for name in snapshot.manifest["graphs"] if name.startswith(vocab.GRAPH_VIEW)]

    assert views == [vocab.GRAPH_VIEW + name for name in (*sorted(vocab.SOURCES), "undisputed")]
