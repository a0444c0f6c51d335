"""`entente why`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from entente.cli.options import files_option, snapshot_option, texts_option
from entente.vocab import GRAPH_VIEW

if TYPE_CHECKING:
    import pyoxigraph as ox

    from entente.provenance.proof import Explanation
    from entente.provenance.words import Words
    from entente.snapshot import Snapshot

_FORMATS = ("text", "json", "turtle", "html")
_VIEW = f" <{GRAPH_VIEW}".encode()


@click.command()
@click.argument("subject")
@click.argument("predicate")
@click.argument("object_", metavar="OBJECT")
@click.option(
    "--viewpoint", default="", metavar="NAME", help="A text, several joined by ~, or `undisputed`."
)
@click.option("--all", "every", is_flag=True, help="Print all proofs, not one shortest.")
@click.option(
    "--depth",
    default=3,
    show_default=True,
    metavar="N",
    help="With --all: how many rules may lie between the triple and the data.",
)
@click.option(
    "--limit",
    type=click.IntRange(1, 1000),
    default=10,
    show_default=True,
    metavar="N",
    help="How many proofs with --all; how many ways to one that does not hold.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(_FORMATS),
    default="text",
    show_default=True,
    help="How to print; turtle is PROV-O.",
)
@click.option(
    "--check", is_flag=True, help="Verify the proofs by a checker that shares no code with us."
)
@texts_option(required=False)
@snapshot_option
@files_option
def why(
    subject: str,
    predicate: str,
    object_: str,
    viewpoint: str,
    every: bool,
    depth: int,
    limit: int,
    form: str,
    check: bool,
    texts: Path | None,
    root: Path,
    folder: Path,
) -> None:
    """Say why a triple holds, down to the claims and their passages, or why it does not.

    SUBJECT, PREDICATE and OBJECT are prefixed names, IRIs or literals. With --texts the words
    of the passages are printed too.

    \b
    Examples:
      entente why id:japan ent:cooperatesWith id:nato
      entente why id:japan ent:memberOf id:ccdcoe --viewpoint gmf-2023
      entente why id:ccdcoe a ent:Actor --all --depth 2
      entente why id:nato ent:cooperatesWith id:japan --check

    Exit codes: 0 it holds, 1 it does not, 2 a name is unknown.
    """
    from entente.provenance.answer import Question, answer_why, write_answer
    from entente.provenance.ensure import ensure_view, read_view_rules
    from entente.provenance.naming import parse_viewpoint
    from entente.provenance.why import Wanted
    from entente.snapshot import open_snapshot

    wanted = Wanted(every=every, depth=depth, proofs=limit, attempts=limit)
    question = Question(subject, predicate, object_, viewpoint, wanted)
    rules = read_view_rules(folder / "queries")
    snapshot = open_snapshot(root)
    store = load_dataset(snapshot, views=bool(viewpoint))
    if viewpoint:
        ensure_view(store, parse_viewpoint(viewpoint), rules)
    explanation = answer_why(store, rules.book, question)
    click.echo(write_answer(explanation, form, read_words(texts)), nl=False)
    if check:
        _check(explanation, snapshot)
    sys.exit(0 if explanation.holds else 1)


def _check(explanation: Explanation, snapshot: Snapshot) -> None:
    """Verify proofs from their JSON and the data set's N-Quads alone, and say so on stderr.

    Raises:
        EntenteError: The checker refuses a proof; the message has its faults.
    """
    from entente.errors import EntenteError
    from entente.provenance.checker import open_checker
    from entente.provenance.proof_json import to_object

    with snapshot.dataset.open(encoding="utf-8") as lines:
        checker = open_checker(lines, explanation.viewpoint)
    faults = [fault for proof in explanation.proofs for fault in checker.check(to_object(proof))]
    if faults:
        raise EntenteError("the checker refuses it: " + "; ".join(faults))
    steps = sum(proof.steps for proof in explanation.proofs)
    count = len(explanation.proofs)
    told = f"{count} proof{'s' * (count != 1)}, {steps} step{'s' * (steps != 1)}, no fault"
    click.echo(f"Checked: {told}.", err=True)


def load_dataset(snapshot: Snapshot, views: bool) -> ox.Store:
    """Load a snapshot's data set into memory, blank nodes named as in the file.

    Args:
        snapshot: The snapshot.
        views: Whether the viewpoints, which are half of it, are wanted.
    """
    import pyoxigraph as ox

    store = ox.Store()
    with snapshot.dataset.open("rb") as lines:
        wanted = b"".join(line for line in lines if views or _VIEW not in line)
    store.bulk_extend(ox.parse(wanted, format=ox.RdfFormat.N_QUADS))
    return store


def read_words(texts: Path | None) -> Words | None:
    """Give what reads the words of passages, white space folded, where the texts are at hand."""
    from entente.texts import parse_passage, read_text, slice_passage

    if texts is None:
        return None
    folder = texts

    def read(iri: str) -> str:
        passage = parse_passage(iri)
        return " ".join(slice_passage(read_text(folder, passage.source), passage).split())

    return read
