"""What the index tells of each picture: a sentence with figures, and a small drawing.

Both follow from the rows of the picture's query. The drawing has no words, and says nothing that
the sentence and the picture do not: it is hidden from those who have pages read to them.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import log2

from entente.query.table import Table

WIDTH, HEIGHT = 320, 160
_CELL = 10
_MOST_TIED = 24
_EARLY = 10
_STEP = 18

#: A row of the answer, by the names of its columns.
Row = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Stroke:
    """A part of a drawing.

    Attributes:
        kind: What it stands for, the name of its style.
        path: Its shape, as the `d` of a path of SVG, in a box of `WIDTH` by `HEIGHT`.
    """

    kind: str
    path: str


@dataclass(frozen=True, slots=True)
class Thumbnail:
    """What the index tells of a picture.

    Attributes:
        figures: A sentence.
        strokes: The drawing.
    """

    figures: str
    strokes: tuple[Stroke, ...]


def make_thumbnail(kind: str, table: Table) -> Thumbnail:
    """Tell of a picture in small.

    Args:
        kind: timeline, network, matrix or tree.
        table: The rows of its query.

    >>> from entente.query.table import Cell, Table
    >>> rows = ((Cell("a"), Cell("x"), Cell("for")), (Cell("b"), Cell("x"), Cell("against")))
    >>> made = make_thumbnail("matrix", Table(("actor", "issue", "side"), rows, 2))
    >>> made.figures, [stroke.kind for stroke in made.strokes]
    ('2 positions of 2 actors on 1 issue.', ['for', 'against'])
    """
    rows = [
        dict(zip(table.columns, (cell.text for cell in row), strict=True)) for row in table.rows
    ]
    figures, strokes = _MAKERS[kind](rows)
    return Thumbnail(figures, tuple(strokes))


def _draw_timeline(rows: Sequence[Row]) -> tuple[str, Iterable[Stroke]]:
    spans = sorted(span for row in rows if (span := _read_span(row)))
    if not spans:
        return "Nothing is dated.", ()
    last = max(end for _, end in spans)
    drawn = spans[len(spans) // _EARLY :]  # the few that are early would take all the room
    first = drawn[0][0]
    wide, high = WIDTH / max(1.0, last - first), HEIGHT / len(drawn)
    lines = "".join(
        f"M{(start - first) * wide:.1f},{(place + 0.5) * high:.1f}"
        f"h{max(2.0, (end - start) * wide):.1f}"
        for place, (start, end) in enumerate(drawn)
    )
    said = (
        f"{_count(len(rows), 'date')} of {_count(len({row['thing'] for row in rows}), 'thing')} "
        f"from {_count(len({row['text'] for row in rows}), 'text')}, "
        f"{int(spans[0][0])} to {int(last)}."
    )
    return said, (Stroke("span", lines),)


def _read_span(row: Row) -> tuple[float, float] | None:
    """Read between which years something lies."""
    bounds = ("notBefore", "notAfter", "endNotBefore", "endNotAfter")
    years = [_read_year(row[name]) for name in bounds if row.get(name)]
    return (min(years), max(years)) if years else None


def _read_year(day: str) -> float:
    """Read a day as a part of its year.

    >>> _read_year("2018-07-01")
    2018.5
    """
    year, month = day.split("-")[:2]
    return int(year) + (int(month) - 1) / 12


def _draw_network(rows: Sequence[Row]) -> tuple[str, Iterable[Stroke]]:
    left = _rank(row["actor"] for row in rows)
    right = _rank(row["through"] for row in rows if row["through"])
    ties = {(row["actor"], row["through"]) for row in rows if row["through"]}
    high, middle = HEIGHT / _MOST_TIED, WIDTH // 2
    ends = sorted((left[actor] + 0.5, right[through] + 0.5) for actor, through in ties)
    lines = "".join(
        f"M0,{a * high:.1f}C{middle},{a * high:.1f} {middle},{b * high:.1f} {WIDTH},{b * high:.1f}"
        for a, b in ends
        if max(a, b) < _MOST_TIED
    )
    said = (
        f"{_count(len(left), 'actor')}, joined {_count(len(ties), 'time')} through "
        f"{len(right)} programmes, exercises, treaties and bodies."
    )
    return said, (Stroke("tie", lines),)


def _draw_matrix(rows: Sequence[Row]) -> tuple[str, Iterable[Stroke]]:
    actors = _rank(row["actor"] for row in rows)
    issues = _rank(row["issue"] for row in rows)
    found: dict[str, list[str]] = {}
    for row in rows:
        column, line = actors[row["actor"]], issues[row["issue"]]
        if column < WIDTH // _CELL and line < HEIGHT // _CELL:
            square = f"M{column * _CELL + 1},{line * _CELL + 1}h8v8h-8z"
            found.setdefault(row["side"], []).append(square)
    said = (
        f"{_count(len(rows), 'position')} of {_count(len(actors), 'actor')} "
        f"on {_count(len(issues), 'issue')}."
    )
    return said, [Stroke(side, "".join(dict.fromkeys(cells))) for side, cells in found.items()]


def _draw_tree(rows: Sequence[Row]) -> tuple[str, Iterable[Stroke]]:
    above = {row["term"]: row["parent"] for row in rows}
    high = HEIGHT / max(1, len(above))
    uses = {row["term"]: int(row["uses"] or 0) for row in rows}
    paths = sorted(_climb(term, above) for term in above)
    lines = "".join(
        f"M{(len(path) - 1) * _STEP},{(place + 0.5) * high:.1f}"
        f"h{4 + 14 * log2(1 + uses[path[-1]]):.1f}"
        for place, path in enumerate(paths)
    )
    kinds = Counter(row["kind"] for row in rows)
    said = ", ".join(_count(number, kind) for kind, number in kinds.most_common())
    return f"{said}.", (Stroke("use", lines),)


def _climb(term: str, above: Mapping[str, str]) -> tuple[str, ...]:
    """List the terms from the top down to one.

    >>> _climb("cat", {"cat": "animal", "animal": "", "dog": "animal"})
    ('animal', 'cat')
    """
    path = [term]
    while (upper := above.get(path[0], "")) in above and upper not in path:
        path.insert(0, upper)
    return tuple(path)


def _rank(names: Iterable[str]) -> dict[str, int]:
    """Number names, the most frequent first."""
    counted = Counter(names)
    order = sorted(counted, key=lambda name: (-counted[name], name))
    return {name: place for place, name in enumerate(order)}


def _count(number: int, what: str) -> str:
    """Write a number of things.

    >>> _count(1, "text"), _count(1200, "date"), _count(2, "class"), _count(2, "property")
    ('1 text', '1,200 dates', '2 classes', '2 properties')
    """
    if number != 1:
        what = re.sub("y$", "ie", re.sub("s$", "se", what)) + "s"
    return f"{number:,} {what}"


_MAKERS: Mapping[str, Callable[[Sequence[Row]], tuple[str, Iterable[Stroke]]]] = {
    "timeline": _draw_timeline,
    "network": _draw_network,
    "matrix": _draw_matrix,
    "tree": _draw_tree,
}
