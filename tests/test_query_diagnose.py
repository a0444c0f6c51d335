import pyoxigraph as ox
import pytest

from entente.config import Settings
from entente.errors import Place
from entente.query.diagnose import diagnose
from entente.query.guard import examine


def engine_error(query):
    examine(query, Settings())
    with pytest.raises(SyntaxError) as caught:
        ox.Store().query(query)
    return diagnose(query, str(caught.value))


@pytest.mark.parametrize(
    ("query", "message", "token"),
    [
        (
            "SELECT * {\n  ?s a ent:Claim }",
            "2:8: the prefix 'ent:' is not declared; "
            "add the line PREFIX ent: <https://w3id.org/entente/ontology/>",
            "ent:Claim",
        ),
        (
            "SELECT * { ?s foo:bar ?o }",
            "1:15: the prefix 'foo:' is not declared; "
            "add a line PREFIX foo: <...>, or write the IRI in full",
            "foo:bar",
        ),
        ("SELECT * WHERE ?s ?p ?o", "1:16: '?s' does not fit here; ", "?s"),
        ("SELECT ?s { ?s ?p ?o } LIMIT ?x", "1:30: '?x' does not fit here; ", "?x"),
        ("ASK { ?s ?p ?o . ?x }", "1:21: '}' does not fit here; ", "}"),
        (
            "SELECT ?x { ?s ?p ?o } GROUP BY ?s",
            "the SELECT contains a variable that is unbound; ",
            "",
        ),
    ],
)
def test_a_syntax_error_says_where_what_and_what_to_do(query, message, token):
    error = engine_error(query)

    assert message in str(error)
    assert error.token == token


def test_columns_count_code_points():
    assert engine_error("ASK { ?s ?p '\U0001d11eé' , }").place == Place(None, 1, 21)


def test_a_message_of_another_kind_is_passed_on():
    assert str(diagnose("ASK {}", "no\n idea")) == "no idea; see the SPARQL 1.1 grammar"
