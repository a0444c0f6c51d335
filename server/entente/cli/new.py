"""`entente new`."""

from __future__ import annotations

import difflib
import re
from collections import defaultdict
from pathlib import Path

import click
import pyoxigraph as ox

from entente import vocab
from entente.cli.options import files_option
from entente.errors import InputError
from entente.pipeline.load import load_files
from entente.turtle import Document, parse_document, serialise

_KINDS = ("Development", "Proposal", "Goal")
_ISSUES = "data/entities/issues.ttl"
_LABEL = vocab.SKOS + "prefLabel"
_ABOUT = vocab.ENT + "about"


@click.group()
def new() -> None:
    """Look for what is there already, then write something new."""


@new.command()
@click.argument("label")
@click.option(
    "--about", "about", multiple=True, required=True, help="What it is about: id: or voc:."
)
@click.option("--kind", type=click.Choice(_KINDS), default="Development", show_default=True)
@click.option("--definition", required=True, help="One sentence in our own words.")
@click.option("--yes", is_flag=True, help="Write it without asking.")
@files_option
def issue(
    label: str, about: tuple[str, ...], kind: str, definition: str, yes: bool, folder: Path
) -> None:
    """List the issues that are like this one, and write it if none of them will do.

    \b
    Example:
      entente new issue "Cyber arms race in the Asia-Pacific" --about id:asia-pacific \\
        --definition "A race of the region's countries for means of cyber warfare."
    """
    described = _describe(folder)
    things = [_expand(name, described) for name in about]
    alike = _find_alike(label, set(things), described)
    for iri in alike:
        click.echo(f"{vocab.shorten(iri)}  {described[iri][_LABEL][0]}")
    if not yes:
        click.confirm(f"{len(alike)} issues are like it. Write a new one?", abort=True)
    iri = _write(folder, label, things, kind, definition, described)
    click.echo(vocab.shorten(iri))


def _describe(folder: Path) -> dict[str, dict[str, list[str]]]:
    described: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for quad in load_files(folder).quads:
        if isinstance(quad.subject, ox.NamedNode) and not isinstance(quad.object, ox.Triple):
            described[quad.subject.value][quad.predicate.value].append(quad.object.value)
    return described


def _expand(name: str, described: dict[str, dict[str, list[str]]]) -> str:
    prefix, _, local = name.partition(":")
    iri = vocab.PREFIXES.get(prefix, "") + local
    if _LABEL not in described.get(iri, {}):
        known = [vocab.shorten(iri) for iri, row in described.items() if _LABEL in row]
        near = ", ".join(difflib.get_close_matches(name, known))
        raise InputError(f"{name} is declared nowhere", fix=f"did you mean {near}?" if near else "")
    return iri


def _find_alike(
    label: str, about: set[str], described: dict[str, dict[str, list[str]]]
) -> list[str]:
    """List issues about one of the same things, or with a label like this one."""
    kinds = {vocab.ENT + kind for kind in _KINDS}
    issues = [iri for iri, row in described.items() if kinds & set(row[vocab.RDF + "type"])]
    return [
        iri
        for iri in issues
        if about & set(described[iri][_ABOUT])
        or difflib.SequenceMatcher(None, label, described[iri][_LABEL][0]).ratio() > 0.7
    ]


def _write(
    folder: Path,
    label: str,
    about: list[str],
    kind: str,
    definition: str,
    described: dict[str, dict[str, list[str]]],
) -> str:
    iri = vocab.ID + re.sub(r"[^a-z0-9]+", "-", label.lower()).strip("-")
    if _LABEL in described.get(iri, {}):
        raise InputError(f"{vocab.shorten(iri)} is there already", fix="use it, or another label")
    path = folder / _ISSUES
    old = parse_document(path.read_text(encoding="utf-8"), str(path))
    node = ox.NamedNode(iri)
    rows: list[tuple[str, ox.NamedNode | ox.Literal]] = [
        (vocab.RDF + "type", ox.NamedNode(vocab.ENT + kind)),
        (_LABEL, ox.Literal(label, language="en")),
        (vocab.SKOS + "definition", ox.Literal(definition, language="en")),
        *((_ABOUT, ox.NamedNode(thing)) for thing in about),
    ]
    added = tuple(ox.Quad(node, ox.NamedNode(predicate), term) for predicate, term in rows)
    text = serialise(Document(old.header, old.prefixes, (*old.quads, *added)))
    path.write_text(text, encoding="utf-8")
    return iri
