"""Names of viewpoints: how people write them, and which graph each has."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches

import pyoxigraph as ox

from entente import vocab
from entente.errors import UsageError
from entente.terms import value_of

#: What every viewpoint holds, whoever speaks in it.
BACKGROUND = (vocab.GRAPH_ONTOLOGY, vocab.GRAPH_ENTITIES)

#: The viewpoint of what nobody contradicts.
UNDISPUTED = "undisputed"


def parse_viewpoint(text: str) -> tuple[str, ...]:
    """Read the name of a viewpoint: a text, several joined by `~`, or `undisputed`.

    Returns:
        The texts' names, sorted, each once; `("undisputed",)` for what nobody contradicts.

    Raises:
        UsageError: A part is no viewpoint; the message names near ones.

    >>> parse_viewpoint("spf-2024~gmf-2023")
    ('gmf-2023', 'spf-2024')
    """
    names = tuple(sorted({_find_name(part.strip()) for part in text.split("~")}))
    if len(names) > 1 and UNDISPUTED in names:
        raise UsageError(
            f"{UNDISPUTED} is of all texts and joins with none",
            fix="leave the others out",
        )
    return names


def _find_name(part: str) -> str:
    known = (*vocab.SOURCES, UNDISPUTED)
    short = {prefix: source for source, prefix in vocab.SOURCES.items()}
    if part in known or part in short:
        return short.get(part, part)
    near = get_close_matches(part, [*known, *short], n=2, cutoff=0.4)
    choice = f"did you mean {' or '.join(near)}?" if near else f"there are {', '.join(known)}"
    raise UsageError(f"there is no viewpoint {part or 'without a name'}", fix=choice)


def view_graph(names: Sequence[str]) -> str:
    """Return the IRI of a viewpoint's graph."""
    return vocab.GRAPH_VIEW + "~".join(names)


def is_view(iri: str) -> bool:
    """Say whether a graph is a viewpoint's, whether there is such a viewpoint or not."""
    return iri.startswith(vocab.GRAPH_VIEW)


def read_view_graph(iri: str) -> tuple[str, ...]:
    """Read the viewpoint out of the IRI of its graph.

    Raises:
        UsageError: There is no such viewpoint, or its name is another; the message has it.
    """
    names = parse_viewpoint(iri.removeprefix(vocab.GRAPH_VIEW))
    if view_graph(names) != iri:
        raise UsageError(f"the graph <{iri}> has another name", fix=f"write <{view_graph(names)}>")
    return names


def list_views(store: ox.Store) -> list[str]:
    """Return the names of the viewpoints whose graphs a data set holds, sorted."""
    graphs = (value_of(graph) for graph in store.named_graphs())
    return sorted(graph.removeprefix(vocab.GRAPH_VIEW) for graph in graphs if is_view(graph))
