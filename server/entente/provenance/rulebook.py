"""The rules that proofs speak of, read from the files that the build runs."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from entente.errors import DataError, Place
from entente.reason.patterns import Pattern, parse_pattern
from entente.reason.rules import Rule, load_rules

_FOR_ALL = re.compile(
    r"FILTER NOT EXISTS \{\s*\?(\w+) rdf:rest\*/rdf:first \?(\w+) \.\s*"
    r"FILTER NOT EXISTS \{ ([^{}]*) \}\s*\}"
)
_HEAD = re.compile(r"\nCONSTRUCT \{ *([^{}]*?) *\}\nWHERE \{\n(.*)\}\s*\Z", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Head:
    """One conclusion of a rule, and what it needs.

    Attributes:
        rule: The rule.
        conclusion: The conclusion.
        premises: The premises, in the rule's order.
        each: For a rule over all members of a list: the variables of the list and of a
            member, and what must hold of each member; else None.
        query: The SELECT query for the premises' bindings.
    """

    rule: Rule
    conclusion: Pattern
    premises: tuple[Pattern, ...]
    each: tuple[str, str, tuple[Pattern, ...]] | None
    query: str


@dataclass(frozen=True, slots=True)
class Projection:
    """A rule that draws plain triples from claims.

    Attributes:
        name: The file's stem.
        summary: The question that it answers.
        conclusion: The triple that it draws.
        prologue: The PREFIX lines.
        body: What stands between the braces of WHERE.
    """

    name: str
    summary: str
    conclusion: Pattern
    prologue: str
    body: str


@dataclass(frozen=True, slots=True)
class Rulebook:
    """The rule files, read once: they serve every store.

    Attributes:
        rules: The OWL 2 RL rules.
        inferring: Those of them that infer.
        projections: The projection rules.
    """

    rules: tuple[Rule, ...]
    inferring: tuple[Rule, ...]
    projections: tuple[Projection, ...]


def read_rulebook(queries: Path) -> Rulebook:
    """Read the rule files.

    Args:
        queries: The folder queries/.

    Raises:
        DataError: A rule is absent or not laid out as one.
    """
    rules = tuple(load_rules(queries / "rules/owl2rl"))
    inferring = tuple(rule for rule in rules if rule.runs and not rule.message)
    paths = sorted((queries / "rules/project").glob("*.rq"))
    return Rulebook(rules, inferring, tuple(_read_projection(path) for path in paths))


def _read_projection(path: Path) -> Projection:
    text = path.read_text(encoding="utf-8")
    found = _HEAD.search(text)
    if not found:
        raise DataError(
            "a projection has one CONSTRUCT line", fix="rewrite it", place=Place(str(path))
        )
    lines = re.findall(r"^PREFIX (\S*): <([^>]*)>$", text, flags=re.MULTILINE)
    summary = re.search(r"^#\+ summary: (.*)$", text, flags=re.MULTILINE)
    return Projection(
        path.stem,
        summary[1] if summary else "",
        parse_pattern(found[1].removesuffix(" ."), dict(lines)),
        "".join(f"PREFIX {prefix}: <{iri}>\n" for prefix, iri in lines),
        found[2],
    )


def make_heads(rule: Rule) -> list[Head]:
    """Make a head of each conclusion of a rule."""
    premises = tuple(parse_pattern(premise.text, rule.prefixes) for premise in rule.premises)
    body = "\n".join(f"{premise.text} ." for premise in rule.premises)
    query = f"{rule.prologue}SELECT * WHERE {{\n{body}\n{rule.conditions}\n}}"
    found = _FOR_ALL.search(rule.conditions)
    each = None
    if found:
        said = tuple(parse_pattern(part, rule.prefixes) for part in found[3].split(" . "))
        each = (found[1], found[2], said)
    conclusions = (parse_pattern(text, rule.prefixes) for text in rule.conclusions)
    return [Head(rule, conclusion, premises, each, query) for conclusion in conclusions]
