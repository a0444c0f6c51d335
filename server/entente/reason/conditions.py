"""What a rule asks of a graph: patterns, tests of values, groups that must hold or must not.

These are the conditions that the rules of OWL 2 RL need. A rule with others is run by the
engine.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from entente.reason.patterns import MEMBERS, Pattern, parse_part, parse_pattern
from entente.reason.rules import Rule
from entente.terms import Term

Kind = Literal["different", "no literal", "iri"]

_NAME = r"[\w-]*:[\w-]*|<[^>\s]*>"
_TERM = rf'(\?\w+|\ba\b|{_NAME}|"[^"]*"(?:\^\^[\w-]*:\w+)?)'
_PATTERN = re.compile(rf"{_TERM}\s+({re.escape(MEMBERS)}|\?\w+|\ba\b|{_NAME})\s+{_TERM}(?:\s+\.)?")
_GROUP = re.compile(r"FILTER (NOT )?EXISTS \{")
_VALUES = re.compile(r"VALUES \?(\w+) \{([^{}]*)\}")
_FILTER = re.compile(r"FILTER\((.*)\)$", re.MULTILINE)
_TESTS: Sequence[tuple[Kind, re.Pattern[str]]] = (
    ("different", re.compile(r"!sameTerm\(\?(\w+), (\?\w+)\)")),
    ("different", re.compile(rf"\?(\w+) != ({_NAME})")),
    ("no literal", re.compile(r"!isLiteral\(\?(\w+)\)()")),
    ("iri", re.compile(r"isIRI\(\?(\w+)\)()")),
)


class UnknownCondition(Exception):
    """A rule has a condition that only the engine knows."""


@dataclass(frozen=True, slots=True)
class Test:
    """A test of one value or of two.

    Attributes:
        kind: What must be true: two values differ, one is no literal, one is an IRI.
        name: The variable.
        other: The other variable or term, where two are compared.
    """

    kind: Kind
    name: str
    other: Term | str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """What must hold together.

    Attributes:
        patterns: The triple patterns.
        tests: The tests of values.
        values: Variables, and the terms that each may be.
        absent: Groups that must not hold.
    """

    patterns: tuple[Pattern, ...]
    tests: tuple[Test, ...]
    values: tuple[tuple[str, tuple[Term, ...]], ...]
    absent: tuple[Group, ...]

    def terms(self) -> Iterator[Term]:
        """Yield the terms of its patterns, tests and values, and of its groups."""
        parts = [part for pattern in self.patterns for part in pattern.parts]
        parts += [test.other for test in self.tests]
        yield from (part for part in parts if not isinstance(part, str))
        for _, terms in self.values:
            yield from terms
        for group in self.absent:
            yield from group.terms()


def read_body(rule: Rule) -> Group:
    """Read what a rule asks.

    Raises:
        UnknownCondition: It asks for more than a `Group` can say.
    """
    text = "\n".join([*(f"{premise.text} ." for premise in rule.premises), rule.conditions])
    group, end = _read_group(text, 0, rule.prefixes)
    if end < len(text):
        raise UnknownCondition(text[end:])
    return group


def _read_group(text: str, at: int, prefixes: Mapping[str, str]) -> tuple[Group, int]:
    """Read as much as is known from a place on; return it and where it ends."""
    patterns: list[Pattern] = []
    tests: list[Test] = []
    values: list[tuple[str, tuple[Term, ...]]] = []
    absent: list[Group] = []
    while True:
        at = _skip_space(text, at)
        if found := _GROUP.match(text, at):
            group, at = _read_group(text, found.end(), prefixes)
            if text[at : at + 1] != "}":
                raise UnknownCondition(text[at:])
            at += 1
            if found[1]:
                absent.append(group)
            else:  # for a rule it is one whether a thing must be there once or may be often
                patterns += group.patterns
                tests += group.tests
                values += group.values
                absent += group.absent
            continue
        if found := _VALUES.match(text, at):
            values.append(
                (found[1], tuple(_read_term(word, prefixes) for word in found[2].split()))
            )
        elif found := _FILTER.match(text, at):
            tests += [_read_test(part.strip(), prefixes) for part in found[1].split("&&")]
        elif found := _PATTERN.match(text, at):
            patterns.append(parse_pattern(" ".join(found.groups()), prefixes))
        else:
            return Group(tuple(patterns), tuple(tests), tuple(values), tuple(absent)), at
        at = found.end()


def _skip_space(text: str, at: int) -> int:
    while text[at : at + 1].isspace():
        at += 1
    return at


def _read_test(text: str, prefixes: Mapping[str, str]) -> Test:
    for kind, form in _TESTS:
        if found := form.fullmatch(text):
            return Test(kind, found[1], parse_part(found[2], prefixes) if found[2] else "")
    raise UnknownCondition(text)


def _read_term(word: str, prefixes: Mapping[str, str]) -> Term:
    term = parse_part(word, prefixes)
    if isinstance(term, str):
        raise UnknownCondition(word)
    return term
