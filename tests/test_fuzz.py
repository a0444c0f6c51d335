"""A short run of the fuzz targets: over the kept corpus, and over changed pieces of it."""

import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

FUZZ = Path(__file__).parent / "fuzz"
sys.path.insert(0, str(FUZZ))

from targets import TARGETS  # noqa: E402  found beside this file


def corpus(name):
    return sorted((FUZZ / "corpus" / name).iterdir())


@pytest.mark.parametrize("name", sorted(TARGETS))
def test_nothing_of_the_kept_corpus_raises_what_it_should_not(name):
    for path in corpus(name):
        TARGETS[name](path.read_bytes())

    assert len(corpus(name)) >= 5


@pytest.mark.parametrize("name", sorted(TARGETS))
def test_nothing_made_of_its_pieces_does(name):
    pieces = st.sampled_from([path.read_bytes()[:400] for path in corpus(name)])
    between = st.binary(max_size=12) | st.sampled_from([b"#", b"'", b'"', b"\\", b"{", b"%", b"\n"])

    @settings(max_examples=200, deadline=None, derandomize=True, database=None)
    @given(st.lists(st.tuples(pieces, st.integers(0, 400), between), min_size=1, max_size=4))
    def run(parts):
        TARGETS[name](b"".join(piece[:cut] + glue for piece, cut, glue in parts))

    run()
