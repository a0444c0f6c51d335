"""W3C's SPARQL suites over HTTP, asked of `entente serve --data`.

The suites stand in a folder that ENTENTE_W3C names, with a clone of github.com/w3c/rdf-tests.
"""

import os
from pathlib import Path

import pytest

from w3c.cases import read_cases
from w3c.known import KNOWN
from w3c.run import run_case
from w3c.targets import entente_target

FOLDER = os.environ.get("ENTENTE_W3C", "")
CASES = read_cases(Path(FOLDER) / "rdf-tests") if FOLDER else []
pytestmark = [
    pytest.mark.w3c,
    pytest.mark.skipif(not FOLDER, reason="ENTENTE_W3C names no folder with W3C's suites"),
]


@pytest.fixture(scope="module")
def target(tmp_path_factory):
    with entente_target(tmp_path_factory.mktemp("w3c")) as target:
        yield target


def grouped_by_data(cases):
    """Put cases of one data set side by side, so that it is served once."""
    first = {}
    for case in cases:
        first.setdefault(case.data, case.id)
    return sorted(cases, key=lambda case: first[case.data])


@pytest.mark.parametrize("case", grouped_by_data(CASES), ids=lambda case: case.id)
def test_the_endpoint_answers_as_w3c_expects(target, case):
    target.ensure(case.data)

    failure = run_case(target, case)

    if case.id in KNOWN:
        assert failure, f"{case.id} passes now: take it out of w3c/known.py"
    else:
        assert failure is None


@pytest.mark.skipif(not FOLDER, reason="ENTENTE_W3C names no folder with W3C's suites")
def test_every_known_failure_is_a_case():
    assert KNOWN.keys() <= {case.id for case in CASES}
