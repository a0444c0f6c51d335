"""What the shipped graph must hold without loss: the cases that are hard to model."""

from collections import Counter

import pyoxigraph as ox
import pytest

from entente import vocab

PREFIXES = "".join(f"PREFIX {prefix}: <{ns}>\n" for prefix, ns in vocab.PREFIXES.items())

HARD_CASES = {
    "Japan joined the CCDCOE in 2018 by one text": """
        ?c ent:statedIn src:japan-up-close-2023 ; ent:subject id:japan ;
          ent:predicate ent:memberOf ; ent:object id:ccdcoe ; ent:polarity voc:affirmed ;
          ent:notBefore "2018-01-01"^^xsd:date ; ent:notAfter "2018-12-31"^^xsd:date .""",
    "Japan applied in 2018 by another": """
        ?c ent:statedIn src:cicir-2023 ; ent:subject id:japan ;
          ent:predicate ent:appliedToJoin ; ent:object id:ccdcoe ;
          ent:notBefore "2018-01-01"^^xsd:date ; ent:notAfter "2018-12-31"^^xsd:date .""",
    "and joined in 2022 by that one": """
        ?c ent:statedIn src:cicir-2023 ; ent:subject id:japan ;
          ent:predicate ent:memberOf ; ent:object id:ccdcoe ; ent:polarity voc:affirmed ;
          ent:notBefore "2022-01-01"^^xsd:date ; ent:notAfter "2022-12-31"^^xsd:date .""",
    "Australia is a member in one text and not in another": """
        ?yes ent:statedIn src:japan-up-close-2023 ; ent:subject id:australia ;
          ent:predicate ent:memberOf ; ent:object id:ccdcoe ; ent:polarity voc:affirmed .
        ?no ent:statedIn src:cicir-2023 ; ent:subject id:australia ;
          ent:predicate ent:memberOf ; ent:object id:ccdcoe ; ent:polarity voc:denied .""",
    "Albania and Algeria are two incidents that only the editors take for one": """
        GRAPH graph:editorial { id:algeria-cyberattack-2022 ent:judgedSameAs
          id:albania-cyberattack-2022 }""",
    "39 members as of the text's day": """
        ?c ent:subject id:ccdcoe ; ent:predicate ent:memberCount ; ent:value 39 ;
          ent:asOf "2023-03-24"^^xsd:date .""",
    "27 members of NATO before the expansion": """
        ?c ent:subject id:ccdcoe ; ent:predicate ent:memberCount ; ent:value 27 ;
          ent:about id:nato-members ; ent:beforeEvent id:ccdcoe-eastward-expansion .""",
    "4 others before the expansion": """
        ?c ent:subject id:ccdcoe ; ent:predicate ent:memberCount ; ent:value 4 ;
          ent:beforeEvent id:ccdcoe-eastward-expansion .""",
    "NATO holds Locked Shields in one text": """
        ?c ent:statedIn src:cicir-2023 ; ent:subject id:nato ; ent:predicate ent:organised ;
          ent:object id:locked-shields .""",
    "the CCDCOE holds Locked Shields in another": """
        ?c ent:statedIn src:japan-up-close-2023 ; ent:subject id:ccdcoe ;
          ent:predicate ent:organised ; ent:object id:locked-shields .""",
    "the cyber community takes the CCDCOE for the core": """
        ?c ent:attributedTo id:cyber-community ; ent:subject id:ccdcoe .""",
    "one text accredits the CCDCOE": """
        ?c ent:statedIn src:japan-up-close-2023 ; ent:subject id:ccdcoe ;
          ent:predicate ent:accreditedBy ; ent:object id:nato .""",
    "one text denies that NATO funds the CCDCOE": """
        ?c ent:statedIn src:cicir-2023 ; ent:subject id:ccdcoe ; ent:predicate ent:fundedBy ;
          ent:object id:nato ; ent:polarity voc:denied .""",
    "a condition stands beside its claim": """
        ?c ent:condition id:japanese-participation-in-threat-hunting ;
          ent:modality voc:conditional .""",
    "an unnamed holder is described": """
        ?c ent:attributedTo ?who . ?who a ent:Unnamed ; skos:definition ?by .""",
}

NEVER_PLAIN = {
    "an accusation": "?p a ent:ConductProperty .",
    "a judgement": "?p a ent:JudgementProperty .",
    "a matter that is only named": """VALUES ?k { ent:Development ent:Proposal ent:Goal }
        ?p a ent:RecordProperty . { ?s a ?k } UNION { ?o a ?k }""",
    "what somebody denies": """?c ent:polarity voc:denied ; ent:modality voc:asserted ;
        ent:subject ?s ; ent:predicate ?p ; ent:object ?o .
        FILTER NOT EXISTS { ?c ent:beforeEvent ?e }""",
}


@pytest.fixture(scope="module")
def store(snapshot):
    store = ox.Store()
    store.bulk_load(path=snapshot.dataset, format=ox.RdfFormat.N_QUADS)
    return store


@pytest.mark.parametrize("case", HARD_CASES)
def test_the_graph_holds_that(store, case):
    assert bool(store.query(f"{PREFIXES}ASK {{ {HARD_CASES[case]} }}"))


@pytest.mark.parametrize("kind", NEVER_PLAIN)
def test_a_plain_fact_is_never(store, kind):
    found = store.query(
        f"{PREFIXES}SELECT ?s ?p ?o {{ GRAPH graph:asserted {{ ?s ?p ?o }} {NEVER_PLAIN[kind]} }}"
    )

    assert [tuple(vocab.shorten(term.value) for term in row) for row in found] == []


def test_the_projections_are_counted_by_kind(store):
    strict = count_by_kind(store, "GRAPH graph:asserted { ?s ?p ?o }")
    wide = count_by_kind(
        store,
        "?c ent:subject ?s ; ent:predicate ?p ; ent:object ?o ; ent:statedIn ?source . "
        'BIND (IRI(CONCAT(STR(graph:), "view/", STRAFTER(STR(?source), "/source/"))) AS ?view) '
        "GRAPH ?view { ?s ?p ?o }",
    )

    assert set(strict) == {"RecordProperty", "StanceProperty"}
    assert all(wide[kind] > strict[kind] for kind in strict if kind != "StanceProperty")
    assert set(wide) == {"RecordProperty", "ConductProperty", "JudgementProperty", "StanceProperty"}
    assert dict(strict) == STRICT


def count_by_kind(store, pattern):
    rows = store.query(
        f"{PREFIXES}SELECT ?kind (COUNT(*) AS ?n) {{ SELECT DISTINCT ?kind ?s ?p ?o {{ "
        "VALUES ?kind { ent:RecordProperty ent:ConductProperty ent:JudgementProperty "
        f"ent:StanceProperty }} {pattern} ?p a ?kind }} }} GROUP BY ?kind"
    )
    return Counter({row["kind"].value.rsplit("/", 1)[-1]: int(row["n"].value) for row in rows})


#: Read one by one in the second reading of the texts; a new one is to be read too.
STRICT = {"RecordProperty": 568, "StanceProperty": 293}
