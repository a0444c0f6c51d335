import pyoxigraph as ox

from entente import vocab
from entente.files import graph_files
from entente.provenance.disagreements import find_disagreements
from entente.provenance.propositions import state_propositions
from small_graph import PREFIXES
from test_disagreements import BACKGROUND, claim

QUERIES = graph_files() / "queries"


def stated(*claims):
    store = ox.Store()
    store.load("\n".join((PREFIXES, BACKGROUND, *claims)).encode(), ox.RdfFormat.TURTLE)
    find_disagreements(store, QUERIES)
    rows = {}
    for triple in state_propositions(store, QUERIES):
        row = rows.setdefault(vocab.shorten(triple.subject.value), {})
        part = vocab.shorten(triple.predicate.value)
        value = triple.object.value
        row.setdefault(part, set()).add(vocab.shorten(value) if "://" in value else value)
    return rows


def status_of(*claims):
    row = stated(*claims)["proposition:a_memberOf_c"]
    sides = ("ent:status", "ent:affirmedBy", "ent:deniedBy")
    return tuple(sorted(row.get(side, ())) for side in sides)


def test_a_content_is_told_once_whoever_claims_it():
    rows = stated(
        claim("gmf-1", "id:a ent:memberOf id:c"),
        claim("spf-1", "id:a ent:memberOf id:c", text="spf-2024", holder="id:other"),
    )

    assert rows == {
        "proposition:a_memberOf_c": {
            "rdf:type": {"ent:Proposition"},
            "rdf:subject": {"id:a"},
            "rdf:predicate": {"ent:memberOf"},
            "rdf:object": {"id:c"},
            "ent:affirmedBy": {"id:somebody", "id:other"},
            "ent:status": {"voc:affirmed"},
        },
        "claim:gmf-1": {"ent:expresses": {"proposition:a_memberOf_c"}},
        "claim:spf-1": {"ent:expresses": {"proposition:a_memberOf_c"}},
    }


def test_numbers_concepts_and_texts_are_told_apart_in_names():
    rows = stated(
        claim("gmf-1", "id:c ent:memberCount 39"),
        claim("gmf-2", "id:c ent:covers voc:c"),
        claim("gmf-3", "src:c ent:covers id:c"),
    )

    assert sorted(name for name in rows if name.startswith("proposition:")) == [
        "proposition:c_covers_vocabulary_c",
        "proposition:c_memberCount_39",
        "proposition:source_c_covers_c",
    ]


def test_what_is_affirmed_and_denied_in_one_respect_is_conflicted():
    result = status_of(
        claim("gmf-1", "id:a ent:memberOf id:c", holder="id:one"),
        claim("gmf-2", "id:a ent:memberOf id:c", denied=True, holder="id:other"),
    )

    assert result == (["voc:conflicted"], ["id:one"], ["id:other"])


def test_what_is_affirmed_in_one_respect_and_denied_in_another_is_qualified():
    result = status_of(
        claim("gmf-1", "id:a ent:memberOf id:c", holder="id:one", about="voc:x"),
        claim("gmf-2", "id:a ent:memberOf id:c", denied=True, holder="id:other", about="voc:y"),
    )

    assert result == (["voc:qualified"], ["id:one"], ["id:other"])


def test_what_is_only_denied_is_denied():
    result = status_of(claim("gmf-1", "id:a ent:memberOf id:c", denied=True))

    assert result == (["voc:denied"], [], ["id:somebody"])


def test_what_is_only_planned_or_advised_is_open():
    result = status_of(
        claim("gmf-1", "id:a ent:memberOf id:c", modality="voc:planned"),
        claim("gmf-2", "id:a ent:memberOf id:c", modality="voc:recommended", denied=True),
    )

    assert result == (["voc:open"], [], [])


def test_a_withdrawn_claim_affirms_nothing():
    result = status_of(claim("gmf-1", "id:a ent:memberOf id:c", rank="voc:deprecated"))

    assert result == (["voc:open"], [], [])


def test_in_the_shipped_graph_each_claim_has_one_proposition_and_each_proposition_one_status(
    snapshot,
):
    count = {}
    for quad in ox.parse(path=snapshot.dataset, format=ox.RdfFormat.N_QUADS):
        if quad.graph_name == ox.NamedNode(vocab.GRAPH_PROPOSITIONS):
            key = (quad.subject.value, vocab.shorten(quad.predicate.value))
            count[key] = count.get(key, 0) + 1
    single = ("ent:expresses", "ent:status", "rdf:subject", "rdf:predicate", "rdf:object")

    doubled = [key for key, many in count.items() if key[1] in single and many > 1]

    assert doubled == []
    assert sum(1 for _, part in count if part == "ent:status") == sum(
        1 for _, part in count if part == "rdf:subject"
    )
