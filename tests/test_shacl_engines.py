"""The compiled engine finds what pySHACL finds, result by result."""

from collections import Counter
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from pyoxigraph import RdfFormat, parse

import shacl_worlds
from entente.shacl.validate import check

ROOT = Path(__file__).resolve().parent.parent


def read(text):
    return [quad.triple for quad in parse(text.encode(), format=RdfFormat.TURTLE)]


def tell(report):
    """All that a report says but the time that it took."""
    return (
        Counter(report.results),
        report.checked,
        report.focus_nodes,
        report.focus_terms,
        report.conforms,
    )


@settings(
    max_examples=120,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
@given(graph=shacl_worlds.graphs(), shapes=shacl_worlds.shapes())
def test_both_engines_find_the_same_in_random_graphs(graph, shapes):
    compare(graph, shapes)


@pytest.mark.slow
@settings(max_examples=1500, deadline=None, suppress_health_check=list(HealthCheck))
@given(graph=shacl_worlds.graphs(), shapes=shacl_worlds.shapes())
def test_both_engines_find_the_same_in_many_random_graphs(graph, shapes):
    compare(graph, shapes)


def compare(graph, shapes):
    data, rules = read(graph), read(shapes)
    reference = check(data, rules, engine="pyshacl")

    compiled = check(data, rules)

    assert tell(compiled) == tell(reference)
