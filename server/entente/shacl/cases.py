"""Cases that shapes are tested with: data that pass, and data of which each result is foretold.

A topic is a pair of files, `<topic>_PASS.ttl` and `<topic>_XFAIL.ttl`. A line of the second
foretells one result:

    # expects: FOCUS PATH SEVERITY [SHAPE [VALUE]]

Terms are written with the file's prefixes (or the usual ones) or in angle brackets, literals
in quotation marks, paths without blanks as SPARQL writes them. `-` is an absent path, shape or
value, or a node without a name; `*`, and what is left out at the end of the line, is not
compared. The XFAIL data are checked together with the PASS data.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyoxigraph as ox

from entente import vocab
from entente.bridge import from_rdflib
from entente.errors import InputError, NothingChecked, Place
from entente.shacl.model import SEVERITIES, Report, Result
from entente.shacl.sources import Source, read_source
from entente.shacl.validate import validate
from entente.terms import value_of

_NAME = re.compile(r"(?P<topic>.+)_(?P<kind>PASS|XFAIL)\.(?:ttl|trig|nt|nq)(?:\.gz)?")
_LINE = re.compile(r"^[ \t]*#[ \t]*expects:[ \t]*(?P<fields>[^\r\n]*)", re.MULTILINE)
_PREFIXED = re.compile(r"<[^<>\s]*>|(?<![\w:])(?P<prefix>[\w.-]*):(?P<local>[\w.%-]*)")
_ABSENT, _ANY = "-", "*"


@dataclass(frozen=True, slots=True)
class Expectation:
    """A result that is foretold.

    Attributes:
        written: The line as it stands, without its head.
        place: Where it stands.
        focus: The focus node's IRI; empty for a node without a name. Here and below, None is
            not compared.
        path: As `Result.path` writes it; empty for none.
        severity: As `Result.severity` writes it.
        shape: The IRI of the shape; empty for none.
        value: The value; an empty text for none or a node without a name.
    """

    written: str
    place: Place
    focus: str | None
    path: str | None
    severity: str | None
    shape: str | None = None
    value: ox.NamedNode | ox.Literal | str | None = None

    def fits(self, result: Result) -> bool:
        """Tell whether a result is the one foretold."""
        compared = ("focus", "path", "severity", "shape")
        same = all(getattr(self, name) in (None, getattr(result, name)) for name in compared)
        return same and (self.value is None or _is_value(self.value, result))

    @property
    def openness(self) -> int:
        """How much of it is not compared."""
        return [self.focus, self.path, self.severity, self.shape, self.value].count(None)


@dataclass(frozen=True, slots=True)
class Topic:
    """The cases of one topic, with the shapes that they test.

    Attributes:
        name: The files' name up to `_PASS` and `_XFAIL`.
        shapes: The shapes under test.
        background: What stands behind the data of each case, such as an ontology.
        passing: The data that pass, or None.
        failing: The data that fail, or None.
        foretold: The results of the data that pass: none, or none that is a violation.
        expected: The results of both together.
    """

    name: str
    shapes: tuple[Source, ...]
    background: tuple[Source, ...]
    passing: Source | None
    failing: Source | None
    foretold: tuple[Expectation, ...]
    expected: tuple[Expectation, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a case gave.

    Attributes:
        source: The file of the case.
        report: What was checked and found.
        missing: What was foretold and not found.
        unexpected: What was found and not foretold.
    """

    source: Source
    report: Report
    missing: tuple[Expectation, ...]
    unexpected: tuple[Result, ...]

    @property
    def as_expected(self) -> bool:
        """Whether just what was foretold was found."""
        return not (self.missing or self.unexpected)


def read_topics(
    folder: Path, shapes: Sequence[Source], background: Sequence[Source] = ()
) -> list[Topic]:
    """Read the cases of a folder.

    Args:
        folder: The folder; files of other names are passed over.
        shapes: The shapes. A file of them that has a topic's name is tested by that topic,
            all together by a topic that no file is named after.
        background: What stands behind the data of each case.

    Raises:
        InputError: The folder or a file cannot be read, a line does not say what is
            expected, or a file of bad data expects nothing.
        NothingChecked: There is no case.
    """
    files: dict[str, dict[str, Path]] = {}
    for path in list_cases(folder):
        match = _NAME.fullmatch(path.name)
        if match:
            files.setdefault(match["topic"], {})[match["kind"]] = path
    if not files:
        raise NothingChecked(
            f"{folder} has no case", fix="name files <topic>_PASS.ttl and <topic>_XFAIL.ttl"
        )
    return [_read_topic(name, kinds, shapes, background) for name, kinds in files.items()]


def list_cases(folder: Path) -> list[Path]:
    """List the files of a folder that are cases by their names.

    Raises:
        InputError: The folder cannot be read.
    """
    try:
        return sorted(path for path in folder.iterdir() if _NAME.fullmatch(path.name))
    except OSError as error:
        raise InputError(
            f"cannot be read: {error.strerror}",
            fix="name the folder of the cases",
            place=Place(str(folder)),
        ) from error


def _read_topic(
    name: str, kinds: Mapping[str, Path], shapes: Sequence[Source], background: Sequence[Source]
) -> Topic:
    passing = read_source(str(kinds["PASS"])) if "PASS" in kinds else None
    failing = read_source(str(kinds["XFAIL"])) if "XFAIL" in kinds else None
    foretold = tuple(read_expectations(passing)) if passing else ()
    for one in foretold:
        if one.severity == SEVERITIES[0]:
            raise InputError(
                "data that pass expect a violation", fix="move it to _XFAIL", place=one.place
            )
    expected = tuple(read_expectations(failing)) if failing else ()
    if failing and not expected:
        raise InputError(
            "no line says what is expected",
            fix="add `# expects: FOCUS PATH SEVERITY SHAPE` for each result",
            place=Place(failing.name),
        )
    own = tuple(one for one in shapes if Path(one.name).name.split(".")[0] == name)
    return Topic(
        name, own or tuple(shapes), tuple(background), passing, failing, foretold,
        (*foretold, *expected),
    )  # fmt: skip


def read_expectations(source: Source) -> Iterator[Expectation]:
    """Read what a file foretells, in its order.

    Raises:
        InputError: A line is malformed.
    """
    text, prefixes = source.text or "", {**vocab.PREFIXES, **source.prefixes}
    for match in _LINE.finditer(text):
        place = Place(source.name, text.count("\n", 0, match.start()) + 1)
        yield _read_expectation(match["fields"].strip(), prefixes, place)


def _read_expectation(written: str, prefixes: Mapping[str, str], place: Place) -> Expectation:
    fields = written.split(maxsplit=4)
    if len(fields) < 3:
        raise InputError(
            f"`{written}` does not say focus, path and severity",
            fix="write `# expects: FOCUS PATH SEVERITY [SHAPE [VALUE]]`, with - for what is absent",
            place=place,
        )
    fields += [_ANY] * (5 - len(fields))
    focus, shape, value = (_read_term(fields[index], prefixes, place) for index in (0, 3, 4))
    return Expectation(
        written=written,
        place=place,
        focus=_text(focus),
        path=_read_path(fields[1], prefixes, place),
        severity=_read_severity(fields[2], prefixes, place),
        shape=_text(shape),
        value=value,
    )


def _text(term: ox.NamedNode | ox.Literal | str | None) -> str | None:
    return term if term is None or isinstance(term, str) else term.value


def _read_severity(written: str, prefixes: Mapping[str, str], place: Place) -> str | None:
    name = written.removeprefix("sh:")
    return name if name in SEVERITIES else _read_path(written, prefixes, place)


def _read_path(written: str, prefixes: Mapping[str, str], place: Place) -> str | None:
    if written in (_ABSENT, _ANY):
        return "" if written == _ABSENT else None
    path = _expand(written, prefixes, place)
    plain = re.fullmatch(r"<([^<>]*)>", path)
    return plain[1] if plain else path


def _read_term(
    written: str, prefixes: Mapping[str, str], place: Place
) -> ox.NamedNode | ox.Literal | str | None:
    if written in (_ABSENT, _ANY):
        return "" if written == _ABSENT else None
    declared = "".join(f"PREFIX {name}: <{iri}>\n" for name, iri in prefixes.items())
    statement = f"{declared}<urn:s> <urn:p> {written} ."
    try:
        [quad] = ox.parse(statement.encode(), format=ox.RdfFormat.TURTLE, base_iri=vocab.BASE)
    except (SyntaxError, ValueError):
        quad = None
    if quad is None or not isinstance(quad.object, ox.NamedNode | ox.Literal):
        raise InputError(
            f"`{written}` is no term",
            fix="write an IRI with its prefix or in <>, a literal in quotation marks, or -",
            place=place,
        )
    return quad.object


def _expand(path: str, prefixes: Mapping[str, str], place: Place) -> str:
    """Write the names in a path as IRIs in angle brackets."""

    def expand_name(match: re.Match[str]) -> str:
        if match["prefix"] is None:
            return match[0]
        if match["prefix"] not in prefixes:
            raise InputError(
                f"unknown prefix '{match['prefix']}'", fix="declare it in the file", place=place
            )
        return f"<{prefixes[match['prefix']]}{match['local']}>"

    expanded = _PREFIXED.sub(expand_name, path)
    if "<" not in expanded:
        raise InputError(f"`{path}` is no path", fix="name a property, or write -", place=place)
    return expanded


def _is_value(expected: ox.NamedNode | ox.Literal | str, result: Result) -> bool:
    """Compare with the value; a plain literal stands for each literal of its text."""
    if isinstance(expected, str) or result.value_term is None:
        return not expected and not result.value
    if isinstance(expected, ox.Literal) and expected == ox.Literal(expected.value):
        return expected.value == result.value
    return from_rdflib(result.value_term) == expected


def run_topic(topic: Topic) -> list[Outcome]:
    """Check the cases of a topic.

    Raises:
        NothingChecked: No shape has anything to check in a case.
        InputError: A shape is malformed.
    """
    outcomes = []
    if topic.passing:
        outcomes.append(_run(topic, topic.passing, [topic.passing], topic.foretold))
    if topic.failing:
        data = [one for one in (topic.passing, topic.failing) if one]
        outcomes.append(_run(topic, topic.failing, data, topic.expected))
    return outcomes


def _run(
    topic: Topic, source: Source, data: Iterable[Source], expected: Sequence[Expectation]
) -> Outcome:
    shapes = [triple for one in topic.shapes for triple in one.triples]
    triples = [triple for one in (*topic.background, *data) for triple in one.triples]
    try:
        report = validate(triples, shapes)
    except NothingChecked as error:
        raise NothingChecked(error.what, fix=error.fix, place=Place(source.name)) from error
    missing, unexpected = compare(report.results, expected)
    return Outcome(source, report, tuple(missing), tuple(unexpected))


def compare(
    results: Iterable[Result], expected: Iterable[Expectation]
) -> tuple[list[Expectation], list[Result]]:
    """Compare what was found with what was foretold, each result with one line.

    Returns:
        What was foretold and not found, and what was found and not foretold.
    """
    left = list(results)
    missing = []
    # Those that say more take their results first.
    for one in sorted(expected, key=lambda one: one.openness):
        found = next((result for result in left if one.fits(result)), None)
        if found is None:
            missing.append(one)
        else:
            left.remove(found)
    return sorted(missing, key=lambda one: one.place.line or 0), left


def find_untested(topic: Topic, outcomes: Iterable[Outcome]) -> list[str]:
    """List the shapes with a target that found nothing in any case: nothing shows that they can.

    Args:
        topic: The topic.
        outcomes: What its cases gave.

    Returns:
        Their IRIs, or the labels of blank nodes, in order.
    """
    parts: dict[str, list[str]] = {}
    for source in topic.shapes:
        for quad in source.quads:
            if quad.predicate == _PROPERTY:
                parts.setdefault(value_of(quad.subject), []).append(value_of(quad.object))
    reports = [outcome.report for outcome in outcomes]
    told = {str(r.shape_term) for report in reports for r in report.results}
    told |= {r.shape for report in reports for r in report.results}
    shapes = {one.shape for report in reports for one in report.checked}
    return sorted(shape for shape in shapes if not told & set(_reach(shape, parts)))


_PROPERTY = ox.NamedNode("http://www.w3.org/ns/shacl#property")


def _reach(shape: str, parts: Mapping[str, list[str]]) -> Iterator[str]:
    """Yield a shape and the property shapes below it, each once."""
    seen: dict[str, None] = {shape: None}
    waiting = [shape]
    while waiting:
        one = waiting.pop()
        yield one
        new = [part for part in parts.get(one, []) if part not in seen]
        seen.update(dict.fromkeys(new))
        waiting += new
