import csv
from pathlib import Path

import pyoxigraph as ox
import pytest

from entente import vocab
from entente.files import graph_files
from entente.provenance.disagreements import find_disagreements, read_disagreements
from small_graph import PREFIXES

EXPECTED = Path(__file__).parent / "disagreements/expected.csv"
QUERIES = graph_files() / "queries"
BACKGROUND = """
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
PREFIX owl: <http://www.w3.org/2002/07/owl#>
ent:memberOf ent:expectsSingleBeginning true ; owl:inverseOf ent:hasMember .
ent:memberCount ent:expectsSingleValue true .
ent:organised ent:expectsSingleSubject true .
ent:targeted ent:identifiesSubject true .
ent:partOf ent:excludes ent:accreditedBy .
ent:supports a ent:StanceProperty ; ent:excludes ent:opposes .
ent:cooperatesWith a owl:SymmetricProperty .
ent:appliedToJoin ent:leadsTo ent:memberOf .
ent:objectsTo rdfs:subPropertyOf ent:opposes .
ent:partOf rdfs:subPropertyOf ent:partOf . ent:accreditedBy rdfs:subPropertyOf ent:accreditedBy .
ent:supports rdfs:subPropertyOf ent:supports . ent:opposes rdfs:subPropertyOf ent:opposes .
"""
DATES = {"notBefore", "notAfter", "asOf", "endNotAfter"}


def claim(name, triple, denied=False, text="gmf-2023", **qualifiers):
    subject, predicate, thing = triple.split()
    said = {"polarity": "voc:denied" if denied else "voc:affirmed", "modality": "voc:asserted"}
    said |= {"rank": "voc:normal", "holder": "id:somebody", "statedIn": f"src:{text}"}
    said |= {
        key: f'"{value}"^^xsd:date' if key in DATES else value for key, value in qualifiers.items()
    }
    rest = " ; ".join(f"ent:{key} {value}" for key, value in said.items())
    part = "value" if thing.isdigit() else "object"
    return (
        f'claim:{name} skos:prefLabel "{name}"@en ; ent:subject {subject} ; '
        f"ent:predicate {predicate} ; ent:{part} {thing} ; {rest} ."
    )


def found(*statements):
    store = ox.Store()
    store.load(("\n".join((PREFIXES, BACKGROUND, *statements))).encode(), ox.RdfFormat.TURTLE)
    return [
        (d.kind, *(c.removeprefix(vocab.CLAIM) for c in (*d.claims, *d.reconciled_by)))
        for d in read_disagreements(find_disagreements(store, QUERIES))
    ]


CASES = {
    "a denial contradicts an affirmation": [
        ("id:a ent:memberOf id:c", {}),
        ("id:a ent:memberOf id:c", {"denied": True}),
        "Polarity",
    ],
    "a denial in another field does not": [
        ("id:a ent:memberOf id:c", {"about": "voc:one"}),
        ("id:a ent:memberOf id:c", {"denied": True, "about": "voc:two"}),
        None,
    ],
    "a denial in one field does not contradict what has no limit": [
        ("id:a ent:memberOf id:c", {}),
        ("id:a ent:memberOf id:c", {"denied": True, "about": "voc:two"}),
        None,
    ],
    "a denial under another modality does not": [
        ("id:a ent:memberOf id:c", {"modality": "voc:planned"}),
        ("id:a ent:memberOf id:c", {"denied": True}),
        None,
    ],
    "a denial for a day before the beginning does not": [
        ("id:a ent:memberOf id:c", {"notBefore": "2022-01-01"}),
        ("id:a ent:memberOf id:c", {"denied": True, "asOf": "2021-12-31"}),
        None,
    ],
    "a denial for a day after the end does not": [
        ("id:a ent:memberOf id:c", {"endNotAfter": "2020-01-01"}),
        ("id:a ent:memberOf id:c", {"denied": True, "asOf": "2021-12-31"}),
        None,
    ],
    "a denial before an event does not": [
        ("id:a ent:memberOf id:c", {}),
        ("id:a ent:memberOf id:c", {"denied": True, "beforeEvent": "id:expansion"}),
        None,
    ],
    "a withdrawn claim disagrees with none": [
        ("id:a ent:memberOf id:c", {"rank": "voc:deprecated"}),
        ("id:a ent:memberOf id:c", {"denied": True}),
        None,
    ],
    "whoever denies the wider property contradicts the narrower": [
        ("id:a ent:objectsTo id:c", {}),
        ("id:a ent:opposes id:c", {"denied": True}),
        "Polarity",
    ],
    "whoever denies the narrower property leaves room for the wider": [
        ("id:a ent:opposes id:c", {}),
        ("id:a ent:objectsTo id:c", {"denied": True}),
        None,
    ],
    "a symmetric property is contradicted from its other end": [
        ("id:a ent:cooperatesWith id:c", {}),
        ("id:c ent:cooperatesWith id:a", {"denied": True}),
        "Polarity",
    ],
    "an inverse property is contradicted from its other end": [
        ("id:a ent:memberOf id:c", {}),
        ("id:c ent:hasMember id:a", {"denied": True}),
        "Polarity",
    ],
    "two beginnings that cannot be the same conflict": [
        ("id:a ent:memberOf id:c", {"notBefore": "2018-01-01", "notAfter": "2018-12-31"}),
        ("id:a ent:memberOf id:c", {"notBefore": "2022-01-01", "notAfter": "2022-12-31"}),
        "Beginning",
    ],
    "a month refines its year": [
        ("id:a ent:memberOf id:c", {"notBefore": "2022-01-01", "notAfter": "2022-12-31"}),
        ("id:a ent:memberOf id:c", {"notBefore": "2022-05-01", "notAfter": "2022-05-31"}),
        None,
    ],
    "a beginning with one bound overlaps": [
        ("id:a ent:memberOf id:c", {"notBefore": "2018-01-01", "notAfter": "2018-12-31"}),
        ("id:a ent:memberOf id:c", {"notAfter": "2022-12-31"}),
        None,
    ],
    "two values of one day conflict": [
        ("id:c ent:memberCount 27", {"asOf": "2022-01-01"}),
        ("id:c ent:memberCount 39", {"asOf": "2022-01-01"}),
        "Value",
    ],
    "values of two days do not": [
        ("id:c ent:memberCount 27", {"asOf": "2022-01-01"}),
        ("id:c ent:memberCount 39", {"asOf": "2023-01-01"}),
        None,
    ],
    "a value of an unknown day compares with none": [
        ("id:c ent:memberCount 27", {}),
        ("id:c ent:memberCount 39", {"asOf": "2022-01-01"}),
        None,
    ],
    "values about two kinds of member do not conflict": [
        ("id:c ent:memberCount 27", {"asOf": "2022-01-01", "about": "id:nato-members"}),
        ("id:c ent:memberCount 4", {"asOf": "2022-01-01", "about": "id:others"}),
        None,
    ],
    "opposed stances of one holder conflict": [
        ("id:a ent:supports id:c", {}),
        ("id:a ent:objectsTo id:c", {}),
        "Stance",
    ],
    "opposed stances of two times are a change of mind": [
        ("id:a ent:supports id:c", {"asOf": "2020-01-01"}),
        ("id:a ent:opposes id:c", {"asOf": "2022-01-01"}),
        None,
    ],
    "opposed stances of two holders do not conflict": [
        ("id:a ent:supports id:c", {}),
        ("id:b ent:opposes id:c", {}),
        None,
    ],
    "what is accredited is no part": [
        ("id:c ent:partOf id:n", {}),
        ("id:c ent:accreditedBy id:n", {}),
        "Standing",
    ],
    "two texts name two organisers": [
        ("id:a ent:organised id:c", {}),
        ("id:b ent:organised id:c", {"text": "spf-2024"}),
        "Doer",
    ],
    "one text names two organisers, who acted together": [
        ("id:a ent:organised id:c", {}),
        ("id:b ent:organised id:c", {}),
        None,
    ],
    "a text that has the organiser act with the other does not disagree": [
        ("id:a ent:organised id:c", {"with": "id:b"}),
        ("id:b ent:organised id:c", {"text": "spf-2024"}),
        None,
    ],
    "a kind of event has many organisers": [
        ("id:a ent:organised voc:exercises", {}),
        ("id:b ent:organised voc:exercises", {"text": "spf-2024"}),
        None,
    ],
}


@pytest.mark.parametrize("name", CASES)
def test_two_claims_disagree_or_do_not(name):
    (one, one_rest), (other, other_rest), kind = CASES[name]

    result = found(claim("gmf-1", one, **one_rest), claim("gmf-2", other, **other_rest))

    assert result == ([(kind, "gmf-1", "gmf-2")] if kind else [])


def test_an_organiser_may_act_through_its_part():
    result = found(
        claim("gmf-1", "id:a ent:organised id:c"),
        claim("gmf-3", "id:b ent:partOf id:a"),
        claim("spf-1", "id:b ent:organised id:c", text="spf-2024"),
    )

    assert result == []


def test_a_denial_of_each_member_contradicts_what_is_said_of_one():
    result = found(
        "id:a ent:memberOf id:group .",
        claim("gmf-1", "id:group ent:memberOf id:nato", denied=True, extent="voc:each"),
        claim("spf-1", "id:a ent:memberOf id:nato", text="spf-2024"),
    )

    assert result == [("Polarity", "gmf-1", "spf-1")]


def test_a_denial_of_a_group_says_nothing_of_its_members():
    result = found(
        "id:a ent:memberOf id:group .",
        claim("gmf-1", "id:group ent:memberOf id:nato", denied=True),
        claim("spf-1", "id:a ent:memberOf id:nato", text="spf-2024"),
    )

    assert result == []


def test_things_judged_the_same_are_compared_by_what_identifies_them():
    attacks = (
        claim("gmf-1", "id:attack-1 ent:targeted id:a"),
        claim("spf-1", "id:attack-2 ent:targeted id:b", text="spf-2024"),
    )

    judged = found("id:attack-1 ent:judgedSameAs id:attack-2 .", *attacks)

    assert (found(*attacks), judged) == ([], [("Identity", "gmf-1", "spf-1")])


def test_an_application_in_the_earlier_year_reconciles_two_beginnings():
    early = {"notBefore": "2018-01-01", "notAfter": "2018-12-31"}
    late = {"notBefore": "2022-01-01", "notAfter": "2022-12-31"}

    result = found(
        claim("gmf-1", "id:a ent:memberOf id:c", **early),
        claim("spf-1", "id:a ent:memberOf id:c", text="spf-2024", **late),
        claim("spf-2", "id:a ent:appliedToJoin id:c", text="spf-2024", **early),
    )

    assert result == [("Beginning", "gmf-1", "spf-1", "spf-2")]


@pytest.fixture(scope="module")
def shipped(snapshot):
    """The shipped disagreements, and the claims by each passage and triple."""
    claims, told = {}, []
    graphs = {vocab.GRAPH + source for source in vocab.SOURCES}
    for quad in ox.parse(path=snapshot.dataset, format=ox.RdfFormat.N_QUADS):
        graph = getattr(quad.graph_name, "value", "")
        if graph == vocab.GRAPH_DISAGREEMENTS:
            told.append(quad.triple)
        elif graph in graphs:
            row = claims.setdefault(quad.subject.value, {})
            row.setdefault(quad.predicate.value.removeprefix(vocab.ENT), []).append(quad.object)
    return read_disagreements(told), claims


def keys_of(row):
    subject, predicate = (vocab.shorten(row[part][0].value) for part in ("subject", "predicate"))
    thing = row["object"][0].value if "object" in row else row["value"][0].value
    thing = vocab.shorten(thing) if "://" in thing else thing
    passages = (short_passage(passage.value) for passage in row["evidence"])
    return {(passage, f"{subject} {predicate} {thing}") for passage in passages}


def short_passage(iri):
    source, offsets = iri.removeprefix(vocab.SRC).split("/char/")
    return f"{vocab.SOURCES[source]}:{offsets}"


def read_expected():
    with EXPECTED.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def sides(line):
    return {(line[f"{side} passage"], line[f"{side} triple"]) for side in ("one", "other")}


def test_the_shipped_texts_disagree_where_the_written_list_says_and_nowhere_else(shipped):
    disagreements, claims = shipped
    expected = {(line["kind"], *sorted(sides(line))) for line in read_expected() if line["kind"]}

    matched = set()
    for one in disagreements:
        keys = set().union(*(keys_of(claims[claim]) for claim in one.claims))
        matches = [e for e in expected if e[0] == one.kind and set(e[1:]) <= keys]
        matched.add(matches[0] if matches else (one.kind, one.label))

    assert matched == expected


def test_every_side_of_the_written_list_is_a_claim_of_the_shipped_texts(shipped):
    _, claims = shipped
    keys = set().union(*(keys_of(row) for row in claims.values() if "predicate" in row))

    missing = [key for line in read_expected() for key in sides(line) if key not in keys]

    assert missing == []


def test_the_application_of_2018_reconciles_the_two_dates_of_japans_membership(shipped):
    disagreements, claims = shipped

    reconciled = [keys_of(claims[claim]) for one in disagreements for claim in one.reconciled_by]

    assert reconciled == [{("cicir:27454-27510", "id:japan ent:appliedToJoin id:ccdcoe")}]
