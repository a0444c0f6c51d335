"""Each triple is found at its own tokens, as the engine's parser reads them."""

import re
from itertools import count

import pyoxigraph as ox
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from entente.errors import Place
from entente.files import graph_files
from entente.pipeline.load import graph_paths
from entente.positions import Lines, PositionsUnknown, find_spots, locate

PREFIXES = 'PREFIX e: <urn:e:>\r\n@prefix : <urn:d:> . # a comment with <urn:x> "and\n'
XSD = "PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>\n"
RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
REST = ox.NamedNode(RDF + "rest")
KINDS = ("iri", "name", "odd", "text", "long", "typed", "tagged", "number", "label")
WRITTEN = {
    "iri": "<urn:i{}>",
    "name": "e:n{}",
    "odd": ":a.b\\,%20é{}",
    "text": '"é𝄞\\"{}"',
    "long": '"""\r\nline "" {} # no comment .\n\'"""',
    "typed": "'{}'^^xsd:token",
    "tagged": '"{}"@en-GB',
    "number": "{}",
    "label": "_:b{}",
}
RESOURCES = st.sampled_from(("iri", "name", "odd", "label"))
VERBS = st.sampled_from(("iri", "name", "odd", "a"))
SPACES = (" ", "\n", "\r\n", "\t", " # . ] ) ;\n")


def pairs_of(objects):
    return st.lists(
        st.tuples(VERBS, st.lists(objects, min_size=1, max_size=3)), min_size=1, max_size=3
    )


OBJECTS = st.recursive(
    st.sampled_from(KINDS),
    lambda objects: st.one_of(
        st.tuples(st.just("["), st.one_of(st.just([]), pairs_of(objects))),
        st.tuples(st.just("("), st.lists(objects, max_size=4)),
    ),
    max_leaves=8,
)
SUBJECTS = st.one_of(RESOURCES, OBJECTS.filter(lambda one: isinstance(one, tuple)))
STATEMENTS = st.lists(st.tuples(SUBJECTS, pairs_of(OBJECTS)), max_size=4)
DOCUMENTS = st.lists(st.tuples(st.sampled_from(("", "e:g{}", "GRAPH <urn:g{}>")), STATEMENTS))


def write_pairs(pairs, numbers):
    for index, (verb, objects) in enumerate(pairs):
        yield from [";"] if index else []
        yield "a" if verb == "a" else WRITTEN[verb].format(next(numbers))
        for place, one in enumerate(objects):
            yield from [","] if place else []
            yield from write_node(one, numbers)


def write_node(node, numbers):
    if isinstance(node, str):
        yield WRITTEN[node].format(next(numbers))
        return
    opener, inside = node
    yield opener
    if opener == "[":
        yield from write_pairs(inside, numbers)
    else:
        for member in inside:
            yield from write_node(member, numbers)
    yield {"[": "]", "(": ")"}[opener]


def write_document(document):
    numbers = count(1)
    for graph, statements in document:
        opener = [*graph.format(next(numbers)).split(), "{"] if graph else []
        yield from opener
        for subject, pairs in statements:
            yield from write_node(subject, numbers)
            yield from write_pairs(pairs, numbers)
            yield "."
        yield from ["}"] if opener else []


def read_token(token):
    """Let the engine read one token as an object."""
    written = {"a": f"<{RDF}type>", "(": "()"}.get(token, token)
    text = f"{PREFIXES}{XSD}<urn:s> <urn:p> {written} ."
    return next(iter(ox.parse(text.encode(), format=ox.RdfFormat.TURTLE))).object


def name_node(token, offset):
    """Name a node by its label, or by where it begins."""
    assert token.startswith(("_:", "[", "("))
    return token if token.startswith("_:") else offset


@settings(max_examples=80, deadline=None)
@given(DOCUMENTS, st.randoms(use_true_random=False))
def test_every_triple_of_a_generated_document_is_found_at_its_own_tokens(document, chance):
    text, tokens = PREFIXES + XSD, {}
    for token in write_document(document):
        tokens[len(text)] = token
        text += token + chance.choice(SPACES)
    quads = list(ox.parse(text.encode(), format=ox.RdfFormat.TRIG))

    located = locate(quads, text)

    assert [one.quad for one in located] == quads
    nodes = {}
    for one in located:
        in_list = one.quad.predicate.value.startswith(RDF) and tokens[one.predicate] != "a"
        found = [] if in_list else [(one.quad.subject, one.subject)]
        found += [] if in_list else [(one.quad.predicate, one.predicate)]
        found += [] if in_list and one.quad.predicate == REST else [(one.quad.object, one.object)]
        for term, offset in found:
            if isinstance(term, ox.BlankNode):
                name = name_node(tokens[offset], offset)
                assert nodes.setdefault(term, name) == name
            else:
                assert term == read_token(tokens[offset])
    assert len(set(nodes.values())) == len(nodes)


def test_a_nested_node_begins_at_its_bracket_and_a_cell_of_a_list_at_its_member():
    text = "<urn:a> <urn:b> [ <urn:c> ( 1 [ <urn:d> 2 ] ) ] ."
    quads = list(ox.parse(text.encode(), format=ox.RdfFormat.TURTLE))

    located = locate(quads, text)

    assert {(one.subject, one.predicate, one.object) for one in located} == {
        (26, 28, 28),  # the first cell and 1
        (16, 18, 26),  # the node and the list
        (26, 30, 30),  # the first cell and the second
        (30, 32, 40),  # the inner node and 2
        (30, 30, 30),  # the second cell and the inner node
        (30, 44, 44),  # the second cell and the end
        (0, 8, 16),  # the subject and the node
    }


def parse_file(path):
    text = path.read_text(encoding="utf-8")
    rdf_format = ox.RdfFormat.from_extension(path.suffix[1:])
    return text, list(ox.parse(text.encode(), format=rdf_format, base_iri="urn:base:"))


@pytest.mark.parametrize("path", graph_paths(graph_files()), ids=lambda path: path.name)
def test_every_triple_of_our_own_files_is_found_where_its_words_stand(path):
    text, quads = parse_file(path)

    located = locate(quads, text)

    assert [one.quad for one in located] == quads
    misplaced = [
        (one.quad.object, text[one.object : one.object + 40])
        for one in located
        if isinstance(one.quad.object, ox.Literal)
        and not re.match(r"[\"'\d.+-]|true|false", text[one.object :])
    ]
    assert misplaced == []


def test_n_quads_have_a_graph_behind_the_object():
    text = (
        '<urn:a> <urn:b> "1"^^<urn:c> <urn:g> .\n<urn:a> <urn:b> "2"@en _:g .\n'
        '<urn:a> <urn:b> "3" .\n'
    )
    quads = list(ox.parse(text.encode(), format=ox.RdfFormat.N_QUADS))

    located = locate(quads, text)

    assert [text[one.object : one.object + 3] for one in located] == ['"1"', '"2"', '"3"']


def test_lines_end_with_lf_or_crlf_and_columns_count_code_points():
    text = """<urn:a>\r\n  <urn:b> '''𝄞é\n''' ,\n"𝄞" , <urn:c> ."""
    quads = list(ox.parse(text.encode(), format=ox.RdfFormat.TURTLE))
    lines = Lines.of(text)

    places = [lines.place(one.object, "file") for one in locate(quads, text)]

    assert places == [Place("file", 2, 11), Place("file", 4, 1), Place("file", 4, 7)]


def test_triple_terms_are_told_to_be_beyond_the_pass():
    with pytest.raises(PositionsUnknown, match="triple terms"):
        locate([], "<< <urn:a> <urn:b> <urn:c> >> <urn:d> 1 .")


def test_offsets_that_do_not_fit_the_triples_are_refused():
    with pytest.raises(PositionsUnknown, match="1 places for 0 triples"):
        locate([], "<urn:a> <urn:b> <urn:c> .")


def test_a_file_of_one_statement_a_line_is_read_by_its_lines():
    text = '# head\n<urn:a> <urn:b> "1 . 2" . # end\n\n  _:b\t<urn:b> <urn:c> <urn:g> .\r\n'
    quads = list(ox.parse(text.encode(), format=ox.RdfFormat.N_QUADS))

    spots = find_spots(quads, text)

    at = text.index("_:b")
    assert spots == [(7, 15, 23), (at, at + 4, at + 12)]


def test_a_text_that_looks_like_lines_of_statements_is_read_by_its_tokens():
    text = '<urn:a> <urn:b> """\n<urn:a> <urn:b> <urn:c> .\n""" .\n<urn:a> <urn:b> "1" .\n'
    quads = list(ox.parse(text.encode(), format=ox.RdfFormat.TURTLE))

    spots = find_spots(quads, text)

    last = text.rindex("<urn:a>")
    assert spots == [(0, 8, 16), (last, last + 8, last + 16)]
