"""The runner of W3C's suites can tell a wrong answer from a right one."""

import pyoxigraph as ox
import pytest

from w3c.answers import equal_graphs, equal_results, read_result_graph, read_results

A, B, P = ox.BlankNode("a"), ox.BlankNode("b"), ox.NamedNode("http://example.org/p")
ONE, TWO = ox.Literal(1), ox.Literal(2)


def test_rows_are_equal_in_any_order_and_under_any_names_of_blank_nodes():
    assert equal_results((["x", "y"], [(A, ONE), (B, TWO)]), (["y", "x"], [(TWO, A), (ONE, B)]))


@pytest.mark.parametrize(
    "other",
    [
        (["x", "y"], [(A, ONE)]),
        (["x", "y"], [(A, ONE), (A, TWO)]),
        (["x", "y"], [(A, ONE), (B, ONE)]),
        (["x", "y"], [(A, ONE), (B, None)]),
        (["x", "z"], [(A, ONE), (B, TWO)]),
        True,
    ],
)
def test_other_rows_are_not_equal(other):
    assert not equal_results((["x", "y"], [(A, ONE), (B, TWO)]), other)


def test_repeated_rows_are_counted():
    assert not equal_results((["x"], [(ONE,), (ONE,)]), (["x"], [(ONE,)]))


def test_graphs_are_compared_up_to_blank_nodes():
    one, other = [ox.Triple(A, P, ONE)], [ox.Triple(B, P, ONE)]

    assert equal_graphs(one, other)
    assert not equal_graphs(one, [ox.Triple(B, P, TWO)])


def test_an_empty_cell_of_csv_is_no_value():
    assert read_results(b"x,y\r\n_:q,\r\n", ".csv") == (["x", "y"], [(ox.BlankNode("q"), None)])


def test_a_result_set_that_is_a_graph_is_read_as_rows():
    text = """PREFIX rs: <http://www.w3.org/2001/sw/DataAccess/tests/result-set#>
    [] a rs:ResultSet ; rs:resultVariable "x" , "y" ;
      rs:solution [ rs:binding [ rs:variable "x" ; rs:value 1 ] ] ."""
    triples = [quad.triple for quad in ox.parse(text, ox.RdfFormat.TURTLE)]

    assert read_result_graph(triples) == (["x", "y"], [(ONE, None)])
