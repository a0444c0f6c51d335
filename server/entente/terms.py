"""Reading RDF terms of pyoxigraph without asking of what kind they are."""

from __future__ import annotations

import pyoxigraph as ox

Term = ox.NamedNode | ox.BlankNode | ox.Literal
AnyTerm = Term | ox.Triple | ox.DefaultGraph


def value_of(term: AnyTerm) -> str:
    """Return an IRI, a blank node's name or a literal's text.

    The default graph gives an empty string, as does a triple term: neither stands where the
    graph's files may say something.
    """
    return "" if isinstance(term, ox.Triple | ox.DefaultGraph) else term.value
