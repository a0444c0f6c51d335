"""The page of promised figures: each benchmark writes its own section."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "benchmarks"))

from promises import HEAD, Figure, replace_section


def test_a_section_takes_the_place_of_its_own_and_leaves_the_others():
    page = replace_section(replace_section("", "Evidence", "old"), "Viewpoints", "first")

    page = replace_section(page, "Evidence", "new")

    assert page == f"{HEAD}\n## Viewpoints\n\nfirst\n\n## Evidence\n\nnew\n"


def test_a_figure_at_its_limit_misses_the_promise():
    assert str(Figure("closing", 299.5, 300, "ms")) == "| closing | 299.50 ms | 300 | kept |"
    assert str(Figure("closing", 300, 300, "ms")).endswith("| missed |")
