from collections import Counter
from pathlib import Path

import pytest

from competency_rows import (
    QUERIES,
    add_named_graphs,
    find_query,
    open_rdflib,
    open_store,
    read_expected,
    rows_of_pyoxigraph,
    rows_of_rdflib,
)

EXPECTED = Path(__file__).parent / "competency"
NAMES = sorted(path.stem for path in (QUERIES / "competency").glob("*.rq"))


@pytest.fixture(scope="module")
def store(snapshot):
    return open_store(snapshot.dataset)


@pytest.fixture(scope="module")
def dataset(store):
    return open_rdflib(store)


@pytest.mark.parametrize("name", NAMES)
def test_the_query_gives_its_expected_rows(store, name):
    expected = read_expected(EXPECTED / f"{name}.csv")

    assert rows_of_pyoxigraph(store, find_query(name).text) == expected


@pytest.mark.parametrize("name", NAMES)
def test_the_query_gives_the_same_rows_in_rdflib(store, dataset, name):
    query = find_query(name)
    add_named_graphs(store, dataset, query.text)
    head, *rows = read_expected(EXPECTED / f"{name}.csv")

    found_head, *found = rows_of_rdflib(dataset, query)

    assert (found_head, Counter(map(tuple, found))) == (head, Counter(map(tuple, rows)))


def test_no_expectation_is_without_its_query():
    assert sorted(path.stem for path in EXPECTED.glob("*.csv")) == NAMES
