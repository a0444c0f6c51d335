"""A manifest of a W3C suite as a graph to ask."""

import pyoxigraph as ox

MF = "http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#"
QT = "http://www.w3.org/2001/sw/DataAccess/tests/test-query#"
UT = "http://www.w3.org/2009/sparql/tests/test-update#"
HT = "http://www.w3.org/2011/http#"
RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
RDFS = "http://www.w3.org/2000/01/rdf-schema#"


class Manifest:
    """The triples of a manifest, resolved against the address that it has at W3C."""

    def __init__(self, path, base):
        self.graph = ox.Dataset(ox.parse(path=str(path), base_iri=base + path.name))

    def entries(self):
        """List the tests in their order."""
        (entries,) = self.graph.quads_for_predicate(ox.NamedNode(MF + "entries"))
        return self.items(entries.object)

    def type_of(self, node):
        """Name the type of a test, without its namespace."""
        return self.value(node, RDF + "type").value.rsplit("#", 1)[-1]

    def values(self, node, predicate):
        """List the objects of a property, sorted."""
        quads = self.graph.quads_for_subject(node)
        found = [quad.object for quad in quads if quad.predicate.value == predicate]
        return sorted(found, key=str)

    def value(self, node, predicate):
        """Give the object of a property, or None."""
        return next(iter(self.values(node, predicate)), None)

    def text(self, node, predicate):
        """Give the text of the object of a property, or None."""
        found = self.value(node, predicate)
        return None if found is None else found.value

    def items(self, node):
        """List the members of a collection."""
        found = []
        while node is not None and node.value != RDF + "nil":
            found.append(self.value(node, RDF + "first"))
            node = self.value(node, RDF + "rest")
        return found
