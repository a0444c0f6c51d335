import pytest
from werkzeug.exceptions import MethodNotAllowed, UnsupportedMediaType

from entente.errors import UsageError
from entente.query.protocol import DIRECT, FORM, SparqlRequest, parse_request


def test_get_reads_the_query_and_its_data_set():
    request = parse_request(
        "GET",
        "query=ASK%20%7B%7D&default-graph-uri=a:d&default-graph-uri=a:e&named-graph-uri=a:n&format=xml",
    )

    assert request == SparqlRequest("ASK {}", ("a:d", "a:e"), ("a:n",), "xml")


def test_a_plus_is_a_blank_and_an_encoded_plus_is_a_plus():
    assert parse_request("GET", "query=ASK+%2B").query == "ASK +"


def test_a_form_is_decoded_once():
    assert parse_request("POST", "", FORM, b"query=%252B").query == "%2B"


def test_a_direct_query_takes_its_data_set_from_the_target():
    request = parse_request("POST", "named-graph-uri=a:n", DIRECT, "ASK {} # é".encode())

    assert request == SparqlRequest("ASK {} # é", (), ("a:n",))


def test_what_a_request_wants_beside_its_answer_is_read():
    request = parse_request("GET", "query=ASK%7B%7D&version=1.2&explain=empty&partial=true")

    assert request == SparqlRequest("ASK{}", version="1.2", explain=True, partial=True)


def test_a_direct_query_announces_its_version_in_its_media_type():
    assert parse_request("POST", "", DIRECT + ";version=1.1", b"ASK {}").version == "1.1"


def test_get_without_a_query_asks_for_the_description():
    assert parse_request("GET", "") == SparqlRequest(None)


@pytest.mark.parametrize("content_type", [FORM + "; charset=UTF-8", FORM.upper()])
def test_content_types_are_matched_without_parameters_and_case(content_type):
    assert parse_request("POST", "", content_type, b"query=ASK%7B%7D").query == "ASK{}"


@pytest.mark.parametrize(
    ("method", "target", "content_type", "body", "message"),
    [
        ("GET", "query=a&query=b", None, b"", "'query' is given more than once"),
        ("GET", "query=a&format=a&format=b", None, b"", "'format' is given more than once"),
        ("GET", "query=a&version=1.3", None, b"", "this version of SPARQL is not known here"),
        ("GET", "query=a&explain=plan", None, b"", "nothing is explained so"),
        ("GET", "query=a&partial=1", None, b"", "neither true nor false"),
        ("POST", "version=1.2", DIRECT + ";version=1.2", b"", "'version' is given more than once"),
        ("GET", "query=%ff", None, b"", "byte 6 is not UTF-8"),
        ("GET", "update=x", None, b"", "read-only"),
        ("GET", "default-graph-uri=a:b", None, b"", "a data set is named without a query"),
        ("POST", "", FORM, b"", "'query' is missing"),
        ("POST", "query=a", FORM, b"query=b", "'query' is given more than once"),
        ("POST", "", FORM, b"update=x", "read-only"),
        ("POST", "", FORM, b"query=\xff", "the body: byte 6 is not UTF-8"),
        ("POST", "", DIRECT, b"ASK \xff", "the body: byte 4 is not UTF-8"),
        ("POST", "query=a", DIRECT, b"ASK {}", "both in the target and in the body"),
    ],
)
def test_a_malformed_request_says_what_is_wrong(method, target, content_type, body, message):
    with pytest.raises(UsageError, match=message):
        parse_request(method, target, content_type, body)


@pytest.mark.parametrize(
    ("content_type", "message"),
    [
        (None, "a body without Content-Type"),
        ("text/plain", "a body of type text/plain"),
        ("application/sparql-update", "read-only"),
        (DIRECT + "; charset=utf-16", "utf-16 is not read here"),
    ],
)
def test_other_bodies_are_unsupported(content_type, message):
    with pytest.raises(UnsupportedMediaType) as caught:
        parse_request("POST", "", content_type, b"ASK {}")

    assert message in caught.value.description


def test_other_methods_are_not_allowed():
    with pytest.raises(MethodNotAllowed) as caught:
        parse_request("PUT", "query=ASK{}")

    assert caught.value.valid_methods == ("GET", "HEAD", "OPTIONS", "POST")
