import csv
import io
import json

import pyoxigraph as ox
import pytest
from click.testing import CliRunner

from entente import vocab
from entente.cli.main import entente
from entente.errors import QueryError, UsageError
from entente.files import graph_files
from entente.provenance.compare import compare
from entente.provenance.comparison import tabulate, write_csv, write_json, write_turtle
from entente.provenance.ensure import read_view_rules
from entente.provenance.naming import parse_viewpoint

RULES = read_view_rules(graph_files() / "queries")
PREFIXES = "".join(f"PREFIX {prefix}: <{ns}>\n" for prefix, ns in vocab.PREFIXES.items())
MEMBERS = "SELECT ?member ?since WHERE { ?member ent:memberOf id:c . ?c ent:subject ?member . "
MEMBERS += "OPTIONAL { ?member ent:since ?since } }"
GMF = "id:japan ent:memberOf id:c ; ent:since 2022 . id:italy ent:memberOf id:c ; ent:since 2010 ."
SPF = "id:japan ent:memberOf id:c ; ent:since 2018 . id:italy ent:memberOf id:c ; ent:since 2010 ."
SPF += " id:spain ent:memberOf id:c ; ent:since 2011 ."
CLAIMS = """
  claim:gmf-1 ent:subject id:japan ; ent:predicate ent:memberOf ; ent:object id:c ;
    ent:statedIn src:gmf-2023 .
  claim:spf-1 ent:subject id:japan ; ent:predicate ent:memberOf ; ent:object id:c ;
    ent:statedIn src:spf-2024 .
"""
DISPUTE = "disagreement:d a ent:Disagreement ; ent:involvesClaim claim:gmf-1 , claim:spf-1 ."


def store_of(gmf=GMF, spf=SPF, default=CLAIMS):
    store = ox.Store()
    views = f"<{vocab.GRAPH_VIEW}gmf-2023> {{ {gmf} }} <{vocab.GRAPH_VIEW}spf-2024> {{ {spf} }}"
    store.load(f"{PREFIXES}{default}{views}".encode(), ox.RdfFormat.TRIG)
    return store


def compared(query, key=(), viewpoints="gmf-2023,spf-2024", **graphs):
    names = [parse_viewpoint(name) for name in viewpoints.split(",")]
    return compare(store_of(**graphs), PREFIXES + query, names, RULES, key)


def table(*args, **graphs):
    head, *rows = tabulate(compared(*args, **graphs))
    return [head, *sorted(rows)]


SINCE = "SELECT ?member ?since WHERE { ?member ent:memberOf id:c ; ent:since ?since }"


def test_rows_are_shared_or_differ_or_only_some_have_them():
    assert table(SINCE) == [
        ["verdict", "member", "gmf-2023", "spf-2024", "disagreements"],
        ["differs", "id:japan", "2022", "2018", ""],
        ["shared", "id:italy", "2010", "2010", ""],
        ["some", "id:spain", "-", "2011", ""],
    ]


def test_a_row_on_which_the_texts_disagree_is_contradicted():
    rows = table(SINCE, default=CLAIMS + DISPUTE)

    assert rows[1] == ["contradicted", "id:japan", "2022", "2018", "disagreement:d"]


def test_a_disagreement_that_does_not_touch_what_is_asked_contradicts_nothing():
    query = "SELECT ?member WHERE { ?member ent:memberOf id:c }"

    rows = table(query, default=CLAIMS + DISPUTE)

    assert [row[:2] for row in rows[1:]] == [
        ["shared", "id:italy"],
        ["shared", "id:japan"],
        ["some", "id:spain"],
    ]


def test_a_key_can_be_given():
    rows = table(SINCE, ["since"])

    assert [row[:4] for row in rows[1:]] == [
        ["shared", "2010", "id:italy", "id:italy"],
        ["some", "2011", "-", "id:spain"],
        ["some", "2018", "-", "id:japan"],
        ["some", "2022", "id:japan", "-"],
    ]


def test_without_things_rows_are_matched_by_words_and_single_rows_by_nothing():
    labels = "id:a skos:prefLabel 'A' ; ent:since 1 ."
    words = compared(
        "SELECT ?word ?since WHERE { ?a skos:prefLabel ?word ; ent:since ?since }",
        gmf=labels,
        spf=labels,
    )
    count = compared("SELECT (COUNT(?m) AS ?members) WHERE { ?m ent:memberOf id:c }")

    assert (words.key, words.compared) == (("word",), ("since",))
    assert (count.key, [row.verdict for row in count.rows]) == ((), ["differs"])


def test_claims_and_passages_are_shown_and_not_compared():
    gmf = "claim:gmf-1 ent:subject id:japan ; ent:evidence gmf:0-5 ."
    spf = "claim:spf-1 ent:subject id:japan ; ent:evidence spf:0-5 ."
    query = "SELECT ?who ?claim ?passage WHERE { ?claim ent:subject ?who ; ent:evidence ?passage }"

    result = compared(query, gmf=gmf.replace("gmf:0-5", f"<{vocab.SRC}gmf-2023/char/0-5>"), spf=spf)

    assert result.evidence == ("claim", "passage")
    assert [row.verdict for row in result.rows] == ["shared"]


def test_a_query_cannot_reach_beyond_its_viewpoint():
    result = compared("SELECT ?s WHERE { GRAPH ?g { ?s ?p ?o } }")

    assert result.rows == ()


@pytest.mark.parametrize(
    ("query", "key", "viewpoints", "error", "message"),
    [
        ("ASK { ?s ?p ?o }", (), "gmf-2023,spf-2024", UsageError, "the query is no SELECT"),
        ("SELECT ?s WHERE {", (), "gmf-2023,spf-2024", QueryError, "error at"),
        (
            SINCE,
            ("membr",),
            "gmf-2023,spf-2024",
            UsageError,
            "no column membr.*mean member",
        ),
        (SINCE, (), "gmf-2023,gmf-2023", UsageError, "but one viewpoint"),
    ],
)
def test_what_cannot_be_compared_is_refused(query, key, viewpoints, error, message):
    with pytest.raises(error, match=message):
        compared(query, key, viewpoints)


def test_csv_json_and_turtle_say_the_same():
    comparison = compared(SINCE, default=CLAIMS + DISPUTE)

    lines = list(csv.reader(io.StringIO(write_csv(comparison).decode())))
    content = json.loads(write_json(comparison))
    triples = list(ox.parse(write_turtle(comparison), format=ox.RdfFormat.TURTLE))

    verdicts = sorted(row.verdict for row in comparison.rows)
    assert lines == tabulate(comparison)
    assert sorted(row["verdict"] for row in content["rows"]) == verdicts
    assert content["key"] == ["member"]
    japan = next(row for row in content["rows"] if row["verdict"] == "contradicted")
    assert japan["disagreements"] == [vocab.DISAGREEMENT + "d"]
    assert japan["rows"]["gmf-2023"] == [
        {
            "member": {"type": "uri", "value": vocab.ID + "japan"},
            "since": {"type": "literal", "value": "2022", "datatype": vocab.XSD + "integer"},
        }
    ]
    told = [t.object.value for t in triples if t.predicate.value == vocab.ENT + "verdict"]
    assert sorted(told) == ["contradicted", "contradicted", "shared", "some"]


def run(snapshot, *arguments):
    options = ["--snapshot", str(snapshot.folder.parent), *arguments]
    return CliRunner().invoke(entente, ["compare", *options])


def test_the_texts_are_seen_to_disagree_on_when_japan_joined(snapshot):
    result = run(
        snapshot,
        "when-did-japan-join-the-ccdcoe",
        "--viewpoints=cicir-2023,japan-up-close-2023",
        "--format=csv",
    )

    rows = list(csv.reader(io.StringIO(result.stdout)))
    assert [row[:4] for row in rows] == [
        ["verdict", "predicate", "cicir-2023", "japan-up-close-2023"],
        ["some", "ent:appliedToJoin", "2018-01-01 2018-12-31", "-"],
        ["contradicted", "ent:memberOf", "2022-01-01 2022-12-31", "2018-01-01 2018-12-31"],
    ]


def test_a_viewpoint_of_two_texts_is_made_on_request(snapshot):
    result = run(snapshot, "members-of-the-ccdcoe", "--viewpoints=gmf~elcano,juc", "--format=table")

    assert "elcano-2023~gmf-2023" in result.stdout
    assert "South Korea" in result.stdout


def test_a_query_that_names_its_own_graphs_is_refused(snapshot):
    with pytest.raises(UsageError, match="names its own graphs"):
        CliRunner().invoke(
            entente,
            ["compare", "SELECT * FROM <urn:g> WHERE { ?s ?p ?o }", "--viewpoints=gmf,spf"],
            catch_exceptions=False,
        )
