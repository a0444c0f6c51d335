import pytest

from entente.errors import DataError
from entente.turtle import natural_key, parse_document, serialise

PREFIXES = """PREFIX ent: <https://w3id.org/entente/ontology/>
PREFIX id: <https://w3id.org/entente/id/>
PREFIX claim: <https://w3id.org/entente/claim/>
PREFIX graph: <https://w3id.org/entente/graph/>
PREFIX gmf: <https://w3id.org/entente/source/gmf-2023/char/>
PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
"""


def formatted(text, file="a.ttl"):
    return serialise(parse_document(text, file))


def test_a_claim_is_written_in_reading_order_with_one_group_a_line():
    text = PREFIXES + (
        "graph:gmf-2023 { claim:gmf-2023-002 ent:evidence gmf:5-9 ;"
        ' ent:notBefore "2022-01-01"^^xsd:date ; ent:object id:nato ; ent:subject id:japan ;'
        ' ent:predicate ent:partnerOf ; skos:prefLabel "Japan is a partner of NATO"@en . }'
    )

    assert formatted(text, "a.trig") == (
        PREFIXES
        + "\ngraph:gmf-2023 {\n"
        + '  claim:gmf-2023-002 skos:prefLabel "Japan is a partner of NATO"@en ;\n'
        + "    ent:subject id:japan ; ent:predicate ent:partnerOf ; ent:object id:nato ;\n"
        + '    ent:notBefore "2022-01-01"^^xsd:date ;\n'
        + "    ent:evidence gmf:5-9 .\n"
        + "}\n"
    )


def test_formatting_twice_changes_nothing_more():
    text = PREFIXES + "id:b ent:about [ ent:x ( 1 2.5 true ) ] , id:a .\nid:a ent:about id:b ."

    once = formatted(text)

    assert formatted(once) == once


def test_two_orders_of_one_graph_give_the_same_text():
    one = PREFIXES + "id:a ent:about id:b , id:c . id:b ent:about id:a ."
    other = PREFIXES + "id:b ent:about id:a . id:a ent:about id:c . id:a ent:about id:b ."

    assert formatted(one) == formatted(other)


def test_numbers_in_names_sort_by_their_value():
    assert sorted(["c-10", "c-9", "c-100"], key=natural_key) == ["c-9", "c-10", "c-100"]


def test_a_text_of_several_lines_keeps_its_lines():
    text = PREFIXES + 'id:a skos:note """one\n  "two"\nthree""" .'

    again = parse_document(formatted(text), "a.ttl")

    assert [quad.object.value for quad in again.quads] == ['one\n  "two"\nthree']


@pytest.mark.parametrize("value", ['ends with a quote"\n"', "back\\slash\n", '"""\n', "tab\there"])
def test_awkward_texts_survive(value):
    written = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    text = PREFIXES + f'id:a skos:note "{written}" .'

    again = parse_document(formatted(text), "a.ttl")

    assert [quad.object.value for quad in again.quads] == [value]


def test_comments_at_the_head_are_kept():
    text = "# Editors: one\n# two\n" + PREFIXES + "id:a ent:about id:b ."

    assert formatted(text).startswith("# Editors: one\n# two\n\nPREFIX ent:")


def test_a_comment_inside_is_refused_with_its_place():
    text = PREFIXES + "id:a ent:about id:b . # gone\n"

    with pytest.raises(DataError, match=r"a\.ttl:8:23: a comment inside the file would be lost"):
        formatted(text)


def test_a_hash_in_an_iri_or_a_string_is_no_comment():
    text = 'PREFIX id: <http://example.org/#>\nid:a id:b "x # y" , """z\n# w""" .'

    assert len(parse_document(text, "a.ttl").quads) == 2


def test_a_malformed_file_is_named_with_line_and_column():
    with pytest.raises(DataError, match=r"a\.ttl:8:\d+: the RDF is malformed"):
        formatted(PREFIXES + "id:a ent:about idd:b .")
