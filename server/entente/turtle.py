"""The one deterministic form of every Turtle and TriG file.

Subjects stand in natural order (`claim:x-9` before `claim:x-10`), predicates in the
order in which a person reads them, and what belongs together stands on one line.
Blank nodes that are used once are written inline, lists in parentheses. Comments are
kept at the head of a file only.
"""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pyoxigraph as ox

from entente import vocab
from entente.errors import DataError, InputError, Place

LINE_LENGTH = 100

Subject = ox.NamedNode | ox.BlankNode
Term = ox.NamedNode | ox.BlankNode | ox.Literal
Rows = Mapping[Subject, Mapping[str, Sequence[Term]]]

#: Predicates in reading order; those of one group share a line while it is short enough.
_LINES: tuple[tuple[str, ...], ...] = (
    ("rdf:type",),
    ("skos:prefLabel",),
    ("rdfs:label",),
    ("skos:altLabel",),
    ("skos:definition",),
    ("sh:name",),
    ("sh:message",),
    ("sh:severity",),
    ("ent:subject", "ent:predicate", "ent:object", "ent:value"),
    ("ent:polarity", "ent:modality", "ent:reading", "ent:rank", "ent:extent", "ent:condition"),
    ("ent:about", "ent:with", "ent:addressee", "ent:atEvent"),
    ("ent:beforeEvent", "ent:afterEvent"),
    ("ent:attributedTo", "ent:inDocument", "ent:supportedBy"),
    ("ent:notBefore", "ent:notAfter", "ent:endNotBefore", "ent:endNotAfter", "ent:asOf"),
    ("ent:evidence",),
)


def _expand(name: str) -> str:
    prefix, local = name.split(":")
    return vocab.PREFIXES[prefix] + local


_GROUP_OF = {_expand(name): line for line, names in enumerate(_LINES) for name in names}
_RANK_OF = {
    _expand(name): (line, place)
    for line, names in enumerate(_LINES)
    for place, name in enumerate(names)
}
_LOCAL_NAME = re.compile(r"[A-Za-z0-9_]([A-Za-z0-9_.-]*[A-Za-z0-9_-])?")
#: What a file's own prefix may carry too, with escapes: the rest of the address of a page.
_LONG_NAME = re.compile(r"[A-Za-z0-9_]((?:[A-Za-z0-9_./?=&-]|%[0-9A-F]{2})*[A-Za-z0-9_/-])?")
_BARE = {
    vocab.XSD + "integer": re.compile(r"[+-]?\d+"),
    vocab.XSD + "decimal": re.compile(r"[+-]?\d*\.\d+"),
    vocab.XSD + "boolean": re.compile("true|false"),
}
_TOKEN = re.compile(
    r'"""(?:[^"\\]|\\.|"(?!""))*"""|\'\'\'(?:[^\'\\]|\\.|\'(?!\'\'))*\'\'\''
    r'|"(?:[^"\\\n]|\\.)*"|\'(?:[^\'\\\n]|\\.)*\'|<[^<>"{}|^`\\\s]*>|(?P<comment>#[^\n]*)',
    re.DOTALL,
)
_DIGITS = re.compile(r"(\d+)")


def natural_key(iri: str) -> list[tuple[int, int, str]]:
    """Order names as a person does: runs of digits by their value.

    >>> sorted(["a10", "a9"], key=natural_key)
    ['a9', 'a10']
    """
    return [
        (0, int(part), "") if part.isdigit() else (1, 0, part)
        for part in _DIGITS.split(iri)
        if part
    ]


@dataclass(frozen=True, slots=True)
class Document:
    """A parsed Turtle or TriG file.

    Attributes:
        header: The comment lines before the first statement, without line ends.
        prefixes: Namespace by prefix, ours and the file's own.
        quads: Every statement.
    """

    header: tuple[str, ...]
    prefixes: Mapping[str, str]
    quads: tuple[ox.Quad, ...]


def parse_document(text: str, file: str) -> Document:
    """Parse a Turtle or TriG file for formatting.

    Args:
        text: The whole file.
        file: Its name; the ending tells the format.

    Raises:
        DataError: The file is malformed (with line and column), or a comment stands where
            it would be lost.
    """
    rdf_format = ox.RdfFormat.TRIG if file.endswith(".trig") else ox.RdfFormat.TURTLE
    header = _read_header(text)
    _refuse_comments(text, sum(len(line) + 1 for line in header), file)
    parser = ox.parse(text, format=rdf_format, base_iri=vocab.BASE)
    try:
        quads = tuple(parser)
    except SyntaxError as error:
        raise syntax_problem(error, file) from error
    ours = {namespace: prefix for prefix, namespace in vocab.PREFIXES.items()}
    own = {p: ns for p, ns in parser.prefixes.items() if ns not in ours}
    return Document(header, {**own, **vocab.PREFIXES}, quads)


def syntax_problem(error: SyntaxError, file: str) -> DataError:
    """Translate the parser's complaint: file, line, column and what was wrong."""
    return DataError(
        f"the RDF is malformed: {error.msg.split(': ', 1)[-1]}",
        fix="correct that line and build again",
        place=Place(file, error.lineno, error.offset),
    )


def _read_header(text: str) -> tuple[str, ...]:
    lines = []
    for line in text.splitlines():
        if not line.startswith("#"):
            break
        lines.append(line)
    return tuple(lines)


def _refuse_comments(text: str, start: int, file: str) -> None:
    for match in _TOKEN.finditer(text, start):
        if match["comment"]:
            line = text.count("\n", 0, match.start()) + 1
            raise DataError(
                "a comment inside the file would be lost",
                fix="move it to the head of the file, or into skos:editorialNote",
                place=Place(file, line, match.start() - text.rfind("\n", 0, match.start())),
            )


def serialise(document: Document) -> str:
    """Write a document in its deterministic form.

    Source: https://www.w3.org/TR/trig/
    """
    graphs: dict[str, list[ox.Quad]] = defaultdict(list)
    for quad in document.quads:
        graph = quad.graph_name
        graphs[graph.value if isinstance(graph, ox.NamedNode) else ""].append(quad)
    body = []
    used: set[str] = set()
    for name in sorted(graphs, key=natural_key):
        writer = _Writer(document.prefixes, used)
        blocks = writer.write_blocks(graphs[name])
        if name:
            inside = "\n\n".join(_indent(block) for block in blocks)
            body.append(f"{writer.iri(name)} {{\n{inside}\n}}")
        else:
            body.extend(blocks)
    head = [*document.header, *([""] if document.header else [])]
    prefixes = [f"PREFIX {p}: <{ns}>" for p, ns in _in_order(document.prefixes) if p in used]
    return "\n".join([*head, *prefixes, "", "\n\n".join(body)]) + "\n"


def format_file(path: Path) -> tuple[str, str]:
    """Return a file's text as it stands and as it should stand."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"cannot read {path}", fix="name a Turtle or TriG file") from error
    return text, serialise(parse_document(text, str(path)))


def _indent(block: str) -> str:
    """Indent a block, but not the inside of its multi-line strings."""
    lines = []
    inside = False
    for line in block.split("\n"):
        lines.append(line if inside or not line else "  " + line)
        inside ^= line.count('"""') % 2 == 1
    return "\n".join(lines)


def _in_order(prefixes: Mapping[str, str]) -> list[tuple[str, str]]:
    order = {prefix: number for number, prefix in enumerate(vocab.PREFIXES)}
    return sorted(prefixes.items(), key=lambda pair: (order.get(pair[0], len(order)), pair[0]))


def _group_rows(quads: Iterable[ox.Quad]) -> Rows:
    rows: dict[Subject, dict[str, list[Term]]] = defaultdict(lambda: defaultdict(list))
    for quad in quads:
        if isinstance(quad.subject, ox.Triple) or isinstance(quad.object, ox.Triple):
            raise InputError("triple terms have no deterministic form here", fix="leave them out")
        if quad.object not in rows[quad.subject][quad.predicate.value]:
            rows[quad.subject][quad.predicate.value].append(quad.object)
    return rows


@dataclass(slots=True)
class _Writer:
    """Writes the statements of one graph."""

    prefixes: Mapping[str, str]
    used: set[str]
    rows: Rows = field(default_factory=dict)
    inline: frozenset[Subject] = frozenset()
    names: dict[ox.BlankNode, str] = field(default_factory=dict)

    def write_blocks(self, quads: Sequence[ox.Quad]) -> list[str]:
        self.rows = _group_rows(quads)
        uses = Counter(
            o
            for pairs in self.rows.values()
            for os in pairs.values()
            for o in os
            if isinstance(o, ox.BlankNode)
        )
        self.inline = frozenset(node for node, count in uses.items() if count == 1)
        tops = [s for s in self.rows if s not in self.inline]
        return [self.write_subject(s) for s in sorted(tops, key=self._subject_key)]

    def _subject_key(self, subject: Subject) -> tuple[int, list[tuple[int, int, str]]]:
        if isinstance(subject, ox.NamedNode):
            kinds = {t.value for t in self.rows[subject].get(vocab.RDF + "type", ())}
            first = kinds & {vocab.OWL + "Ontology", vocab.SKOS + "ConceptScheme"}
            return (0 if first else 1, natural_key(subject.value))
        return (2, natural_key(self._pairs(subject, 0)))

    def write_subject(self, subject: Subject) -> str:
        name = self.term(subject) if isinstance(subject, ox.NamedNode) else self._blank(subject)
        return f"{name} {self._pairs(subject, 1)} ."

    def _blank(self, node: ox.BlankNode) -> str:
        if not any(node in os for pairs in self.rows.values() for os in pairs.values()):
            return "[]"
        return self.names.setdefault(node, f"_:b{len(self.names)}")

    def _pairs(self, subject: Subject, depth: int) -> str:
        """Write the predicates and objects of a subject, one line a group."""
        lines: list[str] = []
        group: int | None = None
        for predicate, objects in sorted(self.rows[subject].items(), key=self._predicate_key):
            pair = f"{self._verb(predicate)} {self._objects(objects, depth)}"
            same = group is not None and _GROUP_OF.get(predicate) == group
            group = _GROUP_OF.get(predicate)
            if same and len(lines[-1]) + len(pair) + 4 + 2 * depth <= LINE_LENGTH:
                lines[-1] += f" ; {pair}"
            else:
                lines.append(pair)
        return (" ;\n" + "  " * depth).join(lines) if depth else " ; ".join(lines)

    def _predicate_key(self, item: tuple[str, Sequence[Term]]) -> tuple[int, int, str]:
        line, place = _RANK_OF.get(item[0], (len(_LINES) - 1, -1))
        return (line, place, item[0])

    def _verb(self, predicate: str) -> str:
        return "a" if predicate == vocab.RDF + "type" else self.iri(predicate)

    def _objects(self, objects: Sequence[Term], depth: int) -> str:
        written = sorted((self.term(o, depth) for o in objects), key=natural_key)
        line = " , ".join(written)
        if len(line) + 2 * depth > LINE_LENGTH - 20 and len(written) > 1:
            return (" ,\n" + "  " * (depth + 1)).join(written)
        return line

    def term(self, term: Term, depth: int = 0) -> str:
        if isinstance(term, ox.NamedNode):
            return self.iri(term.value)
        if isinstance(term, ox.Literal):
            return self.literal(term)
        return self._blank_object(term, depth)

    def _blank_object(self, node: ox.BlankNode, depth: int) -> str:
        if node not in self.inline:
            return self.names.setdefault(node, f"_:b{len(self.names)}")
        items = self._list_items(node)
        if items is not None:
            return f"( {' '.join(self.term(item, depth + 1) for item in items)} )"
        if node not in self.rows:
            return "[]"
        inner = self._pairs(node, depth + 1)
        pad = "  " * (depth + 1)
        return f"[\n{pad}{inner}\n{'  ' * depth}]"

    def _list_items(self, node: Term) -> list[Term] | None:
        """Return a well-formed list's items, or None for what is no plain list."""
        items: list[Term] = []
        while node != ox.NamedNode(vocab.RDF + "nil"):
            row = self.rows.get(node) if isinstance(node, ox.BlankNode) else None
            if row is None or set(row) != {vocab.RDF + "first", vocab.RDF + "rest"}:
                return None
            items.extend(row[vocab.RDF + "first"])
            node = row[vocab.RDF + "rest"][0]
        return items

    def iri(self, iri: str) -> str:
        """Write an IRI with the prefix of the longest namespace that leaves a plain name."""
        fits = [
            (len(ns), prefix)
            for prefix, ns in self.prefixes.items()
            if iri.startswith(ns) and _name_pattern(prefix).fullmatch(iri[len(ns) :])
        ]
        if iri == vocab.RDF + "nil":
            return "()"
        if not fits:
            return f"<{iri}>"
        length, prefix = max(fits)
        self.used.add(prefix)
        return prefix + ":" + _TO_ESCAPE.sub(r"\\\g<0>", iri[length:])

    def literal(self, literal: ox.Literal) -> str:
        value, datatype = literal.value, literal.datatype.value
        if datatype in _BARE and _BARE[datatype].fullmatch(value):
            return value
        text = _quote(value)
        if literal.language:
            return f"{text}@{literal.language}"
        return text if datatype == vocab.XSD + "string" else f"{text}^^{self.iri(datatype)}"


def _name_pattern(prefix: str) -> re.Pattern[str]:
    return _LOCAL_NAME if prefix in vocab.PREFIXES else _LONG_NAME


_TO_ESCAPE = re.compile(r"[/?=&]")


def _quote(value: str) -> str:
    if "\n" not in value:
        return json.dumps(value, ensure_ascii=False)
    escaped = value.replace("\\", "\\\\").replace('"""', '\\"\\"\\"').replace("\r", "\\r")
    return f'"""{escaped[:-1]}\\""""' if escaped.endswith('"') else f'"""{escaped}"""'
