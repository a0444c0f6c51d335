"""Rewrite a query that asks about one node so that it asks about a set of nodes at once.

SHACL binds `$this` to one focus node wherever it stands. The same answers come of one query
over all focus nodes if each group that speaks of `$this` begins with a pattern that gives it
its values: a set joined with itself stays as it is. Where rows of different focus nodes would
meet, in an aggregate or under LIMIT, no rewriting is right, and none is given.

Source: https://www.w3.org/TR/shacl/#pre-binding
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

_TOKEN = re.compile(
    r"(?P<said>\"\"\".*?\"\"\"|'''.*?'''|\"(?:[^\"\\\n]|\\.)*\"|'(?:[^'\\\n]|\\.)*'"
    r"|<[^<>\"{}|^`\\\s]*>|\#[^\n]*)"
    r"|[$?](?P<name>\w+)"
    r"|(?P<prefixed>[\w.-]*:[\w.-]*)"
    r"|(?P<word>[A-Za-z]\w*)"
    r"|(?P<mark>[{}()*])",
    re.DOTALL,
)
#: What lets rows of different focus nodes meet, or is no SELECT over one graph.
_REFUSED = {"LIMIT", "OFFSET", "MINUS", "VALUES", "SERVICE", "GRAPH", "FROM", "ASK", "CONSTRUCT"}
_AGGREGATES = {"COUNT", "SUM", "MIN", "MAX", "AVG", "SAMPLE", "GROUP_CONCAT"}
_CLAUSES = {"WHERE", "HAVING", "ORDER"}


@dataclass(slots=True)
class _Select:
    """A SELECT.

    Attributes:
        depth: How many braces stand open around it.
        selected: What it selects.
        grouped: What it groups by; None where it does not.
        aggregates: Whether it has an aggregate.
        speaks: Whether the variable stands in it.
        begun: Whether its pattern has begun.
    """

    depth: int
    selected: set[str] = field(default_factory=set)
    grouped: set[str] | None = None
    aggregates: bool = False
    speaks: bool = False
    begun: bool = False


@dataclass(slots=True)
class _Group:
    """A group in braces.

    Attributes:
        start: Where its first brace ends.
        asked: Whether EXISTS asks for it.
        within: Whether it stands within what EXISTS asks for.
        select: The SELECT whose pattern it is, if any.
        wraps: Whether it holds a SELECT and nothing else.
        speaks: Whether the variable stands in it.
    """

    start: int
    asked: bool
    within: bool
    select: _Select | None
    wraps: bool = False
    speaks: bool = False


def ask_of_all(query: str, name: str, pattern: str) -> str | None:
    """Rewrite a SELECT about one node into one about a set of nodes.

    Args:
        query: A SELECT with a variable that stands for one node.
        name: The variable's name.
        pattern: A pattern that binds the variable to each node of the set.

    Returns:
        The query, which selects the variable; None where no rewriting is known to be right.
    """
    reader = _Reader(name)
    starts = sorted(reader.read(query))
    if not starts:
        return None
    ends = [*starts, len(query)]
    parts = [query[start:end] for start, end in zip([0, *starts], ends, strict=True)]
    return f" {pattern} ".join(parts)


class _Reader:
    """Follows a query's braces and clauses."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._open: list[_Group] = []
        self._groups: list[_Group] = []
        self._active: list[_Select] = []
        self._selects: list[_Select] = []
        self._clause = ""
        self._brackets = 0
        self._exists = False

    def read(self, query: str) -> list[int]:
        """Return where the pattern goes; nothing where no rewriting is known to be right."""
        for token in _TOKEN.finditer(query):
            if token["name"]:
                self._see_variable(token["name"])
            elif token["word"] and not self._see_word(token["word"].upper()):
                return []
            elif token["mark"]:
                self._see_mark(token["mark"], token.end())
        if not self._selects or not all(map(self._is_safe, self._selects)):
            return []
        if any(group.within and group.speaks and not group.asked for group in self._groups):
            return []
        return [group.start for group in self._groups if self._needs_pattern(group)]

    def _is_safe(self, select: _Select) -> bool:
        """Tell whether a SELECT keeps the rows of different nodes apart."""
        if select is not self._selects[0] and not select.speaks:
            return True
        if select.grouped is not None:
            return self._name in select.grouped & select.selected
        return not select.aggregates and bool(select.selected & {self._name, "*"})

    def _needs_pattern(self, group: _Group) -> bool:
        if group.wraps or group.asked or group.within:
            return False
        select = group.select
        return group.speaks or (
            select is not None and (select.speaks or select is self._selects[0])
        )

    def _see_variable(self, name: str) -> None:
        if self._active and not self._brackets:
            if self._clause == "SELECT":
                self._active[-1].selected.add(name)
            elif self._clause == "GROUP":
                self._active[-1].grouped = (self._active[-1].grouped or set()) | {name}
        if name == self._name:
            for group in self._open:
                group.speaks = True
            for select in self._active:
                select.speaks = True

    def _see_word(self, word: str) -> bool:
        """Note a word; return whether it leaves a rewriting possible."""
        self._exists = word == "EXISTS"
        if word == "SELECT":
            self._active.append(_Select(len(self._open)))
            self._selects.append(self._active[-1])
            self._enter(word)
            if self._open:
                self._open[-1].wraps = True
        elif word == "GROUP" and self._active:
            self._active[-1].grouped = set()
            self._enter(word)
        elif word in _CLAUSES:
            self._enter("")
        elif word in _AGGREGATES and self._active:
            self._active[-1].aggregates = True
        return word not in _REFUSED

    def _enter(self, clause: str) -> None:
        self._clause = clause
        self._brackets = 0

    def _see_mark(self, mark: str, end: int) -> None:
        if mark == "{":
            self._open_group(end)
        elif mark == "}":
            self._close_group()
        elif mark == "*":
            if self._clause == "SELECT" and not self._brackets:
                self._active[-1].selected.add("*")
        else:
            self._brackets += 1 if mark == "(" else -1

    def _open_group(self, end: int) -> None:
        select = self._active[-1] if self._active else None
        if select is None or select.begun or select.depth != len(self._open):
            select = None
        else:
            select.begun = True
        within = any(group.asked or group.within for group in self._open)
        self._open.append(_Group(end, self._exists, within, select))
        self._groups.append(self._open[-1])
        self._enter("")
        self._exists = False

    def _close_group(self) -> None:
        if self._open:
            self._open.pop()
        while self._active and self._active[-1].depth > len(self._open):
            self._active.pop()
        self._enter("")
