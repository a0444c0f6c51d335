"""`entente show`."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import click
import pyoxigraph as ox

from entente import vocab
from entente.cli.options import files_option, texts_option
from entente.errors import InputError
from entente.pipeline.complete import complete_claims
from entente.pipeline.load import load_files
from entente.terms import value_of
from entente.texts import parse_passage, read_text, slice_passage

_SKIPPED = {"type", "prefLabel", "evidence", "subject", "predicate", "object", "value", "statedIn"}
_DEFAULTS = {"voc:affirmed", "voc:asserted", "voc:explicit", "voc:normal"}


@click.command()
@click.argument("claims", nargs=-1, required=True, metavar="CLAIM...")
@texts_option(required=False)
@files_option
def show(claims: tuple[str, ...], texts: Path | None, folder: Path) -> None:
    """Print claims in one line each, with their passages.

    CLAIM is a name such as cicir-2023-041, with or without `claim:`; a name that several
    claims begin with prints them all. With --texts the words of the passage follow.

    \b
    Examples:
      entente show cicir-2023-041
      entente show gmf-2023 --texts texts
    """
    quads = [q for q in complete_claims(load_files(folder)) if _is_claim(q)]
    for name in claims:
        prefix = vocab.CLAIM + name.removeprefix("claim:").removeprefix(vocab.CLAIM)
        rows = [
            q
            for q in quads
            if value_of(q.subject) == prefix or value_of(q.subject).startswith(prefix + "-")
        ]
        if not rows:
            raise InputError(f"there is no claim {name}", fix="`entente query` finds names")
        for iri in dict.fromkeys(value_of(q.subject) for q in rows):
            _print_claim(iri, [q for q in rows if value_of(q.subject) == iri], texts)


def _is_claim(quad: ox.Quad) -> bool:
    return value_of(quad.subject).startswith(vocab.CLAIM)


def _print_claim(iri: str, rows: Iterable[ox.Quad], texts: Path | None) -> None:
    said: dict[str, list[str]] = {}
    for quad in rows:
        name = quad.predicate.value.rsplit("/", 1)[-1].rsplit("#", 1)[-1]
        term = quad.object
        written = (
            vocab.shorten(value_of(term)) if isinstance(term, ox.NamedNode) else value_of(term)
        )
        said.setdefault(name, []).append(written)
    core = " ".join(" ".join(said.get(k, ())) for k in ("subject", "predicate", "object", "value"))
    limits = [
        f"{key} {' '.join(values)}"
        for key, values in said.items()
        if key not in _SKIPPED and not set(values) <= _DEFAULTS
    ]
    click.echo(f"{vocab.shorten(iri)}  {core.strip()}  [{'; '.join(limits)}]")
    click.echo(f"  {said['prefLabel'][0]}")
    for written in said["evidence"]:
        click.echo(f"  {written}{_words(written, texts)}")


def _words(short: str, texts: Path | None) -> str:
    if texts is None:
        return ""
    prefix, offsets = short.split(":")
    passage = parse_passage(vocab.PREFIXES[prefix] + offsets)
    return "  " + " ".join(slice_passage(read_text(texts, passage.source), passage).split())
