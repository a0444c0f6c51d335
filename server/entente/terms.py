"""Reading RDF terms of pyoxigraph without asking of what kind they are."""

from __future__ import annotations

import pyoxigraph as ox

Term = ox.NamedNode | ox.BlankNode | ox.Literal
AnyTerm = Term | ox.Triple | ox.DefaultGraph

# A union that is written where it is asked for is made anew each time.
_WITHOUT_VALUE = (ox.Triple, ox.DefaultGraph)


def value_of(term: AnyTerm) -> str:
    """Return an IRI, a blank node's name or a literal's text.

    The default graph gives an empty string, as does a triple term: neither stands where the
    graph's files may say something.
    """
    return "" if isinstance(term, _WITHOUT_VALUE) else term.value
