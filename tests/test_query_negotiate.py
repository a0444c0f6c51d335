import pytest
from werkzeug.exceptions import NotAcceptable

from entente.errors import UsageError
from entente.query.negotiate import choose_format


@pytest.mark.parametrize(
    ("form", "accept", "name"),
    [
        ("SELECT", None, "json"),
        ("SELECT", "", "json"),
        ("SELECT", "*/*", "json"),
        ("SELECT", "text/csv" + ", a/b" * 390, "csv"),
        ("SELECT", "text/csv" + ", a/b" * 500, "json"),
        ("ASK", "application/*", "json"),
        ("SELECT", "text/*", "csv"),
        ("SELECT", "text/csv", "csv"),
        ("SELECT", "text/csv;q=0.5, application/sparql-results+xml", "xml"),
        ("SELECT", "application/sparql-results+json;q=0, */*", "xml"),
        ("SELECT", "text/turtle, */*;q=0.1", "json"),
        ("SELECT", "application/json", "json"),
        ("SELECT", "Text/Tab-Separated-Values", "tsv"),
        ("CONSTRUCT", None, "ttl"),
        ("CONSTRUCT", "*/*", "ttl"),
        ("DESCRIBE", "application/ld+json", "jsonld"),
        ("DESCRIBE", "application/rdf+xml;q=0.9, text/turtle;q=0.8", "rdf"),
        ("CONSTRUCT", "application/n-quads", "nq"),
        ("CONSTRUCT", "application/trig", "trig"),
        ("CONSTRUCT", "application/n-triples", "nt"),
        ("CONSTRUCT", "text/turtle; charset=utf-8", "ttl"),
        ("CONSTRUCT", "text/turtle;q=0.3, application/n-triples;version=1.2;q=0.5", "nt"),
        ("CONSTRUCT", "*/*;q=0.1, text/turtle;q=0", "nt"),
    ],
)
def test_accept_chooses_the_format(form, accept, name):
    assert choose_format(form, accept).name == name


@pytest.mark.parametrize(
    ("form", "named", "name"),
    [("SELECT", "csv", "csv"), ("ASK", "XML", "xml"), ("CONSTRUCT", "turtle", "ttl")],
)
def test_the_format_parameter_overrides_accept(form, named, name):
    assert choose_format(form, "text/html", named).name == name


def test_an_accept_that_nothing_fits_is_told_what_there_is():
    with pytest.raises(NotAcceptable) as caught:
        choose_format("SELECT", "image/png")

    assert caught.value.description == (
        "SELECT is answered in application/sparql-results+json, application/sparql-results+xml, "
        "text/csv, text/tab-separated-values; name one of them in Accept"
    )


def test_a_format_of_another_form_is_refused():
    with pytest.raises(UsageError, match="SELECT is not answered in it; use one of json, xml"):
        choose_format("SELECT", None, "turtle")
