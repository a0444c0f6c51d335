"""`entente query`."""

from __future__ import annotations

import dataclasses
import os
import sys
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table as RichTable
from rich.text import Text

from entente.cli.options import colours_wanted, files_option, snapshot_option, texts_option
from entente.config import Settings, read_settings
from entente.errors import UsageError
from entente.provenance.naming import is_view
from entente.query.guard import examine
from entente.query.hangup import Hangup
from entente.query.negotiate import choose_format
from entente.query.pool import Pool
from entente.query.protocol import SparqlRequest
from entente.query.served import snapshot_source
from entente.query.table import Table, read_table
from entente.web.endpoint import answer, judge
from entente.web.reasons import TASKS

_FORMATS = ("table", "csv", "tsv", "json", "xml", "turtle", "nt", "rdf", "jsonld", "nq", "trig")
_PIPE_WIDTH = 10_000


@click.command()
@click.argument("query")
@click.option("--endpoint", metavar="URL", help="Ask this endpoint, and not the snapshot.")
@click.option(
    "--format",
    "form",
    type=click.Choice(_FORMATS),
    default="table",
    show_default=True,
    help="How to print the answer.",
)
@click.option(
    "--queries",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder in which a NAME is looked up  [default: queries/ of --files]",
)
@click.option(
    "--evidence", is_flag=True, help="Print with each row the triples and claims that it rests on."
)
@texts_option(required=False)
@snapshot_option
@files_option
def query(
    query: str,
    endpoint: str | None,
    form: str,
    queries: Path | None,
    evidence: bool,
    texts: Path | None,
    root: Path,
    folder: Path,
) -> None:
    """Ask the snapshot or any endpoint.

    QUERY is a query, a file that holds one, or the name of one in queries/. With --evidence,
    each of the first 100 rows of a SELECT has its support: triples that alone yield it and of
    which none can go. With --texts the words of the claims' passages are printed too.

    \b
    Examples:
      entente query members-of-the-ccdcoe
      entente query members-of-the-ccdcoe --evidence
      entente query mine.rq --format csv
      entente query 'ASK { ?s ?p ?o }' --endpoint http://127.0.0.1:8080/sparql
    """
    text = find_query(query, queries or folder / "queries")
    if evidence:
        _print_evidence(text, endpoint, form, root, folder, texts)
        return
    # A remote endpoint judges for itself: it may allow what ours does not.
    settings = read_settings({}, os.environ)
    named = None if form == "table" else form
    if endpoint:
        # Here, as it brings rdflib with it, which takes longer to load than a query to answer.
        from entente.cli.remote import ask_endpoint

        body, is_graph = ask_endpoint(endpoint, text, named)
    else:
        body, is_graph = _ask_snapshot(root, text, named, settings)
    if named or is_graph:
        sys.stdout.buffer.write(body)
        sys.stdout.buffer.flush()
    else:
        _print_table(read_table(body))


def _print_evidence(
    text: str, endpoint: str | None, form: str, root: Path, folder: Path, texts: Path | None
) -> None:
    from entente.cli.supports import print_evidence

    if endpoint:
        raise UsageError("another endpoint's triples are not at hand", fix="leave --endpoint out")
    print_evidence(text, form, root, folder, texts)


def find_query(query: str, queries: Path) -> str:
    """Find the text of a query: in a file, by its name below a folder, or as it stands.

    Raises:
        UsageError: It is none of the three, or its name is not unique.
    """
    if any(character in query for character in "{\n") or len(query) > 255:
        return query
    if Path(query).is_file():
        return _read(Path(query))
    found = sorted(queries.rglob(f"{query}.rq")) if _is_name(query) else []
    if len(found) == 1:
        return _read(found[0])
    if found:
        names = ", ".join(str(path.relative_to(queries)) for path in found)
        raise UsageError(f"{query}: several queries have that name: {names}", fix="name the file")
    if len(query.split()) > 1:
        return query
    raise UsageError(
        f"{query}: no such file, and no query of that name in {queries}",
        fix="give a file, a name, or a whole query in quotes",
    )


def _is_name(query: str) -> bool:
    return query.replace("-", "").replace("_", "").replace(".", "").isalnum()


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path}: {error}", fix="name a file in UTF-8") from None


def _ask_snapshot(
    root: Path, text: str, named: str | None, settings: Settings
) -> tuple[bytes, bool]:
    examined = examine(text, settings)
    is_graph = examined.form in ("CONSTRUCT", "DESCRIBE")
    chosen = choose_format(examined.form, None, named)
    # A viewpoint may have to be made, by rules that take a while to read.
    tasks = TASKS if any(is_view(graph) for graph, _ in examined.graphs) else ""
    pool = Pool(snapshot_source(root, tasks), dataclasses.replace(settings, warm_workers=1))
    pool.open()
    try:
        judged = judge(pool, SparqlRequest(text), text, hops=0)
        return answer(pool, judged, chosen, Hangup()), is_graph
    finally:
        pool.close()


def _print_table(table: Table) -> None:
    terminal = sys.stdout.isatty()
    console = Console(
        no_color=not colours_wanted(), highlight=False, width=None if terminal else _PIPE_WIDTH
    )
    shown = RichTable(header_style="bold")
    for column in table.columns:
        shown.add_column(column, overflow="fold")
    for row in table.rows:
        shown.add_row(*(Text(_printable(cell.text)) for cell in row))
    console.print(shown)
    console.print(f"{table.total:,} row{'s' if table.total != 1 else ''}")


def _printable(text: str) -> str:
    """Replace what would steer the terminal."""
    return "".join(c if c.isprintable() or c == "\n" else "\ufffd" for c in text)
