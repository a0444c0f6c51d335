import random

import pyoxigraph as ox
import pytest

from entente.config import Settings
from entente.errors import EntenteError, Place, QueryError, QueryRefused, QueryTooCostly
from entente.query.guard import Examined, check_graphs, examine, read_prefixes

PREFIXES = "PREFIX a: <http://e/> PREFIX : <http://127.0.0.1:1/>\n"


def look(query, **limits):
    return examine(query, Settings(**limits))


@pytest.mark.parametrize(
    ("query", "form"),
    [
        ("SELECT * {}", "SELECT"),
        ("# DELETE\nask{}", "ASK"),
        ("BASE <http://e/> PREFIX a: <b> CONSTRUCT WHERE { ?s ?p ?o }", "CONSTRUCT"),
        ("VERSION '1.2' DESCRIBE <a:b>", "DESCRIBE"),
    ],
)
def test_the_form_is_told(query, form):
    assert look(query).form == form


@pytest.mark.parametrize("function", ["RAND()", "now()", "UUID()", "StrUuid()", "BNODE()"])
def test_what_differs_from_time_to_time_is_volatile(function):
    assert look(f"SELECT ({function} AS ?x) {{}}").volatile


def test_a_name_that_looks_like_a_volatile_function_is_not_one():
    assert not look("SELECT ?now { ?now a:rand 'UUID()' } # RAND()").volatile


def test_from_is_resolved():
    query = "BASE <http://e/x/> PREFIX g: <g/> SELECT * FROM g:1 FROM NAMED <../\\u0032> {}"

    assert look(query) == Examined("SELECT", False, (("http://e/x/g/1", 48), ("http://e/2", 63)))


@pytest.mark.parametrize(
    "query",
    [
        "ASK { SERVICE :x {?s ?p ?o} }",
        "ASK { SerVice SILENT <http://127.0.0.1:1/> {?s ?p ?o} }",
        "ASK { SERVICE?x {?s ?p ?o} }",
        "ASK { SERVICE:x {?s ?p ?o} }",
        "ASK { SERVICEa:x {?s ?p ?o} }",
        "ASK { SERVICESILENT:x {?s ?p ?o} }",
        "ASK { ?s ?p 1SERVICE :x {?s ?p ?o} }",
        "ASK { ?s ?p trueSERVICE :x {?s ?p ?o} }",
        "ASK { ?s ?p a:b.c.SERVICE :x {?s ?p ?o} }",
        "ASK { ?s ?p ?o # a comment ends here\rSERVICE :x {?s ?p ?o}\n}",
        "ASK { FILTER(1<2)SERVICE:x#>\n{?s ?p ?o} }",
        "ASK { FILTER(1<#>'''\n2) SERVICE :x {?s ?p ?o} #'''\n}",
        "ASK { FILTER(EXISTS{?s ?p ?o}<#>'''\n2) SERVICE :x {?s ?p ?o} #'''\n}",
        "ASK { FILTER a:f(1<#>'''\n2) SERVICE :x {?s ?p ?o} #'''\n}",
        "SELECT (1<#>'''\n2 AS ?y) { SERVICE :x {?s ?p ?o} #'''\n}",
    ],
)
def test_service_is_refused_in_every_disguise(query):
    with pytest.raises(QueryRefused, match="SERVICE asks another server"):
        look(PREFIXES + query)


@pytest.mark.parametrize(
    "query",
    [
        "ASK { FILTERa:f(1<#>'''\n2) SERVICE :x {?s ?p ?o} #'''\n}",
        "ASK { SERV\\u0049CE :x {?s ?p ?o} }",
        "ASK { \\u0053ERVICE :x {?s ?p ?o} }",
    ],
)
def test_what_can_be_read_in_two_ways_is_malformed(query):
    with pytest.raises(QueryError):
        look(PREFIXES + query)


@pytest.mark.parametrize(
    "query",
    [
        "ASK { ?s a:SERVICE ?SERVICE }",
        "ASK { ?s ?p 'SERVICE', \"SERVICE\", '''a\nSERVICE {''', \"\"\"SERVICE\"\"\" }",
        "ASK { ?s ?p <http://e/SERVICE> } # SERVICE <http://e> {",
        "PREFIX service: <http://e/> ASK { service:a service:b service:c }",
        "PREFIX service: <http://e/> ASK { GRAPH service:g { ?s ?p ?o } }",
        "PREFIX service: <http://e/> ASK FROM service:g { ?s ?p ?o }",
        "ASK { ?s ?p _:service . FILTER(?s < <http://e/(service)>) }",
        "ASK { ?s a:p?/a:q*|^a:r ?o FILTER(?o<1&&?o>0 || ?o NOT IN (<a:b>, 2)) }",
        "ASK { VALUES (?a ?b) { (<a:b> <a:c>) (UNDEF 1.5e3) } ?s ?p (?a <a:b> [ ?x ?y ]) }",
        "ASK { <<?s ?p ?o>> ?q <<( ?s ?p ?o )>> {| a:b a:c |} . FILTER(<<( ?a <a:b> ?c )>> = ?t) }",
        "SELECT (GROUP_CONCAT(?s; SEPARATOR=', ') AS ?x) { ?s ?p 'a'@en--ltr } HAVING(COUNT(*)>1)",
    ],
)
def test_nothing_is_refused_for_a_name_a_string_or_a_comment(query):
    assert not look(PREFIXES + query).volatile


def test_the_guard_lets_no_service_through_to_the_engine():
    # Port 1 is one that the engine's client never asks: an OSError shows that it would have.
    store = ox.Store()
    store.add(ox.Quad(*(ox.NamedNode("http://e/" + name) for name in "spo")))
    pieces = (
        "SERVICE|service:x| |{|}|(|)|<|>|#|'|'''|\"|\n|\r|:x|FILTER(|1<|<#>|2)|.|?s ?p ?o|EXISTS{"
    )
    hidden = [
        "ASK { ?s ?p 'SERVICE :x {?s ?p ?o}' FILTER(1<2) }",
        "ASK { ?s ?p ?o # SERVICE :x {?s ?p ?o}\n FILTER(?o<2 && ?o>1) }",
        "ASK { ?s ?p <SERVICE:x> . FILTER a:f(1<2) {?s ?p ?o} ?a ?b <#> }",
        "ASK { ?s ?p '''SERVICE :x {}''' FILTER(EXISTS{?s ?p ?o}<?o) ?s service:b ?o }",
    ]
    rng, passed = random.Random(7), 0
    for _ in range(3000):
        query = rng.choice(hidden)
        for _ in range(rng.randint(1, 4)):
            at = rng.randint(4, len(query))
            cut = at + rng.choice((0, 0, rng.randint(1, 5)))
            query = query[:at] + rng.choice(pieces.split("|")) + query[cut:]
        try:
            look(PREFIXES + query)
        except EntenteError:
            continue
        passed += 1
        try:
            store.query(PREFIXES + query, prefixes={"service": "http://127.0.0.1:1/"})
        except (SyntaxError, RuntimeError):
            continue

    assert passed > 300


@pytest.mark.parametrize(
    "update",
    [
        "INSERT DATA { <a:a> <a:b> <a:c> }",
        "DELETE WHERE { ?s ?p ?o }",
        "LOAD <http://example.org/>",
        "CLEAR ALL",
        "PREFIX a: <a:> WITH a:g DELETE { ?s ?p ?o } WHERE { ?s ?p ?o }",
        "SELECT * {} ; DROP ALL",
    ],
)
def test_updates_are_refused(update):
    with pytest.raises(QueryRefused, match="read-only; ask with SELECT"):
        look(update)


@pytest.mark.parametrize("pair", ["{}", "()", "[]"])
def test_nesting_beyond_the_limit_is_too_costly(pair):
    with pytest.raises(QueryTooCostly, match="nests deeper than 5 levels"):
        look("ASK " + pair[0] * 6 + pair[1] * 6, max_nesting=5)


def test_nesting_up_to_the_limit_is_fine():
    assert look("ASK " + "{" * 5 + "}" * 5, max_nesting=5).form == "ASK"


def test_a_long_query_is_too_costly():
    with pytest.raises(QueryTooCostly, match="is 12 bytes long, and 11 are allowed"):
        look("ASK {} #éé", max_query_bytes=11)


def test_many_tokens_are_too_costly():
    with pytest.raises(QueryTooCostly, match="more than 3 tokens"):
        look("ASK { 1 }", max_tokens=3)


@pytest.mark.parametrize(
    "text", ["a-", "a.", "1", "1.", "a:a.", "''''a' ", ":.", "1<", "@a-", "_:a.", "%4"]
)
def test_no_text_is_searched_again_and_again(text):
    # Some of these took minutes when a pattern looked ahead without a bound.
    hostile = "ASK { FILTER( " + text * (200_000 // len(text))

    with pytest.raises(QueryError):
        look(hostile)


@pytest.mark.parametrize(
    ("query", "message", "place", "token"),
    [
        ("SELECT * {\n ?s FLITER ?o }", "did you mean FILTER?", Place(None, 2, 5), "FLITER"),
        ("ASK { ?s ?p ?o", "'{' is never closed; add '}'", Place(None, 1, 5), "{"),
        (
            "ASK { ?s ?p (1 } )",
            "'}' closes nothing; put the ')' of line 1",
            Place(None, 1, 16),
            "}",
        ),
        ("ASK { } }", "'}' closes nothing; remove it", Place(None, 1, 9), "}"),
        ("ASK { ?s ?p 'x }", "the string is never closed", Place(None, 1, 13), "'"),
        ("ASK { ?s ?p <a b> }", "percent-encode blanks", Place(None, 1, 13), "<a b> }"),
        ("ASK { ?s ?p \\u0041 }", "begins nothing that SPARQL knows", Place(None, 1, 13), "\\"),
        ("", "no SELECT, ASK, CONSTRUCT or DESCRIBE", Place(None, 1, 1), ""),
    ],
)
def test_an_error_says_where_what_and_what_to_do(query, message, place, token):
    with pytest.raises(QueryError) as caught:
        look(query)

    assert message in str(caught.value)
    assert (caught.value.place, caught.value.token) == (place, token)


def test_a_graph_outside_the_data_set_is_refused_with_near_names():
    named = {"http://e/graph/gmf-2023", "http://e/graph/spf-2024"}

    with pytest.raises(QueryRefused) as caught:
        check_graphs([("http://e/graph/gmf-2024", None)], named, source="FROM")

    assert str(caught.value).endswith(
        "did you mean <http://e/graph/gmf-2023> or <http://e/graph/spf-2024>?"
    )


@pytest.mark.parametrize("iri", ["file:///etc/passwd", "http://127.0.0.1:1/x.ttl", ""])
def test_nothing_is_fetched_for_from(iri):
    with pytest.raises(QueryRefused, match="nothing is fetched from elsewhere"):
        check_graphs([(iri, None)], {"http://e/g"}, source="FROM")


@pytest.mark.parametrize(
    ("query", "relative"),
    [
        ("ASK { <a:b> ?p ?o }", False),
        ("ASK { <b> ?p ?o }", True),
        ("PREFIX : <#> ASK {}", True),
        ("BASE <a> ASK {}", True),
        ("BASE <http://e/> ASK { <b> ?p ?o }", False),
        ("PREFIX : <#> BASE <http://e/> ASK {}", True),
        ("ASK { FILTER(1 < 2) }", False),
    ],
)
def test_a_query_that_hangs_on_its_base_is_known(query, relative):
    assert look(query).relative is relative


def test_from_is_resolved_against_the_base_of_the_endpoint():
    examined = examine("SELECT * FROM <g> {}", Settings(), "http://e/sparql")

    assert examined.graphs == (("http://e/g", 14),)


@pytest.mark.parametrize("iri", ["http://f]r.example/", "http://a/\\U00110000"])
def test_an_iri_that_cannot_be_read_is_the_askers_fault(iri):
    with pytest.raises(QueryError, match="is no IRI"):
        read_prefixes(f"PREFIX a: <{iri}> SELECT * {{ ?s ?p ?o }}", "http://here.example/")
