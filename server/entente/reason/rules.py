"""Rule files: one SPARQL query each, read into premises and conclusions.

A rule is a plain CONSTRUCT, and a contradiction a plain SELECT, that any SPARQL 1.1
engine runs. The reader relies on their layout: header lines `#+ key: value`, one PREFIX
a line, `WHERE {` and its `}` alone on their lines, one premise a line ending in ` .`,
and everything else between them a condition (FILTER, VALUES, BIND, UNION). `conditions` says
which of these are run without an engine.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from entente.errors import DataError, Place
from entente.vocab import RDF

_PREFIX = re.compile(r"PREFIX (?P<prefix>\S*): <(?P<iri>[^>]*)>")
_STEP = re.compile(r"(<[^>]*>|[\w-]*:[\w-]+)([*?]?)")
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"')
_PARENTHESES = re.compile(r"\([^()]*\)")
_NUMBER = re.compile(r"(\?[a-z]+)(\d+)\b")


@dataclass(frozen=True, slots=True)
class Premise:
    """One triple pattern or property path of a rule.

    Attributes:
        text: The pattern as written, without the full stop.
        subject: The subject as written.
        predicate: The predicate or path as written; `a` is spelled out.
        object: The object as written.
        needed: The IRIs of predicates without which the premise never matches.
        mentioned: The IRIs of all predicates in it; empty for a variable.
        type_iri: The class, where the premise is `... a <class>`.
        is_path: Whether the predicate is a property path.
    """

    text: str
    subject: str
    predicate: str
    object: str
    needed: tuple[str, ...]
    mentioned: tuple[str, ...]
    type_iri: str | None
    is_path: bool


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule file.

    Attributes:
        name: The file's stem, the rule's name in the specification.
        summary: What the rule says, one sentence.
        tags: The words by which rules are grouped.
        message: What a contradiction means, with `{variable}` for each culprit; empty
            for a rule that infers.
        prefixes: Prefix to namespace.
        conclusions: The triple patterns of CONSTRUCT, as written.
        variables: The variables of SELECT, without question marks.
        premises: The triple patterns that must hold, in the order of the file.
        conditions: The FILTER, VALUES, BIND and UNION parts, as written.
        text: The whole file.
    """

    name: str
    summary: str
    tags: tuple[str, ...]
    message: str
    prefixes: Mapping[str, str]
    conclusions: tuple[str, ...]
    variables: tuple[str, ...]
    premises: tuple[Premise, ...]
    conditions: str
    text: str

    @property
    def runs(self) -> bool:
        """Whether the rule takes part in a closure; some stand for the record only."""
        return "never-run" not in self.tags

    @property
    def asks_for_one_triple(self) -> bool:
        """Whether a single triple decides whether the rule holds."""
        return len(self.premises) == 1 and look_at_values_only(self.conditions)

    @property
    def prologue(self) -> str:
        """The PREFIX lines."""
        return "".join(f"PREFIX {key}: <{iri}>\n" for key, iri in self.prefixes.items())


def look_at_values_only(conditions: str) -> bool:
    """Say whether conditions are nothing but FILTER and BIND, and ask for no triple."""
    text = _STRING.sub("", conditions)
    while (shorter := _PARENTHESES.sub("", text)) != text:
        text = shorter
    return {"FILTER", "BIND"}.issuperset(text.split())


def load_rules(rules: Path) -> list[Rule]:
    """Read every rule of a folder.

    Args:
        rules: A folder of `.rq` files.

    Returns:
        The rules in the order of their names.

    Raises:
        DataError: The folder holds no rule, or a file is not laid out as a rule.
    """
    files = sorted(rules.glob("*.rq"))
    if not files:
        raise DataError(
            "no rule files (*.rq) here", fix="name a folder of rules", place=Place(str(rules))
        )
    return [parse_rule(file.read_text(encoding="utf-8"), file) for file in files]


def parse_rule(text: str, file: Path) -> Rule:
    """Read one rule.

    Args:
        text: The query.
        file: Its file; the stem is the rule's name.

    Returns:
        The rule.

    Raises:
        DataError: The text is not laid out as a rule.
    """
    headers = dict(re.findall(r"^#\+ (\w+): (.*)$", text, flags=re.MULTILINE))
    prefixes = {found["prefix"]: found["iri"] for found in _PREFIX.finditer(text)}
    head, where, body = text.partition("\nWHERE {\n")
    if not where or not body.rstrip().endswith("\n}"):
        raise DataError(
            "the rule has no WHERE block of its own lines",
            fix="write `WHERE {` and its `}` alone on their lines",
            place=Place(str(file)),
        )
    premises, conditions = _split_body(body.rstrip().removesuffix("\n}"))
    return Rule(
        name=file.stem,
        summary=headers.get("summary", ""),
        tags=tuple(tag.strip() for tag in headers.get("tags", "").split(",")),
        message=headers.get("message", ""),
        prefixes=prefixes,
        conclusions=_conclusions(head),
        variables=tuple(re.findall(r"\?(\w+)", head.partition("\nSELECT ")[2])),
        premises=tuple(parse_premise(line, prefixes, file) for line in premises),
        conditions=conditions,
        text=text,
    )


def parse_premise(line: str, prefixes: Mapping[str, str], file: Path) -> Premise:
    """Read one premise line.

    Args:
        line: The triple pattern, without the full stop.
        prefixes: The prefixes of its rule.
        file: The file, for the message of an error.

    Returns:
        The premise.

    Raises:
        DataError: The line is not a triple pattern, or a prefix is unknown.
    """
    parts = line.split()
    if len(parts) != 3:
        raise DataError(
            f"`{line}` is no triple pattern", fix="write one a line", place=Place(str(file))
        )
    subject, predicate, object_ = parts
    predicate = f"<{RDF}type>" if predicate == "a" else predicate
    steps = [] if predicate.startswith("?") else _STEP.findall(predicate)
    try:
        iris = [(expand(step, prefixes), mark) for step, mark in steps]
        is_type = [iri for iri, _ in iris] == [RDF + "type"] and not object_.startswith("?")
        type_iri = expand(object_, prefixes) if is_type else None
    except KeyError as error:
        raise DataError(
            f"prefix {error} is not declared", fix="add its PREFIX line", place=Place(str(file))
        ) from error
    return Premise(
        text=line,
        subject=subject,
        predicate=predicate,
        object=object_,
        needed=tuple(iri for iri, mark in iris if not mark),
        mentioned=tuple(iri for iri, _ in iris),
        type_iri=type_iri,
        is_path=len(steps) > 1 or predicate[-1] in "*+?",
    )


def expand(name: str, prefixes: Mapping[str, str]) -> str:
    """Turn `<iri>` or `prefix:local` into an IRI.

    >>> expand("ex:a", {"ex": "http://example.org/"})
    'http://example.org/a'
    """
    if name.startswith("<"):
        return name[1:-1]
    prefix, _, local = name.partition(":")
    return prefixes[prefix] + local


def lengthen_chain(rule: Rule, links: int) -> Rule:
    """Write the rule for property chains of another length.

    Args:
        rule: The rule for chains of two links, prp-spo2.
        links: How many links the chain has, at least two.

    Returns:
        The rule in which the premises of the second link stand once for each further link.
    """
    *start, end = rule.premises
    step = [premise for premise in start if "2" in premise.text]
    start += [_shift(premise, by) for by in range(1, links - 1) for premise in step]
    premises = (*start, _shift(end, links - 2))
    conclusions = tuple(_renumber(line, links - 2) for line in rule.conclusions)
    return replace(rule, premises=premises, conclusions=conclusions)


def _shift(premise: Premise, by: int) -> Premise:
    parts = (premise.subject, premise.predicate, premise.object)
    subject, predicate, object_ = (_renumber(part, by) for part in parts)
    text = _renumber(premise.text, by)
    return replace(premise, text=text, subject=subject, predicate=predicate, object=object_)


def _renumber(text: str, by: int) -> str:
    def shifted(found: re.Match[str]) -> str:
        number = int(found[2])
        return f"{found[1]}{number + by if number else 0}"

    return _NUMBER.sub(shifted, text)


def _conclusions(head: str) -> tuple[str, ...]:
    template = head.partition("\nCONSTRUCT {")[2].rstrip().removesuffix("}")
    return tuple(part.strip() for part in re.split(r" \.(?:\s|$)", template) if part.strip())


def _split_body(body: str) -> tuple[list[str], str]:
    premises: list[str] = []
    conditions: list[str] = []
    for line, depth in _with_depth(body.split("\n")):
        is_premise = depth == 0 and line.rstrip().endswith(" .")
        (premises if is_premise else conditions).append(line.strip())
    return [line.removesuffix(" .") for line in premises], "\n".join(conditions)


def _with_depth(lines: Sequence[str]) -> Iterator[tuple[str, int]]:
    depth = 0
    for line in lines:
        yield line, depth
        depth += sum((char in "{(") - (char in ")}") for char in line)
