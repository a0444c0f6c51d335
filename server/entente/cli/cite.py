"""`entente cite`."""

from __future__ import annotations

from pathlib import Path

import click

from entente import vocab
from entente.cli.options import texts_option
from entente.errors import UsageError
from entente.texts import fill_draft, find_quote, read_text


@click.command()
@click.argument("source", type=click.Choice(list(vocab.SOURCES)))
@click.argument("quote", required=False)
@click.option(
    "--fill",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help='Replace each cite("...") in a draft by its passage, in place.',
)
@texts_option(required=True)
def cite(source: str, quote: str | None, fill: Path | None, texts: Path) -> None:
    """Print the passage that a quotation stands for.

    ` ... ` in QUOTE stands for any words between. A quotation that stands nowhere, or in two
    places, is refused. Nothing of the text is saved.

    \b
    Examples:
      entente cite gmf-2023 "NATO has four ... New Zealand" --texts texts
      entente cite gmf-2023 --fill draft.trig --texts texts
    """
    if bool(quote) == bool(fill):
        raise UsageError("give a quotation or --fill", fix="see `entente cite --help`")
    text = read_text(texts, source)
    if fill:
        filled = fill_draft(fill.read_text(encoding="utf-8"), text, source, str(fill))
        fill.write_text(filled, encoding="utf-8")
        return
    click.echo(find_quote(text, source, quote or "").short)
