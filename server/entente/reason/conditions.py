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

Kind = Literal["different", "literal", "no literal", "no text", "iri"]

_NAME = r"[\w-]*:[\w-]*|<[^>\s]*>"
_TERM = rf'(\?\w+|\ba\b|{_NAME}|"[^"]*"(?:\^\^[\w-]*:\w+)?)'
_VERB = rf"({re.escape(MEMBERS)}|\?\w+|\ba\b|(?:{_NAME})[*+?]?)"
_PATTERN = re.compile(rf"{_TERM}\s+{_VERB}\s+{_TERM}(?:\s+\.)?")
_GROUP = re.compile(r"FILTER (NOT )?EXISTS \{")
_VALUES = re.compile(r"VALUES \?(\w+) \{([^{}]*)\}")
_FILTER = re.compile(r"FILTER\((.*)\)$", re.MULTILINE)
_TESTS: Sequence[tuple[Kind, re.Pattern[str]]] = (
    ("different", re.compile(r"!sameTerm\(\?(\w+), (\?\w+)\)")),
    ("different", re.compile(rf"\?(\w+) != ({_NAME})")),
    ("literal", re.compile(r"isLiteral\(\?(\w+)\)()")),
    ("no literal", re.compile(r"!isLiteral\(\?(\w+)\)()")),
    ("no text", re.compile(r"DATATYPE\(\?(\w+)\) NOT IN \(xsd:string, rdf:langString\)()")),
    ("iri", re.compile(r"isIRI\(\?(\w+)\)()")),
)


class UnknownCondition(Exception):
    """A rule has a condition that only the engine knows."""


@dataclass(frozen=True, slots=True)
class Test:
    """A test of one value or of two.

    Attributes:
        kind: What must be true: two values differ; one is a literal, is none, is a literal that
            is no text, is an IRI.
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
    """Read what a rule that infers asks.

    Raises:
        UnknownCondition: It asks for more than a `Group` can say, or walks a path of any length.
    """
    group, rest = read_known(rule)
    if rest or any(pattern.repeat for pattern in group.patterns):
        raise UnknownCondition(rest)
    return group


def read_known(rule: Rule) -> tuple[Group, str]:
    """Read what a rule asks, up to the first condition that a `Group` cannot say.

    Returns:
        What was read, and the rest of the rule's text; empty where all was read.

    Raises:
        UnknownCondition: A group within the rule asks for more, or nothing says where a path of
            any length begins.
    """
    text = "\n".join([*(f"{premise.text} ." for premise in rule.premises), rule.conditions])
    group, end = _read_group(text, 0, rule.prefixes)
    _check_beginnings(group.patterns)
    return group, text[end:]


def _check_beginnings(patterns: Sequence[Pattern]) -> None:
    """Raise an error where a path of any length begins with what no other pattern finds."""
    known = {part for pattern in patterns if not pattern.repeat for part in pattern.parts}
    waiting = [pattern for pattern in patterns if pattern.repeat]
    while waiting:
        begun = [pattern for pattern in waiting if pattern.subject in known]
        if not begun:
            raise UnknownCondition(str(waiting[0]))
        known.update(pattern.object for pattern in begun)
        waiting = [pattern for pattern in waiting if pattern not in begun]


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
            if found[1] and any(pattern.repeat for pattern in group.patterns):
                raise UnknownCondition(text[at:])
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
        elif (found := _FILTER.match(text, at)) and (read := _read_tests(found[1], prefixes)):
            tests += read
        elif found := _PATTERN.match(text, at):
            patterns.append(parse_pattern(" ".join(found.groups()), prefixes))
        else:
            return Group(tuple(patterns), tuple(tests), tuple(values), tuple(absent)), at
        at = found.end()


def _skip_space(text: str, at: int) -> int:
    while text[at : at + 1].isspace():
        at += 1
    return at


def _read_tests(text: str, prefixes: Mapping[str, str]) -> list[Test]:
    """Read the tests of a filter; none where one of them is unknown."""
    tests = [
        Test(kind, found[1], parse_part(found[2], prefixes) if found[2] else "")
        for part in text.split("&&")
        for kind, form in _TESTS
        if (found := form.fullmatch(part.strip()))
    ]
    return tests if len(tests) == text.count("&&") + 1 else []


def _read_term(word: str, prefixes: Mapping[str, str]) -> Term:
    term = parse_part(word, prefixes)
    if isinstance(term, str):
        raise UnknownCondition(word)
    return term
