"""What a check tried, by shape: focus nodes, and of each constraint its values and failures."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import groupby

from entente import vocab
from entente.shacl.model import Exercised, Report
from entente.shacl.reports.text import shorten


def write_coverage(report: Report) -> str:
    """Write a line a shape and a line a constraint, then what was never tried."""
    focus = {one.shape: one.focus_nodes for one in report.checked}
    lines = ["coverage"]
    for shape, group in groupby(report.exercised, key=lambda one: one.shape):
        nodes = f"{focus[shape]:,} focus nodes" if shape in focus else "no target of its own"
        lines += [f"  {shorten(shape)}: {nodes}", *map(_write, group)]
    return "\n".join([*lines, *_conclude(report.exercised)]) + "\n"


def _write(one: Exercised) -> str:
    path = vocab.shorten(one.path) if _PLAIN.fullmatch(one.path) else one.path or "-"
    failed = f"failed {one.failures:,} times" if one.failures else "never failed"
    tried = f"{one.values:,} different values, " if one.values else "saw no value, "
    return f"    {one.component:<20} {path:<30} {tried}{failed}"


_PLAIN = re.compile(r"[^<>()|/^]+:[^<>()|^]+")


def _conclude(exercised: Sequence[Exercised]) -> Iterator[str]:
    unseen = sum(not one.values for one in exercised)
    unfailed = sum(not one.failures for one in exercised)
    yield (
        f"{len(exercised)} constraints: {unseen} saw no value, "
        f"{unfailed} never failed (entente shapes test shows that they can)"
    )
