"""`entente reason`."""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from entente.cli.options import quiet_option
from entente.errors import InputError, Place, UsageError
from entente.files import graph_files

if TYPE_CHECKING:
    from pyoxigraph import RdfFormat, Triple

    from entente.reason import Closure, Facts, Rule

#: Media type by file ending; the endings are the names that `--format` takes.
FORMATS = {
    "ttl": "text/turtle",
    "nt": "application/n-triples",
    "trig": "application/trig",
    "nq": "application/n-quads",
    "n3": "text/n3",
    "rdf": "application/rdf+xml",
    "owl": "application/rdf+xml",
    "xml": "application/rdf+xml",
    "jsonld": "application/ld+json",
    "json": "application/ld+json",
}
_PROLOG = re.compile(rb"(?:\xef\xbb\xbf)?(?:\s+|<\?.*?\?>|<!--.*?-->)*", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Input:
    """RDF files read as one graph.

    Attributes:
        triples: The distinct triples, in the order in which they were first read.
        prefixes: The files' own prefixes; the first file that declares one decides.
    """

    triples: list[Triple]
    prefixes: Mapping[str, str]


@click.command()
@click.argument(
    "files",
    nargs=-1,
    required=True,
    metavar="FILE...",
    type=click.Path(path_type=Path, exists=True, dir_okay=False, allow_dash=True),
)
@click.option(
    "--format",
    "ending",
    type=click.Choice(list(FORMATS)),
    help="The input's format, for standard input (-) or against the files' endings.",
)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write to a file, Turtle if it ends in .ttl, else N-Triples  [default: standard output]",
)
@click.option("--all", "with_input", is_flag=True, help="Print the input too.")
@click.option(
    "--reasoner",
    type=click.Choice(["rules", "owlrl"]),
    default="rules",
    show_default=True,
    help="Our rules, or the reference, which is slower.",
)
@click.option(
    "--rules",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="Another folder of rule files  [default: OWL 2 RL]",
)
@quiet_option
def reason(
    files: tuple[Path, ...],
    ending: str | None,
    output: Path | None,
    with_input: bool,
    reasoner: str,
    rules: Path | None,
    quiet: bool,
) -> None:
    """Print what follows from RDF files by the rules of OWL 2 RL.

    The files are read as one graph, the named graphs of a data set included. Where the graph
    contradicts its ontology, nothing is printed but the contradictions, one a line with the
    rule, the axiom and the culprits.

    \b
    Examples:
      entente reason ontology.ttl data.nt
      entente reason people.owl --all --output closed.ttl
      curl https://example.org/data | entente reason - --format ttl
      entente reason data.ttl --reasoner owlrl

    Exit codes: 0 closed, 1 the graph contradicts itself, 2 a file is wrong.
    """
    from entente.reason import find_contradictions, load_rules, require_consistency

    folder = rules or graph_files() / "queries" / "rules" / "owl2rl"
    given = read_graph(files, ending)
    loaded = load_rules(folder)
    closure, facts = _close(given.triples, loaded, reasoner)
    require_consistency(find_contradictions(facts, loaded))
    closed = [*given.triples, *closure.inferred]
    _write(closed if with_input else closure.inferred, output, given.prefixes)
    if not quiet:
        click.echo(_summarise(len(given.triples), closure), err=True)


def read_graph(files: Iterable[Path], ending: str | None = None) -> Input:
    """Read RDF files as one graph.

    Args:
        files: The files; `-` is standard input. Blank nodes of different files stay apart.
        ending: A name of `FORMATS` that overrides the files' endings.

    Returns:
        The graph.

    Raises:
        InputError: A file is malformed, of no known format, or RDF/XML with a DOCTYPE.
    """
    paths = list(files)
    triples: dict[Triple, None] = {}
    prefixes: dict[str, str] = {}
    for path in paths:
        parsed = _parse(path, ending, rename=len(paths) > 1)
        triples.update(dict.fromkeys(parsed.triples))
        prefixes = {**parsed.prefixes, **prefixes}
    return Input(list(triples), prefixes)


def _parse(path: Path, ending: str | None, *, rename: bool) -> Input:
    import pyoxigraph

    name = "standard input" if str(path) == "-" else str(path)
    rdf_format = _choose_format(path, ending)
    content = _read(path)
    if rdf_format == pyoxigraph.RdfFormat.RDF_XML:
        _refuse_doctype(content, name)
    base = None if str(path) == "-" else path.resolve().as_uri()
    parser = pyoxigraph.parse(content, format=rdf_format, base_iri=base, rename_blank_nodes=rename)
    try:
        return Input([quad.triple for quad in parser], parser.prefixes)
    except SyntaxError as error:
        raise InputError(
            f"the RDF is malformed: {error.msg.split(': ', 1)[-1]}",
            fix=f"correct it, or name its format with --format ({rdf_format.name} was read)",
            place=Place(name, error.lineno, error.offset),
        ) from error


def _read(path: Path) -> bytes:
    if str(path) == "-":
        return sys.stdin.buffer.read()
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError(
            f"cannot be read: {error.strerror}", fix="name a readable file", place=Place(str(path))
        ) from error


def _choose_format(path: Path, ending: str | None) -> RdfFormat:
    from pyoxigraph import RdfFormat

    chosen = FORMATS.get(ending or path.suffix.removeprefix(".").lower())
    rdf_format = RdfFormat.from_media_type(chosen) if chosen else None
    if rdf_format is None:
        where = "standard input" if str(path) == "-" else str(path)
        raise UsageError(
            "the format is unknown",
            fix=f"add --format, one of {', '.join(FORMATS)}",
            place=Place(where),
        )
    return rdf_format


def _refuse_doctype(content: bytes, name: str) -> None:
    """Refuse RDF/XML that defines entities: a short file can expand without bound."""
    if content[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\0" in content[:64]:
        raise InputError("the RDF/XML is not UTF-8", fix="convert it to UTF-8", place=Place(name))
    prolog = _PROLOG.match(content)
    start = prolog.end() if prolog else 0
    if content[start : start + 9].upper() == b"<!DOCTYPE":
        raise InputError(
            "the RDF/XML has a DOCTYPE, which is not read",
            fix="replace its entities by what they stand for, or convert the file to Turtle",
            place=Place(name, content.count(b"\n", 0, start) + 1),
        )


def _close(given: list[Triple], rules: Sequence[Rule], reasoner: str) -> tuple[Closure, Facts]:
    """Give what follows from triples, and the facts that they are with it."""
    from entente.reason import Facts, close_facts, close_with_owlrl

    if reasoner == "owlrl":
        closure = close_with_owlrl(given)
        return closure, Facts([*given, *closure.inferred])
    started = time.perf_counter()
    facts = Facts(given)
    closure = close_facts(facts, rules)
    return replace(closure, seconds=time.perf_counter() - started), facts


def _write(triples: Iterable[Triple], output: Path | None, prefixes: Mapping[str, str]) -> None:
    """Write triples in the order of their text, so that the same graph gives the same bytes."""
    ordered = sorted(triples, key=str)
    lines = _to_ntriples(ordered)
    if output is None:
        click.echo(lines, nl=False)
        return
    try:
        is_turtle = output.suffix == ".ttl"
        output.write_bytes(_to_turtle(ordered, lines, prefixes) if is_turtle else lines)
    except OSError as error:
        raise UsageError(
            f"cannot be written: {error.strerror}",
            fix="name another file",
            place=Place(str(output)),
        ) from error


def _to_ntriples(triples: Iterable[Triple]) -> bytes:
    import pyoxigraph

    content = pyoxigraph.serialize(triples, format=pyoxigraph.RdfFormat.N_TRIPLES)
    return content or b""


def _to_turtle(triples: Iterable[Triple], lines: bytes, prefixes: Mapping[str, str]) -> bytes:
    """Write Turtle with the prefixes that occur, in their order (the library has none)."""
    import pyoxigraph

    from entente.vocab import PREFIXES

    known = {namespace: prefix for prefix, namespace in {**PREFIXES, **prefixes}.items()}
    used = {prefix: ns for ns, prefix in known.items() if f"<{ns}".encode() in lines}
    content = pyoxigraph.serialize(triples, format=pyoxigraph.RdfFormat.TURTLE, prefixes=used)
    written = (content or b"").splitlines(keepends=True)
    return b"".join([*sorted(written[: len(used)]), *written[len(used) :]])


def _summarise(given: int, closure: Closure) -> str:
    rounds = f" in {closure.rounds} rounds" if closure.rounds else ""
    return f"{given} triples, {len(closure.inferred)} inferred{rounds}, {closure.seconds:.2f} s"
