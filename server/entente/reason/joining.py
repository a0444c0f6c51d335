"""What a group of patterns finds in facts: rows of numbers.

All rows go through one pattern after the other. The constants of a rule are columns of the row
that it starts with, so that each part of a pattern either has a column or is still free.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from entente.reason.conditions import Group, Test
from entente.reason.facts import NOTHING, Facts, Relation, Relations
from entente.reason.patterns import Pattern
from entente.terms import Term

Row = tuple[int, ...]
#: A term, or the name of a variable.
Part = Term | str
#: A pattern, and the relations in which it is looked for.
Source = tuple[Pattern, Relations]


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of numbers.

    Attributes:
        columns: Where a term or a variable stands in each row.
        rows: The rows.
    """

    columns: Mapping[Part, int]
    rows: list[Row]

    def widen(self, part: Part, rows: list[Row]) -> Table:
        """Put in place of the rows others, which have one column more."""
        return Table({**self.columns, part: len(self.columns)}, rows)


def start_table(facts: Facts, terms: Iterable[Term]) -> Table:
    """Make the row to begin with: a column for each term."""
    columns: dict[Part, int] = {term: at for at, term in enumerate(dict.fromkeys(terms))}
    return Table(columns, [tuple(facts.number(term) for term in columns)])  # type: ignore[arg-type]


def find_rows(facts: Facts, group: Group, sources: Sequence[Source], start: Table) -> Table:
    """Find the rows that a group of conditions allows.

    Args:
        facts: The facts.
        group: The conditions.
        sources: The group's patterns, each with the relations in which it is looked for.
        start: The row, or the rows, to begin with; all terms of the group have a column.
    """
    table, tests, waiting = start, list(group.tests), list(sources)
    for name, terms in group.values:
        table = _offer(table, name, [facts.number(term) for term in terms])
    while waiting and table.rows:
        best = min(waiting, key=lambda source: _guess(facts, table, source))
        waiting.remove(best)
        table = _join(facts, table, best)
        known = [test for test in tests if _is_known(test, table)]
        tests = [test for test in tests if test not in known]
        for test in known:
            table = Table(table.columns, _pass(facts, table, test))
    for inner in group.absent:
        table = _leave_out(facts, table, inner)
    return table


def _offer(table: Table, name: str, numbers: Sequence[int]) -> Table:
    """Give a variable each of some values."""
    if name in table.columns:
        at = table.columns[name]
        return Table(table.columns, [row for row in table.rows if row[at] in numbers])
    return table.widen(name, [(*row, number) for row in table.rows for number in numbers])


def _guess(facts: Facts, table: Table, source: Source) -> float:
    """Guess how many matches a pattern has for each row."""
    pattern, relations = source
    columns = table.columns
    known = (pattern.subject in columns) + (pattern.object in columns)
    if pattern.lists or pattern.repeat:
        return 0 if pattern.subject in columns else len(facts.terms)
    if pattern.predicate in columns:
        at = columns[pattern.predicate]
        verbs = {row[at] for row in table.rows}
        size = sum(len(relations[verb].pairs) for verb in verbs if verb in relations) / len(verbs)
    else:
        size = sum(len(relation.pairs) for relation in relations.values())
    return (size, size**0.5, 0)[known]


def _is_known(test: Test, table: Table) -> bool:
    return test.name in table.columns and (not test.other or test.other in table.columns)


def _pass(facts: Facts, table: Table, test: Test) -> list[Row]:
    at = table.columns[test.name]
    if test.kind == "different":
        other = table.columns[test.other]
        return [row for row in table.rows if row[at] != row[other]]
    if test.kind == "no literal":
        return [row for row in table.rows if row[at] not in facts.literals]
    wanted = {"iri": facts.iris, "literal": facts.literals, "no text": facts.values}[test.kind]
    return [row for row in table.rows if row[at] in wanted]


def _leave_out(facts: Facts, table: Table, group: Group) -> Table:
    """Leave out the rows for which a group holds."""
    number = len(table.columns)
    start = table.widen(f"row {number}", [(*row, at) for at, row in enumerate(table.rows)])
    sources = [(pattern, facts.relations) for pattern in group.patterns]
    found = {row[number] for row in find_rows(facts, group, sources, start).rows}
    return Table(table.columns, [row for at, row in enumerate(table.rows) if at not in found])


def _join(facts: Facts, table: Table, source: Source) -> Table:
    """Lead each row on to each match of a pattern."""
    pattern, relations = source
    if pattern.repeat:
        return _join_walks(facts, table, pattern)
    if pattern.lists:
        return _join_lists(facts, table, pattern)
    joined = [*_join_each(table, pattern, relations)]
    rows = [row for part in joined for row in part.rows]
    return Table(joined[0].columns if joined else table.columns, rows)


def _join_each(table: Table, pattern: Pattern, relations: Relations) -> Iterator[Table]:
    """Join the rows with one relation after the other."""
    at = table.columns.get(pattern.predicate)
    if at is None:
        for verb, relation in relations.items():
            rows = [(*row, verb) for row in table.rows]
            wanted = _choose_pairs(table, pattern, relation)
            yield _join_relation(table.widen(pattern.predicate, rows), pattern, wanted)
        return
    by_verb: dict[int, list[Row]] = {}
    for row in table.rows:
        by_verb.setdefault(row[at], []).append(row)
    for verb, rows in by_verb.items():
        yield _join_relation(Table(table.columns, rows), pattern, relations.get(verb, NOTHING))


def _choose_pairs(table: Table, pattern: Pattern, relation: Relation) -> Relation:
    """Choose the pairs that some row asks for: to index every relation would take longer."""
    pairs = relation.pairs
    for place, part in enumerate((pattern.subject, pattern.object)):
        if part in table.columns:
            at = table.columns[part]
            known = {row[at] for row in table.rows}
            pairs = {pair for pair in pairs if pair[place] in known}
    return Relation(pairs)


def _join_walks(facts: Facts, table: Table, pattern: Pattern) -> Table:
    """Lead each row on to what a predicate leads to in any number of steps."""
    start, verb = table.columns[pattern.subject], table.columns[pattern.predicate]
    ends = {
        pair: facts.walk(*pair, pattern.repeat)
        for pair in {(row[start], row[verb]) for row in table.rows}
    }
    if pattern.object in table.columns:
        at = table.columns[pattern.object]
        found = [row for row in table.rows if row[at] in ends[row[start], row[verb]]]
        return Table(table.columns, found)
    rows = [(*row, end) for row in table.rows for end in ends[row[start], row[verb]]]
    return table.widen(pattern.object, rows)


def _join_lists(facts: Facts, table: Table, pattern: Pattern) -> Table:
    if pattern.subject not in table.columns:
        cells = facts.list_cells()
        rows = [(*row, cell) for row in table.rows for cell in cells]
        return _join_lists(facts, table.widen(pattern.subject, rows), pattern)
    start = table.columns[pattern.subject]
    members = facts.list_members
    if pattern.object in table.columns:
        at = table.columns[pattern.object]
        return Table(table.columns, [row for row in table.rows if row[at] in members(row[start])])
    rows = [(*row, member) for row in table.rows for member in members(row[start])]
    return table.widen(pattern.object, rows)


def _join_relation(table: Table, pattern: Pattern, relation: Relation) -> Table:
    subject, object_ = pattern.subject, pattern.object
    rows, one, other = table.rows, table.columns.get(subject), table.columns.get(object_)
    if one is not None and other is not None:
        pairs = relation.pairs
        return Table(table.columns, [row for row in rows if (row[one], row[other]) in pairs])
    if one is not None:
        objects = relation.by_subject()
        found = [(*row, at) for row in rows for at in objects.get(row[one], ())]
        return table.widen(object_, found)
    if other is not None:
        subjects = relation.by_object()
        found = [(*row, at) for row in rows for at in subjects.get(row[other], ())]
        return table.widen(subject, found)
    if subject == object_:
        found = [(*row, at) for row in rows for at, to in relation.pairs if at == to]
        return table.widen(subject, found)
    found = [(*row, at, to) for row in rows for at, to in relation.pairs]
    return table.widen(subject, []).widen(object_, found)
