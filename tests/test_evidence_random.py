"""The property of a support, checked by re-running random queries on random graphs."""

from itertools import islice

import pyoxigraph as ox
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from entente.provenance.support import Question

NODES = [f"<urn:n:{name}>" for name in "abcd"]
VERBS = [f"<urn:p:{name}>" for name in "pqr"]
VARIABLES = ["?x", "?y", "?z"]
SETTINGS = settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)

triples = st.tuples(
    st.sampled_from(NODES), st.sampled_from(VERBS), st.sampled_from([*NODES, "1", "2"])
)
graphs = st.sets(triples, min_size=2, max_size=9)
ends = st.sampled_from([*VARIABLES, *VARIABLES, *NODES[:2]])
verbs = st.one_of(
    st.sampled_from([*VERBS, *VERBS, "?v"]),
    st.builds("{}/{}".format, st.sampled_from(VERBS), st.sampled_from(VERBS)),
    st.builds("({}|{})".format, st.sampled_from(VERBS), st.sampled_from(VERBS)),
    st.builds("{}+".format, st.sampled_from(VERBS)),
    st.builds("^{}".format, st.sampled_from(VERBS)),
)
patterns = st.builds("{} {} {} .".format, ends, verbs, ends)
blocks = st.lists(patterns, min_size=1, max_size=2).map(" ".join)
comparisons = st.builds(
    "FILTER({} {} {})".format,
    st.sampled_from(VARIABLES),
    st.sampled_from(["=", "!="]),
    st.sampled_from([*VARIABLES, *NODES]),
)
more = st.one_of(
    blocks,
    st.builds("OPTIONAL {{ {} }}".format, blocks),
    st.builds("OPTIONAL {{ {} {} }}".format, blocks, comparisons),
    st.builds("{{ {} }} UNION {{ {} }}".format, blocks, blocks),
    st.builds("MINUS {{ {} }}".format, blocks),
    st.builds("FILTER NOT EXISTS {{ {} }}".format, blocks),
    st.builds("FILTER EXISTS {{ {} }}".format, blocks),
    st.builds("{{ SELECT DISTINCT ?x {{ {} }} }}".format, blocks),
    comparisons,
)
bodies = st.builds("{} {}".format, blocks, st.lists(more, max_size=2).map(" ".join))
queries = st.one_of(
    st.builds("SELECT * {{ {} }}".format, bodies),
    st.builds("SELECT DISTINCT ?x ?y {{ {} }}".format, bodies),
    st.builds("SELECT ?x (COUNT(*) AS ?n) {{ {} }} GROUP BY ?x".format, bodies),
    st.builds("SELECT ?x {{ {} }} GROUP BY ?x HAVING(COUNT(*) > 1)".format, bodies),
)


def store_of(quads):
    store = ox.Store()
    store.extend(quads)
    return store


def rows_of(store, query):
    answer = store.query(query)
    names = [variable.value for variable in answer.variables]
    return [tuple(row[name] for name in names) for row in answer], names


@SETTINGS
@given(graphs, queries)
def test_a_support_alone_yields_its_row_and_none_of_it_can_go(graph, query):
    store = ox.Store()
    store.load("\n".join(f"{' '.join(t)} ." for t in graph).encode(), ox.RdfFormat.TURTLE)
    every = set(store.quads_for_pattern(None, None, None))
    rows, names = rows_of(store, query)

    question = Question(store, query)
    for row in islice(rows, 4):
        support = question.support(row, names)

        assert not support.problem, row
        assert every.issuperset(support.quads)
        assert row in rows_of(store_of(support.quads), query)[0]
        for gone in support.quads:
            rest = [quad for quad in support.quads if quad != gone]
            assert row not in rows_of(store_of(rest), query)[0]
